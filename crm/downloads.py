"""Files of customer data as answers, for pages and the admin."""

from __future__ import annotations

from pathlib import Path

from django.http import Http404, HttpResponse


def zip_answer(name: str, path: Path) -> HttpResponse:
    """A file that the browser saves, never opens by itself, and that nothing keeps on its way. `name` is ours.

    Raises Http404 where it has gone meanwhile.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

"""Files of customer data as answers, for pages and the admin."""

from __future__ import annotations

from pathlib import Path

from django.http import FileResponse, Http404


def zip_answer(name: str, path: Path) -> FileResponse:
    """A file that the browser saves, never opens by itself, and that nothing keeps on its way. `name` is ours.

    Raises Http404 where it has gone meanwhile.
    """
    try:
        content = path.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

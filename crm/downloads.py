"""Files of customer data as answers, for pages and the admin."""

from __future__ import annotations

from django.http import HttpResponse


def zip_answer(name: str, content: bytes) -> HttpResponse:
    """A file that the browser saves, never opens by itself, and that nothing keeps on its way. `name` is ours."""
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

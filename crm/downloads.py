"""Files of customer data: as answers for pages and the admin, and the folders that they leave behind."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
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


def sweep_folders(root: Path, kept: Collection[str], *, before: datetime) -> None:
    """Remove folders that are nobody's (`kept` names the others) and were not touched since `before`."""
    for folder in root.iterdir() if root.is_dir() else ():
        with suppress(FileNotFoundError):  # somebody else removed it just now
            if folder.name not in kept and folder.stat().st_mtime < before.timestamp():
                shutil.rmtree(folder, ignore_errors=True)

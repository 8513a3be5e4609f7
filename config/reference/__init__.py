"""The pages of docs/reference, written from what the code says of itself. `manage.py reference` writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from django.utils import translation

from . import api, commands, events, extensions, metrics, roles, settings

NOTE = "<!-- Written by `make reference`: change the code, not this page. -->"
PAGES: Mapping[str, Callable[[], str]] = {
    "api.md": api.page,
    "commands.md": commands.page,
    "events.md": events.page,
    "extension-points.md": extensions.page,
    "metrics.md": metrics.page,
    "roles.md": roles.page,
    "settings.md": settings.page,
}


def rendered() -> dict[str, str]:
    """Every page's text by file name, in English."""
    with translation.override("en"):
        return {name: f"{NOTE}\n{page().strip()}\n" for name, page in PAGES.items()}


def stale_pages(folder: Path) -> list[str]:
    """Names of pages in `folder` that say something else than the code, or are missing, or should not be there."""
    wanted = rendered()
    written = {path.name: path.read_text() for path in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | written.keys() if wanted.get(name) != written.get(name))


def write_pages(folder: Path) -> None:
    """Write every page anew and remove those that nothing stands for any more."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        path.unlink()
    for name, text in rendered().items():
        (folder / name).write_text(text)

"""Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in GitHub's Markdown; cells hold one line each."""
    lines = [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)]
    return "\n".join(lines)


def code(words: object) -> str:
    return f"`{words}`" if str(words) else ""


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(' '.join(str(cell).split()).replace('|', chr(92) + '|') for cell in cells)} |"


def summary(thing: object) -> str:
    """The first line of a docstring that somebody wrote."""
    words = (getattr(thing, "__doc__", None) or "").strip()
    return "" if words.startswith(f"{getattr(thing, '__name__', '?')}(") else words.split("\n")[0].strip()

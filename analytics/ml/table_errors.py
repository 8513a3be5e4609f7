"""Why a file can't be measured."""

from __future__ import annotations


class TableError(ValueError):
    """The file can't be used; the message says why in plain words."""


class NothingToLearnError(TableError):
    """The file is what was asked for, but its `rows` rows can teach nothing; the message says why in plain words."""

    def __init__(self, words: str, *, rows: int = 0) -> None:
        """`rows` are those that were read."""
        super().__init__(words)
        self.rows = rows

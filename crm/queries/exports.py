"""A list as rows of a CSV file: what the reader sees, every row of it, and no cell that a spreadsheet would run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crm.models import User

from .keyset import cut
from .list_state import ListState
from .lists import Column, Listing, all_columns, fetch_records, rows_of, shown_columns, sorted_rows, sorter_of

CHUNK = 500
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(value: Any) -> Any:
    """The value, with text that a spreadsheet would take for a formula made harmless. Numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def export_columns(listing: Listing, state: ListState) -> list[Column]:
    """The columns that the reader sees and that have words or a value."""
    return [column for column in shown_columns(all_columns(listing), state.columns) if column.has_value]


def export_rows(
    listing: Listing, user: User, state: ListState, ids: Sequence[int] | None = None
) -> Iterator[list[Any]]:
    """The heads and then every row, in the list's order, read in pieces so that memory stays flat.

    With `ids` only those of them that the state shows. Raises FilterError before the first row.
    """
    columns = export_columns(listing, state)
    rows = rows_of(listing, user, state)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    sort, column = sorter_of(all_columns(listing), listing, state.sort)
    with_value, tail = sorted_rows(rows, column, is_falling=sort.startswith("-"))

    def pieces() -> Iterator[list[Any]]:
        yield [guarded(str(column.label)) for column in columns]
        after = None
        while True:
            piece = cut(with_value, tail=tail, size=CHUNK, after=after)
            for record in fetch_records(listing, user, columns, piece.ids):
                yield [guarded(column.exported(record)) for column in columns]
            if piece.next is None:
                return
            after = piece.next

    return pieces()

"""Pages of a sorted queryset found by value instead of by number: the last page costs what the first one costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy

SALT = "crm.keyset"


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: after (or before) the row with this sort value and id.

    `has_value` is false in the tail of rows that have nothing in the sorted column.
    """

    value: Any
    pk: int
    has_value: bool = True

    def sign(self, order: str) -> str:
        """Text for a URL, good for this order alone."""
        kind, plain = _pack(self.value)
        return signing.dumps([order, kind, plain, self.pk, self.has_value], salt=SALT)


def read_cursor(text: str, order: str) -> Cursor | None:
    """The cursor of a URL; None if it is missing, was made for another order or was tampered with."""
    if not text:
        return None
    try:
        made_for, kind, plain, pk, has_value = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return Cursor(_unpack(kind, plain), pk, has_value) if made_for == order else None


def _pack(value: Any) -> tuple[str, Any]:
    if isinstance(value, datetime):
        return "instant", value.isoformat()
    if isinstance(value, date):
        return "day", value.isoformat()
    if isinstance(value, Decimal):
        return "decimal", str(value)
    return "plain", value


def _unpack(kind: str, plain: Any) -> Any:
    readers: dict[str, Callable[[str], Any]] = {
        "instant": datetime.fromisoformat,
        "day": date.fromisoformat,
        "decimal": Decimal,
    }
    return readers[kind](plain) if kind in readers else plain


@dataclass(frozen=True)
class Slice:
    """The ids of one page in order, and where the neighbours begin (None: there is none)."""

    ids: Sequence[int]
    next: Cursor | None
    previous: Cursor | None


def cut(
    rows: QuerySet[Any],
    *,
    size: int,
    tail: QuerySet[Any] | None = None,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> Slice:
    """One page of `rows`, which are ordered by one expression that is never empty and then by their id.

    `tail` are the rows without a value in that column: they follow at the end, by id. One query; two where the
    page reaches into the tail.
    """
    parts = [_Part(rows, has_value=True)]
    if tail is not None:
        parts.append(_Part(tail.order_by("pk"), has_value=False))
    cursor = before or after
    found = _collect(parts, cursor, size + 1, backwards=before is not None)
    has_more = len(found) > size
    found = found[:size]
    if before is not None:
        found.reverse()
    first, last = (found[0], found[-1]) if found else (None, None)
    has_next = has_more if before is None else True
    has_previous = has_more if before is not None else after is not None
    return Slice([row.pk for row in found], last if has_next else None, first if has_previous else None)


def _collect(parts: list[_Part], cursor: Cursor | None, limit: int, *, backwards: bool) -> list[Cursor]:
    found: list[Cursor] = []
    for part in reversed(parts) if backwards else parts:
        is_here = cursor is not None and cursor.has_value == part.has_value
        is_passed = cursor is not None and not is_here and cursor.has_value == backwards
        if is_passed or len(found) >= limit:
            continue
        found += part.take(cursor if is_here else None, limit - len(found), backwards=backwards)
    return found


@dataclass(frozen=True)
class _Part:
    rows: QuerySet[Any]
    has_value: bool

    def take(self, cursor: Cursor | None, limit: int, *, backwards: bool) -> list[Cursor]:
        rows = self.rows.reverse() if backwards else self.rows
        if not self.has_value:
            return self._take_tail(rows, cursor, limit, backwards=backwards)
        key, is_falling, is_tie_falling = _order_of(self.rows)
        rows = rows.annotate(sort_value=key)
        if cursor is not None:
            value = "lt" if is_falling != backwards else "gt"
            tie = "lt" if is_tie_falling != backwards else "gt"
            # The first condition alone lets the database jump into the index; the second settles ties.
            rows = rows.filter(
                Q(**{f"sort_value__{value}e": cursor.value})
                & (Q(**{f"sort_value__{value}": cursor.value}) | Q(**{f"pk__{tie}": cursor.pk}))
            )
        return [Cursor(value, pk) for value, pk in rows.values_list("sort_value", "pk")[:limit]]

    def _take_tail(self, rows: QuerySet[Any], cursor: Cursor | None, limit: int, *, backwards: bool) -> list[Cursor]:
        if cursor is not None:
            rows = rows.filter(**{"pk__lt" if backwards else "pk__gt": cursor.pk})
        return [Cursor(None, pk, has_value=False) for pk in rows.values_list("pk", flat=True)[:limit]]


def _order_of(rows: QuerySet[Any]) -> tuple[Any, bool, bool]:
    """The sorted expression, whether it falls, and whether the id that breaks ties falls."""
    first, *rest = rows.query.order_by
    key, is_falling = _direction(first)
    is_tie_falling = _direction(rest[0])[1] if rest else False
    is_turned = not rows.query.standard_ordering
    return key, is_falling != is_turned, is_tie_falling != is_turned


def _direction(term: Any) -> tuple[Any, bool]:
    if isinstance(term, OrderBy):
        return term.expression, bool(term.descending)
    return F(str(term).removeprefix("-")), str(term).startswith("-")

"""Looking at the beginnings of several heaps of rows in one query, each by its own index however long the heap is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from .counts import Count

Sql = tuple[str, tuple[Any, ...]]


def firsts(heaps: Sequence[QuerySet[Any]], *, most: int) -> RawSQL:
    """Ids of the first `most` rows of each heap, for `pk__in`; the heaps are ordered.

    An OR over them reads the whole table on PostgreSQL, and Django can't unite parts that have an end on SQLite.
    """
    parts = list(_sql(heap.values("pk")[:most] for heap in heaps))
    united = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS heap_{place}" for place, (sql, _) in enumerate(parts))  # noqa: S608 (Django's own)
    return RawSQL(united or "SELECT NULL", _params(parts))  # noqa: S611 (as above)


def capped_counts(heaps: Mapping[str, QuerySet[Any]], *, most: int) -> dict[str, Count]:
    """Count at most `most` rows of each heap, all in one query."""
    counted = [heap.order_by().values("pk")[: most + 1] for heap in heaps.values()]
    numbers = dict(zip(heaps, _numbers(counted), strict=True))
    return {name: Count(min(number, most), is_capped=number > most) for name, number in numbers.items()}


def _numbers(counted: Sequence[QuerySet[Any]]) -> Sequence[int]:
    parts = list(_sql(counted))
    columns = [f"(SELECT COUNT(*) FROM ({sql}) AS heap_{place})" for place, (sql, _) in enumerate(parts)]  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", _params(parts))
        numbers: Sequence[int] = cursor.fetchone()
        return numbers


def _sql(heaps: Iterator[QuerySet[Any]] | Sequence[QuerySet[Any]]) -> Iterator[Sql]:
    for heap in heaps:
        try:
            yield heap.query.sql_with_params()
        except EmptyResultSet:  # what can hold nothing has no SQL
            yield "SELECT NULL WHERE 1 = 0", ()


def _params(parts: Sequence[Sql]) -> list[Any]:
    return [param for _sql, params in parts for param in params]

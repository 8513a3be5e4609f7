"""Counting without reading a whole table: beyond a limit the answer is "more than"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm import formats

MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Count:
    """How many rows there are; with `is_capped` there are more than `number`."""

    number: int
    is_capped: bool = False

    def __str__(self) -> str:
        shown = formats.number(self.number)
        return _("%(number)s+") % {"number": shown} if self.is_capped else shown


def capped_count(rows: QuerySet[Any], *, most: int = MOST_COUNTED) -> Count:
    """Count at most `most` rows, in one query."""
    number = rows.order_by().values("pk")[: most + 1].count()
    return Count(min(number, most), is_capped=number > most)


def capped_counts(parts: Mapping[str, QuerySet[Any]], *, most: int) -> dict[str, Count]:
    """Count at most `most` rows of each part, all in one query."""
    counted: dict[str, tuple[str, tuple[Any, ...]]] = {}
    for name, rows in parts.items():
        try:
            counted[name] = rows.order_by().values("pk")[: most + 1].query.sql_with_params()
        except EmptyResultSet:  # a part that can hold nothing has no SQL
            continue
    numbers = dict.fromkeys(parts, 0) | _numbers(counted)
    return {name: Count(min(number, most), is_capped=number > most) for name, number in numbers.items()}


def _numbers(counted: Mapping[str, tuple[str, tuple[Any, ...]]]) -> dict[str, int]:
    if not counted:
        return {}
    parts = enumerate(sql for sql, _params in counted.values())
    columns = [f"(SELECT COUNT(*) FROM ({sql}) AS part_{place})" for place, sql in parts]  # noqa: S608 (Django's own)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", [param for _sql, params in counted.values() for param in params])
        return dict(zip(counted, cursor.fetchone(), strict=True))

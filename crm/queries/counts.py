"""Counting without reading a whole table: beyond a limit the answer is "more than"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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

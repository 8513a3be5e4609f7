"""What was spent on winning customers, as entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm import formats
from crm.models import Spend

MOST = 200


@dataclass(frozen=True)
class SpendLine:
    pk: int
    month: str
    channel: str
    amount: str


def spend_lines() -> Sequence[SpendLine]:
    """The newest months first, in one query."""
    rows = Spend.objects.order_by("-month", "channel")[:MOST]
    return [
        SpendLine(row.pk, formats.month_year_words(row.month), row.channel, formats.money(row.amount, row.currency))
        for row in rows
    ]

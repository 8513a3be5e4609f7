"""A business for tests of its numbers: what was sold, and which deals were closed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import time_machine

from analytics.models import MetricFigure
from analytics.operations.sales import recount_all_months
from analytics.queries.metrics.spans import SpanKind
from crm.models import Person, Stage
from crm.operations.deals import move_deal
from tests.factories import NOW, make_deal, make_order, make_person

JUNE = date(2026, 6, 1)


def sell(count: int, *, days_ago: int = 3, total: str = "20", **fields: Any) -> list[Person]:
    people = [make_person() for _ in range(count)]
    for person in people:
        make_order(person, days_ago=days_ago, total=total, **fields)
    recount_all_months()
    return people


def figure(metric: str, first: date = JUNE, kind: str = SpanKind.MONTH) -> MetricFigure:
    return MetricFigure.objects.get(metric=metric, span=kind, starts_on=first)


def close(won: int, lost: int, *, days_ago: int = 3, amount: str = "100") -> None:
    with time_machine.travel(NOW - timedelta(days=days_ago + 10), tick=False):
        made = [make_deal(amount=Decimal(amount)) for _ in range(won + lost)]
    with time_machine.travel(NOW - timedelta(days=days_ago), tick=False):
        for number, deal in enumerate(made):
            stage = Stage.objects.filter(kind="won" if number < won else "lost").first()
            assert stage is not None
            move_deal(deal=deal, stage=stage, actor=None, lost_reason="" if number < won else "price")

"""Customers lost in a month: who was silent for longer than 90 days and three times their usual gap."""

from __future__ import annotations

import pytest
import time_machine

from analytics.ml.losses import count_lost
from analytics.ml.purchases import Purchases
from analytics.models import CustomerMonth
from analytics.operations.losses import LossCount
from analytics.queries.clock import ShopClock, read_clock
from analytics.queries.frames import purchases_in_chunks
from crm.models import Order
from tests.factories import NOW

from .shop import make_shop


def shop(**customers: list[int]) -> Purchases:
    """Customers by name with the days on which they bought."""
    rows = [(name, day) for name, days in customers.items() for day in days]
    return Purchases.from_rows([name for name, _ in rows], [day for _, day in rows], [10.0] * len(rows))


@pytest.mark.parametrize(
    ("days", "lost"),
    [
        ([1000], True),  # once, 90 days before day 1100
        ([1015], False),
        ([900, 930, 960, 990], True),
        ([700, 800, 900, 1000], False),  # seldom by habit: 300 days
        ([1000, 1090], False),
    ],
)
def test_silence_is_measured_by_ones_own_rhythm(days: list[int], lost: bool) -> None:
    assert count_lost(shop(ann=days), [(1050, 1100)]) == [(1, int(lost))]


def test_new_ones_and_those_lost_before_are_left_out() -> None:
    assert count_lost(shop(new=[1060], old=[500], ann=[1040]), [(1050, 1100), (1100, 1250)]) == [(1, 0), (2, 2)]


def test_nobody_is_lost_among_nobody() -> None:
    assert count_lost(Purchases.from_rows([], [], []), [(1050, 1100)]) == [(0, 0)]


def count_losses(clock: ShopClock) -> int:
    counted = LossCount(clock, files=1)
    for part in purchases_in_chunks(clock, before=clock.as_of, people=40):
        counted.add(part)
    return counted.write()


@pytest.mark.django_db
def test_a_year_of_months_is_counted_once_and_then_the_last_two() -> None:
    with time_machine.travel(NOW, tick=False):
        make_shop()
        clock = read_clock()
        assert count_losses(clock) == 13
        assert count_losses(clock) == 2
    rows = CustomerMonth.objects.order_by("month")
    assert rows.count() == 13
    assert sum(row.lost for row in rows) > 10
    assert all(row.lost <= row.customers <= Order.objects.values("person").distinct().count() for row in rows)

"""The feature query: who is in it, up to when, and that one person and the batch see the same rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.ml.features import build_features
from analytics.ml.purchases import Purchases, day_date, day_number
from analytics.models import SalesMonth
from analytics.operations.sales import recount_all_months
from analytics.queries.clock import read_clock
from analytics.queries.frames import purchases_in_chunks, purchases_of
from crm.models import Workspace
from tests.factories import NOW, make_order, make_person

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


def rows_of(purchases: Purchases) -> list[tuple[int, date, float, int]]:
    ids = purchases.customer_ids[purchases.codes]
    columns = (ids, purchases.days, purchases.amounts, purchases.orders)
    return [(int(who), day_date(day), float(money), int(n)) for who, day, money, n in zip(*columns, strict=True)]


def everybody(before: date = TODAY, people: int = 2) -> Purchases:
    return Purchases.joined(list(purchases_in_chunks(read_clock(now=NOW), before=before, people=people)))


def test_orders_of_one_day_are_one_row_net_of_returns() -> None:
    ann = make_person()
    for total in ("20", "15.50", "-5"):
        make_order(ann, total=total, days_ago=3)
    assert rows_of(everybody()) == [(ann.pk, TODAY - timedelta(days=3), 30.5, 2)]


def test_batch_and_single_rows_are_the_same() -> None:
    people = [make_person() for _ in range(5)]
    for i, person in enumerate(people):
        for days_ago in range(1, 40 + i, 7 + i):
            make_order(person, total=str(10 + i), days_ago=days_ago)
    clock = read_clock(now=NOW)
    batch = build_features(everybody(), day_number(TODAY))
    for person in people:
        single = build_features(purchases_of(clock, [person.pk], before=TODAY), day_number(TODAY))
        np.testing.assert_array_equal(single.values[0], batch.values[batch.customer_ids == person.pk][0])


def test_people_without_profiling_are_not_even_asked_for() -> None:
    ann = make_person(no_profiling=True)
    make_order(ann, days_ago=3)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert not len(everybody())
        assert not len(purchases_of(read_clock(now=NOW), [ann.pk], before=TODAY))
    asked = [query["sql"] for query in queries if 'FROM "crm_order"' in query["sql"] and "total" in query["sql"]]
    assert asked
    assert all("no_profiling" in sql for sql in asked)


def test_counter_sales_belong_to_nobody() -> None:
    make_order(None, days_ago=3)
    assert not len(everybody())


def test_later_orders_change_nothing() -> None:
    ann = make_person()
    make_order(ann, days_ago=30)
    earlier = TODAY - timedelta(days=10)
    before = rows_of(everybody(earlier))
    make_order(ann, days_ago=10)
    make_order(ann, days_ago=2)
    assert rows_of(everybody(earlier)) == before


def test_days_are_those_of_the_workspace() -> None:
    Workspace.objects.create(pk=1, name="Shop", time_zone="Pacific/Auckland")
    ann = make_person()
    make_order(ann, placed_at=datetime(2026, 6, 1, 11, 59, tzinfo=UTC))
    make_order(ann, placed_at=datetime(2026, 6, 1, 12, 1, tzinfo=UTC))
    make_order(ann, placed_at=datetime(2026, 1, 1, 11, 1, tzinfo=UTC))  # summer time: an hour earlier
    assert [row[1] for row in rows_of(everybody())] == [date(2026, 1, 2), date(2026, 6, 1), date(2026, 6, 2)]


def test_every_chunk_holds_whole_customers() -> None:
    people = [make_person() for _ in range(5)]
    for person in people:
        make_order(person, days_ago=3)
        make_order(person, days_ago=5)
    parts = list(purchases_in_chunks(read_clock(now=NOW), before=TODAY, people=2))
    assert [len(part) for part in parts] == [2, 2, 1]
    assert all((part.row_counts == 2).all() for part in parts)


def test_a_living_shop_is_judged_as_of_tomorrow() -> None:
    make_order(make_person(), days_ago=3)
    clock = read_clock(now=NOW)
    assert (clock.as_of, clock.known_until, clock.is_live) == (TODAY + timedelta(days=1), TODAY, True)


def test_data_of_a_busy_shop_that_ended_is_judged_as_of_its_end() -> None:
    for days_ago in range(100, 130):
        make_order(None, days_ago=days_ago)
    clock = read_clock(now=NOW)
    assert (clock.as_of, clock.is_live) == (TODAY - timedelta(days=99), False)


def test_a_shop_with_few_orders_may_be_quiet_for_long() -> None:
    make_order(make_person(), days_ago=100)
    assert read_clock(now=NOW).is_live


def test_data_that_ended_years_ago_is_judged_as_of_its_end() -> None:
    make_order(make_person(), days_ago=1000)
    clock = read_clock(now=NOW)
    assert (clock.as_of, clock.is_live) == (TODAY - timedelta(days=999), False)


def test_a_hole_of_years_is_no_silence() -> None:
    ann = make_person()
    for days_ago in (5000, 4990, 1):
        make_order(ann, days_ago=days_ago)
    recount_all_months()
    assert SalesMonth.objects.filter(orders__gt=0).count() >= 2
    days = [row[1] for row in rows_of(everybody())]
    assert [TODAY - day for day in days] == [timedelta(days=n) for n in (12, 2, 1)]


def test_an_order_of_the_future_does_not_move_the_clock() -> None:
    make_order(make_person(), days_ago=-400)
    make_order(make_person(), days_ago=1)
    assert read_clock(now=NOW).known_until == TODAY

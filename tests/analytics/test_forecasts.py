"""What is coming: counted days, forecasts in the ledger, and their page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
import time_machine
from django.db.models import Sum
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.models import SalesDay, SalesForecast
from analytics.operations.forecasts import close_forecasts, forecast_sales
from analytics.operations.sales import recount_all_months
from analytics.operations.sales_days import recount_days
from analytics.queries.clock import read_clock
from analytics.queries.forecasts import forecast_page
from crm.models import Order, OrderLine, Product, User
from crm.operations.orders import Line
from tests.factories import NOW, make_order, make_person

pytestmark = pytest.mark.django_db
Unit = SalesForecast.Unit


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def sell(days: int, *, group: str = "", every: int = 2) -> None:
    """An order every so many days, of a size that swings."""
    random, person = Random(1), make_person()
    product = Product.objects.create(sku=f"P-{group}", name=group, category=group) if group else None
    orders = [
        Order(
            number=f"{group}{ago}", person=person, placed_at=NOW - timedelta(days=ago), currency="EUR",
            total=Decimal(random.randrange(50, 150)),
        )
        for ago in range(1, days, every)
    ]  # fmt: skip
    made = Order.objects.bulk_create(orders)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, product=product, quantity=1, unit_price=order.total, amount=order.total)
        for order in made
    )


def learn() -> int:
    recount_all_months()
    return forecast_sales(read_clock())


def page(client: Client, user: User, query: str = "") -> str:
    client.force_login(user)
    response = client.get(f"/insights/forecast{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def test_counted_days_equal_the_orders_by_day_and_group() -> None:
    sell(60, group="Tea")
    lines = [Line(Decimal(1), Decimal(7), product=Product.objects.get()), Line(Decimal(1), Decimal(3))]
    make_order(make_person(), days_ago=1, lines=lines)
    make_order(None, total="-5", days_ago=1)
    recount_all_months()
    recount_days()
    yesterday = date(2026, 6, 14)
    by_group = dict(SalesDay.objects.filter(day=yesterday).values_list("group", "revenue"))
    swing = Order.objects.get(number="Tea1").total
    assert by_group == {"": swing + 10 - 5, "Tea": swing + 7}
    all_days = SalesDay.objects.filter(group="").aggregate(sum=Sum("revenue"))["sum"]
    assert all_days == Order.objects.aggregate(sum=Sum("total"))["sum"]
    assert recount_days() == set()


def test_a_day_is_one_of_the_shops_own_zone(owner: User) -> None:
    from crm.models import Workspace

    Workspace.objects.update_or_create(pk=1, defaults={"time_zone": "Pacific/Auckland"})
    make_order(make_person(), placed_at=datetime.fromisoformat("2026-06-10T20:00:00+00:00"))
    recount_all_months()
    recount_days()
    assert SalesDay.objects.get(group="").day == date(2026, 6, 11)


def test_a_changed_month_is_counted_anew_and_gone_ones_vanish() -> None:
    sell(100)
    recount_all_months()
    recount_days()
    Order.objects.filter(placed_at__lt=NOW - timedelta(days=50)).delete()
    recount_all_months()
    assert date(2026, 3, 1) in recount_days()
    assert SalesDay.objects.order_by("day")[0].day >= date(2026, 4, 26)


def test_weeks_and_months_are_said_with_ranges_and_a_simple_method_beside() -> None:
    sell(800)
    learn()
    said = SalesForecast.objects.filter(unit=Unit.MONTH, is_rehearsal=False).order_by("step")
    first = said[0]
    assert (first.origin, first.period, first.step) == (date(2026, 6, 1), date(2026, 6, 1), 1)
    assert first.low95 <= first.low < first.value < first.high <= first.high95
    assert 1000 < first.value < 2000
    assert first.methods
    week = SalesForecast.objects.get(unit=Unit.WEEK, is_rehearsal=False, step=1)
    assert week.period == date(2026, 6, 15)


def test_groups_are_said_where_they_sell_enough() -> None:
    sell(500, group="Tea")
    sell(500, group="Light")
    sell(30, group="New")
    learn()
    groups = set(SalesForecast.objects.filter(unit=Unit.MONTH).values_list("group", flat=True))
    assert groups == {"", "Tea", "Light"}


def test_saying_it_again_changes_nothing() -> None:
    sell(500)
    assert learn() == learn()
    assert not SalesForecast.objects.filter(outcome=None, period__lt=date(2026, 6, 1), unit=Unit.MONTH).exists()


def test_the_past_is_rehearsed_from_what_was_known_then() -> None:
    sell(800)
    learn()
    then = SalesForecast.objects.get(unit=Unit.MONTH, origin=date(2026, 3, 1), step=1)
    assert then.is_rehearsal
    came = Order.objects.filter(placed_at__gte="2026-03-01T00:00Z", placed_at__lt="2026-04-01T00:00Z")
    assert then.outcome == pytest.approx(float(came.aggregate(sum=Sum("total"))["sum"]))
    Order.objects.filter(placed_at__gte="2026-03-01T00:00Z").update(total=Decimal(9_999))
    learn()
    assert SalesForecast.objects.get(unit=Unit.MONTH, origin=date(2026, 3, 1), step=1).value == then.value


def test_what_was_said_in_time_stays_and_meets_what_came() -> None:
    sell(500)
    learn()
    said = SalesForecast.objects.get(unit=Unit.MONTH, is_rehearsal=False, step=1)
    with time_machine.travel(NOW + timedelta(days=20), tick=False):
        make_order(make_person(), days_ago=-16, total="500")
        learn()
        then = SalesForecast.objects.get(unit=Unit.MONTH, origin=date(2026, 6, 1), step=1)
    assert (then.value, then.is_rehearsal) == (said.value, False)
    assert said.outcome is None
    assert then.outcome is not None
    assert then.outcome < 1500


def test_data_that_ended_is_followed_by_its_own_next_month() -> None:
    sell(500)
    with time_machine.travel(NOW + timedelta(days=700), tick=False):
        learn()
        said = SalesForecast.objects.filter(unit=Unit.MONTH, is_rehearsal=False).order_by("step")
    assert said[0].period == date(2026, 6, 1)


def test_the_page_says_what_to_expect_and_what_came_true(client: Client, owner: User) -> None:
    sell(800, group="Tea")
    learn()
    words = page(client, owner)
    for said in ("in Jun 2026: in four of five cases between", "So far", "By product group", "Tea", "rehearsed",
                 "1 month ahead: off by", "Simple method"):  # fmt: skip
        assert said in words
    assert "in the week from" in page(client, owner, "?unit=week&group=Tea")


def test_too_little_history_is_said_with_what_is_missing(client: Client, owner: User) -> None:
    sell(100)
    learn()
    assert "2 of 12 whole months" in page(client, owner)
    assert "in the week from" in page(client, owner, "?unit=week")


def test_without_orders_the_page_says_what_will_be_here(client: Client, owner: User) -> None:
    learn()
    assert "Import orders" in page(client, owner)
    assert "Import orders" in page(client, owner, "?group=nonsense")


def test_a_unit_that_nobody_knows_is_not_there(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.get("/insights/forecast?unit=century").status_code == 404


def test_who_sees_a_part_of_the_business_sees_no_sums_of_all(client: Client, stranger: User) -> None:
    sell(800)
    learn()
    words = page(client, stranger)
    assert "of the whole business" in words
    assert "four of five" not in words
    client.force_login(stranger)
    assert "What is coming" not in client.get("/insights").content.decode()


def test_under_two_years_the_season_is_said_to_be_unknown() -> None:
    sell(500)
    learn()
    assert forecast_page(Unit.MONTH, "").is_without_season


def test_the_page_takes_few_queries_however_many_groups(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for group in ("Tea", "Light", "Table"):
        sell(500, group=group)
    learn()
    with django_assert_max_num_queries(7):
        forecast_page(Unit.MONTH, "")


def test_closing_twice_closes_once() -> None:
    sell(500)
    learn()
    assert close_forecasts(read_clock()) == 0

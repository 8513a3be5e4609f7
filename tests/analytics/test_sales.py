"""Sales by month: counted ahead, always equal to a recount, and only of what a user sees."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.models import SalesMonth
from analytics.operations.sales import (
    follow_orders,
    mark_stale,
    recount_all_months,
    recount_months,
    recount_stale_months,
    recount_unknown_months,
)
from analytics.queries.sales import Month, count_months, last_months, month_of
from crm.events import acting
from crm.models import Event, Order, Person, User, Workspace
from crm.operations.orders import delete_order
from tests.factories import NOW, make_order, make_person

pytestmark = pytest.mark.django_db

JUNE, MAY = date(2026, 6, 1), date(2026, 5, 1)


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def recount(months: list[date]) -> list[Month]:
    return count_months(Order.objects.all(), Person.objects.all(), months)


def handle_all() -> None:
    follow_orders(list(Event.objects.filter(kind__startswith="order.")))


def test_a_month_counts_money_orders_and_customers() -> None:
    ann, bob = make_person(), make_person()
    make_order(ann, total="10", days_ago=40)
    make_order(ann, total="20", days_ago=3)
    make_order(bob, total="30", days_ago=2)
    make_order(bob, total="-12", days_ago=1)
    make_order(None, total="5", days_ago=1)
    [june] = recount([JUNE])
    assert june == Month(JUNE, Decimal(43), Decimal(12), orders=3, customers=2, new_customers=1)
    assert june.returning_customers == 1


def test_counted_months_follow_every_order(owner: User) -> None:
    orders = [make_order(make_person(), total=str(n), days_ago=n * 9) for n in range(1, 9)]
    handle_all()
    delete_order(order=orders[0], actor=owner)
    handle_all()
    months = [month_of(JUNE, back=back) for back in (3, 2, 1, 0)]
    assert last_months(owner, 4) == recount(months)
    assert not SalesMonth.objects.filter(is_stale=True).exists()


def test_a_first_order_that_comes_or_goes_moves_the_new_customer_to_another_month(owner: User) -> None:
    ann = make_person()
    make_order(ann, total="20", days_ago=3)
    handle_all()
    handled = Event.objects.latest("pk").pk
    earlier = make_order(ann, total="10", days_ago=40)
    follow_orders(list(Event.objects.filter(pk__gt=handled)))
    assert [month.new_customers for month in last_months(owner, 2)] == [1, 0]
    handled = Event.objects.latest("pk").pk
    delete_order(order=earlier, actor=owner)
    follow_orders(list(Event.objects.filter(pk__gt=handled)))
    assert [month.new_customers for month in last_months(owner, 2)] == [0, 1]
    recount_stale_months()
    assert list(SalesMonth.objects.order_by("month").values_list("new_customers", flat=True)) == [0, 1]


def test_an_import_only_marks_its_months_and_pages_are_right_all_the_same(owner: User) -> None:
    with acting(via="import"):
        make_order(make_person(), total="50", days_ago=3)
    handle_all()
    assert SalesMonth.objects.get().is_stale
    assert last_months(owner, 1)[0].revenue == 50
    assert recount_stale_months() == 1
    assert SalesMonth.objects.get().revenue == 50


def test_a_full_recount_covers_every_month_and_drops_what_is_gone() -> None:
    make_order(make_person(), days_ago=80)
    make_order(make_person(), days_ago=3)
    mark_stale([date(2001, 1, 1)])
    assert recount_all_months() == 4
    assert list(SalesMonth.objects.order_by("month").values_list("orders", flat=True)) == [1, 0, 0, 1]


def test_only_what_is_not_known_is_counted_before_the_night_begins() -> None:
    make_order(make_person(), days_ago=80)
    make_order(make_person(), days_ago=3)
    assert recount_unknown_months() == 4
    assert recount_unknown_months() == 0
    mark_stale([JUNE])
    assert recount_unknown_months() == 1


def test_a_month_is_taken_before_it_is_counted() -> None:
    make_order(make_person(), days_ago=3)
    with CaptureQueriesContext(connection) as asked:
        recount_months([JUNE])
    steps = [row["sql"] for row in asked if "crm_order" in row["sql"] or "INTO" in row["sql"]]
    assert "analytics_salesmonth" in steps[0]
    assert not SalesMonth.objects.get().is_stale


def test_a_user_with_own_scope_sees_own_sales_only(stranger: User) -> None:
    make_order(make_person(), total="50", days_ago=3)
    make_order(make_person(owner=stranger), total="7", days_ago=3)
    recount_all_months()
    assert [month.revenue for month in last_months(stranger, 2)] == [0, 7]


def test_months_are_cut_in_the_zone_of_the_workspace() -> None:
    Workspace.objects.create(pk=1, name="Shop", time_zone="Pacific/Auckland")
    make_order(make_person(), placed_at=datetime(2026, 5, 31, 13, tzinfo=UTC))
    assert [month.orders for month in recount([JUNE, MAY])] == [1, 0]


def test_the_months_end_with_the_data_where_it_ended_long_ago(owner: User) -> None:
    make_order(make_person(), days_ago=400)
    recount_all_months()
    assert [(month.month, month.orders) for month in last_months(owner, 2)] == [
        (date(2025, 4, 1), 0), (date(2025, 5, 1), 1),
    ]  # fmt: skip


def test_before_the_first_sale_there_are_no_months(owner: User, stranger: User) -> None:
    assert last_months(owner, 12) == last_months(stranger, 12) == []

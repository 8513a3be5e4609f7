"""The forecast of open deals by the month of their expected close."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.models import Deal, User
from crm.queries.deal_forecast import deal_forecast
from crm.queries.deal_sums import Totals
from tests.factories import make_deal, make_stage

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)


def totals(*, count: int, total: int, weighted: int) -> Totals:
    return Totals(count, Decimal(total), Decimal(weighted))


def test_open_deals_stand_in_the_month_of_their_close() -> None:
    days = [date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 30), date(2027, 2, 1), date(2027, 5, 1), None]
    for day in days:
        make_deal(expected_close_on=day, amount=Decimal(100), probability=50)
    make_deal(expected_close_on=TODAY, stage=make_stage("Won"), amount=Decimal(900))
    found = deal_forecast([Deal.objects.all()], today=TODAY)
    one = totals(count=1, total=100, weighted=50)
    assert (found.overdue.totals, found.later.totals, found.undated.totals) == (one, one, one)
    assert [row.totals.count for row in found.months] == [2, 0, 0, 1, 0, 0]
    assert found.totals == totals(count=6, total=600, weighted=300)


def test_the_months_follow_each_other_over_the_turn_of_the_year() -> None:
    months = deal_forecast([Deal.objects.all()], today=TODAY).months
    assert [(row.first, row.last) for row in months[:3]] == [
        (TODAY, date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 31)),
    ]


@pytest.mark.parametrize("number", [1, 30])
def test_one_query_makes_it(django_assert_num_queries: DjangoAssertNumQueries, number: int) -> None:
    for _number in range(number):
        make_deal(expected_close_on=TODAY)
    with django_assert_num_queries(1):
        deal_forecast([Deal.objects.all()], today=TODAY)


def test_each_line_leads_to_its_deals(client: Client, sales: User) -> None:
    make_deal(title="Undated chairs")
    make_deal(title="Old chairs", expected_close_on=date(2020, 1, 1))
    client.force_login(sales)
    context = client.get(reverse("crm:deal-forecast")).context
    by_label = {line["label"]: line["url"] for line in context["lines"]}
    undated = client.get(by_label["No day set"]).content.decode()
    assert "Undated chairs" in undated
    assert "Old chairs" not in undated
    assert "Old chairs" in client.get(by_label["Should have closed"]).content.decode()


def test_a_stranger_sees_no_sums_of_others(client: Client, stranger: User) -> None:
    make_deal(amount=Decimal(777))
    client.force_login(stranger)
    assert "777" not in client.get(reverse("crm:deal-forecast")).content.decode()

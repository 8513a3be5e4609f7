"""The page of the business's numbers, the entry of spend, and both in the API and the admin."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.metrics import METRICS, SECTIONS
from analytics.models import MetricFigure
from analytics.operations.metrics import count_metrics
from analytics.operations.sales import recount_all_months
from analytics.queries.metrics.spans import Span
from analytics.queries.number_links import LINKS, rows_url
from analytics.queries.number_words import saying
from analytics.queries.numbers import numbers_page
from crm.extensions import Metric, metrics
from crm.models import Person, Spend, User
from crm.queries.zone import workspace_zone
from tests.crm.test_api import Api
from tests.factories import NOW, make_order, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def shop() -> None:
    for days_ago in (3, 40, 70):
        for _ in range(12):
            make_order(make_person(), days_ago=days_ago, total="20")
    recount_all_months()
    count_metrics()


def page(client: Client, user: User, query: str = "") -> str:
    client.force_login(user)
    response = client.get(f"/insights/numbers{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def put(metric: str, first: date = JUNE, **fields: Any) -> MetricFigure:
    row, _ = MetricFigure.objects.update_or_create(
        metric=metric, span="month", starts_on=first, defaults={"sample": 20, "needed": 10, **fields}
    )
    return row


def test_it_says_each_number_in_words_and_how_it_is_counted(client: Client, owner: User) -> None:
    shop()
    words = page(client, owner)
    for said in ("Jun 2026", "so far", "€240.00", "from 12 orders", "very likely between", "How is this counted?",
                 "nothing to count yet for:", "Nobody has entered what", "Two days after its end"):  # fmt: skip
        assert said in words


def test_a_month_that_is_over_is_compared_with_the_one_before(client: Client, owner: User) -> None:
    shop()
    put("revenue", MAY, value=300)
    put("revenue", date(2026, 4, 1), value=200)
    put("churn", MAY, value=0.1, more={"part": 2})
    put("churn", date(2026, 4, 1), value=0.2)
    words = page(client, owner, "?by=month&on=2026-05-11")
    assert "50% more than Apr 2026" in words
    assert "change--good" in words
    assert "2 of 20" in words


@pytest.mark.parametrize("key", ["revenue", "new_customers", "churn", "mrr_lost", "payers_lost"])
def test_what_grows_in_a_month_that_goes_on_is_not_compared_with_a_whole_one(
    client: Client, owner: User, key: str
) -> None:
    put(key, MAY, value=0.5, frozen_at=NOW)
    put(key, JUNE, value=0.01)
    assert "less than May 2026" not in page(client, owner)
    put(key, date(2026, 4, 1), value=0.8, frozen_at=NOW)
    assert "less than Apr 2026" in page(client, owner, "?by=month&on=2026-05-11")


@pytest.mark.parametrize(("half", "is_chance"), [(0.2, True), (0.01, False)])
def test_a_change_within_what_both_are_unsure_by_is_neither_good_nor_bad(
    client: Client, owner: User, half: float, is_chance: bool
) -> None:
    put("win_rate", MAY, value=0.3, low=0.3 - half, high=0.3 + half, more={"part": 6})
    put("win_rate", date(2026, 4, 1), value=0.4, low=0.4 - half, high=0.4 + half)
    words = page(client, owner, "?by=month&on=2026-05-11")
    assert "25% less than Apr 2026" in words
    assert ("(may be chance)" in words) == is_chance
    assert ("change--bad" in words) != is_chance


def test_what_was_foretold_stands_beside_with_the_last_error(client: Client, owner: User) -> None:
    put("revenue", value=100)
    put("revenue_expected", value=500, low=400, high=600)
    put("revenue_expected", MAY, value=90, outcome=100)
    put("churn", value=0.1)
    put("churn_expected", value=0.2, more={"said": 0.1, "came": 0.2, "on": "2026-03-01", "part": 4, "days": 60})
    words = page(client, owner)
    assert "in 4 of 5 cases €400.00 to €600.00" in words
    assert "Last time €90.00 was said, €100.00 came (May 2026): 10% off." in words
    assert "Last time 10% was said, 20% came (Mar 2026): 50% off." in words
    assert "in the next 60 days" in words


def test_parts_are_said_and_hostile_channels_are_harmless(client: Client, owner: User) -> None:
    put("cost", value=10, more={"months": 3, "spent": 30, "channels": [["<script>x", 30.0, 3], ["Fairs", 5.0, 0]]})
    put("mrr", value=40, more={"year": 480, "new": 10.0, "gone": 3.0, "more": 0.0, "less": 0.0})
    put("best_step", value=0.5, more={"step": "task", "without": 0.3, "part": 30})
    words = page(client, owner)
    for said in ("&lt;script&gt;x", "of 3 months", "€480.00 a year", "lost: €3.00", "with a task done; without: 30%"):
        assert said in words
    assert "<script>x" not in words


def test_other_times_are_reached_and_strange_ones_are_not(client: Client, owner: User) -> None:
    shop()
    assert "Apr – Jun 2026" in page(client, owner, "?by=quarter")
    assert "2026" in page(client, owner, "?by=year")
    assert "Jul 2026" in page(client, owner, "?on=2099-01-01")
    assert "No numbers of this time" in page(client, owner, "?on=2001-01-01")
    for odd in ("?on=nonsense", "?on=2026-99-99", "?on=0001-01-01", "?on="):
        assert "Jun 2026" in page(client, owner, odd)
    assert client.get("/insights/numbers?by=century").status_code == 404


def test_too_few_show_how_many_there_are_and_are_needed(client: Client, owner: User) -> None:
    put("win_rate", value=None, sample=4)
    words = page(client, owner)
    assert "4 of 10 needed: too few to say." in words
    assert 'value="4"' in words


def test_numbers_lead_to_their_rows(client: Client, owner: User) -> None:
    shop()
    span = Span.holding("month", JUNE, workspace_zone(), NOW.date())
    client.force_login(owner)
    for key in LINKS:
        assert client.get(rows_url(key, span)).status_code == 200, key
    found = client.get(rows_url("new_customers", span)).content.decode()
    new = Person.objects.filter(first_order_at__gte="2026-06-01T00:00Z")
    assert all(person.name in found for person in new)
    assert found.count('name="ids"') == new.count() == 12
    assert rows_url("revenue", span) == ""


def test_a_shop_that_was_never_counted_says_so(client: Client, owner: User) -> None:
    assert "They are being counted" in page(client, owner)


def test_a_time_that_was_never_counted_stays_unknown(client: Client, owner: User) -> None:
    said = page(client, owner, "?by=month&on=2001-01-01")
    assert "No numbers of this time" in said
    assert "They are being counted" not in said


def test_the_page_takes_three_queries(owner: User, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    shop()
    with django_assert_max_num_queries(3):
        numbers_page(owner, "month", None)


def test_who_sees_a_part_sees_no_numbers_of_all(client: Client, stranger: User) -> None:
    shop()
    words = page(client, stranger)
    assert "of the whole business" in words
    assert "€240" not in words


def test_a_metric_of_a_plug_in_has_a_section_of_its_own(client: Client, owner: User) -> None:
    metrics.register(Metric("weather", "Sunny days", "Sky", "number", "Counted by looking up.", lambda span: None))
    try:
        put("weather", value=12)
        words = page(client, owner)
    finally:
        metrics.unregister("weather")
    assert "Sunny days" in words
    assert "Sky" in words


def test_every_metric_has_a_section_and_can_be_said() -> None:
    assert {metric.section for metric in METRICS} == set(SECTIONS)
    for metric in METRICS:
        for value in (0.0, 0.031, 3.0, 61.0, 5000.0):
            assert saying(metric, "EUR")(value)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("minutes", 22, "22 minutes"), ("minutes", 1, "1 minute"), ("minutes", 190, "3.2 hours"),
        ("minutes", 9000, "6 days"), ("share", 0.031, "3.1%"), ("share", 0.42, "42%"), ("points", 61.7, "62 of 100"),
        ("months", 4, "4 months"), ("money", 84, "€84.00"), ("number", 3.04, "3"),
    ],
)  # fmt: skip
def test_values_are_said_with_their_units(kind: str, value: float, said: str) -> None:
    assert saying(Metric("x", "x", "x", kind, "x", lambda span: None), "EUR")(value) == said


# --- spend --------------------------------------------------------------------------------------------------------


def test_spend_is_entered_replaced_and_removed(client: Client, owner: User) -> None:
    client.force_login(owner)
    for amount in ("100", "120"):
        sent = {"channel": "Fairs", "month": "2026-06", "amount": amount}
        assert client.post("/insights/spend", sent).status_code == 302
    row = Spend.objects.get()
    assert (row.month, row.currency) == (JUNE, "EUR")
    assert row.amount == 120
    assert "€120.00" in client.get("/insights/spend").content.decode()
    assert client.post(f"/insights/spend/{row.pk}/remove").status_code == 302
    assert not Spend.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "-1"}, {"amount": "x"}, {"month": "2026-13"}, {"month": "0001-01"}, {"channel": ""},
     {"channel": "x" * 101}, {"amount": "1e30"}],
)  # fmt: skip
def test_what_can_not_be_meant_is_refused_in_words(client: Client, owner: User, wrong: dict[str, str]) -> None:
    client.force_login(owner)
    sent = {"channel": "Fairs", "month": "2026-06", "amount": "5", **wrong}
    assert client.post("/insights/spend", sent).status_code == 422
    assert not Spend.objects.exists()


def test_only_who_sets_up_enters_spend(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert client.get("/insights/spend").status_code == 403
    assert client.post("/insights/spend", {}).status_code == 403


# --- API and admin ------------------------------------------------------------------------------------------------


def test_the_api_gives_the_same_numbers(sales: User, stranger: User) -> None:
    shop()
    rows = Api(sales).get("metrics/", metric="revenue", span="month").json()["results"]
    june = next(row for row in rows if row["starts_on"] == "2026-06-01")
    assert (june["value"], june["sample"], june["frozen_at"]) == (240.0, 12, None)
    assert Api(stranger).get("metrics/").json()["results"] == []
    assert Api(sales).post("metrics/", {}).status_code == 405


def test_the_admin_lists_them_in_words(client: Client, owner: User) -> None:
    put("revenue", value=100)
    client.force_login(owner)
    words = client.get("/admin/analytics/metricfigure/").content.decode()
    assert "Revenue" in words
    assert "€100.00" in words
    row = MetricFigure.objects.get()
    assert client.get(f"/admin/analytics/metricfigure/{row.pk}/change/").status_code == 200


def test_who_stands_behind_lost_money_is_named_until_they_are_deleted(client: Client, owner: User) -> None:
    ann, bob = make_person(name="Ann Lee"), make_person(name="Bob Ray")
    put("mrr_lost", value=0.1, more={"people": [[ann.pk, 40.0], [bob.pk, 20.0]]})
    words = page(client, owner)
    assert "Ann Lee" in words
    assert "€40.00" in words
    ann.delete()
    assert "Ann Lee" not in page(client, owner)

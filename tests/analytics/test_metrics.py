"""The numbers of the business: each equal to a recount, honest about what is missing, and frozen in the end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from analytics.models import (
    CustomerMonth,
    DealPrediction,
    DealScore,
    MetricFigure,
    ModelVersion,
    SalesForecast,
    Score,
)
from analytics.operations.metrics import count_metrics
from analytics.operations.sales import recount_all_months
from analytics.queries.metrics import acquisition, customers, deals, sales, service, subscriptions
from analytics.queries.metrics.figures import median, wilson
from analytics.queries.metrics.spans import Span, SpanKind, span_words
from crm.models import Event, Person, Spend, Stage, Subscription, Workspace
from crm.operations.spend import enter_spend, remove_spend
from crm.queries.zone import workspace_zone
from inbox.models import Channel, Conversation, Message
from tests.factories import NOW, make_deal, make_order, make_person, make_stage, make_task

from .business import JUNE, close, sell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
MAY = date(2026, 5, 1)


def span(first: date = JUNE, kind: str = SpanKind.MONTH) -> Span:
    return Span.holding(kind, first, workspace_zone(), timezone.localdate())


def subscribe(person: Person, amount: str, start: str, end: str | None = None, **fields: Any) -> None:
    Subscription.objects.create(
        person=person, name="Plan", amount=Decimal(amount), currency="EUR", started_on=start, ended_on=end, **fields
    )


# --- sales --------------------------------------------------------------------------------------------------------


def test_revenue_equals_the_orders_of_the_span() -> None:
    sell(3, total="20")
    sell(2, days_ago=40, total="50")
    make_order(None, days_ago=2, total="-5")
    recount_all_months()
    june = sales.revenue(span())
    assert (june.value, june.sample, june.more["returned"]) == (55.0, 3, 5.0)
    assert sales.revenue(span(kind=SpanKind.QUARTER)).value == 155.0
    assert sales.revenue(span(date(2025, 1, 1))).value is None


def test_a_mean_order_has_an_interval_and_needs_ten() -> None:
    sell(9)
    assert sales.average_order(span()).value is None
    sell(3, total="100")
    found = sales.average_order(span())
    assert found.value == pytest.approx(40)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 40 < found.high


def test_who_came_back_and_who_ordered_twice() -> None:
    old = sell(6, days_ago=50)
    for person in old[:5]:
        make_order(person, days_ago=3)
    sell(7)
    found = sales.came_back(span())
    assert (found.more["part"], found.sample) == (5, 12)
    assert sales.came_back(span(kind=SpanKind.QUARTER)).more["part"] == 0
    assert sales.repeat_rate(span()).value == pytest.approx(5 / 13)


def test_expected_revenue_is_what_was_said_when_the_month_began() -> None:
    row = {"unit": "month", "period": JUNE, "step": 1, "low95": 1, "high95": 9, "simple": 4}
    SalesForecast.objects.create(origin=MAY, value=1, low=1, high=1, **row)
    SalesForecast.objects.create(origin=JUNE, value=5, low=4, high=6, **row)
    found = sales.expected_revenue(span())
    assert (found.value, found.low, found.high) == (5, 4, 6)
    assert sales.expected_revenue(span(kind=SpanKind.YEAR)).value is None


def test_without_a_forecast_the_known_months_are_said() -> None:
    sell(1, days_ago=100)
    found = sales.expected_revenue(span())
    assert (found.value, found.sample, found.needed) == (None, 2, 12)


def test_new_customers_are_foretold_from_the_months_before() -> None:
    for days_ago in range(20, 520, 8):
        sell(1, days_ago=days_ago)
    found = sales.expected_new_customers(span())
    assert found.value == pytest.approx(3.8, abs=1)
    assert (found.low or 0) <= (found.value or 0) <= (found.high or 0)
    assert sales.expected_new_customers(span(date(2026, 7, 1))).value is not None


def test_customer_value_takes_the_margin() -> None:
    sell(10, total="80")
    assert sales.value_so_far(span()).value == pytest.approx(80)
    Workspace.objects.update_or_create(pk=1, defaults={"gross_margin_percent": Decimal(25)})
    assert sales.value_so_far(span()).value == pytest.approx(20)


# --- winning customers --------------------------------------------------------------------------------------------


def test_a_new_customer_costs_what_was_spent_by_channel() -> None:
    sell(12, channel="Google")
    enter_spend(channel="google", month=JUNE, amount=Decimal(120), currency="EUR", actor=None)
    enter_spend(channel="Fairs", month=JUNE, amount=Decimal(60), currency="EUR", actor=None)
    found = acquisition.cost(span())
    assert found.value == pytest.approx(15)
    assert found.more["channels"] == [["Fairs", 60.0, 0], ["google", 120.0, 12]]


def test_a_new_customer_is_won_by_the_channel_of_the_first_order_alone() -> None:
    for person in sell(12, channel="Google"):
        make_order(person, channel="Fairs")
    sell(3, channel="google")
    for channel in ("Google", "Fairs"):
        enter_spend(channel=channel, month=JUNE, amount=Decimal(60), currency="EUR", actor=None)
    assert acquisition.cost(span()).more["channels"] == [["Fairs", 60.0, 0], ["Google", 60.0, 15]]


def test_few_new_customers_are_counted_over_more_months() -> None:
    sell(4)
    sell(8, days_ago=35)
    for month in (MAY, JUNE):
        enter_spend(channel="x", month=month, amount=Decimal(60), currency="EUR", actor=None)
    found = acquisition.cost(span())
    assert (found.value, found.more["months"]) == (10.0, 3)
    assert acquisition.cost(span(date(2025, 1, 1))).more == {"is_without_spend": True}


def test_the_expected_cost_is_the_plan_by_the_expected_customers() -> None:
    for days_ago in range(20, 520, 8):
        sell(1, days_ago=days_ago)
    assert acquisition.expected_cost(span()).more["is_without_spend"]
    enter_spend(channel="x", month=JUNE, amount=Decimal(60), currency="EUR", actor=None)
    found = acquisition.expected_cost(span())
    assert found.value == pytest.approx(60 / found.more["won"])
    assert 0 < (found.low or 0) < (found.value or 0)


def test_spend_is_entered_once_and_told() -> None:
    for amount in (10, 10, 12):
        enter_spend(channel=" Fairs ", month=date(2026, 6, 9), amount=Decimal(amount), currency="EUR", actor=None)
    row = Spend.objects.get()
    assert (row.channel, row.month) == ("Fairs", JUNE)
    assert row.amount == 12
    remove_spend(spend=row, actor=None)
    kinds = list(Event.objects.filter(kind__startswith="spend.").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["spend.entered", "spend.entered", "spend.removed"]


def test_value_by_cost_and_months_to_earn_back() -> None:
    people = sell(30)
    for person in people:
        Score.objects.create(
            person=person, task="value", value=120, band="low", horizon_days=365, as_of=JUNE, kind="model"
        )
    enter_spend(channel="x", month=JUNE, amount=Decimal(900), currency="EUR", actor=None)
    assert acquisition.value_to_cost(span()).value == pytest.approx(4)
    assert acquisition.payback_months(span()).value == pytest.approx(3)
    assert acquisition.value_to_cost(span(MAY)).value is None


# --- customers ----------------------------------------------------------------------------------------------------


def test_lost_customers_of_a_month_and_of_the_mean_month() -> None:
    CustomerMonth.objects.create(month=MAY, customers=80, lost=4)
    CustomerMonth.objects.create(month=JUNE, customers=120, lost=2)
    assert customers.lost(span()).value == pytest.approx(2 / 120)
    assert customers.lost(span(kind=SpanKind.QUARTER)).value == pytest.approx(6 / 200)
    assert customers.lost(span(date(2025, 1, 1))).value is None


def test_who_may_stay_away_is_the_mean_chance_of_those_still_there() -> None:
    score = {"task": "churn", "horizon_days": 60, "as_of": JUNE, "kind": "model"}
    for chance, band in ((0.2, "low"), (0.4, "medium"), (0.9, "lapsed")):
        Score.objects.create(person=make_person(), value=chance, band=band, **score)
    found = customers.may_leave(span())
    assert found.value == pytest.approx(0.3)
    assert found.more["part"] == pytest.approx(0.6)
    Score.objects.all().update(kind="rule")
    assert customers.may_leave(span()).more == {"is_without_model": "churn"}


def test_what_a_model_said_of_the_mean_customer_meets_what_came() -> None:
    card = {"track": {"customers": 10, "expected": 500.0, "actual": 400.0, "as_of": "2025-06-01"}}
    ModelVersion.objects.create(task="value", number=1, state="champion", folder="x", sha256="x", card=card)
    assert customers.track_of("value", 0.5) == {"said": 25.0, "came": 20.0, "on": "2025-06-01"}
    assert customers.track_of("churn") == {}


# --- deals --------------------------------------------------------------------------------------------------------


def test_the_win_rate_counts_closed_deals_and_their_money() -> None:
    close(6, 4)
    found = deals.win_rate(span())
    assert (found.value, found.more["by_money"]) == (0.6, 0.6)
    assert (found.low, found.high) == wilson(6, 10)
    assert deals.win_rate(span(MAY)).value is None


def test_conversion_waits_until_deals_had_their_time() -> None:
    close(6, 6, days_ago=20)
    assert deals.conversion(span(MAY)).value == pytest.approx(0.5)
    make_deal()
    waiting = deals.conversion(span())
    assert waiting.value is None
    assert waiting.more["waits_until"][:10] == "2026-07-11"


def test_velocity_needs_twenty_closed_deals() -> None:
    close(10, 9)
    assert deals.velocity(span()).sample == 19
    close(0, 1)
    make_deal(amount=Decimal(5))
    found = deals.velocity(span())
    assert found.value == pytest.approx(1 * 0.5 * 100 / 10)


def test_open_deals_count_by_the_chance_of_their_stage_and_lost_ones_do_not() -> None:
    close(10, 10)
    make_deal(amount=Decimal(1000), stage=make_stage("New"))
    found = deals.pipeline(span())
    chance = deals.stage_chances()[make_stage("New").pk]
    assert found.value == pytest.approx(1000 * chance)
    usual = make_stage("New").probability / 100
    assert chance == pytest.approx((10 + 20 * usual) / 40)
    assert found.more["money"] == 1000
    assert (found.low, found.high) == (0.0, 1000.0)


def test_the_chances_of_the_model_go_before_those_of_the_stage() -> None:
    close(10, 10)
    made = [make_deal(amount=Decimal(100)) for _ in range(10)]
    assert deals.expected_win_rate(span()).more == {"is_without_model": "win"}
    for deal in made:
        DealScore.objects.create(deal=deal, value=0.8, band="high")
    DealPrediction.objects.create(deal=made[0], value=0.7, band="high", as_of=MAY, outcome=1)
    assert deals.pipeline(span()).value == pytest.approx(800)
    found = deals.expected_win_rate(span())
    assert found.value == pytest.approx(0.8)
    assert (found.more["said"], found.more["came"], found.more["on"]) == (0.7, 1.0, "2026-05-01")


def test_the_best_step_needs_fifty_with_and_fifty_without() -> None:
    close(3, 3)
    assert deals.best_step(span()).value is None
    deals_closed = list(Stage.objects.filter(kind="won")[0].deals.all())
    make_task(deal=deals_closed[0])
    assert deals.best_step(span()).needed == 50


# --- subscriptions ------------------------------------------------------------------------------------------------


def test_recurring_money_is_counted_by_the_month_whatever_the_interval() -> None:
    ann, bob, cid = (make_person() for _ in range(3))
    subscribe(ann, "120", "2025-01-01", interval="year")
    subscribe(bob, "12", "2025-01-01", "2026-06-05", interval="week")
    subscribe(cid, "30", "2026-06-02")
    moved = subscriptions.movement(JUNE, date(2026, 6, 16))
    assert [moved.start, moved.end, moved.new, moved.gone] == pytest.approx([62, 40, 30, 52])
    assert (moved.left, moved.payers) == (1, 2)
    found = subscriptions.recurring(span())
    assert found.value == pytest.approx(40)
    assert found.more["year"] == pytest.approx(480)


def test_what_same_customers_pay_leaves_new_ones_out() -> None:
    people = [make_person() for _ in range(10)]
    for person in people:
        subscribe(person, "10", "2025-01-01", "2026-06-02")
    for person in people[:8]:
        subscribe(person, "20", "2026-06-02")
    subscribe(make_person(), "99", "2026-06-02")
    assert subscriptions.kept_net(span()).value == pytest.approx(1.6)
    assert subscriptions.kept_gross(span()).value == pytest.approx(0.8)
    assert subscriptions.payers_lost(span()).value == pytest.approx(0.2)
    assert subscriptions.revenue_lost(span()).value == pytest.approx(0.2)


def test_who_comes_back_is_not_new_and_who_left_is_named_by_id() -> None:
    ann, bob, cid = make_person(), make_person(), make_person()
    subscribe(ann, "10", "2024-01-01", "2024-06-01")
    subscribe(ann, "15", "2026-06-02")
    subscribe(bob, "40", "2025-01-01", "2026-06-03")
    subscribe(cid, "50", "2025-01-01", "2026-06-03")
    subscribe(cid, "30", "2026-06-03")
    moved = subscriptions.movement(JUNE, date(2026, 6, 16))
    assert (moved.new, moved.back, moved.less, moved.gone) == (0, 15, 20, 40)
    assert list(moved.losses) == [(bob.pk, 40.0), (cid.pk, 20.0)]


# --- service ------------------------------------------------------------------------------------------------------


def talk(minutes: int, *, days_ago: int = 3, closed: bool = False, answers: int = 1, **fields: Any) -> Conversation:
    channel, _ = Channel.objects.get_or_create(slug="contact", defaults={"kind": "form", "name": "Form"})
    begun = NOW - timedelta(days=days_ago)
    made = Conversation.objects.create(
        channel=channel, created_at=begun, first_reply_at=begun + timedelta(minutes=minutes),
        person=fields.pop("person", None) or make_person(),
        **({"status": "closed", "closed_at": begun + timedelta(minutes=minutes)} if closed else {}),
    )  # fmt: skip
    for number in range(answers):
        Message.objects.create(
            conversation=made, channel=channel, direction="out", external_id=f"{made.pk}-{number}", text="Yes"
        )
    return made


def test_the_first_reply_is_the_middle_one_with_nine_of_ten() -> None:
    for minutes in range(1, 12):
        talk(minutes)
    found = service.first_reply(span())
    assert (found.value, found.more["p90"]) == (6, 10)
    assert service.resolution(span()).value is None


def test_solved_with_one_answer_waits_seven_days_and_sees_who_came_back() -> None:
    again = make_person()
    for number in range(12):
        talk(5, days_ago=12, closed=True, answers=2 if number == 0 else 1, person=again if number == 1 else None)
    talk(5, days_ago=10, person=again)
    talk(5, days_ago=2, closed=True)
    found = service.first_contact(span())
    assert (found.more["part"], found.sample) == (10, 12)


def test_what_was_closed_in_the_last_week_of_a_month_counts_in_it_and_the_month_waits_for_it() -> None:
    for days_ago in (24, 17):
        for _ in range(12):
            talk(5, days_ago=days_ago, closed=True)
    with time_machine.travel(datetime(2026, 6, 3, 12, tzinfo=UTC), tick=False):
        found = service.first_contact(span(MAY))
        assert (found.sample, found.more["waiting"]) == (12, 12)
        count_metrics()
    row = MetricFigure.objects.get(metric="first_contact", span="month", starts_on=MAY)
    assert row.frozen_at is None
    count_metrics()
    row.refresh_from_db()
    assert (row.sample, row.frozen_at is None) == (24, False)


def test_the_mood_takes_the_word_of_colleagues() -> None:
    talked = talk(5)
    for number in range(10):
        Message.objects.create(
            conversation=talked, channel=talked.channel, direction="in", external_id=f"in{number}", text="Hm",
            sentiment_score=0.5, corrected="negative" if number == 0 else "", created_at=NOW - timedelta(days=1),
        )  # fmt: skip
    assert service.mood(span()).value == pytest.approx((9 * 75 + 0) / 10)


# --- small things -------------------------------------------------------------------------------------------------


def test_spans_are_calendar_months_quarters_and_years() -> None:
    assert span(date(2026, 6, 20)).first == JUNE
    quarter, year = (span(date(2026, 6, 20), kind) for kind in (SpanKind.QUARTER, SpanKind.YEAR))
    assert (quarter.first, quarter.end) == (date(2026, 4, 1), date(2026, 7, 1))
    assert (year.first, year.end) == (date(2026, 1, 1), date(2027, 1, 1))
    assert quarter.moved(-2).first == date(2025, 10, 1)
    assert [span_words(each.kind, each.first) for each in (quarter, year)] == ["Apr – Jun 2026", "2026"]


def test_a_median_has_ranks_around_it() -> None:
    found = median([float(n) for n in range(100)], needed=10)
    assert (found.value, found.low, found.high) == (50, 40, 59)
    assert median([1.0], needed=10).value is None

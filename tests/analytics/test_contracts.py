"""Risks of subscriptions: learned from how long others ran, and shown where one is running."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.models import CONTRACTS, ModelVersion, Prediction, Score
from analytics.operations import contracts, levers
from analytics.operations.contracts import close_contracts, contract_frame, score_contracts
from analytics.operations.registry import champions
from analytics.queries.contract_history import Contract, contract_columns, read_contracts
from analytics.queries.contract_insight import contract_insight
from crm.events import due_events, handle_events
from crm.models import Person, Subscription, User
from crm.operations.people import update_person
from crm.operations.subscriptions import end_subscription, start_subscription
from tests.factories import NOW, make_order, make_person

from .here import learn_here

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]
TODAY = NOW.date()


def subscribe(person: Person, *, name: str = "Trial", days_ago: int = 40) -> Subscription:
    return start_subscription(
        actor=None, person=person, name=name, amount=Decimal(10), currency="EUR", interval="month",
        started_on=TODAY - timedelta(days=days_ago),
    )  # fmt: skip


def make_subscribers(count: int = 240) -> None:
    """A trial ends within some weeks, the club hardly ever."""
    random = Random(4)
    people = Person.objects.bulk_create(Person(name=f"Subscriber {number}") for number in range(count))
    rows = []
    for person in people:
        is_trial = random.random() < 0.5
        started = TODAY - timedelta(days=random.randrange(30, 800))
        days = random.randrange(20, 150) if is_trial else random.randrange(200, 3000)
        ended = started + timedelta(days=days)
        rows.append(
            Subscription(
                person=person, name="Trial" if is_trial else "Club", amount=10, currency="EUR", started_on=started,
                ended_on=ended if ended < TODAY else None,
            )
        )  # fmt: skip
    Subscription.objects.bulk_create(rows)


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> None:
    make_subscribers()
    run = learn_here(monkeypatch, "contract")
    assert {run.report["tasks"][task]["decision"] for task in CONTRACTS} == {"promoted"}


def handle_all() -> None:
    while ids := due_events(timezone.now() + timedelta(seconds=1)):
        handle_events(ids)


def risk_of(person: Person, task: str = "contract_90") -> float:
    return Score.objects.get(person=person, task=task).value


def test_a_trial_is_the_greater_risk_and_more_so_in_longer_time(learned: None, owner: User) -> None:
    trial, club = make_person(), make_person()
    subscribe(trial), subscribe(club, name="Club")
    handle_all()
    assert risk_of(trial) > 3 * risk_of(club)
    assert risk_of(trial) > risk_of(trial, "contract_30")
    card = contract_insight(trial, owner)
    assert card is not None
    assert card.badge == "High risk"
    assert "in the next 30 days" in card.says
    assert "in the next 3 months" in card.says
    assert "Subscription: Trial" in [reason.words for reason in card.reasons if reason.raises]


def test_the_likeliest_to_end_of_several_counts(learned: None) -> None:
    one, both = make_person(), make_person()
    subscribe(one, name="Club")
    subscribe(both, name="Club"), subscribe(both)
    handle_all()
    assert risk_of(both) > 2 * risk_of(one)


def test_what_would_help_is_said_of_whom_it_would_help(learned: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Subscriptions of two people by turns: the second of the first person is the likeliest to end."""
    monkeypatch.setattr(levers, "is_worth_saying", lambda *_: True)
    first, second = make_person(), make_person()
    subscribe(first, name="Club", days_ago=700), subscribe(second, days_ago=500), subscribe(first, days_ago=20)
    serving = champions("contract_90")

    def pulled_of(*people: Person) -> dict[int, object]:
        score_contracts([person.pk for person in people], serving)
        return dict(Score.objects.filter(task="contract_90").values_list("person", "lever"))

    alone = pulled_of(first) | pulled_of(second)
    assert alone[first.pk] != alone[second.pk]
    assert pulled_of(first, second) == alone


def test_a_subscription_that_goes_while_it_is_read_breaks_no_night(monkeypatch: pytest.MonkeyPatch) -> None:
    make_subscribers(40)

    def read_late(person_ids: Collection[int]) -> dict[int, Contract]:
        Subscription.objects.filter(person=min(person_ids)).delete()
        return read_contracts(person_ids)

    monkeypatch.setattr(contracts, "read_contracts", read_late)
    frame = contract_frame(NOW, 90)
    assert len(frame)


def test_with_its_end_the_risk_goes(learned: None, owner: User) -> None:
    person = make_person()
    subscription = subscribe(person)
    handle_all()
    assert Score.objects.filter(person=person, task__in=CONTRACTS).count() == 2
    end_subscription(subscription=subscription, actor=owner, ended_on=TODAY - timedelta(days=1))
    handle_all()
    assert not Score.objects.filter(person=person, task__in=CONTRACTS).exists()
    assert contract_insight(person, owner) is None


def test_what_happens_later_does_not_move_what_was_known(owner: User) -> None:
    person = make_person()
    subscription = subscribe(person)
    at = NOW - timedelta(days=10)
    before = contract_columns(read_contracts([person.pk]), [(subscription.pk, at)])
    make_order(person, days_ago=3)
    subscribe(person, name="Second", days_ago=2)
    end_subscription(subscription=subscription, actor=owner, ended_on=TODAY)
    after = contract_columns(read_contracts([person.pk]), [(subscription.pk, at)])
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old.values, new.values)


def test_rows_whose_time_is_not_over_are_not_learned_from() -> None:
    make_subscribers(40)
    frame = contract_frame(NOW, 90)
    today = TODAY.toordinal() - 719_163
    assert len(frame)
    assert frame.known_on.max() <= today


def test_who_wants_no_profiling_is_in_no_frame_and_has_no_risk(learned: None, owner: User) -> None:
    person = make_person()
    subscribe(person)
    handle_all()
    person = update_person(person=person, actor=owner, no_profiling=True)
    handle_all()
    assert not Score.objects.filter(person=person).exists()
    assert contract_insight(person, owner) is None
    Person.objects.update(no_profiling=True)
    assert len(contract_frame(NOW, 90)) == 0


def test_however_many_predictions_are_due_no_question_names_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite takes 32,766 values in a question."""
    monkeypatch.setattr(contracts, "CHUNK", 4)
    for person in (make_person() for _ in range(12)):
        Prediction.objects.create(
            task="contract_30", person=person, value=0.5, band="high", as_of=TODAY - timedelta(days=60),
            horizon_days=30, closes_on=TODAY - timedelta(days=30),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as asked:
        assert close_contracts() == 12
    named = [ids for query in asked.captured_queries for ids in re.findall(r"IN \(([\d, ]+)\)", query["sql"])]
    assert max(ids.count(",") + 1 for ids in named) == 4


def test_the_ledger_learns_what_ended(learned: None) -> None:
    ended, going = make_person(), make_person()
    subscribe(going, days_ago=200)
    subscription = subscribe(ended, days_ago=200)
    Subscription.objects.filter(pk=subscription.pk).update(ended_on=TODAY - timedelta(days=50))
    for person in (ended, going):
        Prediction.objects.create(
            task="contract_90", person=person, value=0.4, band="high", as_of=TODAY - timedelta(days=100),
            horizon_days=90, closes_on=TODAY - timedelta(days=10),
        )  # fmt: skip
    assert close_contracts() == 2
    outcomes = dict(Prediction.objects.exclude(outcome=None).values_list("person_id", "outcome"))
    assert outcomes == {ended.pk: 1.0, going.pk: 0.0}


def test_with_too_few_ends_the_card_counts_them(monkeypatch: pytest.MonkeyPatch, owner: User) -> None:
    make_subscribers(30)
    assert learn_here(monkeypatch, "contract").report["tasks"]["contract_90"]["decision"] == "too_little"
    person = make_person()
    subscribe(person)
    card = contract_insight(person, owner)
    assert card is not None
    assert 0 < card.have < card.needed == 50


def test_the_card_the_list_and_the_models_page_open(learned: None, client: Client, sales: User, stranger: User) -> None:
    person = make_person(owner=sales, name="Tina Trial")
    subscribe(person)
    handle_all()
    client.force_login(stranger)
    assert client.get(f"/people/{person.pk}/contract").status_code == 404
    client.force_login(sales)
    assert "Will the subscription end?" in client.get(f"/people/{person.pk}/contract").content.decode()
    assert client.get(f"/people/{make_person(owner=sales).pk}/contract").content == b""
    tree = '{"field": "contract", "op": "is", "value": "high"}'
    assert "Tina Trial" in client.get("/people/", {"filter": tree, "sort": "-contract"}).content.decode()
    assert ModelVersion.objects.filter(task="contract_90", state="champion").exists()
    assert client.get("/insights/models/contract_90").status_code == 200

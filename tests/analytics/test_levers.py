"""What would change a chance most: chosen by the model among what somebody can do, and true once it is done."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from analytics.levers import WORDS, is_worth_saying, lever_line, usual_error
from analytics.models import CONTRACTS, LEAD, WIN, DealScore, Score
from analytics.operations.levers import Pulled, best_levers
from analytics.operations.what_if import Wishes, contract_what_if, deal_case, deal_what_if, person_what_if
from analytics.queries import contract_changes, deal_changes, lead_changes
from analytics.queries.contract_insight import contract_insight
from analytics.queries.deal_insight import deal_insight
from analytics.queries.person_insight import person_insight
from crm.events import build_event, due_events, handle_events, record_events
from crm.models import Deal, Person, Subscription, Task, User
from crm.operations.people import update_person
from crm.operations.work import add_note, create_task
from tests.factories import NOW, make_deal, make_person
from tests.pages import HTMX

from .deal_shop import make_closed_deals
from .here import learn_here
from .test_contracts import subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]
CARD: dict[str, Any] = {"hold_out": {"views": {"all": {"product": {"ece": 0.12}}}}}


def handle_all() -> None:
    while ids := due_events(timezone.now() + timedelta(seconds=1)):
        handle_events(ids)


# --- the choice -------------------------------------------------------------------------------------------------------


def test_every_lever_has_words_and_nothing_is_declared_that_nobody_can_change() -> None:
    declared = {*deal_changes.LEVERS, *lead_changes.LEVERS, *contract_changes.LEVERS, "order"}
    assert declared == set(WORDS)
    assert not declared & {"country", "language", "stage", "owner", "has_job", "has_company"}
    assert lever_line({"key": "horoscope", "value": 0.9}) == lever_line(None) == ""


def test_the_strongest_helpful_lever_is_taken_and_none_that_only_makes_noise() -> None:
    tried = ((0, "touch", 0.45), (0, "step", 0.7), (1, "touch", 0.2), (2, "step", 0.52))
    pulled: list[Pulled[Any]] = [Pulled(*one) for one in tried]
    found = best_levers([0.4, 0.5, 0.5, 0.5], pulled, {}, is_wish=True)
    assert found == [{"key": "step", "value": 0.7}, None, None, None]
    risks = best_levers([0.4, 0.5, 0.5], [Pulled(0, "order", 0.1), Pulled(1, "order", 0.9)], {}, is_wish=False)
    assert risks == [{"key": "order", "value": 0.1}, None, None]


@pytest.mark.parametrize(
    ("before", "after", "card", "is_said"),
    [
        (0.40, 0.60, {}, True),
        (0.42, 0.44, {}, False),  # less than a step
        (0.36, 0.44, {}, False),  # the same number as people count
        (0.40, 0.50, CARD, False),  # less than the model is usually off by
        (0.40, 0.60, CARD, True),
    ],
)
def test_only_more_than_noise_is_said(before: float, after: float, card: dict[str, Any], is_said: bool) -> None:
    assert is_worth_saying(before, after, card) is is_said
    assert usual_error(CARD) == 0.12


# --- deals ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def steps_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deals for which something was planned are won."""
    random = Random(8)
    for deal in make_closed_deals(200):
        is_planned = deal.stage.kind == "won" if random.random() < 0.95 else random.random() < 0.5
        if is_planned:
            task = Task.objects.create(title="Call", deal=deal, done_at=deal.closed_at)
            Task.objects.filter(pk=task.pk).update(created_at=deal.created_at)
    learn_here(monkeypatch, WIN)


def test_the_card_of_a_deal_says_what_would_change_it_most_and_it_does(steps_win: None, owner: User) -> None:
    deal = make_deal(lead_source="Fair", amount=500)
    handle_all()
    before = DealScore.objects.get(deal=deal)
    assert before.lever is not None
    assert before.lever["key"] == "step"
    line = deal_insight(Deal.objects.select_related("stage", "person").get(pk=deal.pk), owner).most
    assert line == lever_line(before.lever)
    assert line.startswith("Would change it most: With a next step planned – then it would be ")
    assert deal_what_if(deal, deal_case(deal), Wishes()).most == line
    create_task(actor=owner, title="Call", deal=deal)
    handle_all()
    after = DealScore.objects.get(deal=deal)
    assert after.value == pytest.approx(before.lever["value"], abs=0.01)
    assert after.value > before.value + 0.1
    assert (after.lever or {}).get("key") != "step"


# --- leads ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def notes_sell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is spoken to orders within some weeks."""
    random, events = Random(3), []
    people = Person.objects.bulk_create(
        Person(name=f"Lead {number}", created_at=NOW - timedelta(days=random.randrange(5, 600)))
        for number in range(400)
    )
    for person in people:
        if random.random() < 0.4:
            spoken = person.created_at + timedelta(days=1)
            events.append(build_event(kind="note.added", subject=person, at=spoken, data={}))
            if random.random() < 0.85:
                person.first_order_at = person.created_at + timedelta(days=random.randrange(35, 60))
                person.order_count = 1
    ordered = [one for one in people if (one.first_order_at or NOW) < NOW]
    Person.objects.bulk_update(ordered, ["first_order_at", "order_count"])
    record_events(events)
    learn_here(monkeypatch, LEAD)


def test_the_card_of_a_lead_says_what_would_change_it_most_and_it_does(
    notes_sell: None, owner: User, client: Client
) -> None:
    with time_machine.travel(NOW - timedelta(days=3)):
        person = make_person()
    handle_all()
    before = Score.objects.get(person=person, task=LEAD)
    assert before.lever is not None
    assert before.lever["key"] == "touch"
    assert person_insight(person, owner).most == lever_line(before.lever) == person_what_if(person).most
    add_note(actor=owner, body="Called", person=person)
    handle_all()
    after = Score.objects.get(person=person, task=LEAD)
    assert after.value == pytest.approx(before.lever["value"], abs=0.02)
    client.force_login(owner)
    assert f"/people/{person.pk}/what-if" in client.get(f"/people/{person.pk}/insight", headers=HTMX).content.decode()
    assert "The chance of a first order" in client.get(f"/people/{person.pk}/what-if").content.decode()


# --- subscriptions ----------------------------------------------------------------------------------------------------


@pytest.fixture
def yearly_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who pays by the month mostly ends within some months, who pays by the year hardly ever."""
    random, rows = Random(4), []
    people = Person.objects.bulk_create(Person(name=f"Subscriber {number}") for number in range(300))
    for person in people:
        is_yearly, started = random.random() < 0.5, NOW.date() - timedelta(days=random.randrange(30, 700))
        ended = started + timedelta(days=random.randrange(800, 3000) if is_yearly else random.randrange(20, 200))
        rows.append(
            Subscription(
                person=person, name="Club", amount=120 if is_yearly else 10, currency="EUR", started_on=started,
                interval="year" if is_yearly else "month", ended_on=ended if ended < NOW.date() else None,
            )
        )  # fmt: skip
    Subscription.objects.bulk_create(rows)
    learn_here(monkeypatch, "contract")


def test_the_card_of_a_subscription_says_what_would_change_it_most(
    yearly_stays: None, owner: User, client: Client, stranger: User
) -> None:
    person = make_person()
    subscription = subscribe(person, name="Club")
    handle_all()
    before = Score.objects.get(person=person, task=CONTRACTS[-1])
    assert before.lever is not None
    assert before.lever["key"] == "yearly"
    card = contract_insight(person, owner)
    assert card is not None
    assert card.most == lever_line(before.lever) == contract_what_if(person).most
    assert "Paid once a year" in card.most
    url = f"/people/{person.pk}/contract/what-if"
    client.force_login(owner)
    assert "Paid once a year" in client.get(url).content.decode()
    Subscription.objects.filter(pk=subscription.pk).update(interval="year", amount=120)
    handle_all()
    update_person(person=person, actor=owner, job_title="Baker")
    handle_all()
    after = Score.objects.get(person=person, task=CONTRACTS[-1])
    assert after.value == pytest.approx(before.lever["value"], abs=0.01)
    client.force_login(stranger)
    assert client.get(url).status_code == 404


def test_without_a_subscription_or_a_model_it_says_why(yearly_stays: None, owner: User) -> None:
    person = make_person()
    assert contract_what_if(person).refused == "No subscription is running."
    assert "wants no profiling" in contract_what_if(make_person(no_profiling=True)).refused
    assert "Nothing has been learned yet" in person_what_if(person).refused

"""Chances of a first order: learned from who ordered after having been here for a while."""

from __future__ import annotations

import re
from datetime import timedelta
from random import Random

import numpy as np
import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.models import LEAD, ModelVersion, Prediction, Score
from analytics.operations import leads
from analytics.operations.leads import close_leads, lead_frame, score_leads
from analytics.operations.registry import champions
from analytics.queries.clock import read_clock
from analytics.queries.lead_history import lead_columns, people_without_orders, read_leads
from analytics.queries.person_insight import person_insight
from crm.events import due_events, handle_events
from crm.models import Event, Person, User
from crm.operations.people import update_person
from crm.operations.work import add_note
from tests.factories import NOW, make_order, make_person

from .here import learn_here

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]


def make_leads(count: int = 400) -> None:
    """Whoever names a job mostly orders within some weeks; hardly anybody else does."""
    random, people = Random(2), []
    for number in range(count):
        has_job, came = random.random() < 0.4, NOW - timedelta(days=random.randrange(5, 600))
        orders = random.random() < (0.7 if has_job else 0.06)
        first = came + timedelta(days=random.randrange(10, 80))
        people.append(
            Person(
                name=f"Lead {number}", job_title="Buyer" if has_job else "", created_at=came,
                first_order_at=first if orders and first < NOW else None,
            )
        )  # fmt: skip
    Person.objects.bulk_create(people)
    ordered = Person.objects.exclude(first_order_at=None)
    ordered.update(last_order_at=F("first_order_at"), order_count=1)


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    make_leads()
    learn_here(monkeypatch, LEAD)
    return ModelVersion.objects.get(task=LEAD, state="champion")


def handle_all() -> None:
    while ids := due_events(timezone.now() + timedelta(seconds=1)):
        handle_events(ids)


def chance_of(person: Person) -> float:
    return Score.objects.get(person=person, task=LEAD).value


def test_a_buyer_has_the_better_chance_and_the_card_says_why(learned: ModelVersion, owner: User) -> None:
    buyer, other = make_person(job_title="Buyer"), make_person()
    handle_all()
    assert chance_of(buyer) > 3 * chance_of(other)
    card = person_insight(buyer, owner)
    assert card.title == "Will they order?"
    assert "chance of a first order in the next 3 months" in card.says
    assert "Their job is known" in [reason.words for reason in card.reasons if reason.raises]


def test_every_lead_is_scored_at_night_and_entered_in_the_ledger(learned: ModelVersion) -> None:
    there = people_without_orders(timezone.now()).filter(first_order_at=None).count()
    assert Score.objects.filter(task=LEAD).count() == there > 100
    assert Prediction.objects.filter(task=LEAD).count() == there


def test_an_edit_brings_a_new_chance_and_an_order_ends_it(learned: ModelVersion, owner: User) -> None:
    person = make_person()
    handle_all()
    before = chance_of(person)
    update_person(person=person, actor=owner, job_title="Head of buying")
    handle_all()
    assert chance_of(person) > before
    assert Event.objects.filter(person=person, kind__startswith="score.").exists()
    make_order(person)
    handle_all()
    assert not Score.objects.filter(person=person, task=LEAD).exists()
    assert Score.objects.filter(person=person, task="churn").exists()


def test_what_happens_later_does_not_move_what_was_known(owner: User) -> None:
    person = make_person(country="Italy")
    with time_machine.travel(NOW + timedelta(days=3)):
        at = timezone.now()
        before = lead_columns(read_leads([person.pk]), [(person.pk, at)])
    with time_machine.travel(NOW + timedelta(days=5)):
        update_person(person=person, actor=owner, country="Spain", job_title="Buyer", owner=owner)
        add_note(actor=owner, body="late", person=person)
    after = lead_columns(read_leads([person.pk]), [(person.pk, at)])
    for old, new in zip(before, after, strict=True):
        assert (old.name, old.levels) == (new.name, new.levels)
        np.testing.assert_array_equal(old.values, new.values)


def test_rows_whose_time_is_not_over_are_not_learned_from() -> None:
    make_leads(50)
    frame = lead_frame(NOW)
    assert len(frame)
    today = (NOW.date() - timedelta(days=0)).toordinal() - 719_163
    assert frame.known_on.max() <= today
    assert frame.days.max() <= today - leads.HORIZON_DAYS


def test_who_wants_no_profiling_is_in_no_frame_and_has_no_chance(learned: ModelVersion, owner: User) -> None:
    person = make_person()
    handle_all()
    update_person(person=person, actor=owner, no_profiling=True)
    handle_all()
    assert not Score.objects.filter(person=person).exists()
    Person.objects.update(no_profiling=True)
    assert len(lead_frame(NOW)) == 0


def test_one_and_all_get_the_same_chance(learned: ModelVersion) -> None:
    people = [make_person(job_title="Buyer" if number % 2 else "") for number in range(4)]
    handle_all()
    alone = [chance_of(person) for person in people]
    score_leads([person.pk for person in people], champions(LEAD)[LEAD])
    np.testing.assert_allclose([chance_of(person) for person in people], alone, atol=1e-3)


def test_the_ledger_learns_who_ordered(learned: ModelVersion) -> None:
    ordered, not_yet = make_person(), make_person()
    make_order(ordered, days_ago=20)
    for person in (ordered, not_yet):
        Prediction.objects.create(
            task=LEAD, person=person, value=0.4, band="high", as_of=NOW.date() - timedelta(days=100), horizon_days=90,
            closes_on=NOW.date() - timedelta(days=10),
        )  # fmt: skip
    assert close_leads(read_clock(now=NOW)) == 2
    outcomes = dict(Prediction.objects.filter(outcome__isnull=False).values_list("person_id", "outcome"))
    assert outcomes == {ordered.pk: 1.0, not_yet.pk: 0.0}


def test_however_many_leads_are_due_no_question_names_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite takes 32,766 values in a question; a newsletter brings more leads."""
    monkeypatch.setattr(leads, "CHUNK", 4)
    day = NOW.date()
    for person in (make_person() for _ in range(12)):
        Prediction.objects.create(
            task=LEAD, person=person, value=0.5, band="high", as_of=day - timedelta(days=100), horizon_days=90,
            closes_on=day - timedelta(days=10),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as asked:
        assert close_leads(read_clock()) == 12
    named = [ids for query in asked.captured_queries for ids in re.findall(r"IN \(([\d, ]+)\)", query["sql"])]
    assert max(ids.count(",") + 1 for ids in named) == 4


def test_with_too_few_first_orders_the_card_counts_them(monkeypatch: pytest.MonkeyPatch, owner: User) -> None:
    make_leads(60)
    assert learn_here(monkeypatch, LEAD).report["tasks"][LEAD]["decision"] == "too_little"
    card = person_insight(make_person(), owner)
    assert card.says.startswith("No orders yet.")
    assert 0 < card.have < card.needed == 50


def test_the_list_sorts_and_filters_by_the_chance(learned: ModelVersion, client: Client, owner: User) -> None:
    buyer = make_person(name="Best Buyer", job_title="Buyer")
    handle_all()
    client.force_login(owner)
    tree = '{"field": "lead", "op": "is", "value": "high"}'
    page = client.get("/people/", {"filter": tree, "sort": "-lead", "columns": "lead"}).content.decode()
    assert buyer.name in page
    assert client.get("/insights/models/lead").status_code == 200

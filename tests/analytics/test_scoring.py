"""Scores follow the orders: of one person at once, with events when a line is crossed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from analytics.event_kinds import changed_words
from analytics.models import Band, Prediction, RiskCell, Score, ScoredTask
from analytics.operations.scoring import score_people
from crm.events import handle_events
from crm.models import Event, Person, User
from crm.operations.orders import delete_order
from crm.operations.people import update_person
from tests.factories import NOW, make_order, make_person

from .shop import make_shop, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")]


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def handle() -> None:
    handle_events(list(Event.objects.filter(handled_at=None).values_list("pk", flat=True)))


def score_of(person: Person, task: str = ScoredTask.CHURN) -> Score:
    return Score.objects.get(person=person, task=task)


def quiet_customer() -> Person:
    """Came every ten days, then not for hundred."""
    ann = make_person()
    for days_ago in range(100, 200, 10):
        make_order(ann, days_ago=days_ago)
    return ann


def test_without_a_model_a_rule_of_thumb_judges_by_the_own_rhythm() -> None:
    ann = quiet_customer()
    handle()
    score = score_of(ann)
    assert (score.kind, score.band, score.model_version) == (Score.Kind.RULE, Band.HIGH, None)
    assert score.reasons == [
        {"key": "quiet_longer_than_usual", "direction": "up", "numbers": {"days": 100.0, "usual_days": 10.0}}
    ]
    assert score_of(ann, ScoredTask.VALUE).value == 200
    assert score.stake == 200


def test_a_new_order_rescores_just_this_person_and_tells_what_crossed_a_line() -> None:
    ann, bob = quiet_customer(), quiet_customer()
    handle()
    bobs = score_of(bob)
    make_order(ann, days_ago=0)
    handle()
    event = Event.objects.get(kind="score.crossed")
    assert (event.subject_type, event.person) == ("person", ann)
    assert {"task": "churn", "old_band": "high", "new_band": "low", "by": "rule"}.items() <= event.data.items()
    assert score_of(bob) == bobs
    assert score_of(bob).scored_at == bobs.scored_at


def test_whose_only_order_was_refunded_twice_today_is_scored_all_the_same() -> None:
    """What one more order would do is worked out as if it came today, beside the refund of that day."""
    make_version()
    ann, bob = make_person(), make_person()
    make_order(ann, days_ago=50, total="20"), make_order(bob, days_ago=50, total="20")
    make_order(ann, days_ago=0, total="-40")
    assert score_people([ann.pk, bob.pk]) == 2
    score = score_of(ann)
    assert score.if_ordered is not None
    assert score.if_ordered < score.value


def test_handling_an_order_twice_tells_it_once() -> None:
    ann = quiet_customer()
    handle()
    make_order(ann, days_ago=0)
    handle()
    score_people([ann.pk])
    assert Event.objects.filter(kind="score.crossed").count() == 1


def test_a_first_score_crosses_no_line() -> None:
    quiet_customer()
    handle()
    assert not Event.objects.filter(kind__startswith="score.").exists()


def test_the_change_from_rule_to_model_crosses_no_line() -> None:
    people = make_shop()
    score_people([person.pk for person in people])
    for task in ScoredTask:
        make_version(task)
    score_people([person.pk for person in people])
    assert not Event.objects.filter(kind__startswith="score.").exists()
    assert set(Score.objects.values_list("kind", flat=True)) == {Score.Kind.MODEL}


def test_a_model_judges_with_reasons_range_and_version() -> None:
    [person, *_] = make_shop()
    versions = {task: make_version(task) for task in ScoredTask}
    score_people([person.pk])
    churn, value = score_of(person), score_of(person, ScoredTask.VALUE)
    assert churn.model_version == versions[ScoredTask.CHURN]
    assert 0 < churn.value < 1
    assert churn.reasons
    assert churn.horizon_days == 60
    assert value.low is not None
    assert value.high is not None
    assert value.low <= value.value <= value.high
    assert churn.stake is not None
    assert churn.stake >= value.value


def test_a_model_that_moves_much_within_a_band_is_told_when_it_is_one_person() -> None:
    ann = quiet_customer()
    handle()
    Score.objects.filter(person=ann, task="churn").update(value=0.3)
    score_people([ann.pk])
    assert Event.objects.get(kind="score.changed").data["task"] == "churn"


def test_who_wants_no_profiling_loses_scores_and_ledger(owner: object) -> None:
    ann = quiet_customer()
    handle()
    Prediction.objects.create(
        task="churn", person=ann, value=0.5, band="high", as_of=NOW.date(), horizon_days=90, closes_on=NOW.date()
    )
    update_person(person=ann, actor=None, no_profiling=True)
    handle()
    assert not Score.objects.exists()
    assert not Prediction.objects.exists()
    assert not RiskCell.objects.exists()


def test_other_edits_of_a_person_do_not_rescore() -> None:
    ann = quiet_customer()
    handle()
    before = score_of(ann).scored_at
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        update_person(person=ann, actor=None, city="Leeds")
        handle()
    assert score_of(ann).scored_at == before


def test_with_the_last_order_the_scores_go() -> None:
    ann = make_person()
    order = make_order(ann, days_ago=3)
    handle()
    assert Score.objects.exists()
    delete_order(order=order, actor=None)
    handle()
    assert not Score.objects.exists()


def test_the_matrix_follows_the_scores() -> None:
    quiet_customer()
    make_order(make_person(), days_ago=3)
    handle()
    cells = {cell.risk: (cell.people, cell.stake) for cell in RiskCell.objects.all()}
    assert cells == {"high": (1, 200.0), "low": (1, 20.0)}


def test_the_timeline_says_what_crossed_in_words(client: Client, owner: User) -> None:
    ann = quiet_customer()
    handle()
    make_order(ann, days_ago=0)
    handle()
    client.force_login(owner)
    assert "Risk of leaving: Low risk (was High risk)" in client.get(f"/people/{ann.pk}/").content.decode()


def test_a_changed_value_is_said_in_the_readers_numbers() -> None:
    with translation.override("de"):
        words = changed_words({"task": "value", "old": 900.2, "new": 1234.6})
    assert (words["from"], words["to"]) == ("900", "1.235")

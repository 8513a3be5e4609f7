"""Whoever said "no profiling" is in nothing that is learned, scored, grouped or recommended: shown at the database.

Nothing here names what learns: the tests walk the registries, and whatever is registered anew is covered or fails. Each
test has its counter-test: the same people are found everywhere as long as they have not said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from celery import current_app
from django.apps import apps
from django.db import transaction
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.utils import timezone

from analytics.learning import Subject, subjects
from analytics.models import (
    DealRehearsal,
    Feedback,
    ModelVersion,
    Recommendation,
    Rehearsal,
    Score,
    ScoredTask,
    TrainingRun,
)
from analytics.operations import contracts, leads, retrain, topics, win
from analytics.operations.reading import read_messages
from analytics.operations.runs import claim_run, request_training
from analytics.operations.training_export import export_training
from analytics.operations.wishes import forget_unwilling
from analytics.queries.clock import read_clock
from crm.events import due_events, handle_events, record_event
from crm.models import Deal, Event, Handling, Person, User
from crm.operations.people import update_person
from inbox.models import Conversation, Message
from tests.factories import NOW

from .here import learned_by
from .quiet import MARKS, Handed, Others, listening, make_others, make_quiet_people
from .shop import make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]


@pytest.fixture
def others(owner: User) -> Others:
    return make_others(owner)


@contextmanager
def world() -> Iterator[None]:
    """What happens in here has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- what is learned from ---------------------------------------------------------------------------------------------


def _gathered(subject: Subject, folder: Path) -> dict[str, Any]:
    """All that a subject writes for its job."""
    folder.mkdir()
    run = claim_run(request_training().pk)
    assert run is not None
    subject.work.gather(run, read_clock(), folder)
    return {str(path.relative_to(folder)): _content(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _content(path: Path) -> Any:
    if path.suffix not in (".npz", ".npy"):
        return path.read_bytes()
    loaded = np.load(path, allow_pickle=False)
    arrays = dict(loaded) if path.suffix == ".npz" else {"": loaded}
    return {name: (array.shape, array.tobytes()) for name, array in arrays.items()}


@pytest.mark.parametrize("subject", list(subjects), ids=lambda subject: subject.key)
def test_what_a_subject_learns_from_is_as_if_they_were_not_there(
    subject: Subject, others: Others, tmp_path: Path
) -> None:
    found: dict[str, dict[str, Any]] = {}
    ears: dict[str, Handed] = {}
    for name in ("without", "quiet", "loud"):
        with world():
            if name != "without":
                make_quiet_people(others, no_profiling=name == "quiet")
            with listening(*MARKS) as ears[name]:
                found[name] = _gathered(subject, tmp_path / name)
    assert found["quiet"] == found["without"]
    assert not ears["quiet"].leaks
    assert found["loud"] != found["without"], "nothing of them is in this world: make_quiet_people must have it"
    assert ears["loud"].leaks


# --- what works at night and by the minute ----------------------------------------------------------------------------


class _Fortune:
    """Stands for a trained model of chances: it says one half of everybody, so that everybody gets a score."""

    card: Mapping[str, Any] = {}
    level = 0.0

    def predict(self, columns: Any) -> Any:
        return np.full(len(columns[0]), 0.5)

    def bands(self, chances: Any) -> Any:
        return np.full(len(chances), "medium")

    def facts(self, columns: Any) -> list[list[Any]]:
        return [[] for _row in range(len(columns[0]))]


def _nothing_better(request: dict[str, Any], **_: Any) -> dict[str, Any]:
    nothing = {"is_saved": False, "is_servable": False, "gain": None}
    return {**nothing, "is_better": False, "reason": "no_better", "figures": {}}


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """A model in use for every task; what a child would learn from its rows is another matter."""
    learned_by(monkeypatch, _nothing_better)
    monkeypatch.setattr(topics, "train_in_child", _nothing_better)
    for subject in subjects:
        for task in subject.tasks:
            if task in ScoredTask.values:
                make_version(task)
            else:
                card = {"as_of": NOW.date().isoformat(), "horizon_days": 0, "base_rate": 0.5}
                ModelVersion.objects.create(task=task, number=1, folder=f"none-{task}", state="champion", card=card)
    for work in (win, leads, contracts):
        monkeypatch.setattr(work, "load", lambda task, folder: _Fortune())


def _work() -> list[tuple[str, Mapping[str, Any]]]:
    """Every task of this room with what it is called with; one that takes arguments has to stand here."""
    called: Mapping[str, Any] = {
        "analytics.train": lambda: {"run_id": request_training().pk},
        "analytics.count_report": lambda: {"result_id": 0},
    }
    current_app.loader.import_default_modules()
    names = sorted(name for name in current_app.tasks if name.startswith("analytics."))
    return [(name, called[name]() if name in called else {}) for name in names]


def _handle_all() -> None:
    for _round in range(9):
        handle_events(due_events(timezone.now()))
    waiting = Event.objects.filter(handled_at=None)
    assert not waiting.exists(), list(Handling.objects.values_list("consumer", "error"))


def _a_day_and_a_night() -> dict[str, list[str]]:
    """All scheduled work, and by its name which rows of theirs it was handed."""
    leaks = {}
    for name, arguments in _work():
        with listening(*MARKS) as ear:
            current_app.tasks[name](**arguments)
        leaks[name] = ear.leaks
    return leaks


COUNTS: Mapping[str, str] = {
    "analytics.count_metrics": "the shop's own figures: what all its subscriptions bring in, told of nobody",
}


def test_no_scheduled_work_reads_a_row_of_theirs(others: Others, models: None, monkeypatch: pytest.MonkeyPatch) -> None:
    make_quiet_people(others, no_profiling=True)
    _handle_all()
    forget_unwilling()
    monkeypatch.setattr(retrain, "forget_unwilling", lambda: None)  # it alone has to know whom to forget
    leaks = _a_day_and_a_night()
    assert {name: read for name, read in leaks.items() if read and name not in COUNTS} == {}


# --- what stays of them -----------------------------------------------------------------------------------------------

THEIR_OWN_WORD = {"analytics.ProductDecline"}  # what they don't want to be offered


def _ways_to_a_person(model: type[Model], depth: int = 3) -> list[str]:
    """The paths of foreign keys by which a row of this table is about somebody."""
    ways = []
    for field in model._meta.get_fields():
        if isinstance(field, ForeignKey) and isinstance(field.related_model, type):
            if field.related_model is Person:
                ways.append(field.name)
            elif field.related_model in (Deal, Message, Conversation) and depth:
                ways += [f"{field.name}__{way}" for way in _ways_to_a_person(field.related_model, depth - 1)]
    return ways


def _rows_about(people: Sequence[Person]) -> dict[str, QuerySet[Any]]:
    """Of every table of this room that can be about somebody: the rows about these."""
    found = {}
    for model in apps.get_app_config("analytics").get_models():
        ways = _ways_to_a_person(model)
        if ways:
            about = Q(*((f"{way}__in", people) for way in ways), _connector=Q.OR)
            found[model._meta.label] = model._default_manager.filter(about)
    return found


def _readings(people: Sequence[Person]) -> QuerySet[Message]:
    return Message.objects.filter(conversation__person__in=people, corrected="").exclude(reading="unwanted")


def _told(people: Sequence[Person]) -> QuerySet[Event]:
    about = Event.objects.filter(Q(person__in=people) | Q(deal__person__in=people))
    return about.filter(Q(kind__startswith="score.") | Q(kind="conversation.mood_changed"))


def test_the_wish_takes_all_away_that_was_learned_of_them_and_no_night_brings_it_back(
    others: Others, models: None, owner: User
) -> None:
    people = make_quiet_people(others, no_profiling=False)
    buyer = people[0]
    _handle_all()
    _a_day_and_a_night()
    read_messages(list(Message.objects.values_list("pk", flat=True)))
    version = ModelVersion.objects.get(task="churn")
    Rehearsal.objects.create(version=version, person=buyer, predicted=0.5, actual=1)
    deal = Deal.objects.get(title="quietmark won")
    DealRehearsal.objects.create(version=ModelVersion.objects.get(task="win"), deal=deal, predicted=0.5, actual=1)
    Feedback.objects.create(person=buyer, task="churn", user=owner, is_useful=True, value=0.5)
    offer = {"kind": "new", "place": 1}
    Recommendation.objects.get_or_create(person=buyer, product=others.goods[1], defaults=offer)
    record_event(kind="score.crossed", subject=buyer, data={"task": "churn", "by": "model", "old": 0.1, "new": 0.9})
    there = _rows_about(people)
    assert [label for label, rows in there.items() if not rows.exists()] == [], "this world has to have some"
    assert _readings(people).exists()
    assert _told(people).exists()
    assert Deal.objects.filter(person=buyer).exclude(win_probability=None).exists()

    for person in people:
        update_person(person=person, actor=owner, no_profiling=True)
    _handle_all()
    for _night in range(2):
        assert {label for label, rows in there.items() if rows.exists()} == THEIR_OWN_WORD
        assert not _readings(people).exists()
        assert not _told(people).exists()
        assert not Deal.objects.filter(person=buyer).exclude(win_probability=None).exists()
        TrainingRun.objects.all().delete()
        _a_day_and_a_night()
        _handle_all()
    assert Message.objects.filter(conversation__person=buyer, corrected="negative").exists()


def test_a_wish_that_no_event_tells_of_is_kept_by_the_night(others: Others, models: None) -> None:
    buyer = make_quiet_people(others, no_profiling=False)[0]
    _handle_all()
    assert Score.objects.filter(person=buyer).exists()
    Person.objects.filter(pk=buyer.pk).update(no_profiling=True)
    _a_day_and_a_night()
    assert not Score.objects.filter(person=buyer).exists()


def test_a_wish_that_is_taken_back_counts_from_then_on(others: Others, models: None, owner: User) -> None:
    buyer = make_quiet_people(others, no_profiling=True)[0]
    _handle_all()
    assert not Score.objects.filter(person=buyer).exists()
    update_person(person=buyer, actor=owner, no_profiling=False)
    _handle_all()
    assert Score.objects.filter(person=buyer, task="churn").exists()


def test_the_anonymous_table_has_no_row_of_theirs(others: Others, tmp_path: Path) -> None:
    tables = {}
    for name in ("without", "quiet", "loud"):
        with world():
            if name != "without":
                make_quiet_people(others, no_profiling=name == "quiet")
            export_training(path=tmp_path / name, k=5, horizon_days=30, actor=None)
            tables[name] = sorted((tmp_path / name).read_text().splitlines())
    assert tables["quiet"] == tables["without"]
    assert len(tables["loud"]) == len(tables["quiet"]) + 1

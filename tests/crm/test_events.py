"""The event log loses nothing and does nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.db.models.signals import pre_save  # noqa: TID251 (asked what is connected; connects nothing)
from django.test import Client
from django.utils import timezone

from crm import events
from crm.extensions import EventConsumer, EventKind, event_consumers, event_kinds
from crm.models import Event, Handling, Person, User
from tests.factories import make_person

pytestmark = pytest.mark.django_db


class Recorder:
    """A consumer that notes whom it saw and fails as often as it is told."""

    def __init__(self, failures: int = 0, poison: int | None = None) -> None:
        self.seen: list[int] = []
        self.failures = failures
        self.poison = poison

    def __call__(self, batch: Sequence[Event]) -> None:
        if self.failures or any(event.pk == self.poison for event in batch):
            self.failures = max(0, self.failures - 1)
            raise RuntimeError("out of order")
        self.seen += [event.pk for event in batch]


@pytest.fixture
def only() -> Iterator[None]:
    """Take all other consumers away for a test."""
    before = dict(event_consumers._items)
    event_consumers._items.clear()
    yield
    event_consumers._items.clear()
    event_consumers._items.update(before)


def consume(recorder: Recorder, *kinds: str, in_imports: bool = True) -> None:
    event_consumers.register(EventConsumer("recorder", kinds or ("person.",), recorder, in_imports=in_imports))


def happened(person: Person) -> Event:
    return Event.objects.filter(person=person).latest("pk")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(events.UnknownEventKindError):
        events.record_event(kind="person.exploded", subject=make_person())


def test_an_event_handled_twice_reaches_its_consumer_once(only: None) -> None:
    consume(recorder := Recorder())
    event = happened(make_person())
    events.handle_events([event.pk])
    events.handle_events([event.pk])
    event.refresh_from_db()
    assert recorder.seen == [event.pk]
    assert event.handled_at is not None
    assert not Handling.objects.exists()


def test_a_failed_consumer_is_tried_again_and_others_are_not_repeated(only: None) -> None:
    consume(good := Recorder())
    bad = Recorder(failures=1)
    event_consumers.register(EventConsumer("bad", ("person.",), bad))
    event = happened(make_person())
    assert events.handle_events([event.pk]) == 0
    Event.objects.filter(pk=event.pk).update(due_at=timezone.now())
    assert events.handle_events([event.pk]) == 1
    assert good.seen == bad.seen == [event.pk]


def test_one_poisonous_event_does_not_hold_up_its_batch(only: None) -> None:
    people = [make_person() for _ in range(3)]
    ids = [happened(person).pk for person in people]
    consume(recorder := Recorder(poison=ids[1]))
    assert events.handle_events(ids) == 2
    assert recorder.seen == [ids[0], ids[2]]


def test_after_its_last_attempt_an_event_is_a_dead_letter_that_can_be_retried(only: None) -> None:
    consume(recorder := Recorder(failures=events.MAX_ATTEMPTS))
    event = happened(make_person())
    for _attempt in range(events.MAX_ATTEMPTS):
        Event.objects.filter(pk=event.pk).update(due_at=timezone.now())
        events.handle_events([event.pk])
    dead = Handling.objects.get(state=Handling.State.DEAD)
    assert events.backlog() == {"waiting": 0, "late": 0, "dead": 1}
    events.retry_dead(dead)
    assert events.handle_events([event.pk]) == 1
    assert recorder.seen == [event.pk]


def test_the_sweep_finds_what_a_crash_left_behind(only: None) -> None:
    consume(recorder := Recorder())
    event = happened(make_person())
    Event.objects.filter(pk=event.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    assert events.due_events(timezone.now()) == [event.pk]
    events.handle_events(events.due_events(timezone.now()))
    assert recorder.seen == [event.pk]
    assert events.due_events(timezone.now()) == []


def test_an_event_under_lease_is_left_alone(only: None) -> None:
    consume(recorder := Recorder())
    event = happened(make_person())
    Event.objects.filter(pk=event.pk).update(due_at=timezone.now() + events.LEASE)
    assert events.handle_events([event.pk]) == 0
    assert recorder.seen == []


def test_events_of_imports_are_kept_from_consumers_that_do_not_want_them(only: None) -> None:
    consume(recorder := Recorder(), in_imports=False)
    with events.acting(via="import"):
        event = happened(make_person())
    assert events.handle_events([event.pk]) == 1
    assert recorder.seen == []


def test_what_an_event_causes_remembers_its_cause(owner: User) -> None:
    cause = happened(make_person())
    with events.acting(via="flow", cause=cause):
        effect = happened(make_person())
    assert (effect.cause, effect.depth, effect.via) == (cause, 1, "flow")


def test_after_a_way_inside_another_the_history_names_the_outer_actor_again(owner: User) -> None:
    with events.acting(via="page", actor=owner):
        with events.acting(via="flow"):
            inner = make_person()
        outer = make_person()
    assert LogEntry.objects.get_for_object(inner).get().actor is None
    assert LogEntry.objects.get_for_object(outer).get().actor == owner


def test_a_request_leaves_no_receiver_behind(as_owner: Client) -> None:
    before = len(pre_save.receivers)
    assert as_owner.get("/today").status_code == 200
    assert len(pre_save.receivers) == before


def test_every_registered_sentence_can_be_said() -> None:
    said = "actor name fields company title from to reason why money number product with subject channel rows topic"
    words = dict.fromkeys(said.split(), "x")
    for kind in event_kinds:
        assert isinstance(kind, EventKind)
        assert str(kind.sentence) % {**words, **(kind.words({}) if kind.words else {})}

"""The event log at work: record what happened, hand it to the consumers, lose nothing, do nothing twice.

The database is the queue of record. `record_event` writes the row in the caller's transaction; after commit a task
is woken with its id. Whatever a crash or a dead broker leaves behind is found by `due_events`. See docs/adr/0002.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from auditlog.context import auditlog_value, set_actor
from celery import current_app
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerDown

from .bulk_insert import insert_objects
from .extensions import EventConsumer, event_consumers, event_kinds
from .models import Company, Deal, Event, Handling, Person, User

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
BACK_OFF = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 4 * 3600)]
MAX_ATTEMPTS = len(BACK_OFF) + 1
MAX_DEPTH = 8
BATCH = 500


class UnknownEventKindError(ValueError):
    """An event of a kind that no app has registered: a typing mistake, found at once."""


@dataclass(frozen=True)
class Acting:
    """In what manner things happen now: by page, API, import, flow …, and which event caused it."""

    via: str = Event.Via.SYSTEM
    cause: Event | None = None


_BY_ITSELF = Acting()
_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(*, via: str, actor: User | None = None, cause: Event | None = None) -> Iterator[None]:
    """Everything recorded inside happens `via` this way; the field history names `actor`."""
    token = _acting.set(Acting(via=via, cause=cause))
    around = auditlog_value.set({})  # its contexts don't restore it: the outer of two would leave its receiver behind
    try:
        with set_actor(actor):
            yield
    finally:
        auditlog_value.reset(around)
        _acting.reset(token)


def _linked(
    subject: models.Model | None, person: Person | None, company: Company | None, deal: Deal | None
) -> dict[str, Any]:
    """On whose timelines an event stands: the subject's own, those it links to, and those named."""
    own = {"person": Person, "company": Company, "deal": Deal}
    given = {"person": person, "company": company, "deal": deal}
    links: dict[str, Any] = {}
    for name, model in own.items():
        row = given[name] if given[name] is not None else subject if isinstance(subject, model) else None
        links[f"{name}_id"] = row.pk if row is not None else getattr(subject, f"{name}_id", None)
    return links


def build_event(
    *,
    kind: str,
    subject: models.Model,
    actor: User | None = None,
    data: dict[str, Any] | None = None,
    person: Person | None = None,
    company: Company | None = None,
    deal: Deal | None = None,
    at: datetime | None = None,
    is_farewell: bool = False,
) -> Event:
    """An unsaved event, for `record_events`. Raises UnknownEventKindError.

    A farewell is the event of a subject about to be deleted: it stands on no timeline that goes with it.
    """
    if event_kinds.get(kind) is None:
        raise UnknownEventKindError(kind)
    now = timezone.now()
    acting_now = _acting.get() or _BY_ITSELF
    cause = acting_now.cause
    return Event(
        kind=kind,
        at=at or now,
        due_at=now,
        subject_type=subject._meta.model_name or "",
        subject_id=subject.pk,
        actor=actor,
        via=acting_now.via,
        cause=cause,
        depth=cause.depth + 1 if cause else 0,
        data=data or {},
        **_linked(None if is_farewell else subject, person, company, deal),
    )


def record_event(
    *,
    kind: str,
    subject: models.Model,
    actor: User | None = None,
    data: dict[str, Any] | None = None,
    person: Person | None = None,
    company: Company | None = None,
    deal: Deal | None = None,
    at: datetime | None = None,
    is_farewell: bool = False,
) -> Event:
    """Write one event in the current transaction and have it handled after the commit."""
    event = build_event(
        kind=kind, subject=subject, actor=actor, data=data, person=person, company=company, deal=deal, at=at,
        is_farewell=is_farewell,
    )  # fmt: skip
    event.save(force_insert=True)
    transaction.on_commit(partial(wake, [event.pk]))
    return event


def record_events(events: Iterable[Event], *, queue: str = "bulk") -> list[Event]:
    """Write many events of one transaction and have them handled in batches."""
    saved = insert_objects(events)
    ids = [event.pk for event in saved]
    for start in range(0, len(ids), BATCH):
        transaction.on_commit(partial(wake, ids[start : start + BATCH], queue))
    return saved


def wake(event_ids: list[int], queue: str | None = None) -> None:
    """Tell a worker about these events. A broker that is down costs time, not events: the sweep finds them."""
    try:
        current_app.send_task("crm.handle_events", kwargs={"event_ids": event_ids}, queue=queue)
    except (BrokerDown, OSError):
        log.warning("broker_down", waiting=len(event_ids))


def run_now(task: str, queue: str | None) -> None:
    """Have a worker do a scheduled task now, in its own queue unless told. Raises the broker's error."""
    current_app.send_task(task, queue=queue)


def due_events(now: datetime, limit: int = 5000) -> list[int]:
    """Ids of events that should have been handled by now and that no worker holds."""
    due = Event.objects.filter(handled_at=None, due_at__lte=now).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def handle_events(event_ids: Sequence[int]) -> int:
    """Let every consumer see these events, once each; returns how many events are now finished."""
    claimed = _claim(event_ids)
    if not claimed:
        return 0
    for consumer in event_consumers:
        pending = _pending(consumer, claimed)
        if pending:
            _consume(consumer, pending)
    return _settle(claimed)


def _claim(event_ids: Sequence[int]) -> list[Event]:
    """Take the lease of what is free. Of two workers with the same ids each event goes to one."""
    now = timezone.now()
    with transaction.atomic():
        free = Event.objects.filter(pk__in=event_ids, handled_at=None, due_at__lte=now)
        ids = list(free.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
        Event.objects.filter(pk__in=ids).update(due_at=now + LEASE)
    return list(Event.objects.filter(pk__in=ids).select_related("actor").order_by("pk"))


def _pending(consumer: EventConsumer, events: Sequence[Event]) -> list[Event]:
    wanted = [event for event in events if consumer.wants(event)]
    settled = set(
        Handling.objects.filter(event__in=wanted, consumer=consumer.key)
        .exclude(state=Handling.State.RETRY)
        .values_list("event_id", flat=True)
    )
    return [event for event in wanted if event.pk not in settled]


def _consume(consumer: EventConsumer, events: list[Event]) -> None:
    """Run the consumer and note it in one transaction; a batch that fails is tried event by event."""
    try:
        with transaction.atomic():
            consumer.handle(events)
            _note(consumer, events, Handling.State.DONE)
    except Exception as error:  # noqa: BLE001 (a consumer is anybody's code: its failure must not stop the others)
        if len(events) > 1:
            for event in events:
                _consume(consumer, [event])
        else:
            _fail(consumer, events[0], error)


def _note(consumer: EventConsumer, events: Sequence[Event], state: str) -> None:
    rows = [Handling(event=event, consumer=consumer.key, state=state) for event in events]
    Handling.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["event", "consumer"], update_fields=["state", "at"]
    )


def _fail(consumer: EventConsumer, event: Event, error: Exception) -> None:
    log.error("consumer_failed", consumer=consumer.key, event_id=event.pk, kind=event.kind, error=type(error).__name__)
    row, _created = Handling.objects.get_or_create(
        event=event, consumer=consumer.key, defaults={"state": Handling.State.RETRY}
    )
    row.attempts += 1
    row.state = Handling.State.DEAD if row.attempts >= MAX_ATTEMPTS else Handling.State.RETRY
    row.error = f"{type(error).__name__}: {error}"[:2000]
    row.at = timezone.now()
    row.save()


def _settle(events: Sequence[Event]) -> int:
    """Stamp what every consumer is done with; put off what has to be tried again."""
    now = timezone.now()
    ids = [event.pk for event in events]
    retries = dict(
        Handling.objects.filter(event__in=ids, state=Handling.State.RETRY)
        .values_list("event_id")
        .annotate(models.Max("attempts"))
    )
    finished = [pk for pk in ids if pk not in retries]
    with transaction.atomic():
        Event.objects.filter(pk__in=finished).update(handled_at=now, due_at=None)
        Handling.objects.filter(event__in=finished, state=Handling.State.DONE).delete()
        for pk, attempts in retries.items():
            Event.objects.filter(pk=pk).update(due_at=now + BACK_OFF[attempts - 1])
    return len(finished)


def retry_dead(handling: Handling) -> None:
    """Give a dead letter another round of attempts."""
    with transaction.atomic():
        Handling.objects.filter(pk=handling.pk).update(state=Handling.State.RETRY, attempts=0)
        Event.objects.filter(pk=handling.event_id).update(handled_at=None, due_at=timezone.now())
        transaction.on_commit(partial(wake, [handling.event_id]))


def backlog() -> dict[str, int]:
    """How much waits, is late or has failed for good: for the health page."""
    now = timezone.now()
    waiting = Event.objects.filter(handled_at=None).aggregate(
        waiting=models.Count("pk"), late=models.Count("pk", filter=Q(due_at__lt=now - timedelta(minutes=2)))
    )
    return {**waiting, "dead": Handling.objects.filter(state=Handling.State.DEAD).count()}

"""Background work of the customer records: each task carries ids only and may run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from . import events
from .demo import make_demo


@shared_task(name="crm.handle_events", queue="interactive")
def handle_events(*, event_ids: list[int]) -> int:
    return events.handle_events(event_ids)


@shared_task(name="crm.sweep_events", queue="interactive")
def sweep_events() -> int:
    """Handle what a crash or a dead broker left behind; beat runs this twice a minute."""
    ids = events.due_events(timezone.now())
    for start in range(0, len(ids), events.BATCH):
        events.handle_events(ids[start : start + events.BATCH])
    return len(ids)


@shared_task(name="crm.fill_demo", queue="bulk")
def fill_demo() -> None:
    """Fill in the demo business; does nothing when it is there."""
    make_demo()

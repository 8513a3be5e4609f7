"""Tasks of the house itself: signs of life."""

from celery import shared_task
from django.utils import timezone

from crm.models import Heartbeat


@shared_task(name="config.beat")
def beat() -> None:
    """The scheduler sent this and a worker for quick tasks took it: both live."""
    note_life("beat", "worker")


@shared_task(name="config.beat_heavy")
def beat_heavy() -> None:
    note_life("heavy")


def note_life(*names: str) -> None:
    rows = [Heartbeat(name=name, seen_at=timezone.now()) for name in names]
    Heartbeat.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=["seen_at"])

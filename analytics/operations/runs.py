"""The life of a training run: asked for, claimed, kept alive, finished; taken up again after a crash.

The row is the queue of record: the broker only wakes a worker. `attempts` is the fence: a worker that lost its lease
finds that its number is no longer the row's and stops.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerDown

from analytics.models import ModelVersion, TrainingRun
from crm.models import Event, User

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=3)
MAX_ATTEMPTS = 3
MANY = 50_000  # customers of a shop whose night leaves what can wait: until somebody asks, or for some days
ALL = "all"
SCORES_ALONE = "scores"


class LostLeaseError(Exception):
    """Another worker has taken this run over, or somebody stopped it."""


def request_training(*, task: str = ALL, asked_by: User | None = None) -> TrainingRun:
    """Ask for a retraining, or with SCORES_ALONE for everybody's scores by the models in use.

    While one is waiting or running, that one is returned: two at once are one.
    """
    run = _create(task, asked_by)
    if run.state == TrainingRun.State.QUEUED:
        transaction.on_commit(partial(wake, run.pk))
    return run


def follow_imports(events: Sequence[Event]) -> None:
    """The consumer: after the first orders everything is learned, after an import was taken back counted anew."""
    if any(event.kind == "import.undone" for event in events):
        request_training(task=SCORES_ALONE)
    elif any(event.data.get("of") == "orders" for event in events) and not ModelVersion.objects.exists():
        request_training()


def _create(task: str, asked_by: User | None) -> TrainingRun:
    try:
        with transaction.atomic():
            return TrainingRun.objects.create(task=task, asked_by=asked_by)
    except IntegrityError:
        found = TrainingRun.objects.filter(slot="open").first()
        return found or _create(task, asked_by)  # it has just ended


def is_large(run: TrainingRun) -> bool:
    """Whether the shop has so many customers that its night leaves what can wait."""
    return int(run.report.get("sufficiency", {}).get("customers", 0)) > MANY


def wake(run_id: int) -> None:
    """Tell a worker. A broker that is down costs time, not the run: the sweep finds it."""
    try:
        current_app.send_task("analytics.train", kwargs={"run_id": run_id})
    except (BrokerDown, OSError):
        log.warning("broker_down", run_id=run_id)


def claim_run(run_id: int) -> TrainingRun | None:
    """Take the lease of a waiting run, or of one whose worker is gone; None if somebody else has it."""
    now = timezone.now()
    free = Q(state=TrainingRun.State.QUEUED) | Q(state=TrainingRun.State.RUNNING, lease_until__lt=now)
    claimed = TrainingRun.objects.filter(free, pk=run_id).update(
        state=TrainingRun.State.RUNNING, lease_until=now + LEASE, started_at=now, attempts=F("attempts") + 1, message=""
    )
    return TrainingRun.objects.get(pk=run_id) if claimed else None


def note_progress(run: TrainingRun, *, step: str, done: int = 0, total: int = 0) -> None:
    """Say how far it is and keep the lease; the report learns how long each step took. Raises LostLeaseError."""
    progress = {"done_count": done, "total_count": total, "lease_until": timezone.now() + LEASE}
    if step != run.step:
        progress |= {"step": step, "report": _timed(run)}
    _write(run, **progress)


def _timed(run: TrainingRun) -> dict[str, Any]:
    """The report with the seconds of the step that ends now."""
    now = time.monotonic()
    took = dict(run.report.get("seconds", {}))
    if run.step and run.step_began:
        took[run.step] = round(took.get(run.step, 0) + now - run.step_began, 1)
    run.step_began = now
    return {**run.report, "seconds": took}


def note_report(run: TrainingRun, **parts: Any) -> None:
    """Keep a finished part of the report, so that a run taken up again does not repeat it. Raises LostLeaseError."""
    run.report = {**run.report, **parts}
    _write(run, report=run.report, lease_until=timezone.now() + LEASE)


def finish_run(run: TrainingRun) -> None:
    """Everything is done. Raises LostLeaseError."""
    note_progress(run, step="")
    _close(run, TrainingRun.State.DONE, "")


def fail_run(run: TrainingRun, message: str) -> None:
    """It can't be done; the message says why and what to do."""
    _close(run, TrainingRun.State.FAILED, message)


def stop_run(run: TrainingRun) -> bool:
    """Stop a waiting or running run; its worker gives up at its next step. False if it is over already."""
    return _close_open(run.pk, TrainingRun.State.STOPPED, _("Stopped by hand.")) == 1


def take_up_stopped_runs(now: datetime | None = None) -> int:
    """Wake workers for runs that wait or whose worker is gone; one that was stopped too often is closed in words."""
    now = now or timezone.now()
    gone = TrainingRun.objects.filter(state=TrainingRun.State.RUNNING, lease_until__lt=now)
    for run in gone.filter(attempts__gte=MAX_ATTEMPTS):
        _close_open(run.pk, TrainingRun.State.STOPPED, gave_up_words(run))
    late = Q(state=TrainingRun.State.QUEUED, created_at__lt=now - timedelta(seconds=30))
    waiting = TrainingRun.objects.filter(late | Q(pk__in=gone.values("pk"))).values_list("pk", flat=True)
    for pk in waiting:
        wake(pk)
    return len(waiting)


def gave_up_words(run: TrainingRun) -> str:
    return _(
        "The worker was stopped %(times)s times in the middle of this run. What was learned before stays in use. "
        "Memory may have run out: look at the health page, then start it again."
    ) % {"times": run.attempts}


def _write(run: TrainingRun, **fields: Any) -> None:
    mine = TrainingRun.objects.filter(pk=run.pk, state=TrainingRun.State.RUNNING, attempts=run.attempts)
    if not mine.update(**fields):
        raise LostLeaseError(run.pk)
    for name, value in fields.items():
        setattr(run, name, value)


def _close(run: TrainingRun, state: str, message: str) -> None:
    _write(run, state=state, slot=None, message=message, lease_until=None, finished_at=timezone.now())


def _close_open(pk: int, state: str, message: str) -> int:
    open_run = TrainingRun.objects.filter(pk=pk, state__in=TrainingRun.OPEN)
    return open_run.update(state=state, slot=None, message=message, lease_until=None, finished_at=timezone.now())

"""A worker on an import: claim the lease, read, write in chunks that commit with the cursor, check, let go.

A worker that dies leaves a lease that runs out; whoever takes the job then goes on at the cursor. A worker that lost
its lease notices inside the transaction of its next chunk and stops without a trace.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.events import acting, record_event
from crm.importing.source import UnreadableFileError
from crm.models import Event, ImportJob

from .jobs import drop_file, wake_worker
from .kinds import WRITERS
from .outcomes import Counts
from .undo import undo_chunk
from .writer import Writer

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
LIFE_SIGN = timedelta(seconds=2)
MAX_ATTEMPTS = 5
SHIFT_S = 20 * 60  # a task ends well before the time limit of tasks, and the job goes on in the next
AT_WORK = (ImportJob.State.QUEUED, ImportJob.State.RUNNING, ImportJob.State.UNDOING)


class LeaseLostError(Exception):
    """Another worker has taken the job over."""


def work_on(job_id: int, *, shift_s: float = SHIFT_S) -> bool:
    """Work on a job until it is finished or the shift ends; False when somebody else holds it or it is over.

    Database errors are raised after the lease is let go; the sweep tries again, MAX_ATTEMPTS times without progress.
    """
    job = _claim(job_id)
    if job is None:
        return False
    try:
        with _setting(job):
            if job.state == ImportJob.State.UNDOING:
                _undo(job, monotonic() + shift_s)
            else:
                _import(job, monotonic() + shift_s)
    except LeaseLostError:
        return False
    except (DatabaseError, sqlite3.Error, OSError):
        _let_go(job)
        raise
    return True


def _claim(job_id: int) -> ImportJob | None:
    now, token = timezone.now(), uuid.uuid4()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    claimed = ImportJob.objects.filter(free, pk=job_id, state__in=AT_WORK).update(
        lease_until=now + LEASE, lease_token=token, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    job = ImportJob.objects.select_related("actor").get(pk=job_id)
    if job.attempts > MAX_ATTEMPTS:
        _stop(job, _("It stopped %(count)d times at the same place.") % {"count": MAX_ATTEMPTS})
        return None
    return job


@contextmanager
def _setting(job: ImportJob) -> Iterator[None]:
    """The language of who imports, for the reasons in the result; everything happens by import."""
    language = job.actor.language if job.actor else ""
    with translation.override(language or translation.get_language()), acting(via=Event.Via.IMPORT, actor=job.actor):
        yield


def _import(job: ImportJob, until: float) -> None:
    writer = WRITERS[job.kind](job)
    try:
        if job.phase == ImportJob.Phase.READING:
            _read(job, writer)
        if job.phase == ImportJob.Phase.WRITING and not _write(job, writer, until):
            return
        _check(job, writer)
    except UnreadableFileError as error:
        where = _("Line %(line)d: ") % {"line": error.line} if error.line else ""
        _stop(job, f"{where}{error.reason}")
    finally:
        writer.close()


def _read(job: ImportJob, writer: Writer) -> None:
    """Look through the whole file before anything is written: an unreadable file leaves nothing half-imported."""
    job.state = ImportJob.State.RUNNING
    job.started_at = job.started_at or timezone.now()
    facts = writer.read(partial(keep_lease, job))
    with transaction.atomic():
        _hold(job)
        job.facts = {**job.facts, **facts}
        job.rows = facts["rows"]
        job.phase = ImportJob.Phase.WRITING
        job.cursor = 0
        job.save(update_fields=["state", "started_at", "facts", "rows", "phase", "cursor"])


def _write(job: ImportJob, writer: Writer, until: float) -> bool:
    """Write chunk after chunk; False when the job goes on in another task or was cancelled."""
    for chunk in writer.chunks(job.cursor, partial(keep_lease, job)):
        with transaction.atomic():
            if not _hold(job):
                _finish(job, ImportJob.State.CANCELLED)
                return False
            counts = Counts(job.counts)
            job.cursor = writer.write(chunk, counts)
            job.counts = counts.as_dict()
            job.attempts = 0
            job.save(update_fields=["cursor", "counts", "attempts"])
        if monotonic() > until:
            _hand_over(job)
            return False
    with transaction.atomic():
        _hold(job)
        job.phase = ImportJob.Phase.CHECKING
        job.save(update_fields=["phase"])
    return True


def _check(job: ImportJob, writer: Writer) -> None:
    report = writer.check(partial(keep_lease, job))
    with transaction.atomic():
        _hold(job)
        job.report = report
        job.save(update_fields=["report"])
        _finish(job, ImportJob.State.DONE)


def _undo(job: ImportJob, until: float) -> None:
    while True:
        with transaction.atomic():
            _hold(job)
            is_over = undo_chunk(job)
            job.save(update_fields=["cursor", "counts"])
            if is_over:
                _finish(job, ImportJob.State.UNDONE)
        if is_over:
            return
        if monotonic() > until:
            _hand_over(job)
            return


def keep_lease(job: ImportJob, rows: int) -> None:
    """Sign of life during long reading, with the rows read so far. Raises LeaseLostError."""
    if job.lease_until is None or job.lease_until - timezone.now() < LEASE - LIFE_SIGN:
        with transaction.atomic():
            _hold(job)
            if rows:
                ImportJob.objects.filter(pk=job.pk).update(rows=rows, state=ImportJob.State.RUNNING)


def _hold(job: ImportJob) -> bool:
    """Renew the lease in the current transaction; False when somebody asked to cancel. Raises LeaseLostError."""
    job.lease_until = timezone.now() + LEASE
    held = ImportJob.objects.filter(pk=job.pk, lease_token=job.lease_token, state__in=AT_WORK)
    if not held.update(lease_until=job.lease_until):
        raise LeaseLostError
    return not ImportJob.objects.filter(pk=job.pk, cancel_asked=True).exists()


def _finish(job: ImportJob, state: str) -> None:
    job.state, job.finished_at, job.lease_until, job.lease_token = state, timezone.now(), None, None
    job.save(update_fields=["state", "finished_at", "lease_until", "lease_token"])
    if job.counts.get("erased") or ImportJob.objects.filter(pk=job.pk, drops_file=True).exists():
        drop_file(job)
    kind = {ImportJob.State.DONE: "import.done", ImportJob.State.UNDONE: "import.undone"}.get(ImportJob.State(state))
    if kind is not None:
        record_event(kind=kind, subject=job, actor=job.actor, data={"name": job.file_name, "of": job.kind})


def _stop(job: ImportJob, reason: str) -> None:
    job.error = reason
    job.save(update_fields=["error"])
    _finish(job, ImportJob.State.FAILED)
    log.warning("import_stopped", import_job=job.pk, phase=job.phase)


def _hand_over(job: ImportJob) -> None:
    _set_lease(job, timezone.now())
    wake_worker(job.pk)


def _let_go(job: ImportJob) -> None:
    """After a fault of the database or disk: free for the next try in a while, if the database can still be told."""
    try:
        _set_lease(job, timezone.now() + timedelta(seconds=5 * 2 ** min(job.attempts, 5)))
    except DatabaseError:
        log.warning("import_waits_for_its_lease", import_job=job.pk)


def _set_lease(job: ImportJob, until: datetime) -> None:
    ImportJob.objects.filter(pk=job.pk, lease_token=job.lease_token).update(lease_until=until)

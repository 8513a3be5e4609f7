"""Preparing an import: take the file, recognise it, settle what its columns mean, put the job into the queue."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from zoneinfo import available_timezones

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerDown

from crm.downloads import sweep_folders
from crm.importing.cells import Profile, profile_columns
from crm.importing.fields import FIELDS, Columns, field_of, mapping_from, missing_words
from crm.importing.headers import mapping_key, recognise_headers
from crm.importing.job_files import file_of, folder_of, open_job_table
from crm.importing.reader import Table
from crm.importing.source import UnreadableFileError
from crm.models import ImportJob, ImportRow, User
from crm.operations.workspace import current_workspace

log = structlog.get_logger(__name__)

FILE_KEPT = timedelta(days=7)
ROWS_KEPT = timedelta(days=14)
DRAFT_KEPT = timedelta(days=2)
SETTLED = timedelta(hours=1)  # a folder without a row is being filled just now
PROFILE_ROWS = 200_000
SET_UP = ("kind", "program", "source", "columns", "mapping", "reading", "duplicates", "run_flows")


class ImportNotReadyError(ValueError):
    """The job can't start yet; the message says what is missing."""


@dataclass(frozen=True)
class JobSettings:
    """What the user states about a file; None keeps what was recognised."""

    kind: str | None = None
    source: str | None = None
    mapping: Mapping[str, list[int]] | None = None
    dates: str | None = None
    decimal: str | None = None
    currency: str | None = None
    duplicates: str | None = None
    run_flows: bool | None = None
    reading: Mapping[str, object] = field(default_factory=dict)  # encoding, delimiter, header_line, sheet


def prepare_job(
    *,
    actor: User | None,
    name: str,
    chunks: Iterable[bytes],
    kind: str | None = None,
    source: str = "",
    reading: Mapping[str, object] | None = None,
) -> ImportJob:
    """Keep the file and make a draft with everything recognised. Raises UnreadableFileError; then nothing is kept."""
    job = ImportJob(actor=actor, file_name=Path(name).name[:255] or "file", kind=kind or "", source=source[:50])
    job.reading = dict(reading or {})
    folder = folder_of(job)
    folder.mkdir(parents=True)
    job.file = f"{job.key}/table{''.join(Path(name).suffixes[-2:])[:12].lower()}"
    try:
        with file_of(job).open("wb") as kept:
            for chunk in chunks:
                kept.write(chunk)
        job.file_bytes = file_of(job).stat().st_size
        recognise(job)
    except (UnreadableFileError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    job.save()
    return job


def recognise(job: ImportJob) -> None:
    """Fill in columns, kind, program, mapping, and how dates and numbers are written. Raises UnreadableFileError."""
    table = open_job_table(job)
    found = recognise_headers(table.columns, job.kind or None)
    job.kind = found.kind if found.kind in FIELDS else ImportJob.Kind.PEOPLE
    job.program = found.program[:60]
    job.source = job.source or slugify(found.program)[:50] or "file"
    job.columns = list(table.columns)
    sure = [match.target if match.is_sure else None for match in found.matches]
    job.mapping = remembered_mapping(job) or mapping_from(job.kind, sure)
    profile = profile_columns(job.kind, job.mapping, _values(table))
    job.reading = {
        **job.reading,
        "dates": "" if profile.unclear_date else profile.dates,
        "decimal": "" if profile.unclear_number else profile.decimal,
        "currency": current_workspace().currency,
        "zone": _zone(),
    }


def _zone() -> str:
    """The workspace's time zone, if it is one."""
    name: str = current_workspace().time_zone
    return name if name in available_timezones() else "UTC"


def _values(table: Table) -> Iterable[list[str]]:
    return (row.values for row in islice(table.rows(), PROFILE_ROWS) if not row.problem)


def remembered_mapping(job: ImportJob) -> dict[str, list[int]] | None:
    """The mapping with which a file of the same columns was imported last, by name, not by position."""
    key = mapping_key(job.columns)
    last = (
        ImportJob.objects.filter(kind=job.kind, facts__mapping_key=key, state=ImportJob.State.DONE)
        .order_by("-pk")
        .first()
    )
    if last is None:
        return None
    position = {name: index for index, name in enumerate(job.columns)}
    named = {
        target: [position[last.columns[p]] for p in positions if last.columns[p] in position]
        for target, positions in last.mapping.items()
    }
    return {target: positions for target, positions in named.items() if positions}


def profile_job(job: ImportJob, table: Table) -> Profile:
    """What the mapped columns say about dates and decimals."""
    return profile_columns(job.kind, job.mapping, _values(table))


def set_up_job(*, job: ImportJob, stated: JobSettings) -> ImportJob:
    """Take over what the user says about a draft. Raises ImportNotReadyError for a bad choice, UnreadableFileError."""
    if job.state != ImportJob.State.DRAFT:
        raise ImportNotReadyError(_("This import has started already."))
    if stated.reading or (stated.kind and stated.kind != job.kind):
        job.reading = {**job.reading, **stated.reading}
        job.kind = stated.kind or job.kind
        recognise(job)
    if stated.mapping is not None:
        job.mapping = _checked_mapping(job, stated.mapping)
        _profile_again(job)
    _take(job, stated)
    _keep_set_up(job)
    return job


@transaction.atomic
def _keep_set_up(job: ImportJob) -> None:
    """Save what was set up of a draft that is one still: an erasing or another page may have been quicker."""
    now = ImportJob.objects.select_for_update(of=("self",)).filter(pk=job.pk).first()
    if now is None or now.state != ImportJob.State.DRAFT:
        raise ImportNotReadyError((now and now.error) or _("This import has started already."))
    job.save(update_fields=SET_UP)


def _take(job: ImportJob, stated: JobSettings) -> None:
    job.source = (stated.source or job.source)[:50]
    job.duplicates = stated.duplicates if stated.duplicates in ImportJob.Duplicates.values else job.duplicates
    job.run_flows = job.run_flows if stated.run_flows is None else stated.run_flows
    for name, allowed in (("dates", ("dmy", "mdy")), ("decimal", (".", ","))):
        value = getattr(stated, name)
        if value in allowed:
            job.reading[name] = value
    if stated.currency and stated.currency.isalpha() and len(stated.currency) == 3:
        job.reading["currency"] = stated.currency.upper()


def _checked_mapping(job: ImportJob, mapping: Columns) -> dict[str, list[int]]:
    for target, positions in mapping.items():
        if field_of(job.kind, target) is None:
            raise ImportNotReadyError(_("There is no field named %(name)s.") % {"name": target})
        if any(not 0 <= position < len(job.columns) for position in positions):
            raise ImportNotReadyError(_("There is no such column."))
    return {target: list(positions) for target, positions in mapping.items() if positions}


def _profile_again(job: ImportJob) -> None:
    profile = profile_job(job, open_job_table(job))
    job.reading["dates"] = "" if profile.unclear_date else profile.dates
    job.reading["decimal"] = "" if profile.unclear_number else profile.decimal


def questions(job: ImportJob) -> list[str]:
    """What must be answered before the start, in words."""
    missing = missing_words(job.kind, job.mapping)
    asked = [missing] if missing else []
    if not job.reading.get("dates"):
        asked.append(_("Say whether the day or the month comes first in the dates."))
    if not job.reading.get("decimal"):
        asked.append(_("Say whether a point or a comma parts the decimals."))
    return asked


@transaction.atomic
def start_job(*, job: ImportJob) -> ImportJob:
    """Put a draft into the queue. Raises ImportNotReadyError."""
    asked = questions(job)
    if asked:
        raise ImportNotReadyError(" ".join(asked))
    job.facts = {"mapping_key": mapping_key(job.columns)}
    started = ImportJob.objects.filter(pk=job.pk, state=ImportJob.State.DRAFT).update(
        state=ImportJob.State.QUEUED, facts=job.facts, lease_until=timezone.now()
    )
    if not started:
        raise ImportNotReadyError(_("This import has started already."))
    job.refresh_from_db()
    transaction.on_commit(partial(wake_worker, job.pk))
    return job


def wake_worker(job_id: int, *, expires_s: float | None = None) -> None:
    """Tell a worker. A broker that is down costs time only: the sweep finds the job."""
    try:
        current_app.send_task("crm.run_import", kwargs={"job_id": job_id}, expires=expires_s)
    except (BrokerDown, OSError):
        log.warning("broker_down", import_job=job_id)


def ask_cancel(*, job: ImportJob) -> None:
    """Stop before the next rows; what is in stays in and can be taken back."""
    ImportJob.objects.filter(pk=job.pk, state__in=[ImportJob.State.QUEUED, ImportJob.State.RUNNING]).update(
        cancel_asked=True
    )


def delete_draft(*, job: ImportJob) -> None:
    """Forget a file that was never imported."""
    if ImportJob.objects.filter(pk=job.pk, state=ImportJob.State.DRAFT).delete()[0]:
        shutil.rmtree(folder_of(job), ignore_errors=True)


def due_jobs(now: datetime) -> list[int]:
    """Jobs that nobody works on and somebody should."""
    at_work = [ImportJob.State.QUEUED, ImportJob.State.RUNNING, ImportJob.State.UNDOING]
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return list(ImportJob.objects.filter(free, state__in=at_work).values_list("pk", flat=True))


def drop_files_of_everybody() -> None:
    """Somebody is erased, and no uploaded file may keep their rows. Part of the erasing transaction.

    What is over goes at once: taking an import back needs no file. What is at work goes when that is over; a file that
    still waits to be set up has to be sent again. Waits for the rows that an import writes just now.
    """
    here = ImportJob.objects.select_for_update(of=("self",)).exclude(file="").order_by("pk")
    for job in here:
        if job.state in (ImportJob.State.QUEUED, ImportJob.State.RUNNING):
            ImportJob.objects.filter(pk=job.pk).update(drops_file=True)
            continue
        if job.state == ImportJob.State.DRAFT:
            why = _("Uploaded files went because somebody was erased with all their data. Send this file again.")
            ImportJob.objects.filter(pk=job.pk).update(
                state=ImportJob.State.FAILED, error=why, finished_at=timezone.now()
            )
        drop_file(job)


def drop_file(job: ImportJob) -> None:
    """Forget the uploaded file; it goes with the commit, and the nightly tidying finds what a crash left."""
    ImportJob.objects.filter(pk=job.pk).update(file="")
    transaction.on_commit(partial(shutil.rmtree, folder_of(job), ignore_errors=True))


def tidy_up(now: datetime) -> None:
    """Remove uploaded files after a week, outcomes row by row after the undo window, and forgotten drafts."""
    over = ImportJob.objects.exclude(file="").exclude(state__in=[ImportJob.State.QUEUED, ImportJob.State.RUNNING])
    for job in over.filter(created_at__lt=now - FILE_KEPT):
        shutil.rmtree(folder_of(job), ignore_errors=True)
        ImportJob.objects.filter(pk=job.pk).update(file="")
    ImportRow.objects.filter(job__finished_at__lt=now - ROWS_KEPT).delete()
    for draft in ImportJob.objects.filter(state=ImportJob.State.DRAFT, created_at__lt=now - DRAFT_KEPT):
        delete_draft(job=draft)
    kept = {str(key) for key in ImportJob.objects.exclude(file="").values_list("key", flat=True)}
    sweep_folders(folder_of(ImportJob()).parent, kept, before=now - SETTLED)

"""An import's uploaded file: where it lies and how it is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from crm.importing.cells import Reading
from crm.importing.reader import ReadOptions, Table, open_table

if TYPE_CHECKING:
    from crm.models import ImportJob


def folder_of(job: ImportJob) -> Path:
    """Where the job's files lie."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(job.key)


def file_of(job: ImportJob) -> Path:
    """The uploaded file."""
    return Path(settings.MEDIA_ROOT) / "imports" / job.file


def open_job_table(job: ImportJob) -> Table:
    """The job's file, read the way that was settled. Raises UnreadableFileError."""
    given = job.reading
    options = ReadOptions(given.get("encoding"), given.get("delimiter"), given.get("header_line"), given.get("sheet"))
    return open_table(file_of(job), options)


def reading_of(job: ImportJob) -> Reading:
    """How the job's cells are read."""
    given = job.reading
    return Reading(
        given.get("dates") or "dmy",
        given.get("decimal") or ".",
        ZoneInfo(given.get("zone") or "UTC"),
        given.get("currency") or "EUR",
    )

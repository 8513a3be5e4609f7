"""Imports a text or a file from start to finish, the way the command does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crm.models import ImportJob, User
from crm.operations import imports


def prepared(
    content: str | bytes | Path, name: str = "file.csv", *, actor: User | None = None, **stated: Any
) -> ImportJob:
    """A draft with everything recognised, and what the caller states taken over."""
    data = (
        content.read_bytes() if isinstance(content, Path) else content.encode() if isinstance(content, str) else content
    )
    kind = stated.pop("kind", None)
    job = imports.prepare_job(actor=actor, name=name, chunks=[data], kind=kind, source=stated.pop("source", ""))
    return imports.set_up_job(job=job, stated=imports.JobSettings(**stated))


def imported(
    content: str | bytes | Path, name: str = "file.csv", *, actor: User | None = None, **stated: Any
) -> ImportJob:
    """A finished job."""
    job = imports.start_job(job=prepared(content, name, actor=actor, **stated))
    imports.work_on(job.pk)
    job.refresh_from_db()
    return job


def reasons(job: ImportJob) -> dict[int, str]:
    """What was refused or left out: reason by line."""
    return {row.line: row.message for row in imports.noted_rows(job)}

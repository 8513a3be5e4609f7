"""What an import would do: its first rows are written for a moment and taken back before anybody sees them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from crm.models import ImportJob

from .kinds import WRITERS
from .outcomes import Counts
from .results import noted_rows

ROWS = 1_000
PROBLEMS = 20


@dataclass(frozen=True)
class Preview:
    """Counts over the first `rows` rows, and the first problems as (line, reason)."""

    rows: int
    created: int
    updated: int
    skipped: int
    failed: int
    orders: int
    problems: list[tuple[int, str]]


def preview_job(job: ImportJob) -> Preview:
    """Try the first thousand rows of a draft. Raises UnreadableFileError."""
    writer, counts = WRITERS[job.kind](job, limit=ROWS), Counts({})
    try:
        if job.kind == ImportJob.Kind.ORDERS:
            writer.read(lambda _rows: None)
        with transaction.atomic():
            for chunk in writer.chunks(0, lambda _rows: None):
                writer.write(chunk, counts)
            problems = [(row.line, row.message) for row in noted_rows(job)[:PROBLEMS]]
            transaction.set_rollback(True)
    finally:
        writer.close()
    found = counts.as_dict()
    outcome = {name: found.get(name, 0) for name in ("created", "updated", "skipped", "failed")}
    return Preview(sum(outcome.values()), **outcome, orders=found.get("orders", 0), problems=problems)

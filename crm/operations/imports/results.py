"""What came of an import, for people and for programs: the report, and the file of rows to look at again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.importing.job_files import file_of, open_job_table
from crm.importing.source import UnreadableFileError
from crm.models import ImportJob, ImportRow
from crm.queries.exports import FORMULA_STARTS

FORMULA = (*FORMULA_STARTS, "'=", "'+", "'-", "'@")


def noted_rows(job: ImportJob) -> QuerySet[ImportRow]:
    """Rows that were refused or left out, or came in without one of their values, in the order of the file."""
    return ImportRow.objects.filter(job=job).exclude(message="").order_by("line", "pk")


def job_report(job: ImportJob, *, problems: int = 20) -> dict[str, Any]:
    """Counts, the comparison with the file, seconds, and the first problems with line and reason."""
    counts = {name: job.counts.get(name, 0) for name in ("created", "updated", "skipped", "failed")}
    seconds = (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else 0.0
    return {
        "job": job.pk,
        "state": job.state,
        "kind": job.kind,
        "file": job.file_name,
        "source": job.source,
        "rows": job.rows,
        **counts,
        "counts": job.counts,
        "check": job.report,
        "verified": bool(job.report.get("verified")),
        "error": job.error,
        "seconds": round(seconds, 2),
        "rows_per_second": round(job.rows / seconds) if seconds else 0,
        "problems": [{"line": row.line, "reason": row.message} for row in noted_rows(job)[:problems]],
    }


def result_lines(job: ImportJob) -> Iterator[str]:
    """The result file as CSV: the file's own columns, then line and reason; to be mended and imported again."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def line(cells: list[str]) -> str:
        writer.writerow([guarded(cell) for cell in cells])
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    yield "\ufeff" + line([*job.columns, _("Line"), _("What happened"), _("Reason")])
    for number, action, values, reason in _noted_values(job):
        yield line([*values, str(number), action, reason])


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; our own reader takes the guard off again."""
    return f"'{cell}" if cell.startswith(FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    return cell.lstrip("+-").replace(".", "", 1).replace(",", "", 1).isdigit()


def _noted_values(job: ImportJob) -> Iterator[tuple[int, str, list[str], str]]:
    """Line, action, the row's values and the reason; values come from the file while it is kept, else the journal."""
    width = len(job.columns)
    lines = _values_by_line(job)
    at, values = next(lines, (0, []))
    for number, rows in groupby(noted_rows(job).iterator(chunk_size=1000), key=lambda row: row.line):
        while at and at < number:
            at, values = next(lines, (0, []))
        row = next(iter(rows))
        own = values if at == number else row.values
        yield number, row.get_action_display(), (own + [""] * width)[:width], row.message


def _values_by_line(job: ImportJob) -> Iterator[tuple[int, list[str]]]:
    if not job.file or not file_of(job).exists():
        return
    try:
        for row in open_job_table(job).rows():
            yield row.line, row.values
    except UnreadableFileError:
        return

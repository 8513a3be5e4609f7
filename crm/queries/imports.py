"""What the import pages show: past imports, a file before it comes in, progress, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.addresses import address
from crm.formats import money, number
from crm.importing.headers import recognise_headers
from crm.importing.job_files import open_job_table
from crm.models import ImportJob, ImportRow, User
from crm.parts import Tile, Tone

LISTED = 50
SAMPLES = 3
SHOWN = 50
STATE_TONES: dict[str, Tone] = {
    ImportJob.State.DRAFT: "", ImportJob.State.QUEUED: "info", ImportJob.State.RUNNING: "info",
    ImportJob.State.DONE: "good", ImportJob.State.FAILED: "bad", ImportJob.State.CANCELLED: "warn",
    ImportJob.State.UNDOING: "info", ImportJob.State.UNDONE: "",
}  # fmt: skip


@dataclass(frozen=True)
class JobLine:
    """One import in the list."""

    job: ImportJob
    tone: Tone
    created: int
    failed: int


@dataclass(frozen=True)
class FileColumn:
    """A column of the file with a few of its values, and how sure we are of its meaning."""

    name: str
    samples: Sequence[str]
    is_sure: bool
    is_guess: bool


@dataclass(frozen=True)
class DraftPage:
    """A file before it comes in."""

    columns: Sequence[FileColumn]
    sheets: tuple[str, ...]
    read_as: str
    header_line: int


@dataclass(frozen=True)
class Progress:
    """How far a job is: `percent` is None while nobody can know."""

    words: str
    percent: int | None
    created: int
    failed: int


@dataclass(frozen=True)
class Comparison:
    """One measure of the check: what the file holds and what is in Rapport."""

    label: str
    in_file: str
    in_database: str
    is_same: bool


@dataclass(frozen=True)
class ResultPage:
    """The outcome of a finished import."""

    tiles: Sequence[Tile]
    checks: Sequence[Comparison]
    is_verified: bool
    differences: Sequence[str]
    problems: Sequence[ImportRow]
    problem_count: int
    records_url: str
    records_words: str


def import_lines(user: User) -> list[JobLine]:
    """The latest imports that this user may see, in one query."""
    jobs = ImportJob.objects.visible_to(user).select_related("actor").order_by("-created_at", "-pk")[:LISTED]
    return [
        JobLine(job, STATE_TONES[job.state], job.counts.get("created", 0), job.counts.get("failed", 0)) for job in jobs
    ]


def draft_page(job: ImportJob) -> DraftPage:
    """The file's columns with samples. Raises UnreadableFileError."""
    table = open_job_table(job)
    rows = [row.values for row in islice(table.rows(), 200) if not row.problem]
    matches = recognise_headers(job.columns, job.kind).matches
    columns = [
        FileColumn(name, _samples(rows, position), match.is_sure, bool(match.target) and not match.is_sure)
        for position, (name, match) in enumerate(zip(job.columns, matches, strict=True))
    ]
    parted = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("vertical bar")}.get(
        table.delimiter, table.delimiter
    )
    read_as = (
        _("Sheet “%(name)s”") % {"name": table.sheet}
        if table.sheet
        else f"{table.encoding.upper().replace('_', '-')}, {parted}"
    )
    return DraftPage(columns, table.sheets, read_as, table.header_line)


def _samples(rows: Sequence[Sequence[str]], position: int) -> list[str]:
    filled = (row[position].strip()[:60] for row in rows)
    return list(islice(dict.fromkeys(value for value in filled if value), SAMPLES))


def progress_of(job: ImportJob) -> Progress:
    """Words and share of what is done."""
    created, failed = job.counts.get("created", 0), job.counts.get("failed", 0)
    if job.state == ImportJob.State.QUEUED:
        return Progress(_("Waiting for its turn"), None, created, failed)
    if job.state == ImportJob.State.UNDOING:
        return Progress(_("Taking the import back"), None, created, failed)
    work = job.facts.get("work", 0)
    if job.phase == ImportJob.Phase.WRITING and work:
        return Progress(_("Writing the records"), min(99, 100 * job.cursor // work), created, failed)
    return Progress(str(job.Phase(job.phase).label), None, created, failed)


def result_page(job: ImportJob) -> ResultPage:
    """Counts, the check against the file, and the first rows to look at again."""
    noted = _noted(job)
    return ResultPage(
        tiles=outcome_tiles(job.counts, is_over=True),
        checks=_checks(job),
        is_verified=bool(job.report.get("verified")),
        differences=job.report.get("differences", []),
        problems=list(noted[:SHOWN]),
        problem_count=noted.count(),
        records_url=address("crm:company-list" if job.kind == ImportJob.Kind.COMPANIES else "crm:person-list"),
        records_words=_("See the companies") if job.kind == ImportJob.Kind.COMPANIES else _("See the people"),
    )


def _noted(job: ImportJob) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(job=job).exclude(message="").order_by("line", "pk")


def outcome_tiles(counts: Mapping[str, int], *, is_over: bool) -> list[Tile]:
    """How many rows come in, or came in, changed something, were left out, were refused."""
    labels = {
        "created": _("Rows that came in") if is_over else _("Rows that will come in"),
        "updated": _("Known records filled in or changed"),
        "skipped": _("Rows left out"),
        "failed": _("Rows refused"),
    }
    return [Tile(label, number(counts.get(name, 0))) for name, label in labels.items()]


def _checks(job: ImportJob) -> list[Comparison]:
    labels = {
        "rows": _("Rows"), "orders": _("Orders"), "lines": _("Order lines"), "customers": _("Customers"),
        "anonymous": _("Orders without a customer"), "returns": _("Returns"), "revenue": _("Revenue"),
        "created": _("Records made"),
    }  # fmt: skip
    currency = job.reading.get("currency") or "EUR"
    found = []
    for name, label in labels.items():
        if sides := job.report.get(name):
            there, here = sides["file"], sides["database"]
            found.append(Comparison(label, _words(there, currency), _words(here, currency), is_same=there == here))
    return found


def _words(measure: int | str, currency: str) -> str:
    """A count, or an amount, which stands in reports as text."""
    return money(Decimal(measure), currency) if isinstance(measure, str) else number(measure)

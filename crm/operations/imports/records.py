"""What imports of people and of companies share: reading a table row by row, owners, companies by name, tags, notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import models

from crm.bulk_insert import insert_objects, insert_rows
from crm.events import build_event, record_events
from crm.importing.job_files import open_job_table
from crm.importing.reader import Row
from crm.models import Company, Domain, ImportJob, ImportRow, Note, Record, Tag, User
from crm.search import fold

from .customers import new_owner
from .outcomes import Counts, Journal
from .writer import CHUNK, Alive


class TableWriter:
    """A kind of import in which each row stands for itself. Its cursor is the number of the next row."""

    def __init__(self, job: ImportJob, *, limit: int | None = None) -> None:
        self.job = job
        self._limit = limit

    def read(self, alive: Alive) -> dict[str, Any]:
        """Count the rows. Raises UnreadableFileError."""
        rows = 0
        for rows, _row in enumerate(open_job_table(self.job).rows(), start=1):
            if rows % 5_000 == 0:
                alive(rows)
        return {"rows": rows, "work": rows}

    def chunks(self, cursor: int, alive: Alive) -> Iterator[list[Row]]:
        rows = islice(open_job_table(self.job).rows(start=cursor), self._limit)
        while chunk := list(islice(rows, CHUNK)):
            yield chunk

    def write(self, chunk: list[Row], counts: Counts) -> int:
        journal = Journal(self.job)
        usable = []
        for row in chunk:
            if not row.problem:
                usable.append(row)
            elif row.is_comment:
                counts.add("skipped")
            else:
                counts.add("failed")
                journal.failed(row.line, row.values, row.problem)
        self.write_rows(usable, counts, journal)
        journal.save()
        return chunk[-1].number + 1

    def write_rows(self, rows: Sequence[Row], counts: Counts, journal: Journal) -> None:
        """Write the rows that can be read."""
        raise NotImplementedError

    def report(self, target: str, model: type[models.Model]) -> dict[str, Any]:
        """Is every row accounted for, and is every record there that the import made?"""
        counts = self.job.counts
        accounted = sum(counts.get(name, 0) for name in ("created", "updated", "skipped", "failed"))
        made = ImportRow.objects.filter(job=self.job, target=target, action=ImportRow.Action.CREATED)
        here = model._default_manager.filter(pk__in=made.values("target_id")).count()
        created = counts.get("created", 0)
        return {
            "rows": {"file": self.job.rows, "database": accounted},
            "created": {"file": created, "database": here},
            "differences": [],
            "different": abs(created - here),
            "verified": accounted == self.job.rows and here == created,
        }

    def close(self) -> None:
        """Nothing is held open between chunks."""


def take_over(record: Record, wanted: Mapping[str, Any], duplicates: str) -> dict[str, Any]:
    """Fill in what is empty, or overwrite; returns what the changed fields held before."""
    before = {}
    for name, value in wanted.items():
        old = getattr(record, name)
        if old != value and (not old or duplicates == ImportJob.Duplicates.OVERWRITE):
            before[name] = old
            setattr(record, name, value)
    return before


class OwnerBook:
    """Colleagues by e-mail or name, as other programs write owners."""

    def __init__(self) -> None:
        self._users: dict[str, User] | None = None

    def find(self, text: str) -> User | None:
        if not text:
            return None
        if self._users is None:
            users = list(User.objects.filter(is_active=True))
            self._users = {user.name.casefold(): user for user in users if user.name}
            self._users |= {user.email.casefold(): user for user in users}
        return self._users.get(text.strip().casefold())


class CompanyBook:
    """Finds the companies that people's rows name and makes those that are missing."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job

    def find_or_make(self, named: Sequence[tuple[int, str]], counts: Counts, journal: Journal) -> dict[str, int]:
        """Company ids by case-folded name, for (line, name) pairs."""
        wanted = {name for _line, name in named if name}
        if not wanted:
            return {}
        visible = Company.objects.visible_to(self._job.actor) if self._job.actor else Company.objects.all()
        found = {name.casefold(): pk for name, pk in visible.filter(name__in=wanted).values_list("name", "pk")}
        missing: dict[str, tuple[int, Company]] = {}
        for line, name in named:
            if name and name.casefold() not in found:
                company = Company(name=name, owner=new_owner(self._job), search_text=fold(name)[:2000])
                missing.setdefault(name.casefold(), (line, company))
        insert_objects(company for _line, company in missing.values())
        for line, company in missing.values():
            journal.created(line, "company", company.pk)
        counts.add("companies", len(missing))
        data = {"import": self._job.pk}
        record_events(
            build_event(
                kind="company.created", subject=company, actor=self._job.actor, data={**data, "name": company.name}
            )
            for _line, company in missing.values()
        )
        return found | {key: company.pk for key, (_line, company) in missing.items()}

    def by_domain(self, domains: set[str]) -> dict[str, int]:
        """Company ids by mail domain."""
        return dict(Domain.objects.filter(name__in=domains).values_list("name", "company_id")) if domains else {}


def add_tags(model: type[Record], tagged: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Put tags, by name, on records, by id; tags that don't exist are made."""
    names = {name for _pk, tags in tagged for name in tags}
    if not names:
        return
    Tag.objects.bulk_create([Tag(name=name) for name in sorted(names)], ignore_conflicts=True)
    ids = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
    through = model.tags.through
    rows = [(pk, ids[name]) for pk, tags in tagged for name in tags if name in ids]
    insert_rows(through, (str(model._meta.model_name), "tag"), rows, ignore_conflicts=True)


def add_notes(column: str, noted: Sequence[tuple[int, str]], author: User | None) -> None:
    """Write notes on records, by id, unless the same words stand there already."""
    noted = [(pk, body) for pk, body in noted if body]
    if not noted:
        return
    known = set(Note.objects.filter(**{f"{column}__in": [pk for pk, _body in noted]}).values_list(column, "body"))
    fresh = dict.fromkeys(pair for pair in noted if pair not in known)
    Note.objects.bulk_create(Note(**{f"{column}_id": pk}, body=body, author=author) for pk, body in fresh)

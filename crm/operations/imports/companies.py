"""Writes companies: matched by their number in the source, then by mail domain, then by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.bulk_insert import insert_objects
from crm.contacts import FREE_MAIL
from crm.events import build_event, record_events
from crm.importing.job_files import reading_of
from crm.importing.person_rows import CompanyCells, CompanyReader
from crm.importing.reader import Row
from crm.importing.values import BadValueError
from crm.models import Company, Domain, Event, ImportJob, Scope
from crm.operations.editing import plain
from crm.search import digits, fold

from .customers import new_owner
from .outcomes import Counts, Journal
from .records import OwnerBook, TableWriter, add_notes, add_tags, take_over
from .writer import Alive


@dataclass
class Entry:
    """A row and the company it is. `before` holds what the row changed of a known one."""

    row: Row
    cells: CompanyCells
    company: Company
    is_new: bool
    before: dict[str, Any] = field(default_factory=dict)


class CompanyWriter(TableWriter):
    """The companies kind of import."""

    def __init__(self, job: ImportJob, *, limit: int | None = None) -> None:
        super().__init__(job, limit=limit)
        self._reader = CompanyReader(job.mapping, reading_of(job))
        self._owners = OwnerBook()

    def write_rows(self, rows: Sequence[Row], counts: Counts, journal: Journal) -> None:
        read = [pair for row in rows if (pair := self._read(row, counts, journal))]
        book = CompanyLookup(self.job, [cells for _row, cells in read])
        entries = [entry for row, cells in read if (entry := self._entry(row, cells, book, counts, journal))]
        written = book.save(entries)
        add_tags(Company, [(entry.company.pk, entry.cells.tags) for entry in entries])
        add_notes("company", [(entry.company.pk, entry.cells.note) for entry in entries], self.job.actor)
        for entry in entries:
            _report(entry, counts, journal)
        record_events(self._event(entry) for entry in written)

    def _read(self, row: Row, counts: Counts, journal: Journal) -> tuple[Row, CompanyCells] | None:
        try:
            return row, self._reader.read(row.values)
        except BadValueError as error:
            counts.add("failed")
            journal.failed(row.line, row.values, str(error))
            return None

    def _entry(
        self, row: Row, cells: CompanyCells, book: CompanyLookup, counts: Counts, journal: Journal
    ) -> Entry | None:
        """Decide which company the row is and what changes; None when it is left out."""
        known = book.find(cells)
        entry = Entry(row, cells, known or self._new(cells), is_new=known is None)
        if known is not None and known.pk in book.hidden:
            counts.add("failed")
            journal.failed(row.line, row.values, _("This company belongs to a colleague."))
            return None
        if known is not None and self.job.duplicates == ImportJob.Duplicates.SKIP:
            counts.add("skipped")
            journal.skipped(row.line, row.values, _("This company is here already."))
            return None
        if known is not None:
            entry.before = take_over(known, self._wanted(cells, known), self.job.duplicates)
        book.take(entry)
        return entry

    def _new(self, cells: CompanyCells) -> Company:
        return Company(
            **cells.fields,
            source=self.job.source if cells.external_id else "",
            external_id=cells.external_id,
            owner=self._owners.find(cells.owner) or new_owner(self.job),
            created_at=cells.created_at or timezone.now(),
        )

    def _wanted(self, cells: CompanyCells, known: Company) -> dict[str, Any]:
        wanted: dict[str, Any] = dict(cells.fields)
        if cells.external_id and not known.external_id:
            wanted |= {"source": self.job.source, "external_id": cells.external_id}
        if owner := self._owners.find(cells.owner):
            wanted["owner_id"] = owner.pk
        return wanted

    def _event(self, entry: Entry) -> Event:
        data: dict[str, Any] = {"import": self.job.pk}
        if self.job.run_flows:
            data["run_flows"] = True
        if entry.is_new:
            data["name"] = entry.company.name
        else:
            data["changed"] = {n: [plain(old), plain(getattr(entry.company, n))] for n, old in entry.before.items()}
        kind = "company.created" if entry.is_new else "company.changed"
        return build_event(kind=kind, subject=entry.company, actor=self.job.actor, data=data)

    def check(self, alive: Alive) -> dict[str, Any]:
        return self.report("company", Company)


class CompanyLookup:
    """The companies that the rows of one chunk may be."""

    def __init__(self, job: ImportJob, rows: Sequence[CompanyCells]) -> None:
        self._job = job
        numbers = {cells.external_id for cells in rows if cells.external_id}
        names = {cells.fields["name"] for cells in rows}
        domains = {domain for cells in rows if (domain := _domain(cells))}
        known = Company.objects.filter(source=job.source, external_id__in=numbers)
        self._by_number = {company.external_id: company for company in known}
        own = {company.pk: company for company in self._by_number.values()}
        rows_of = Domain.objects.filter(name__in=domains).select_related("company")
        self._by_domain = {row.name: own.setdefault(row.company_id, row.company) for row in rows_of}
        named = Company.objects.filter(name__in=names).order_by("-pk")
        self._by_name = {company.name.casefold(): own.setdefault(company.pk, company) for company in named}
        self.hidden = self._hidden(list(own))
        self._domains: list[Domain] = []

    def _hidden(self, ids: list[int]) -> set[int]:
        actor = self._job.actor
        if actor is None or actor.scope == Scope.ALL:
            return set()
        return set(ids) - set(Company.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))

    def find(self, cells: CompanyCells) -> Company | None:
        """Which company has this number, else this domain, else this name unless the source tells them apart."""
        number = cells.external_id
        if number in self._by_number:
            return self._by_number[number]
        company = self._by_domain.get(_domain(cells)) or self._by_name.get(cells.fields["name"].casefold())
        if company is not None and number and company.source == self._job.source and company.external_id:
            return None
        return company

    def take(self, entry: Entry) -> None:
        """Let later rows find this company, and give it the domain that nobody has."""
        cells = entry.cells
        if cells.external_id:
            self._by_number.setdefault(cells.external_id, entry.company)
        self._by_name.setdefault(cells.fields["name"].casefold(), entry.company)
        domain = _domain(cells)
        if domain and domain not in self._by_domain:
            self._by_domain[domain] = entry.company
            self._domains.append(Domain(company=entry.company, name=domain))

    def save(self, entries: Sequence[Entry]) -> list[Entry]:
        """Write companies and domains; returns the entries that made or changed one, each company once."""
        fresh = {id(entry.company): entry for entry in entries if entry.is_new}
        changed = {id(entry.company): entry for entry in entries if entry.before and id(entry.company) not in fresh}
        for entry in (*fresh.values(), *changed.values()):
            entry.company.search_text = self._search_text(entry.company)
        insert_objects(entry.company for entry in fresh.values())
        _update([entry.company for entry in changed.values()], {name for entry in entries for name in entry.before})
        Domain.objects.bulk_create(self._domains)
        return [*fresh.values(), *changed.values()]

    def _search_text(self, company: Company) -> str:
        domains = [name for name, holder in self._by_domain.items() if holder is company]
        return fold(" ".join([company.name, company.external_id, digits(company.phone), *domains]))[:2000]


def _update(companies: list[Company], names: set[str]) -> None:
    for company in companies:
        company.version += 1
    if companies:
        Company.objects.bulk_create(
            companies,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*sorted(names), "search_text", "version", "updated_at"],
        )


def _domain(cells: CompanyCells) -> str:
    """The mail domain that stands for the company: as named, else the website's."""
    text = cells.domain or cells.fields.get("website", "")
    name = text.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").partition("/")[0]
    return name if "." in name and name not in FREE_MAIL and len(name) <= 190 else ""


def _report(entry: Entry, counts: Counts, journal: Journal) -> None:
    if entry.is_new:
        counts.add("created")
        journal.created(entry.row.line, "company", entry.company.pk)
    elif entry.before:
        counts.add("updated")
        before = {"fields": entry.before, "version": entry.company.version}
        journal.updated(entry.row.line, "company", entry.company.pk, before)
    else:
        counts.add("skipped")
        counts.add("unchanged")

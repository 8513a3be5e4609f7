"""Writes people: matched by their number in the source, then by e-mail, then by phone; made where nobody matches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.bulk_insert import insert_rows
from crm.contacts import company_domain
from crm.events import build_event, record_events
from crm.importing.job_files import reading_of
from crm.importing.person_rows import PersonReader
from crm.importing.reader import Row
from crm.importing.values import BadValueError
from crm.models import Employment, Event, ImportJob, Person
from crm.operations.editing import plain

from .customers import new_owner
from .outcomes import Counts, Journal
from .people_book import EMAIL, Draft, Entry, PeopleBook, addresses_of
from .records import CompanyBook, OwnerBook, TableWriter, add_notes, add_tags, take_over
from .writer import Alive


class PersonWriter(TableWriter):
    """The people kind of import."""

    def __init__(self, job: ImportJob, *, limit: int | None = None) -> None:
        super().__init__(job, limit=limit)
        self._reader = PersonReader(job.mapping, reading_of(job))
        self._owners = OwnerBook()
        self._companies = CompanyBook(job)

    def write_rows(self, rows: Sequence[Row], counts: Counts, journal: Journal) -> None:
        drafts = [draft for row in rows if (draft := self._draft(row, counts, journal))]
        book = PeopleBook(self.job, drafts)
        entries = [entry for draft in drafts if (entry := self._entry(draft, book, counts, journal))]
        written = book.save(entries)
        self._employ(entries, counts, journal)
        add_tags(Person, [(entry.person.pk, entry.draft.cells.tags) for entry in entries])
        add_notes("person", [(entry.person.pk, entry.draft.cells.note) for entry in entries], self.job.actor)
        for entry in entries:
            _report(entry, counts, journal)
        record_events(self._event(entry) for entry in written)

    def _draft(self, row: Row, counts: Counts, journal: Journal) -> Draft | None:
        try:
            cells = self._reader.read(row.values)
        except BadValueError as error:
            counts.add("failed")
            journal.failed(row.line, row.values, str(error))
            return None
        return Draft(row, cells, addresses_of(cells))

    def _entry(self, draft: Draft, book: PeopleBook, counts: Counts, journal: Journal) -> Entry | None:
        """Decide who the row is and what changes; None when it is left out."""
        if why := book.erased(draft):
            counts.add("skipped")
            counts.add("erased")
            journal.skipped(draft.row.line, [], why)
            return None
        known = book.find(draft)
        entry = Entry(draft, known or self._new(draft), is_new=known is None)
        if known is not None and known.pk in book.hidden:
            counts.add("failed")
            journal.failed(draft.row.line, draft.row.values, _("This person belongs to a colleague."))
            return None
        if known is not None and self.job.duplicates == ImportJob.Duplicates.SKIP:
            counts.add("skipped")
            journal.skipped(draft.row.line, draft.row.values, _("This person is here already."))
            return None
        if known is not None:
            self._change(entry)
        book.take(entry)
        return entry

    def _new(self, draft: Draft) -> Person:
        cells = draft.cells
        return Person(
            **cells.fields,
            source=self.job.source if cells.external_id else "",
            external_id=cells.external_id,
            owner=self._owners.find(cells.owner) or new_owner(self.job),
            created_at=cells.created_at or timezone.now(),
        )

    def _change(self, entry: Entry) -> None:
        cells = entry.draft.cells
        wanted: dict[str, Any] = dict(cells.fields)
        if cells.external_id and not entry.person.external_id:
            wanted |= {"source": self.job.source, "external_id": cells.external_id}
        if owner := self._owners.find(cells.owner):
            wanted["owner_id"] = owner.pk
        entry.before = take_over(entry.person, wanted, self.job.duplicates)

    def _employ(self, entries: Sequence[Entry], counts: Counts, journal: Journal) -> None:
        """Link people to the company that the row names, else newcomers to the one that has their mail domain."""
        named = [(entry.draft.row.line, entry.draft.cells.company) for entry in entries]
        companies = self._companies.find_or_make(named, counts, journal)
        domains = self._companies.by_domain({domain for entry in entries for domain in _domains(entry)})
        employments, now = [], timezone.now()
        for entry in entries:
            company = companies.get(entry.draft.cells.company.casefold())
            if company is None and entry.is_new:
                company = next((domains[domain] for domain in _domains(entry) if domain in domains), None)
            if company is not None:
                role = entry.draft.cells.fields.get("job_title", "")
                employments.append((entry.person.pk, company, role, True, now))
        names = ("person", "company", "role", "is_primary", "created_at")
        insert_rows(Employment, names, employments, ignore_conflicts=True)

    def _event(self, entry: Entry) -> Event:
        data: dict[str, Any] = {"import": self.job.pk}
        if self.job.run_flows:
            data["run_flows"] = True
        if entry.is_new:
            data["name"] = entry.person.name
        else:
            data["changed"] = {n: [plain(old), plain(getattr(entry.person, n))] for n, old in entry.before.items()}
        kind = "person.created" if entry.is_new else "person.changed"
        return build_event(kind=kind, subject=entry.person, actor=self.job.actor, data=data)

    def check(self, alive: Alive) -> dict[str, Any]:
        return self.report("person", Person)


def _domains(entry: Entry) -> list[str]:
    domains = (company_domain(normal) for kind, normal in entry.draft.addresses if kind == EMAIL)
    return [domain for domain in domains if domain]


def _report(entry: Entry, counts: Counts, journal: Journal) -> None:
    row, message = entry.draft.row, " ".join(entry.draft.cells.warnings)
    values = row.values if message and not entry.draft.names_erased else []
    if entry.is_new:
        counts.add("created")
        journal.created(row.line, "person", entry.person.pk, message=message, values=values)
    elif entry.has_changed:
        counts.add("updated")
        points = [[point.kind, point.normalised] for point in entry.added]
        before = {"fields": entry.before, "points": points, "version": entry.person.version}
        journal.updated(row.line, "person", entry.person.pk, before, message=message, values=values)
    else:
        counts.add("skipped")
        counts.add("unchanged")
        if message:
            journal.skipped(row.line, values, message)
    if message:
        counts.add("warned")
    if entry.draft.names_erased:
        counts.add("erased")

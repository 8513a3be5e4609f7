"""The people whom the rows of one chunk may be, found together and saved together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.bulk_insert import insert_objects, insert_rows
from crm.contacts import ContactError, normalise
from crm.importing.person_rows import PersonCells
from crm.importing.reader import Row
from crm.models import ContactPoint, ImportJob, Person
from crm.operations.erasures import erased_words
from crm.operations.people import person_search_text
from crm.queries.erased import erased_on, number_key

from .customers import invisible_ids

Address = tuple[str, str]  # kind and normal form of a contact point
EMAIL, PHONE, SOCIAL = "email", "phone", "social"
POINT_FIELDS = ("person", "kind", "value", "normalised", "is_primary", "is_verified", "opted_out_at")


@dataclass
class Draft:
    """A row that was read, with its addresses in normal form and as written."""

    row: Row
    cells: PersonCells
    addresses: dict[Address, str]
    names_erased: bool = False  # then nothing of the row is kept


@dataclass
class Entry:
    """A row and the person it is. `before` holds what the row changed of somebody known."""

    draft: Draft
    person: Person
    is_new: bool
    before: dict[str, Any] = field(default_factory=dict)
    added: list[ContactPoint] = field(default_factory=list)

    @property
    def has_changed(self) -> bool:
        return bool(self.before or self.added)


def addresses_of(cells: PersonCells) -> dict[Address, str]:
    """Normal forms; what is no address is left out with a warning, and the person still comes in."""
    found: dict[Address, str] = {}
    country = cells.fields.get("country", "")
    for kind, values in ((EMAIL, cells.emails), (PHONE, cells.phones), (SOCIAL, cells.links)):
        for value in values:
            try:
                found[kind, normalise(kind, value[:254], country=country)] = value[:254]
            except ContactError as error:
                cells.warnings.append(str(error))
    return found


class PeopleBook:
    """Looks up everybody whom a chunk's drafts may mean, in a handful of queries."""

    def __init__(self, job: ImportJob, drafts: Sequence[Draft]) -> None:
        self._job = job
        numbers = {draft.cells.external_id for draft in drafts if draft.cells.external_id}
        wanted = {address for draft in drafts for address in draft.addresses}
        self._people = self._locked(numbers, wanted)
        people = self._people.values()
        self._by_number = {
            person.external_id: person
            for person in people
            if person.source == job.source and person.external_id in numbers
        }
        self._by_address: dict[Address, Person] = {}
        self._points: dict[int, list[ContactPoint]] = {id(person): [] for person in people}
        for point in ContactPoint.objects.filter(person__in=self._people):
            person = self._people[point.person_id]
            self._points[id(person)].append(point)
            if (point.kind, point.normalised) in wanted:
                self._by_address[point.kind, point.normalised] = person
        self.hidden = invisible_ids(job, list(self._people))
        numbered = (number_key(job.source, number) for number in numbers)
        self._erased = erased_on([*numbered, *(address for draft in drafts for address in draft.addresses)])

    def _locked(self, numbers: set[str], addresses: set[Address]) -> dict[int, Person]:
        """Everybody whom the drafts may mean, locked at once in the order of their keys.

        So nobody who is being erased now is written anew (the list of those is read after this), and no two imports
        wait for each other in a circle.
        """
        ids = set(Person.objects.filter(source=self._job.source, external_id__in=numbers).values_list("pk", flat=True))
        for kind in (EMAIL, PHONE, SOCIAL):
            if normals := {normal for own, normal in addresses if own == kind}:
                points = ContactPoint.objects.filter(kind=kind, normalised__in=normals)
                ids.update(points.values_list("person_id", flat=True))
        rows = Person.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
        return {person.pk: person for person in rows}

    def erased(self, draft: Draft) -> str:
        """Why this row must not come in, else "".

        Somebody living goes on without the address that they share with one erased: their number or another address
        of the row says who they are. A row that is nobody's yet may be the erased one under a new address, and stays
        out.
        """
        number = number_key(self._job.source, draft.cells.external_id)
        if number is not None and number in self._erased:
            return erased_words(self._erased[number])
        gone = [address for address in draft.addresses if address in self._erased]
        if gone and not self._is_living(draft):
            return erased_words(max(self._erased[address] for address in gone))
        for address in gone:
            draft.names_erased = True
            del draft.addresses[address]
            draft.cells.warnings.append(_("An address or number of somebody who was erased is left out."))
        return ""

    def _is_living(self, draft: Draft) -> bool:
        sure = (address for address in draft.addresses if address not in self._erased)
        return draft.cells.external_id in self._by_number or any(address in self._by_address for address in sure)

    def find(self, draft: Draft) -> Person | None:
        """Who has this number; else whom an e-mail or a phone belongs to, unless the source tells them apart."""
        number = draft.cells.external_id
        if number in self._by_number:
            return self._by_number[number]
        for kind in (EMAIL, PHONE):
            for address in draft.addresses:
                person = self._by_address.get(address) if address[0] == kind else None
                if person is not None and not self._is_another(person, number):
                    return person
        return None

    def _is_another(self, person: Person, number: str) -> bool:
        return bool(number) and person.source == self._job.source and person.external_id not in ("", number)

    def take(self, entry: Entry) -> None:
        """Let later rows find this person, and give them the addresses that nobody has."""
        person, cells = entry.person, entry.draft.cells
        if cells.external_id:
            self._by_number.setdefault(cells.external_id, person)
        for (kind, normal), value in entry.draft.addresses.items():
            holder = self._by_address.setdefault((kind, normal), person)
            if holder is not person:
                cells.warnings.append(_("“%(value)s” belongs to %(name)s.") % {"value": value, "name": holder.name})
            elif not self._point(person, kind, normal):
                entry.added.append(self._add(person, kind, normal, value))
            if cells.opted_out and kind == EMAIL:
                self._opt_out(person, normal)

    def _own(self, person: Person) -> list[ContactPoint]:
        return self._points.setdefault(id(person), [])

    def _point(self, person: Person, kind: str, normal: str) -> ContactPoint | None:
        return next((point for point in self._own(person) if (point.kind, point.normalised) == (kind, normal)), None)

    def _add(self, person: Person, kind: str, normal: str, value: str) -> ContactPoint:
        own = self._own(person)
        is_primary = not any(point.kind == kind for point in own)
        own.append(ContactPoint(person=person, kind=kind, value=value, normalised=normal, is_primary=is_primary))
        return own[-1]

    def _opt_out(self, person: Person, normal: str) -> None:
        """An opt-out is taken over, never taken back: an import re-subscribes nobody."""
        point = self._point(person, EMAIL, normal)
        if point is not None and point.opted_out_at is None:
            point.opted_out_at = timezone.now()
            if point.pk:
                point.save(update_fields=["opted_out_at"])

    def save(self, entries: Sequence[Entry]) -> list[Entry]:
        """Write people and addresses; returns the entries that made or changed somebody, one per person."""
        fresh = {id(entry.person): entry for entry in entries if entry.is_new}
        changed = {id(entry.person): entry for entry in entries if entry.has_changed and id(entry.person) not in fresh}
        for entry in (*fresh.values(), *changed.values()):
            entry.person.search_text = person_search_text(entry.person, self._own(entry.person))
        insert_objects(entry.person for entry in fresh.values())
        names = {name for entry in entries for name in entry.before}
        _update([entry.person for entry in changed.values()], names)
        insert_points(point for entry in entries for point in entry.added)
        return [*fresh.values(), *changed.values()]


def insert_points(points: Iterable[ContactPoint]) -> None:
    """Insert contact points of people who are saved."""
    rows = ((p.person.pk, p.kind, p.value, p.normalised, p.is_primary, False, p.opted_out_at) for p in points)
    insert_rows(ContactPoint, POINT_FIELDS, rows)


def _update(people: list[Person], names: set[str]) -> None:
    """Write these fields of known people: as an upsert, which costs a fraction of a bulk update."""
    for person in people:
        person.version += 1
    if people:
        Person.objects.bulk_create(
            people,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*sorted(names), "search_text", "version", "updated_at"],
        )

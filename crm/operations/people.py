"""Writes of people, their contact points and where they work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts import company_domain, normalise
from crm.events import record_event
from crm.models import Company, ContactPoint, Domain, Employment, Event, Person, User
from crm.queries.erased import number_key
from crm.search import digits, fold

from .companies import create_company
from .editing import check_custom, is_there, locked, take_over
from .erasures import refuse_erased

PERSON_FIELDS = frozenset(
    "name given_name family_name job_title language address city postcode country no_profiling owner team "
    "custom source external_id".split()
)


class ContactTakenError(ValueError):
    """The address or number already belongs to somebody else, named in `person`."""

    def __init__(self, person: Person) -> None:
        super().__init__(_("This already belongs to %(person)s.") % {"person": person.name})
        self.person = person


def person_search_text(person: Person, points: list[ContactPoint]) -> str:
    parts = [person.name, person.external_id]
    for point in points:
        parts.append(point.normalised)
        if point.kind == ContactPoint.Kind.PHONE:
            parts.append(digits(point.value))
    return fold(" ".join(parts))[:2000]


@transaction.atomic
def create_person(
    *,
    actor: User | None,
    name: str = "",
    email: str = "",
    phone: str = "",
    company: Company | None = None,
    new_company: str = "",
    came_at: datetime | None = None,
    **fields: Any,
) -> Person:
    """A new person with their first contact points, at a company or at a new one. Records `person.created`.

    `came_at` is when they themselves wrote or ordered: who was erased comes back only by that, as somebody new.
    Raises ContactError for a bad address or number, ContactTakenError if it belongs to somebody, ErasedError.
    """
    person = Person(name=name.strip() or email.partition("@")[0] or phone)
    _edit(person, fields)
    person.save()
    refuse_erased([number_key(person.source, person.external_id)], came_at=came_at)  # after it: see _add_point
    for kind, value in ((ContactPoint.Kind.EMAIL, email), (ContactPoint.Kind.PHONE, phone)):
        if value:
            _add_point(person, kind, value, came_at)
    if new_company:
        company = create_company(actor=actor, name=new_company)
    if company is None and email:
        company = _company_of_domain(email)
    if company is not None:
        Employment.objects.create(person=person, company=company)
    refresh_search_text(person)
    record_event(kind="person.created", subject=person, actor=actor, company=company, data={"name": person.name})
    return person


@transaction.atomic
def update_person(*, person: Person, actor: User | None, version: int | None = None, **changes: Any) -> Person:
    """Change a person. Records `person.changed` with old and new values; nothing if nothing differs.

    Raises EditConflictError if `version` is given and old, ErasedError for the number of somebody erased.
    """
    person = locked(person, version)
    changed = _edit(person, changes)
    if not changed:
        return person
    person.version += 1
    person.save()
    if changed.keys() & {"source", "external_id"}:
        refuse_erased([number_key(person.source, person.external_id)], came_at=None)
    refresh_search_text(person)
    record_event(kind="person.changed", subject=person, actor=actor, data={"changed": changed})
    return person


@transaction.atomic
def delete_person(*, person: Person, actor: User | None) -> None:
    """Delete a person; orders stay as anonymous sales. Records `person.deleted`, which holds no personal data."""
    if not is_there(person):
        return
    data = {"orders": person.order_count, "added_at": person.created_at.isoformat()}
    record_event(kind="person.deleted", subject=person, actor=actor, data=data, is_farewell=True)
    # The orders stay: news of them that nobody has handled yet must not go with the person.
    Event.objects.filter(person=person, subject_type="order", handled_at=None).update(person=None)
    person.delete()


def _edit(person: Person, changes: dict[str, Any]) -> dict[str, list[Any]]:
    if "custom" in changes:
        changes = {**changes, "custom": check_custom("person", changes["custom"], person.custom)}
    return take_over(person, changes, PERSON_FIELDS)


@transaction.atomic
def add_contact_point(*, person: Person, kind: str, value: str, actor: User | None) -> ContactPoint:
    """One more way to reach a person. Records `person.contact_added`.

    Raises ContactError, ContactTakenError, ErasedError.
    """
    point = _add_point(person, kind, value)
    refresh_search_text(person)
    record_event(kind="person.contact_added", subject=person, actor=actor, data={"kind": point.kind})
    return point


@transaction.atomic
def remove_contact_point(*, point: ContactPoint, actor: User | None) -> None:
    person = point.person
    point.delete()
    successor = person.contact_points.filter(kind=point.kind).order_by("pk").first()
    if point.is_primary and successor is not None:
        ContactPoint.objects.filter(pk=successor.pk).update(is_primary=True)
    refresh_search_text(person)
    record_event(kind="person.contact_removed", subject=person, actor=actor, data={"kind": point.kind})


@transaction.atomic
def make_primary(*, point: ContactPoint, actor: User | None) -> None:
    """This address or number is the one to use first. Idempotent. Records `person.contact_changed`."""
    siblings = ContactPoint.objects.filter(person=point.person, kind=point.kind)
    siblings.exclude(pk=point.pk).update(is_primary=False)
    if siblings.filter(pk=point.pk, is_primary=False).update(is_primary=True):
        record_event(kind="person.contact_changed", subject=point.person, actor=actor, data={"kind": point.kind})


@transaction.atomic
def opt_out(*, point: ContactPoint, actor: User | None = None) -> None:
    """This address must not get advertising any more. Idempotent."""
    if ContactPoint.objects.filter(pk=point.pk, opted_out_at=None).update(opted_out_at=timezone.now()):
        record_event(kind="person.opted_out", subject=point.person, actor=actor, data={"kind": point.kind})


def _add_point(person: Person, kind: str, value: str, came_at: datetime | None = None) -> ContactPoint:
    """The list is asked last: who is being erased just now has it still, and then inserting waits for that."""
    normalised = normalise(kind, value, country=person.country)
    point, is_new = ContactPoint.objects.select_related("person").get_or_create(
        kind=kind,
        normalised=normalised,
        defaults={
            "person": person,
            "value": value.strip(),
            "is_primary": not person.contact_points.filter(kind=kind).exists(),
        },
    )
    if point.person_id != person.pk:
        raise ContactTakenError(point.person)
    if is_new:  # who came back has it already
        refuse_erased([(str(kind), normalised)], came_at=came_at)
    return point


def _company_of_domain(email: str) -> Company | None:
    domain = Domain.objects.select_related("company").filter(name=company_domain(email)).first()
    return domain.company if domain else None


def find_person(*, kind: str, value: str) -> Person | None:
    """Who owns this address or number. Raises ContactError."""
    point = ContactPoint.objects.select_related("person").filter(kind=kind, normalised=normalise(kind, value)).first()
    return point.person if point else None


def refresh_search_text(person: Person) -> None:
    text = person_search_text(person, list(person.contact_points.all()))
    if text != person.search_text:
        person.search_text = text
        Person.objects.filter(pk=person.pk).update(search_text=text)


@transaction.atomic
def employ(
    *, person: Person, actor: User | None, company: Company | None = None, new_company: str = "", role: str = ""
) -> Employment:
    """This person works at the company, or at one made by this name. Idempotent but for the role.

    Records `person.employed` the first time.
    """
    if company is None:
        company = create_company(actor=actor, name=new_company)
    employment, is_new = Employment.objects.update_or_create(person=person, company=company, defaults={"role": role})
    if is_new:
        record_event(
            kind="person.employed", subject=person, company=company, actor=actor, data={"company": company.name}
        )
    return employment


@transaction.atomic
def leave_company(*, employment: Employment, actor: User | None) -> None:
    """This person does not work there (any more). Records `person.left_company`."""
    company = employment.company
    record_event(
        kind="person.left_company", subject=employment.person, company=company, actor=actor,
        data={"company": company.name},
    )  # fmt: skip
    employment.delete()

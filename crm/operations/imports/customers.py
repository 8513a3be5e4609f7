"""Who ordered, and what: people and products of order files, found or made many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from crm.bulk_insert import insert_objects
from crm.contacts import ContactError, normalise_email
from crm.events import build_event, record_events
from crm.importing.scratch import Line, WholeOrder
from crm.models import ContactPoint, ImportJob, Person, Product, Scope, User
from crm.operations.people import person_search_text
from crm.queries.erased import Key, erased_on, number_key

from .outcomes import Counts, Journal

REMEMBERED = 50_000


def new_owner(job: ImportJob) -> User | None:
    """Who doesn't see all records owns what they import: else it would be out of their own sight."""
    return job.actor if job.actor is not None and job.actor.scope != Scope.ALL else None


def invisible_ids(job: ImportJob, ids: Sequence[int]) -> set[int]:
    """Which of these people the importing user may not see, and so not change."""
    if job.actor is None or job.actor.scope == Scope.ALL:
        return set()
    seen = Person.objects.visible_to(job.actor).filter(pk__in=ids).values_list("pk", flat=True)
    return set(ids) - set(seen)


class CustomerBook:
    """Finds customers by their number in the source, then by e-mail; makes those who are missing."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self.hidden: set[int] = set()
        self.nameless: set[int] = set()

    def find_or_make(self, orders: Sequence[WholeOrder], counts: Counts, journal: Journal) -> dict[int, Person]:
        """Person by order ordinal; anonymous orders have none, those of hidden people stand in `hidden`.

        What somebody ordered before they were erased comes in without them and stands in `nameless`; an order after
        that is a new relation.
        """
        emails = {order.ordinal: _email(order.email) for order in orders}
        by_number, by_email = self._known(
            {order.customer for order in orders if order.customer}, {email for email in emails.values() if email}
        )
        erased = orders_of_erased(self._job, orders)  # after the people are locked
        self.nameless = {ordinal for ordinal, is_before in erased.items() if is_before}
        made: list[tuple[WholeOrder, Person]] = []
        found: dict[int, Person] = {}
        for order in orders:
            if order.ordinal in self.nameless:
                continue
            email = emails[order.ordinal]
            person = by_number.get(order.customer) or by_email.get(email)
            if person is None and (order.customer or email):
                person = self._new(order, email)
                made.append((order, person))
            if person is not None:
                found[order.ordinal] = person
                if order.customer:
                    by_number.setdefault(order.customer, person)
                if email:
                    by_email.setdefault(email, person)
        self._save(made, emails, by_email, counts, journal)
        hidden = invisible_ids(self._job, [person.pk for person in found.values()])
        self.hidden = {ordinal for ordinal, person in found.items() if person.pk in hidden}
        return found

    def _known(self, numbers: set[str], emails: set[str]) -> tuple[dict[str, Person], dict[str, Person]]:
        """People by number and by e-mail, locked at once in the order of keys: nobody waits in a circle."""
        numbered = Person.objects.filter(source=self._job.source, external_id__in=numbers)
        points = ContactPoint.objects.filter(kind=ContactPoint.Kind.EMAIL, normalised__in=emails)
        ids = {*numbered.values_list("pk", flat=True), *points.values_list("person_id", flat=True)}
        rows = Person.objects.filter(pk__in=ids).order_by("pk").only("pk", "source", "external_id")
        people = {person.pk: person for person in rows.select_for_update(no_key=True)}
        own = points.filter(person__in=people).values_list("normalised", "person_id")
        return (
            {person.external_id: person for person in people.values() if person.source == self._job.source
             and person.external_id in numbers},
            {normal: people[pk] for normal, pk in own},
        )  # fmt: skip

    def _new(self, order: WholeOrder, email: str) -> Person:
        fallback = email.partition("@")[0] or _("Customer %(number)s") % {"number": order.customer}
        return Person(
            name=(order.name or fallback)[:200],
            country=order.country,
            source=self._job.source if order.customer else "",
            external_id=order.customer,
            owner=new_owner(self._job),
        )

    def _save(
        self, made: list[tuple[WholeOrder, Person]], emails: dict[int, str], by_email: dict[str, Person],
        counts: Counts, journal: Journal,
    ) -> None:  # fmt: skip
        points = []
        for order, person in made:
            email = emails[order.ordinal]
            own = []
            if email and by_email.get(email) is person:
                own = [ContactPoint(person=person, kind="email", value=email, normalised=email, is_primary=True)]
            person.search_text = person_search_text(person, own)
            points += own
        insert_objects(person for _order, person in made)
        ContactPoint.objects.bulk_create(points)
        for order, person in made:
            journal.created(order.line, "person", person.pk)
        counts.add("people", len(made))
        record_events(
            build_event(
                kind="person.created", subject=person, actor=self._job.actor,
                data={"name": person.name, "import": self._job.pk},
            )
            for _order, person in made
        )  # fmt: skip


def orders_of_erased(job: ImportJob, orders: Sequence[WholeOrder]) -> dict[int, bool]:
    """Ordinals of the orders of people on the list, and whether each was placed before its person was erased.

    An address says nothing where the customer's number is that of somebody else, who was here before the erasing.
    """
    keys = {order.ordinal: _keys(job, order) for order in orders}
    erased = erased_on(key for own in keys.values() for key in own)
    at = {
        order.ordinal: max(erased[key] for key in own if key in erased)
        for order in orders
        if (own := keys[order.ordinal]) and any(key in erased for key in own)
    }
    here = _here_since(job, {order.customer for order in orders if order.ordinal in at and order.customer})
    return {
        order.ordinal: order.placed_at is None or order.placed_at <= at[order.ordinal]
        for order in orders
        if order.ordinal in at
        and (
            number_key(job.source, order.customer) in erased
            or order.customer not in here
            or here[order.customer] >= at[order.ordinal]
        )
    }


def _here_since(job: ImportJob, numbers: set[str]) -> dict[str, datetime]:
    """Since when the customers with these numbers are here."""
    if not numbers:
        return {}
    rows = Person.objects.filter(source=job.source, external_id__in=numbers)
    return dict(rows.values_list("external_id", "created_at"))


def _keys(job: ImportJob, order: WholeOrder) -> list[Key]:
    email, number = _email(order.email), number_key(job.source, order.customer)
    return [*([("email", email)] if email else []), *([number] if number else [])]


def _email(text: str) -> str:
    try:
        return normalise_email(text) if text else ""
    except ContactError:
        return ""


class ProductBook:
    """Finds products by article number and makes those that are missing, named as the file first calls them."""

    def __init__(self, job: ImportJob, currency: str) -> None:
        self._job = job
        self._currency = currency
        self._known: dict[str, int] = {}

    def find_or_make(self, lines: Sequence[Line]) -> dict[str, int]:
        """Product ids by article number."""
        wanted = {line.sku for line in lines if line.sku} - self._known.keys()
        if len(self._known) > REMEMBERED:
            self._known.clear()
            wanted = {line.sku for line in lines if line.sku}
        self._known.update(Product.objects.filter(sku__in=wanted).values_list("sku", "pk"))
        missing: dict[str, Product] = {}
        for line in lines:
            if (
                line.sku
                and line.sku not in self._known
                and not (missing.get(line.sku) and missing[line.sku].name != line.sku)
            ):
                missing[line.sku] = Product(
                    sku=line.sku, name=line.label or line.sku, price=line.price, currency=self._currency,
                    source=self._job.source, external_id=line.sku,
                )  # fmt: skip
        for product in insert_objects(missing.values()):
            self._known[product.sku] = product.pk
        return self._known

"""All that is held of one person, room by room: what they may ask for, as rows with plain values."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm.models import (
    ContactPoint,
    CustomField,
    DataFile,
    Deal,
    DealPerson,
    Employment,
    Event,
    ImportRow,
    Note,
    Order,
    OrderLine,
    Payment,
    Person,
    Subscription,
    Task,
)

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Read = Callable[[Any], Any]
Plain = str | int | float | bool | list[Any] | dict[str, Any] | None


@dataclass(frozen=True)
class Held:
    """One table about a person: `columns` are label by key, `rows` have plain values by key, in the order of time.

    `model` is the table they come from.
    """

    key: str
    title: _StrOrPromise
    model: type[Model]
    columns: Mapping[str, _StrOrPromise]
    rows: Sequence[Mapping[str, Plain]]


def held(
    key: str,
    title: _StrOrPromise,
    rows: QuerySet[Any],
    columns: Mapping[str, _StrOrPromise],
    **made: Read,
) -> Held:
    """The rows of a query. A column is an attribute, through relations with two underscores, unless it is `made`."""
    found = [{name: plain(made[name](row) if name in made else _read(row, name)) for name in columns} for row in rows]
    return Held(key, title, rows.model, columns, found)


def _read(row: Any, path: str) -> Any:
    for name in path.split("__"):
        if row is None:
            return None
        row = getattr(row, name)
    return row


def plain(value: Any) -> Plain:
    """What JSON can hold without losing a digit or a zone."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return _as_word(value)


def _as_word(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return b64encode(bytes(value)).decode()
    return str(value)


# --- what this room holds ---------------------------------------------------------------------------------------------

RECORD: Mapping[str, _StrOrPromise] = {
    "id": _("Number in Rapport"), "name": _("Name"), "given_name": _("Given name"), "family_name": _("Family name"),
    "job_title": _("Job title"), "language": _("Language"), "address": _("Address"), "postcode": _("Postcode"),
    "city": _("City"), "country": _("Country"), "no_profiling": _("No profiling"), "tags": _("Tags"),
    "own": _("Own fields"), "owner": _("Looked after by"), "team": _("Team"), "source": _("Came from the program"),
    "external_id": _("Number there"), "first_order_at": _("First order"), "last_order_at": _("Last order"),
    "order_count": _("Orders"), "spent": _("Spent"), "created_at": _("Added"), "updated_at": _("Changed"),
}  # fmt: skip


def collect_records(person: Person) -> Iterable[Held]:
    """The record, its contacts with consents, companies, deals, orders, tasks, notes and the timeline."""
    yield _record(person)
    yield held(
        "contacts", _("Ways to reach you, and what you agreed to"),
        ContactPoint.objects.filter(person=person).order_by("pk"),
        {"kind": _("Kind"), "value": _("As typed"), "is_primary": _("Used first"), "is_verified": _("Verified"),
         "opted_out_at": _("No advertising since"), "invalid_at": _("Does not work since")},
    )  # fmt: skip
    yield held(
        "companies", _("Companies"), Employment.objects.filter(person=person).select_related("company").order_by("pk"),
        {"company": _("Company"), "role": _("Role"), "started_on": _("From"), "ended_on": _("Until")},
    )  # fmt: skip
    yield from _bought(person)
    yield from _sold(person)
    yield from _worked(person)


def _record(person: Person) -> Held:
    labels = dict(CustomField.objects.filter(target=CustomField.Target.PERSON).values_list("key", "label"))
    rows = Person.objects.filter(pk=person.pk).select_related("owner", "team").prefetch_related("tags")
    return held(
        "record", _("Your record"), rows, RECORD,
        tags=lambda row: [tag.name for tag in row.tags.all()],
        own=lambda row: {labels.get(key, key): value for key, value in row.custom.items()},
    )  # fmt: skip


def _bought(person: Person) -> Iterable[Held]:
    orders = Order.objects.filter(person=person).order_by("placed_at", "pk")
    yield held(
        "orders", _("Orders and returns"), orders,
        {"number": _("Order number"), "placed_at": _("Placed"), "total": _("Total"), "currency": _("Currency"),
         "is_return": _("Return"), "channel": _("Channel"), "country": _("Country"), "company": _("Company")},
    )  # fmt: skip
    lines = OrderLine.objects.filter(order__person=person).select_related("order", "product")
    yield held(
        "order_lines", _("What was ordered"), lines.order_by("order__placed_at", "position", "pk"),
        {"order": _("Order"), "product": _("Product"), "description": _("Description"), "quantity": _("Quantity"),
         "unit_price": _("Unit price"), "amount": _("Amount")},
    )  # fmt: skip
    yield held(
        "payments", _("Payments"),
        Payment.objects.filter(person=person).select_related("order").order_by("paid_at", "pk"),
        {"paid_at": _("Paid"), "amount": _("Amount"), "currency": _("Currency"), "method": _("Method"),
         "order": _("Order")},
    )  # fmt: skip
    yield held(
        "subscriptions", _("Subscriptions"), Subscription.objects.filter(person=person).order_by("started_on", "pk"),
        {"name": _("Name"), "amount": _("Amount"), "currency": _("Currency"), "interval": _("How often"),
         "started_on": _("From"), "ended_on": _("Until"), "end_reason": _("Reason for ending")},
    )  # fmt: skip


def _sold(person: Person) -> Iterable[Held]:
    deals = Deal.objects.filter(person=person).select_related("stage", "company", "owner").order_by("created_at", "pk")
    yield held(
        "deals", _("Deals"), deals,
        {"title": _("Title"), "stage": _("Stage"), "amount": _("Amount"), "currency": _("Currency"),
         "company": _("Company"), "probability": _("Own estimate in percent"), "lead_source": _("Came from"),
         "next_step": _("Next step"), "expected_close_on": _("Expected close"),
         "lost_reason": _("Reason for losing it"), "owner": _("Looked after by"),
         "custom": _("Own fields"), "created_at": _("Added"), "closed_at": _("Closed")},
    )  # fmt: skip
    on = DealPerson.objects.filter(person=person).select_related("deal").order_by("pk")
    yield held("on_deals", _("Deals of others that you are on"), on, {"deal": _("Deal"), "role": _("Role")})


def _about(person: Person) -> Q:
    """Rows at the person, and at a deal that is theirs."""
    return Q(person=person) | Q(deal__person=person)


def _worked(person: Person) -> Iterable[Held]:
    yield held(
        "tasks", _("Tasks about you"),
        Task.objects.filter(_about(person)).select_related("owner").order_by("created_at", "pk"),
        {"title": _("Title"), "notes": _("Notes"), "due_on": _("Due"), "owner": _("Of"), "created_at": _("Added"),
         "done_at": _("Done")},
    )  # fmt: skip
    yield held(
        "notes", _("Notes about you"),
        Note.objects.filter(_about(person)).select_related("author").order_by("created_at", "pk"),
        {"created_at": _("When"), "body": _("Note"), "author": _("By")},
    )  # fmt: skip
    events = Event.objects.filter(_about(person)).select_related("actor").order_by("at", "pk")
    yield held(
        "timeline", _("What happened"), events,
        {"at": _("When"), "kind": _("What"), "via": _("How"), "actor": _("By"), "data": _("Details")},
    )  # fmt: skip
    asked = DataFile.objects.filter(person=person).select_related("user").order_by("pk")
    yield held(
        "data_files", _("Who had a file of your data made lately"), asked,
        {"asked_at": _("When"), "user": _("By"), "state": _("State"), "expires_at": _("Until")},
    )  # fmt: skip
    imported = ImportRow.objects.filter(target="person", target_id=person.pk).select_related("job").order_by("pk")
    yield held(
        "imports", _("From which files you came"), imported,
        {"job__file_name": _("File"), "line": _("Line"), "action": _("What was done"), "values": _("As in the file"),
         "before": _("Before")},
    )  # fmt: skip

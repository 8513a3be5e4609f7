"""What can be imported: the fields of each kind, their words, and what a mapping must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Columns = Mapping[str, Sequence[int]]  # target → positions of its columns


@dataclass(frozen=True)
class ImportField:
    """One thing a column can be: `target` names it, `kind` says how its cells are read."""

    target: str
    label: _StrOrPromise
    kind: str = "text"


_ID = gettext_lazy("Number in the other program")
PEOPLE = (
    ImportField("person.full_name", gettext_lazy("Name")),
    ImportField("person.first_name", gettext_lazy("Given name")),
    ImportField("person.last_name", gettext_lazy("Family name")),
    ImportField("person.email", gettext_lazy("E-mail"), "email"),
    ImportField("person.email_secondary", gettext_lazy("Another e-mail"), "email"),
    ImportField("person.phone", gettext_lazy("Phone"), "phone"),
    ImportField("person.phone_mobile", gettext_lazy("Mobile phone"), "phone"),
    ImportField("person.phone_home", gettext_lazy("Phone at home"), "phone"),
    ImportField("person.phone_other", gettext_lazy("Another phone"), "phone"),
    ImportField("person.company_name", gettext_lazy("Company")),
    ImportField("person.job_title", gettext_lazy("Job title")),
    ImportField("person.street", gettext_lazy("Street")),
    ImportField("person.street2", gettext_lazy("Address, second line")),
    ImportField("person.postal_code", gettext_lazy("Postcode")),
    ImportField("person.city", gettext_lazy("City")),
    ImportField("person.region", gettext_lazy("Region")),
    ImportField("person.country", gettext_lazy("Country")),
    ImportField("person.language", gettext_lazy("Language")),
    ImportField("person.linkedin_url", gettext_lazy("LinkedIn")),
    ImportField("person.tags", gettext_lazy("Tags")),
    ImportField("person.notes", gettext_lazy("Note")),
    ImportField("person.owner", gettext_lazy("Owner (e-mail or name)")),
    ImportField("person.created_at", gettext_lazy("Known since"), "date"),
    ImportField("person.external_id", _ID),
    ImportField("consent.email_opt_out", gettext_lazy("Wants no advertising"), "boolean"),
)
COMPANIES = (
    ImportField("company.name", gettext_lazy("Name")),
    ImportField("company.domain", gettext_lazy("Mail domain")),
    ImportField("company.website", gettext_lazy("Website")),
    ImportField("company.industry", gettext_lazy("Industry")),
    ImportField("company.employees", gettext_lazy("Size")),
    ImportField("company.phone", gettext_lazy("Phone")),
    ImportField("company.street", gettext_lazy("Street")),
    ImportField("company.street2", gettext_lazy("Address, second line")),
    ImportField("company.postal_code", gettext_lazy("Postcode")),
    ImportField("company.city", gettext_lazy("City")),
    ImportField("company.region", gettext_lazy("Region")),
    ImportField("company.country", gettext_lazy("Country")),
    ImportField("company.tags", gettext_lazy("Tags")),
    ImportField("company.notes", gettext_lazy("Note")),
    ImportField("company.owner", gettext_lazy("Owner (e-mail or name)")),
    ImportField("company.created_at", gettext_lazy("Known since"), "date"),
    ImportField("company.external_id", _ID),
)
ORDERS = (
    ImportField("order.number", gettext_lazy("Order number")),
    ImportField("order.created_at", gettext_lazy("Order date"), "date"),
    ImportField("order.customer_id", gettext_lazy("Customer number")),
    ImportField("order.email", gettext_lazy("Customer’s e-mail"), "email"),
    ImportField("person.full_name", gettext_lazy("Customer’s name")),
    ImportField("person.first_name", gettext_lazy("Customer’s given name")),
    ImportField("person.last_name", gettext_lazy("Customer’s family name")),
    ImportField("line.sku", gettext_lazy("Article number")),
    ImportField("line.name", gettext_lazy("Article")),
    ImportField("line.quantity", gettext_lazy("Quantity"), "number"),
    ImportField("line.price", gettext_lazy("Unit price"), "number"),
    ImportField("line.amount", gettext_lazy("Amount of the line"), "number"),
    ImportField("order.total", gettext_lazy("Order total"), "number"),
    ImportField("order.currency", gettext_lazy("Currency")),
    ImportField("order.country", gettext_lazy("Country")),
    ImportField("order.channel", gettext_lazy("Sales channel")),
    ImportField("order.cancelled_at", gettext_lazy("Cancelled on")),
    ImportField("order.status", gettext_lazy("Order status")),
    ImportField("order.external_id", gettext_lazy("Order’s number inside the other program")),
)
FIELDS: Mapping[str, tuple[ImportField, ...]] = {"people": PEOPLE, "companies": COMPANIES, "orders": ORDERS}
# Recognised targets that go into another field where that one has no column of its own.
STAND_INS = {
    "people": {
        "person.country_code": "person.country", "person.region_code": "person.region",
        "company.name": "person.company_name",
        "consent.unsubscribed_at": "consent.email_opt_out", "person.phone_work": "person.phone",
    },
    "companies": {"company.country_code": "company.country", "company.description": "company.notes"},
    "orders": {
        "person.email": "order.email", "person.country": "order.country", "person.country_code": "order.country",
        "person.external_id": "order.customer_id", "record.source": "order.channel", "order.source": "order.channel",
        "order.payment_status": "order.status",
    },
}  # fmt: skip


NAMING = {"person.full_name", "person.first_name", "person.last_name", "person.email"}


def field_of(kind: str, target: str) -> ImportField | None:
    """The field of that name, if this kind has it."""
    return next((field for field in FIELDS[kind] if field.target == target), None)


def mapping_from(kind: str, targets: Sequence[str | None]) -> dict[str, list[int]]:
    """Targets per column, as recognised or chosen, to a mapping; what this kind can't take is left out."""
    mapping: dict[str, list[int]] = {}
    for position, target in enumerate(targets):
        if target and field_of(kind, target):
            mapping.setdefault(target, []).append(position)
    own = set(mapping)
    for position, target in enumerate(targets):
        stand_in = STAND_INS[kind].get(target or "", "")
        if stand_in and stand_in not in own:
            mapping.setdefault(stand_in, []).append(position)
    return mapping


def missing_words(kind: str, mapping: Columns) -> str:
    """What the mapping still needs before an import can start, in words; "" when it is enough."""
    if kind == "people" and not NAMING & set(mapping):
        return _("Say which column holds the name or the e-mail address.")
    if kind == "companies" and "company.name" not in mapping:
        return _("Say which column holds the company’s name.")
    if kind == "orders":
        return _missing_for_orders(mapping)
    return ""


def _missing_for_orders(mapping: Columns) -> str:
    if "order.created_at" not in mapping:
        return _("Say which column holds the order date.")
    if not {"order.number", "order.external_id", "order.customer_id", "order.email"} & set(mapping):
        return _("Say which column holds the order number or the customer.")
    if not {"order.total", "line.amount", "line.price"} & set(mapping):
        return _("Say which column holds the amount: a total, or a quantity and a unit price.")
    return ""

"""What the pages of people show: the list, and one person with everything around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm import formats
from crm.marks import pills
from crm.models import (
    Company,
    ContactPoint,
    Deal,
    DealPerson,
    Employment,
    Order,
    Person,
    Scope,
    Stage,
    Tag,
    User,
)

from .columns import DEFAULT_CURRENCY, joined_tags, split_names, with_names, workspace_currency
from .counts import Count
from .lists import Column, Listing
from .records import FieldFact, custom_fields, field_facts, open_tasks
from .tasks import TaskLine

LAST_ORDERS = 5


def first_point(kind: str, *, of: str = "pk") -> Subquery:
    """The address or number of this kind to use first, as a column; `of` names the column with the person's id."""
    points = ContactPoint.objects.filter(person=OuterRef(of), kind=kind).order_by("-is_primary", "pk")
    return Subquery(points.values("value")[:1])


def dress_people(people: QuerySet[Any], reader: User) -> QuerySet[Any]:
    """Adds the owner, the tags, the first e-mail and phone, and where they work: one query for a whole page."""
    jobs = Employment.objects.filter(person=OuterRef("pk"), ended_on=None).order_by("-is_primary", "-pk")
    dressed = with_names(people, without=("search_text", "address"), owner=("name", "email"))
    rows: QuerySet[Any] = dressed.annotate(
        email=first_point(ContactPoint.Kind.EMAIL),
        phone=first_point(ContactPoint.Kind.PHONE),
        company_name=Subquery(jobs.values("company__name")[:1]),
        currency=workspace_currency(),
        tag_list=joined_tags(Person),
    )
    return rows


def owner_words(record: Any) -> str:
    return str(record.owner) if record.owner else ""


def tag_names(record: Any) -> str:
    return ", ".join(split_names(record.tag_list))


def tag_pills(record: Any) -> SafeString:
    return pills(split_names(record.tag_list))


def _last_order(person: Any) -> str:
    at = person.last_order_at
    return formats.date_words(timezone.localtime(at).date()) if at else ""


def _last_order_day(person: Any) -> Any:
    return timezone.localtime(person.last_order_at).date() if person.last_order_at else ""


def _spent(person: Any) -> str:
    return formats.money(person.spent, person.currency) if person.order_count or person.spent else ""


def _count_words(count: Count) -> str:
    return ngettext("%(number)s person", "%(number)s people", count.number) % {"number": count}


PEOPLE = Listing(
    target="person",
    model=Person,
    url_name="crm:person-list",
    row_url_name="crm:person-detail",
    default_sort="name",
    search_label=_("Search people"),
    count_words=_count_words,
    dress=dress_people,
    columns=(
        Column("name", _("Name"), text=str, order=("name", "pk")),
        Column("company", _("Company"), text=lambda p: p.company_name or "", is_long=True),
        Column("email", _("E-mail"), text=lambda p: p.email or "", is_wide_only=True, is_long=True),
        Column("phone", _("Phone"), text=lambda p: p.phone or "", is_wide_only=True, is_default=False),
        Column("owner", _("Owner"), text=owner_words, is_wide_only=True, is_extra=True, is_long=True),
        Column("tags", _("Tags"), text=tag_names, draw=tag_pills, is_wide_only=True, is_extra=True),
        Column(
            "last_order", _("Last order"), text=_last_order, value=_last_order_day, order=("-last_order_at", "pk"),
            is_nullable=True,
        ),
        Column(
            "orders", _("Orders"), text=lambda p: str(p.order_count or ""), value=lambda p: p.order_count,
            is_number=True, is_wide_only=True,
        ),
        Column("spent", _("Spent"), text=_spent, value=lambda p: p.spent, order=("-spent", "pk"), is_number=True),
        Column("job_title", _("Job title"), text=lambda p: p.job_title, is_wide_only=True, is_default=False),
        Column("city", _("City"), text=lambda p: p.city, is_wide_only=True, is_default=False),
        Column("country", _("Country"), text=lambda p: p.country, is_wide_only=True, is_default=False),
        Column(
            "added", _("Added"), text=lambda p: formats.date_words(timezone.localtime(p.created_at).date()),
            value=lambda p: timezone.localtime(p.created_at).date(), order=("-created_at", "pk"),
            is_wide_only=True, is_default=False,
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Contact:
    """One way to reach a person and the link that does."""

    point: ContactPoint
    href: str
    icon: str


@dataclass(frozen=True)
class Job:
    """Where a person works; the link is empty where the reader does not see the company."""

    pk: int
    company: str
    role: str
    url: str


@dataclass(frozen=True)
class Sales:
    """What they bought: the last orders and the figures over all of them."""

    orders: Sequence[Order]
    count: int
    total: str
    since: str

    @property
    def has_more(self) -> bool:
        return self.count > len(self.orders)


@dataclass(frozen=True)
class PersonPage:
    """Everything on the page of one person but the timeline."""

    person: Person
    contacts: Sequence[Contact]
    jobs: Sequence[Job]
    tags: Sequence[Tag]
    facts: Sequence[FieldFact]
    deals: Sequence[Deal]
    sales: Sales
    tasks: Sequence[TaskLine]

    @property
    def email(self) -> str:
        return next((c.point.value for c in self.contacts if c.point.kind == ContactPoint.Kind.EMAIL), "")


FACTS = ("name", "job_title", "address", "postcode", "city", "country", "language", "owner", "no_profiling")
SCHEMES = {ContactPoint.Kind.EMAIL: "mailto:", ContactPoint.Kind.PHONE: "tel:"}
ICONS = {
    ContactPoint.Kind.EMAIL: "envelope", ContactPoint.Kind.PHONE: "phone", ContactPoint.Kind.SOCIAL: "globe-alt",
    ContactPoint.Kind.CHAT: "chat-bubble-left-right",
}  # fmt: skip


def person_page(reader: User, person: Person) -> PersonPage:
    """The page of a person whom the reader may see, in at most nine queries."""
    return PersonPage(
        person=person,
        contacts=contacts_of(person),
        jobs=jobs_of(reader, person),
        tags=sorted(person.tags.all(), key=lambda tag: tag.name),
        facts=field_facts(person, FACTS, custom_fields("person")),
        deals=open_deals(reader, _deals_around(person)),
        sales=_sales(person),
        tasks=open_tasks(reader, person),
    )


def contacts_of(person: Person) -> list[Contact]:
    points = person.contact_points.order_by("kind", "-is_primary", "pk")
    return [Contact(point, _href(point), ICONS[ContactPoint.Kind(point.kind)]) for point in points]


def _href(point: ContactPoint) -> str:
    scheme = SCHEMES.get(ContactPoint.Kind(point.kind), "")
    return f"{scheme}{point.normalised}" if scheme else ""


def jobs_of(reader: User, person: Person) -> list[Job]:
    """Where they work, the main employer first."""
    rows = person.employments.filter(ended_on=None).select_related("company").order_by("-is_primary", "-pk")
    seen = rows.filter(company__in=Company.objects.visible_to(reader).order_by().values("pk"))
    visible = None if reader.scope == Scope.ALL else set(seen.values_list("company_id", flat=True))
    return [
        Job(
            pk=row.pk,
            company=row.company.name,
            role=row.role,
            url=reverse("crm:company-detail", args=[row.company_id]) if _is_in(row.company_id, visible) else "",
        )
        for row in rows
    ]


def _is_in(pk: int, visible: set[int] | None) -> bool:
    return visible is None or pk in visible


def _deals_around(person: Person) -> QuerySet[Any]:
    """Ids of the deals that a person is the main contact of or takes part in: two looks into indexes, no join."""
    own = Deal.objects.filter(person=person).order_by().values_list("pk")
    return own.union(DealPerson.objects.filter(person=person).values_list("deal"))


def open_deals(reader: User, ids: QuerySet[Any], *, most: int = 10) -> list[Deal]:
    """Those of these deals that are open and that the reader sees, the soonest to close first."""
    deals = Deal.objects.visible_to(reader).filter(pk__in=ids, stage__kind=Stage.Kind.OPEN)
    return list(deals.select_related("stage").order_by(F("expected_close_on").asc(nulls_last=True), "pk")[:most])


def _sales(person: Person) -> Sales:
    """Figures come from the person's row, where they are kept; only the last orders are read."""
    orders = list(person.orders.order_by("-placed_at", "-pk")[:LAST_ORDERS])
    currency = orders[0].currency if orders else DEFAULT_CURRENCY
    since = formats.month_year_words(timezone.localtime(person.first_order_at)) if person.first_order_at else ""
    return Sales(orders, person.order_count, formats.money(person.spent, currency) if orders else "", since)

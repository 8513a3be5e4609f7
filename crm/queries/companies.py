"""What the pages of companies show: the list, and one company with everything around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm import formats
from crm.models import (
    Company,
    ContactPoint,
    Deal,
    Domain,
    Employment,
    Order,
    Person,
    Scope,
    Stage,
    Tag,
    User,
)

from .columns import joined_tags, with_names
from .counts import Count as Counted
from .list_state import ListState
from .lists import Column, Listing
from .people import LAST_ORDERS, Sales, first_point, open_deals, owner_words, tag_names, tag_pills
from .records import FieldFact, custom_fields, field_facts, open_tasks
from .tasks import TaskLine


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    """How many of these rows each company has, as a column."""
    counted = rows.filter(company=OuterRef("pk")).order_by().values("company").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number"), output_field=IntegerField()), 0)


def dress_companies(companies: QuerySet[Any], reader: User) -> QuerySet[Any]:
    """Adds the owner, the tags and how many people and open deals the reader sees: one query for a whole page."""
    jobs = Employment.objects.filter(ended_on=None)
    if reader.scope != Scope.ALL:
        jobs = jobs.filter(person__in=Person.objects.visible_to(reader).order_by().values("pk"))
    dressed = with_names(companies, without=("search_text", "address"), owner=("name", "email"))
    rows: QuerySet[Any] = dressed.annotate(
        tag_list=joined_tags(Company),
        people_count=_number_of(jobs),
        open_deals=_number_of(Deal.objects.visible_to(reader).filter(stage__kind=Stage.Kind.OPEN)),
    )
    return rows


def _count_words(count: Counted) -> str:
    return ngettext("%(number)s company", "%(number)s companies", count.number) % {"number": count}


COMPANIES = Listing(
    target="company",
    model=Company,
    url_name="crm:company-list",
    row_url_name="crm:company-detail",
    default_sort="name",
    search_label=_("Search companies"),
    count_words=_count_words,
    dress=dress_companies,
    avatar_class="avatar--company",
    columns=(
        Column("name", _("Name"), text=str, order=("name", "pk")),
        Column("industry", _("Industry"), text=lambda c: c.industry, is_long=True),
        Column("city", _("City"), text=lambda c: c.city, is_long=True),
        Column("owner", _("Owner"), text=owner_words, is_wide_only=True, is_long=True),
        Column("tags", _("Tags"), text=tag_names, draw=tag_pills, is_wide_only=True, is_extra=True),
        Column(
            "people", _("People"), text=lambda c: str(c.people_count or ""), value=lambda c: c.people_count,
            is_number=True,
        ),
        Column(
            "deals", _("Open deals"), text=lambda c: str(c.open_deals or ""), value=lambda c: c.open_deals,
            is_number=True, is_wide_only=True,
        ),
        Column(
            "added", _("Added"), text=lambda c: formats.date_words(timezone.localtime(c.created_at).date()),
            value=lambda c: timezone.localtime(c.created_at).date(), order=("-created_at", "pk"), is_wide_only=True,
        ),
        Column("phone", _("Phone"), text=lambda c: c.phone, is_wide_only=True, is_default=False),
        Column("website", _("Website"), text=lambda c: c.website, is_wide_only=True, is_default=False),
        Column("size", _("Size"), text=lambda c: c.size, is_wide_only=True, is_default=False),
        Column("country", _("Country"), text=lambda c: c.country, is_wide_only=True, is_default=False),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Colleague:
    """Somebody who works at the company and whom the reader sees."""

    pk: int
    person: Person
    role: str
    email: str


@dataclass(frozen=True)
class CompanyPage:
    """Everything on the page of one company but the timeline."""

    company: Company
    domains: Sequence[Domain]
    tags: Sequence[Tag]
    facts: Sequence[FieldFact]
    people: Sequence[Colleague]
    people_count: int
    deals: Sequence[Deal]
    sales: Sales
    tasks: Sequence[TaskLine]

    @property
    def people_url(self) -> str:
        """The list of everybody who works here."""
        rule = {"field": "company", "op": "is", "value": self.company.name}
        return reverse("crm:person-list") + ListState(filter={"all": [rule]}).query()


FACTS = ("name", "industry", "size", "website", "phone", "address", "city", "country", "owner")
MOST_PEOPLE = 12


def company_page(reader: User, company: Company) -> CompanyPage:
    """The page of a company that the reader may see, in at most eleven queries."""
    people, number = _people(reader, company)
    return CompanyPage(
        company=company,
        domains=list(company.domains.order_by("name")),
        tags=sorted(company.tags.all(), key=lambda tag: tag.name),
        facts=field_facts(company, FACTS, custom_fields("company")),
        people=people,
        people_count=number,
        deals=open_deals(reader, Deal.objects.filter(company=company).order_by().values("pk")),
        sales=_sales(reader, company),
        tasks=open_tasks(reader, company),
    )


def _people(reader: User, company: Company) -> tuple[list[Colleague], int]:
    jobs = company.employments.filter(ended_on=None)
    if reader.scope != Scope.ALL:
        jobs = jobs.filter(person__in=Person.objects.visible_to(reader).order_by().values("pk"))
    everybody = jobs.order_by().values("company").annotate(number=Count("pk")).values("number")
    first = jobs.select_related("person").annotate(
        email=first_point(ContactPoint.Kind.EMAIL, of="person_id"), everybody=Subquery(everybody)
    )
    rows = list(first.order_by("person__name", "pk")[:MOST_PEOPLE])
    number = rows[0].everybody if rows else 0
    return [Colleague(row.pk, row.person, row.role, row.email or "") for row in rows], number


def _sales(reader: User, company: Company) -> Sales:
    """Orders on the company's account and of those who work there, as far as the reader sees them."""
    staff = company.employments.filter(ended_on=None).values("person_id")
    own, theirs = Order.objects.filter(company=company), Order.objects.filter(person__in=staff)
    ids = own.order_by().values("pk").union(theirs.order_by().values("pk"))  # an OR would read every order there is
    figured = (
        Order.objects.visible_to(reader)
        .filter(pk__in=ids)
        .annotate(
            order_count=Window(Count("pk", filter=Q(is_return=False))),
            net=Window(Sum("total")),
            first=Window(Min("placed_at")),
        )
    )
    orders = list(figured.order_by("-placed_at", "-pk")[:LAST_ORDERS])
    if not orders:
        return Sales([], 0, "", "")
    last = orders[0]
    since = formats.month_year_words(timezone.localtime(last.first))
    return Sales(orders, last.order_count, formats.money(last.net, last.currency), since)

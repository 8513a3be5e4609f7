"""What reports can count in this room, and the fields of orders, their lines and tasks for filters and reports."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from .extensions import FilterField, ReportAmount, ReportShare, ReportSource, filter_fields, report_sources
from .models import Company, Deal, Employment, Order, OrderLine, Person, Pipeline, Product, Stage, Task, User


def primary_company() -> Subquery:
    """The name of the company where a person works now."""
    jobs = Employment.objects.filter(person=OuterRef("pk"), ended_on=None).order_by("-is_primary", "pk")
    return Subquery(jobs.values("company__name")[:1])


def gap(start: str, end: str) -> ExpressionWrapper[Any]:
    """The time between two moments of a row."""
    return ExpressionWrapper(F(end) - F(start), output_field=DurationField())


def _users() -> Mapping[Any, str]:
    return {user.pk: str(user) for user in User.objects.order_by("name", "email")}


def _pipelines() -> Mapping[Any, str]:
    return dict(Pipeline.objects.order_by("position").values_list("pk", "name"))


def _product_groups() -> Mapping[Any, str]:
    names = Product.objects.exclude(category="").order_by("category").values_list("category", flat=True).distinct()
    return {name: name for name in names[:200]}


_STATES = {"open": _("Open"), "done": _("Done")}


def _task_state(op: str, value: Any) -> Q:
    """Open or done; every task is one of them."""
    if op in ("is_empty", "is_set"):
        return Q(pk__isnull=op == "is_empty")
    chosen = value if isinstance(value, list) else [value]
    found = Q(done_at__isnull=True) if chosen == ["open"] else Q(done_at__isnull=False)
    found = found if len(set(chosen)) == 1 else Q(pk__isnull=False)
    return ~found if op in ("is_not", "none_of") else found


def _state_of_task() -> Any:
    from django.db.models import Case, Value, When

    return Case(When(done_at__isnull=True, then=Value("open")), default=Value("done"))


FIELDS = (
    FilterField(
        "deal.pipeline", "deal", _("Pipeline"), "choice", "stage__pipeline_id", options=_pipelines, is_ordered=True
    ),
    FilterField("deal.currency", "deal", _("Currency"), "text", "currency"),
    FilterField("order.placed_at", "order", _("Ordered"), "datetime", "placed_at"),
    FilterField("order.total", "order", _("Total"), "number", "total"),
    FilterField("order.currency", "order", _("Currency"), "text", "currency"),
    FilterField("order.is_return", "order", _("Is a return"), "boolean", "is_return"),
    FilterField("order.channel", "order", _("Channel"), "text", "channel"),
    FilterField("order.country", "order", _("Country"), "text", "country"),
    FilterField("order.source", "order", _("Source"), "text", "source"),
    FilterField(
        "order.person_owner", "order", _("Owner of the customer"), "choice", "person__owner_id", options=_users
    ),
    FilterField("order.person_source", "order", _("Where the customer came from"), "text", "person__source"),
    FilterField("order.person_city", "order", _("City of the customer"), "text", "person__city", is_personal_data=True),
    FilterField("order_line.placed_at", "order_line", _("Ordered"), "datetime", "order__placed_at"),
    FilterField("order_line.product", "order_line", _("Product"), "text", "product__name"),
    FilterField(
        "order_line.category", "order_line", _("Product group"), "choice", "product__category",
        options=_product_groups,
    ),
    FilterField("order_line.quantity", "order_line", _("Quantity"), "number", "quantity"),
    FilterField("order_line.amount", "order_line", _("Amount"), "number", "amount"),
    FilterField("order_line.channel", "order_line", _("Channel"), "text", "order__channel"),
    FilterField("order_line.country", "order_line", _("Country"), "text", "order__country"),
    FilterField("order_line.is_return", "order_line", _("Is a return"), "boolean", "order__is_return"),
    FilterField("order_line.currency", "order_line", _("Currency"), "text", "order__currency"),
    FilterField("task.title", "task", _("Title"), "text", "title"),
    FilterField("task.owner", "task", _("Owner"), "choice", "owner_id", options=_users),
    FilterField("task.created_by", "task", _("Planned by"), "choice", "created_by_id", options=_users),
    FilterField(
        "task.state", "task", _("State"), "choice", compile=_task_state, options=lambda: _STATES, by=_state_of_task,
        is_ordered=True,
    ),
    FilterField("task.created_at", "task", _("Added"), "datetime", "created_at"),
    FilterField("task.due_on", "task", _("Due"), "date", "due_on"),
    FilterField("task.done_at", "task", _("Done"), "datetime", "done_at"),
)  # fmt: skip

SOURCES = (
    ReportSource(
        "person", _("People"), lambda: Person, "created_at", _("Number of people"),
        amounts=(
            ReportAmount("spent", _("Spent"), "money", partial(F, "spent")),
            ReportAmount("order_count", _("Number of orders"), "number", partial(F, "order_count")),
        ),
        list_url_name="crm:person-list", icon="users",
    ),
    ReportSource(
        "company", _("Companies"), lambda: Company, "created_at", _("Number of companies"),
        list_url_name="crm:company-list", icon="building-office",
    ),
    ReportSource(
        "deal", _("Deals"), lambda: Deal, "created_at", _("Number of deals"),
        amounts=(
            ReportAmount("amount", _("Amount"), "money", lambda: F("amount") * F("rate")),
            ReportAmount("days_open", _("Time until closed"), "days", partial(gap, "created_at", "closed_at")),
        ),
        shares=(
            ReportShare(
                "won", _("Share won of the closed ones"), lambda: Q(stage__kind=Stage.Kind.WON),
                lambda: Q(stage__kind__in=[Stage.Kind.WON, Stage.Kind.LOST]),
            ),
        ),
        list_url_name="crm:deal-list", icon="briefcase",
    ),
    ReportSource(
        "order", _("Orders"), lambda: Order, "placed_at", _("Number of orders"),
        amounts=(ReportAmount("total", _("Revenue"), "money", partial(F, "total"), "currency"),),
        shares=(ReportShare("returned", _("Share of returns"), lambda: Q(is_return=True), Q),),
        icon="shopping-bag",
    ),
    ReportSource(
        "order_line", _("Products in orders"), lambda: OrderLine, "placed_at", _("Number of order lines"),
        amounts=(
            ReportAmount("amount", _("Revenue"), "money", partial(F, "amount"), "order__currency"),
            ReportAmount("quantity", _("Quantity"), "number", partial(F, "quantity")),
        ),
        icon="cube",
    ),
    ReportSource(
        "task", _("Tasks"), lambda: Task, "created_at", _("Number of tasks"),
        amounts=(ReportAmount("days", _("Time until done"), "days", partial(gap, "created_at", "done_at")),),
        shares=(
            ReportShare(
                "in_time", _("Share done in time"), lambda: Q(due_on__gte=TruncDate("done_at")),
                lambda: Q(done_at__isnull=False, due_on__isnull=False),
            ),
        ),
        icon="check-circle",
    ),
)  # fmt: skip


def register() -> None:
    filter_fields.register(*FIELDS)
    report_sources.register(*SOURCES)

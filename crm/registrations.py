"""What the crm room itself puts into the extension points: event kinds, filter fields and navigation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import F, Model, Q
from django.utils.translation import gettext_lazy as _

from . import reporting
from .access import Can
from .banners import SOURCES
from .demo.desk import make_desk, remove_desk
from .demo.leads import make_leads
from .demo.subscriptions import make_subscriptions
from .extensions import (
    DemoPart,
    EventKind,
    FilterField,
    HealthCheck,
    NavItem,
    NewItem,
    PrivacyExporter,
    RecordPanel,
    demo_parts,
    event_kinds,
    filter_fields,
    first_steps,
    health_checks,
    nav_items,
    new_items,
    page_banners,
    privacy_exporters,
    record_panels,
)
from .health import check_erased, check_imports
from .models import Company, ContactPoint, Deal, Employment, Person, Stage, Tag, User
from .onboarding import STEPS

if TYPE_CHECKING:
    from .queries.privacy import Held

KINDS = (
    EventKind("workspace.set_up", _("Rapport was set up"), _("%(actor)s set up Rapport"), "sparkles", "system"),
    EventKind("person.created", _("Person added"), _("%(actor)s added %(name)s"), "user-plus"),
    EventKind("person.changed", _("Person changed"), _("%(actor)s changed %(fields)s"), "pencil-square"),
    EventKind(
        "person.exported", _("Data given out"), _("%(actor)s made a file of all data of this person"),
        "arrow-down-tray",
    ),
    EventKind(
        "person.allowed_back", _("May come back"), _("%(actor)s allowed somebody who was erased to come back: %(why)s"),
        "arrow-uturn-left",
    ),
    EventKind("person.erased", _("Person erased"), _("%(actor)s erased a person and all their data"), "trash"),
    EventKind("person.deleted", _("Person deleted"), _("%(actor)s deleted a person"), "trash"),
    EventKind("person.contact_added", _("Contact added"), _("%(actor)s added a way to reach them"), "at-symbol"),
    EventKind("person.contact_removed", _("Contact removed"), _("%(actor)s removed a way to reach them"), "at-symbol"),
    EventKind("person.contact_changed", _("Main contact"), _("%(actor)s chose another main contact"), "at-symbol"),
    EventKind("person.opted_out", _("Opted out"), _("Asked not to get advertising any more"), "no-symbol", "consent"),
    EventKind("person.employed", _("Works at"), _("Now at %(company)s"), "building-office"),
    EventKind("person.left_company", _("Left a company"), _("No longer at %(company)s"), "building-office"),
    EventKind("company.created", _("Company added"), _("%(actor)s added %(name)s"), "building-office"),
    EventKind("company.changed", _("Company changed"), _("%(actor)s changed %(fields)s"), "pencil-square"),
    EventKind("company.deleted", _("Company deleted"), _("%(actor)s deleted %(name)s"), "trash"),
    EventKind("deal.created", _("Deal opened"), _("%(actor)s opened the deal “%(title)s”"), "briefcase", "deal"),
    EventKind("deal.changed", _("Deal changed"), _("%(actor)s changed %(fields)s"), "pencil-square"),
    EventKind(
        "deal.stage_changed", _("Deal moved"), _("%(actor)s moved “%(title)s” from %(from)s to %(to)s"),
        "arrow-right", "deal",
    ),
    EventKind("deal.won", _("Deal won"), _("“%(title)s” is won"), "trophy", "deal"),
    EventKind("deal.lost", _("Deal lost"), _("“%(title)s” is lost: %(reason)s"), "x-circle", "deal"),
    EventKind("deal.reopened", _("Deal reopened"), _("%(actor)s reopened “%(title)s”"), "arrow-path", "deal"),
    EventKind("deal.deleted", _("Deal deleted"), _("%(actor)s deleted the deal “%(title)s”"), "trash"),
    EventKind("order.placed", _("Order"), _("Ordered %(money)s (%(number)s)"), "shopping-bag", "order"),
    EventKind("order.returned", _("Return"), _("Returned %(money)s (%(number)s)"), "arrow-uturn-left", "order"),
    EventKind("order.deleted", _("Order deleted"), _("%(actor)s deleted order %(number)s"), "trash"),
    EventKind("subscription.started", _("Subscription"), _("Subscribed to “%(name)s”"), "arrow-path", "order"),
    EventKind("subscription.ended", _("Subscription ended"), _("“%(name)s” ended"), "x-circle", "order"),
    EventKind("task.created", _("Task added"), _("%(actor)s planned “%(title)s”"), "clipboard", "task"),
    EventKind("task.changed", _("Task changed"), _("%(actor)s changed the task “%(title)s”"), "clipboard", "task"),
    EventKind("task.done", _("Task done"), _("%(actor)s did “%(title)s”"), "check-circle", "task"),
    EventKind("task.reopened", _("Task reopened"), _("%(actor)s reopened “%(title)s”"), "arrow-path", "task"),
    EventKind("task.deleted", _("Task removed"), _("%(actor)s removed the task “%(title)s”"), "trash"),
    EventKind("note.added", _("Note"), _("%(actor)s noted"), "document-text", "note"),
    EventKind("note.deleted", _("Note removed"), _("%(actor)s removed a note"), "trash"),
    EventKind("record.tagged", _("Tags changed"), _("%(actor)s changed the tags"), "tag"),
    EventKind("token.created", _("API token made"), _("%(actor)s made the token %(name)s"), "key", "system"),
    EventKind("token.revoked", _("API token taken back"), _("%(actor)s took back the token %(name)s"), "key", "system"),
    EventKind("record.shared", _("Shared"), _("%(actor)s shared this with %(with)s"), "share"),
    EventKind("record.unshared", _("No longer shared"), _("%(actor)s no longer shares this with %(with)s"), "share"),
    EventKind("import.done", _("Import done"), _("The import of “%(name)s” is done"), "arrow-up-tray", "system"),
    EventKind(
        "import.undone", _("Import taken back"), _("The import of “%(name)s” was taken back"), "arrow-up-tray", "system"
    ),
    EventKind("records.exported", _("Export"), _("%(actor)s exported %(rows)s rows"), "arrow-down-tray", "system"),
    EventKind("spend.entered", _("Spend entered"), _("%(actor)s entered what %(channel)s cost"), "banknotes", "system"),
    EventKind("spend.removed", _("Spend removed"), _("%(actor)s removed what %(channel)s cost"), "banknotes", "system"),
    EventKind("view.saved", _("View saved"), _("%(actor)s saved the view “%(name)s”"), "bookmark", "system"),
    EventKind("view.deleted", _("View removed"), _("%(actor)s removed the view “%(name)s”"), "bookmark", "system"),
)  # fmt: skip

NAVIGATION = (
    NavItem("today", _("Today"), "crm:today", "sun", 10, on_phone=True),
    NavItem("people", _("People"), "crm:person-list", "users", 30, on_phone=True),
    NavItem("companies", _("Companies"), "crm:company-list", "building-office", 40),
    NavItem("deals", _("Deals"), "crm:deal-board", "briefcase", 50, on_phone=True),
    NavItem("tasks", _("Tasks"), "crm:task-list", "check-circle", 60),
    NavItem("import", _("Import"), "crm:import-list", "arrow-up-tray", 90, capability=Can.IMPORT),
)

NEW = (
    NewItem("person", _("Person"), "crm:person-create", "user-plus", 10, capability=Can.EDIT),
    NewItem("company", _("Company"), "crm:company-create", "building-office", 20, capability=Can.EDIT),
    NewItem("deal", _("Deal"), "crm:deal-create", "briefcase", 30, capability=Can.SELL),
    NewItem("task", _("Task"), "crm:task-create", "check-circle", 40, capability=Can.WORK),
)


def _among(model: type[Model], path: str, op: str, value: Any) -> Q:
    """Rules over a to-many relation as sub-queries, so that no row comes out twice."""
    rows = model._default_manager.order_by()
    if op in ("is_empty", "is_set"):
        some = Q(pk__in=rows.filter(**{f"{path}__isnull": False}).values("pk"))
        return ~some if op == "is_empty" else some
    if op == "all_of":
        found = Q()
        for item in value:
            found &= Q(pk__in=rows.filter(**{path: item}).values("pk"))
        return found
    found = Q(pk__in=rows.filter(**{f"{path}__in": value}).values("pk"))
    return ~found if op == "none_of" else found


def _contact(kind: str, op: str, value: Any) -> Q:
    points = ContactPoint.objects.filter(kind=kind)
    lookups = {"is": "iexact", "contains": "icontains", "starts_with": "istartswith"}
    if op in lookups:
        points = points.filter(**{f"value__{lookups[op]}": value})
    found = Q(pk__in=points.values("person_id"))
    return ~found if op == "is_empty" else found


def _company_name(op: str, value: Any) -> Q:
    jobs = Employment.objects.all()
    lookups = {"is": "iexact", "contains": "icontains", "starts_with": "istartswith"}
    if op in lookups:
        jobs = jobs.filter(**{f"company__name__{lookups[op]}": value})
    found = Q(pk__in=jobs.values("person_id"))
    return ~found if op == "is_empty" else found


def _users() -> Mapping[Any, str]:
    return {user.pk: str(user) for user in User.objects.filter(is_active=True).order_by("name", "email")}


def _tags() -> Mapping[Any, str]:
    return dict(Tag.objects.order_by("name").values_list("pk", "name"))


def _stages() -> Mapping[Any, str]:
    stages = Stage.objects.select_related("pipeline").order_by("pipeline__position", "position")
    return {stage.pk: f"{stage.pipeline.name}: {stage.name}" for stage in stages}


_TEXT_OF_RELATION = ("is", "contains", "starts_with", "is_empty", "is_set")


def _of_record(target: str, model: type[Model]) -> tuple[FilterField, ...]:
    """The fields that people, companies and deals share."""
    return (
        FilterField(f"{target}.owner", target, _("Owner"), "choice", "owner_id", options=_users),
        FilterField(
            f"{target}.tags",
            target,
            _("Tags"),
            "many",
            compile=partial(_among, model, "tags"),
            options=_tags,
            by=lambda: F("tags"),
        ),
        FilterField(f"{target}.created_at", target, _("Added"), "datetime", "created_at"),
        FilterField(f"{target}.updated_at", target, _("Changed"), "datetime", "updated_at"),
        FilterField(f"{target}.source", target, _("Source"), "text", "source"),
    )


FIELDS = (
    FilterField("person.name", "person", _("Name"), "text", "name", is_personal_data=True),
    FilterField(
        "person.email", "person", _("E-mail"), "text", compile=partial(_contact, "email"),
        operators=_TEXT_OF_RELATION, is_personal_data=True,
    ),
    FilterField(
        "person.phone", "person", _("Phone"), "text", compile=partial(_contact, "phone"),
        operators=_TEXT_OF_RELATION, is_personal_data=True,
    ),
    FilterField(
        "person.company", "person", _("Company"), "text", compile=_company_name, operators=_TEXT_OF_RELATION,
        by=reporting.primary_company,
    ),
    FilterField("person.city", "person", _("City"), "text", "city", is_personal_data=True),
    FilterField("person.country", "person", _("Country"), "text", "country", is_personal_data=True),
    FilterField("person.language", "person", _("Language"), "text", "language"),
    FilterField("person.job_title", "person", _("Job title"), "text", "job_title"),
    FilterField("person.no_profiling", "person", _("No profiling"), "boolean", "no_profiling"),
    FilterField("person.first_order_at", "person", _("First order"), "datetime", "first_order_at"),
    FilterField("person.last_order_at", "person", _("Last order"), "datetime", "last_order_at"),
    FilterField("person.order_count", "person", _("Number of orders"), "number", "order_count"),
    FilterField("person.spent", "person", _("Spent"), "number", "spent"),
    *_of_record("person", Person),
    FilterField("company.name", "company", _("Name"), "text", "name"),
    FilterField("company.industry", "company", _("Industry"), "text", "industry"),
    FilterField("company.size", "company", _("Size"), "text", "size"),
    FilterField("company.city", "company", _("City"), "text", "city"),
    FilterField("company.country", "company", _("Country"), "text", "country"),
    *_of_record("company", Company),
    FilterField("deal.title", "deal", _("Title"), "text", "title"),
    FilterField("deal.stage", "deal", _("Stage"), "choice", "stage_id", options=_stages, is_ordered=True),
    FilterField(
        "deal.state", "deal", _("State"), "choice", "stage__kind", options=lambda: dict(Stage.Kind.choices),
        is_ordered=True, tones={Stage.Kind.WON.value: "good", Stage.Kind.LOST.value: "bad"},
    ),
    FilterField("deal.amount", "deal", _("Amount"), "number", "amount"),
    FilterField("deal.win_probability", "deal", _("Predicted chance in percent"), "number", "win_probability"),
    FilterField("deal.expected_close_on", "deal", _("Expected close"), "date", "expected_close_on"),
    FilterField("deal.closed_at", "deal", _("Closed"), "datetime", "closed_at"),
    FilterField("deal.lead_source", "deal", _("Came from"), "text", "lead_source"),
    FilterField("deal.lost_reason", "deal", _("Reason for losing it"), "text", "lost_reason"),
    *_of_record("deal", Deal),
)  # fmt: skip


def collect_of_person(person: Person) -> Iterable[Held]:
    """What this room holds of a person."""
    from .queries.privacy import collect_records

    return collect_records(person)


def erase_of_person(person: Person) -> None:
    """What would not go with the person's row."""
    from .operations.privacy import erase_records

    erase_records(person)


def register() -> None:
    event_kinds.register(*KINDS)
    privacy_exporters.register(
        PrivacyExporter(
            "records",
            _("The record, ways to reach them and consents, orders, deals, tasks, notes and the timeline"), 10,
            collect_of_person, erase_of_person,
        )
    )  # fmt: skip
    nav_items.register(*NAVIGATION)
    new_items.register(*NEW)
    page_banners.register(*SOURCES)
    first_steps.register(*STEPS)
    record_panels.register(RecordPanel("subscriptions", "person", _("Subscriptions"), "crm:person-subscriptions", 40))
    health_checks.register(
        HealthCheck("imports", _("Imports"), check_imports), HealthCheck("erased", _("Erased people"), check_erased)
    )
    filter_fields.register(*FIELDS)
    reporting.register()
    demo_parts.register(DemoPart("crm.subscriptions", _("Subscriptions"), make_subscriptions, lambda: None))
    demo_parts.register(DemoPart("crm.leads", _("People who have not ordered yet"), make_leads, lambda: None))
    demo_parts.register(DemoPart("crm.desk", _("Companies, deals, tasks and notes"), make_desk, remove_desk))

"""Every address of the product, sorted by who may use it, and a shop with one record of each kind to ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from analytics.models import CustomerGroup, MetricFigure, Recommendation, ReportSpec
from analytics.operations.boards import create_board
from analytics.operations.reports import save_report
from analytics.ready_boards import READY_BOARDS
from automation.models import Run
from automation.operations import runs
from automation.operations.notifications import notify
from crm.access import Can
from crm.models import CustomField, DealLine, ImportJob, Product, Spend, User
from crm.operations.companies import create_company
from crm.operations.data_files import ask_for_data
from crm.operations.deals import add_deal_person
from crm.operations.people import employ
from crm.operations.saved_views import save_view
from crm.operations.subscriptions import start_subscription
from crm.operations.tokens import create_token
from crm.operations.work import add_note
from inbox.models import Post, Rating
from inbox.operations.conversations import reply
from tests.analytics.test_score_api import make_score
from tests.automation.test_runs import make_flow, ordered
from tests.factories import make_deal, make_order, make_person, make_task
from tests.inbox.test_receive_message import receive

SECRET = "Zyxwvut"  # stands in every record of the world
World = dict[str, Any]

# Open to everybody.
PUBLIC = {
    "healthz", "api-elsewhere", "admin-login", "crm:sign-in", "crm:welcome", "crm:password-forgotten",
    "crm:password-mail-sent", "crm:password-new", "crm:password-changed", "inbox:contact",
    "inbox:rate", "inbox:rate-stop",
}  # fmt: skip

# A user's own things: what a reader may post to, too.
OWN = {
    "crm:sign-out", "crm:profile", "crm:change-password", "crm:switch-theme", "crm:hide-steps", "crm:view-save",
    "analytics:report-save", "analytics:board-new", "analytics:board-first", "analytics:board-follow",
    "analytics:board-take", "analytics:tile-pin",
    "automation:notifications-read", "set_language",
}  # fmt: skip

# Pages that name no record.
PAGES = {
    "api-schema", "crm:home", "crm:today", "crm:search", "crm:demo", "crm:gallery", "crm:import-list",
    "crm:person-list", "crm:person-create", "crm:company-list", "crm:company-create", "crm:company-suggest",
    "crm:deal-board", "crm:deal-list", "crm:deal-forecast", "crm:deal-create", "crm:pick", "crm:task-list",
    "crm:product-suggest", "crm:task-create", "crm:task-quick-add", "crm:list-filter", "crm:list-columns",
    "crm:list-export", "crm:bulk", "crm:today-add", "inbox:inbox", "inbox:view", "inbox:rows", "inbox:mail",
    "inbox:mail-test", "crm:api-tokens", "automation:flow-list", "automation:notifications",
    "analytics:insights", "analytics:train", "analytics:progress", "analytics:leavers", "analytics:model-detail",
    "analytics:forecast", "analytics:groups", "analytics:group-detail", "analytics:group-rename",
    "analytics:protected", "analytics:model-groups", "analytics:topics", "analytics:topics-progress",
    "analytics:topic-add", "analytics:topic-start", "inbox:topic-of-many",
    "analytics:products", "analytics:rising", "analytics:feedback", "analytics:happy", "inbox:asking",
    "analytics:numbers", "analytics:spend", "api:metric-list", "api:report-list", "api:board-list",
    "analytics:board-home", "analytics:board-list", "analytics:board-ready",
    "analytics:number-tile", "analytics:leavers-tile", "analytics:outlook-tile",
    "analytics:report-list", "analytics:report-build", "analytics:report-filter",
    "analytics:report-export", "analytics:report-ready", "analytics:report-ready-figures",
    "api:person-list", "api:company-list", "api:deal-list", "api:task-list", "api:order-list", "api:event-list",
    "api:conversation-list", "api:message-list", "api:score-list", "api:recommendation-list",
    "api:rating-list", "crm:erased", "crm:erased-allow",
}  # fmt: skip

# What is the shop's, not a customer's: a stranger opens it and finds no customer there.
SHARED = {
    "automation:flow-runs": {"pk": "flow"}, "automation:flow-switch": {"pk": "flow"},
    "analytics:board-role-clear": {},
    "analytics:protected-allow": {"pk": "own_field"}, "analytics:protected-keep": {"pk": "own_field"},
}  # fmt: skip

# Pages of one record: the arguments and whose id goes there. "record" is a person, a company and a deal in turn.
RECORDS: dict[str, dict[str, str]] = {
    **{f"api:{noun}-detail": {"pk": noun} for noun in (
        "person", "company", "deal", "task", "order", "event", "conversation", "message", "score",
        "recommendation",
        "metric", "rating",
    )},
    **{f"crm:{page}": {"pk": "person"} for page in (
        "person-detail", "person-data", "person-data-progress", "person-erase", "contact-add", "job-add", "order-add",
        "person-subscriptions", "subscription-add",
    )},
    "crm:person-data-file": {"pk": "person", "key": "data_file"},
    "crm:subscription-end": {"pk": "subscription"},
    **{f"crm:{page}": {"pk": "record"} for page in (
        "record-edit", "record-field", "record-delete", "record-tags", "record-share", "note-add", "record-task-add",
        "record-timeline", "record-peek",
    )},
    **{f"crm:{page}": {"pk": "contact"} for page in ("contact-primary", "contact-remove")},
    "crm:job-remove": {"pk": "person", "job": "job"},
    **{f"crm:{page}": {"pk": "company"} for page in ("company-detail", "domain-add")},
    "crm:domain-remove": {"pk": "company", "domain": "domain"},
    **{f"crm:deal-{page}": {"pk": "deal"} for page in (
        "detail", "move", "undo-move", "person-add", "line-add", "value-by-lines",
    )},
    **{f"crm:deal-line-{page}": {"pk": "deal_line"} for page in ("edit", "remove")},
    "crm:deal-person-remove": {"pk": "deal_person"},
    **{f"crm:task-{page}": {"pk": "task"} for page in ("edit", "tick", "undo", "snooze", "delete")},
    "crm:task-restore": {},
    "crm:note-delete": {"pk": "note"},
    "crm:view-delete": {"pk": "view"},
    **{f"crm:import{page}": {"pk": "import"} for page in (
        "", "-set-up", "-progress", "-cancel", "-forget", "-undo", "-rows",
    )},
    **{f"inbox:{page}": {"pk": "conversation"} for page in (
        "conversation", "messages", "write", "assign", "close", "reopen", "snooze", "unread", "draft",
    )},
    "inbox:resend": {"pk": "conversation", "post_id": "post"},
    "inbox:correct-mood": {"pk": "conversation", "message_id": "message"},
    "inbox:topic": {"pk": "conversation"},
    "inbox:topic-wrong": {"pk": "conversation"},
    "inbox:topic-new": {"pk": "conversation"},
    "analytics:similar-conversations": {"pk": "conversation"},
    "inbox:person-panel": {"pk": "person"},
    **{f"analytics:person-{page}": {"pk": "person"} for page in (
        "insight", "contract", "plan", "feedback", "offers", "what-if", "contract-what-if",
    )},
    **{f"analytics:offer-{act}": {"pk": "recommendation"} for act in ("plan", "decline")},
    **{f"analytics:report-{page}": {"pk": "report"} for page in ("detail", "figures", "name", "delete")},
    **{f"api:report-{page}": {"pk": "report"} for page in ("detail", "figures")},
    "analytics:report-restore": {},
    **{f"analytics:board-{page}": {"pk": "board"} for page in ("detail", "name", "copy", "keep", "delete")},
    **{f"analytics:tile-{page}": {"pk": "board"} for page in ("add", "restore")},
    **{f"analytics:tile-{page}": {"pk": "board", "tile": "tile"} for page in ("move", "resize", "remove")},
    "api:board-detail": {"pk": "board"},
    "analytics:board-filter": {},
    "analytics:board-role": {},
    "analytics:board-restore": {},
    "analytics:offer-allow": {"pk": "person", "product_pk": "product"},
    "analytics:offer-add-to-deal": {"pk": "recommendation", "deal_pk": "deal"},
    "analytics:deal-offers": {"pk": "deal"},
    "automation:run-retry": {"pk": "run"},
    "analytics:spend-remove": {"pk": "spend"},
    "analytics:deal-insight": {"pk": "deal"},
    "analytics:deal-what-if": {"pk": "deal"},
    "analytics:deal-plan": {"pk": "deal"},
    "crm:api-token-revoke": {"pk": "api_token"},
    "automation:notification-open": {"pk": "notification"},
}  # fmt: skip
WORDS = {
    "target": "person", "name": "name", "view": "open", "action": "tag", "slug": "contact", "uidb64": "MQ",
    "token": "set-password", "task": "churn", "rest": "nowhere",
    "way": "rules", "key": "best", "ready": "revenue", "metric": "revenue", "which": "owner", "role": "sales",
}  # fmt: skip
KNOWN = PUBLIC | PAGES | OWN | SHARED.keys() | RECORDS.keys()

# What writing there asks of a role. Addresses that stand nowhere here take no writes, or only one's own.
ASKS: dict[Can, set[str]] = {
    Can.EDIT: {
        "api:board-list", "api:board-detail",
        "api:person-list", "api:person-detail", "api:company-list", "api:company-detail", "api:order-list",
        "crm:person-create", "crm:contact-add", "crm:contact-primary", "crm:contact-remove", "crm:job-add",
        "crm:subscription-add", "crm:subscription-end",
        "crm:job-remove", "crm:order-add", "crm:company-create", "crm:domain-add", "crm:domain-remove", "crm:note-add",
        "crm:note-delete", "crm:bulk", "crm:record-edit", "crm:record-field", "crm:record-tags",
    },
    Can.SELL: {
        "api:deal-list", "api:deal-detail", "crm:deal-create", "crm:deal-move", "crm:deal-undo-move",
        "crm:deal-person-add", "crm:deal-person-remove", "crm:deal-line-add", "crm:deal-line-edit",
        "crm:deal-line-remove", "crm:deal-value-by-lines", "analytics:offer-add-to-deal",
    },
    Can.WORK: {
        "api:task-list", "api:task-detail", "crm:task-create", "crm:task-quick-add", "crm:task-edit", "crm:task-tick",
        "crm:task-undo", "crm:task-snooze", "crm:task-delete", "crm:task-restore", "crm:record-task-add",
        "crm:today-add", "analytics:person-plan", "analytics:deal-plan", "analytics:offer-plan",
        "analytics:offer-decline", "analytics:offer-allow",
    },
    Can.ANSWER: {
        "api:message-list", "api:rating-list", "inbox:write", "inbox:assign", "inbox:close", "inbox:reopen",
        "inbox:snooze",
        "inbox:resend", "inbox:unread", "inbox:draft", "inbox:correct-mood",
        "inbox:topic", "inbox:topic-wrong", "inbox:topic-new", "inbox:topic-of-many", "analytics:topic-add",
        "analytics:topic-start",
    },
    Can.IMPORT: {
        "crm:import-list", "crm:import-set-up", "crm:import-cancel", "crm:import-forget", "crm:import-undo",
    },
    Can.DELETE: {"crm:record-delete"},
    Can.EXPORT: {"crm:list-export", "analytics:report-export"},
    Can.SHARE: {"crm:record-share"},
    Can.SET_UP: {
        "crm:api-tokens", "crm:api-token-revoke", "inbox:mail", "inbox:mail-test", "inbox:asking",
        "crm:demo",
        "automation:flow-switch", "automation:run-retry", "analytics:group-rename", "analytics:spend",
        "analytics:spend-remove", "analytics:protected-allow", "analytics:protected-keep",
        "analytics:board-role", "analytics:board-role-clear",
    },
    Can.PRIVACY: {"crm:person-data", "crm:person-erase", "crm:erased-allow"},
    Can.RUN_MODELS: {"analytics:train"},
}  # fmt: skip
NEEDED = {name: need for need, names in ASKS.items() for name in names}


def _patterns(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for row in patterns:
        if isinstance(row, URLResolver):
            yield from _patterns(row.url_patterns, f"{prefix}{row.namespace}:" if row.namespace else prefix)
        else:
            yield f"{prefix}{row.name}", row


ALL = dict(_patterns(get_resolver().url_patterns))
ADMIN = {name for name in ALL if name.startswith("admin:") or name == "health"}
ADDRESSES = {name: pattern for name, pattern in ALL.items() if name not in ADMIN}
ADMIN -= {"admin:None", "admin:login", "admin:logout"}  # a catch-all without a page, and the ways in and out


def make_world(owner: User, secret: str = SECRET) -> World:
    """One of each, all of them the owner's and named `secret`."""
    person = make_person(name=secret, owner=owner, email="secret@shop.example")
    company = create_company(actor=None, name=f"{secret} Ltd", owner=owner, domain="secret.example")
    deal = make_deal(title=secret, owner=owner)
    flow = make_flow()
    event = ordered(name=f"{secret} B", owner=owner)
    runs.start_runs([event])
    message = receive(from_address="secret@shop.example", subject=secret)
    message.conversation.assignee = owner
    message.conversation.save()
    reply(conversation=message.conversation, actor=owner, text="Soon", seen_message=message.pk)
    CustomerGroup.objects.create(way="rules", key="best", label="best")
    view = save_view(actor=owner, target="person", name=f"{secret} view", filter={}, sort="", columns=[])
    product = Product.objects.create(sku="T1", name="Thing")
    offer = Recommendation.objects.create(person=person, product=product, kind="new", place=0)
    board = create_board(actor=owner, name=f"{secret} board", tiles=READY_BOARDS["sales"].tiles)
    return {
        "board": board, "tile": board.tiles.earliest("pk"),
        "rating": Rating.objects.create(
            kind="csat", person=person, conversation=message.conversation, value=2, comment=secret,
            answered_at=timezone.now(),
        ),
        "recommendation": offer, "product": product,
        "report": save_report(actor=owner, name=f"{secret} report", spec=ReportSpec("person", "count", "country")),
        "person": person, "company": company, "deal": deal, "run": Run.objects.latest("pk"), "flow": flow,
        "event": event, "task": make_task(title=secret, owner=owner), "order": make_order(person),
        "score": make_score(person),
        "metric": MetricFigure.objects.create(metric="revenue", span="month", starts_on=date(2026, 5, 1), value=7),
        "spend": Spend.objects.create(channel=secret, month=date(2026, 5, 1), amount=7, currency="EUR"),
        "contact": person.contact_points.get(), "view": view, "message": message,
        "job": employ(person=person, actor=owner, company=company, new_company="", role=""),
        "domain": company.domains.get(), "note": add_note(actor=owner, body=secret, person=person),
        "subscription": start_subscription(
            actor=None, person=person, name=secret, amount=Decimal(9), currency="EUR", interval="month",
            started_on=date(2026, 1, 1),
        ),
        "deal_line": DealLine.objects.create(deal=deal, description=secret, unit_price=1),
        "deal_person": add_deal_person(deal=deal, person=person, actor=owner),
        "import": ImportJob.objects.create(kind="people", actor=owner, file_name=secret, source="file"),
        "conversation": message.conversation, "post": Post.objects.latest("pk"),
        "notification": notify(user=owner, title=secret, once_key=secret),
        "own_field": CustomField.objects.create(target="person", key="gender", label="Gender", kind="choice"),
        "data_file": SimpleNamespace(pk=ask_for_data(person=person, user=owner).key),  # its address names the key
        "api_token": create_token(user=owner, name=secret)[0],
    }  # fmt: skip


def addresses(name: str, world: World) -> Iterator[str]:
    """The address of this name for the world's records; pages of any record once for each kind."""
    asked = ADDRESSES[name].pattern.regex.groupindex
    keys = {**SHARED, **RECORDS}.get(name, {})
    for target in ("person", "company", "deal") if "record" in keys.values() else ("person",):
        rows = {**world, "record": world[target]}
        field = "title" if target == "deal" else "name"
        words = {**WORDS, "target": target, "name": field}
        yield reverse(name, kwargs={key: rows[keys[key]].pk if key in keys else words[key] for key in asked})


def methods(name: str) -> tuple[str, ...]:
    """How this address may be asked; pages know two ways."""
    return ("get", "post", "patch", "delete") if name.startswith("api:") else ("get", "post")


def ask(client: Client, method: str, url: str) -> Any:
    call: Callable[..., Any] = getattr(client, method)
    return call(url) if method == "get" else call(url, {}, content_type="application/json")


ROOMS = ("crm_", "inbox_", "analytics_", "automation_", "guardian_", "auditlog_")


@contextmanager
def watched_writes() -> Iterator[list[str]]:
    """Every write on the rooms' tables meanwhile, even one that is taken back later."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        verb, _space, rest = sql.partition(" ")
        if verb in ("INSERT", "UPDATE", "DELETE") and any(f'"{room}' in rest[:40] for room in ROOMS):
            seen.append(sql[:120])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen

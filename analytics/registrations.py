"""What the analytics room puts into the extension points of the crm room.

Consumers are imported when they first run: pages never need numpy or a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.extensions import (
    DashboardTile,
    DemoPart,
    EventConsumer,
    EventKind,
    HealthCheck,
    LikenessSource,
    NavItem,
    PredictionTask,
    PrivacyExporter,
    RecordPanel,
    TodayBlock,
    dashboard_tiles,
    demo_parts,
    event_consumers,
    event_kinds,
    filter_fields,
    health_checks,
    likeness_sources,
    list_columns,
    metrics,
    nav_items,
    prediction_tasks,
    privacy_exporters,
    record_panels,
    today_blocks,
)
from crm.models import Event, Person, User

from .columns import COLUMNS, FIELDS
from .demo import forget_demo, learn_demo
from .health import check_learning, check_text_model
from .learning import Subject, subjects
from .metrics import METRICS
from .models import CONTRACTS, LEAD, WIN, DealScore, Score, ScoredTask
from .reasons import CHANCES, band_words, chance_words, score_subject

if TYPE_CHECKING:
    from crm.queries.privacy import Held


def crossed_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says the bands of a `score.crossed`."""
    task = str(data.get("task"))
    bands = {"from": data.get("old_band"), "to": data.get("new_band")}
    said = {name: band_words(task, str(band)) for name, band in bands.items()}
    return {"subject": score_subject(task), **said}


def changed_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says the numbers of a `score.changed`."""
    task = str(data.get("task"))
    numbers = {"from": float(data.get("old", 0)), "to": float(data.get("new", 0))}
    if task not in CHANCES:
        said = {name: f"{number:,.0f}" for name, number in numbers.items()}
    elif data.get("by") == Score.Kind.RULE:
        said = {"from": _("lower"), "to": _("higher")}
        said = said if numbers["to"] > numbers["from"] else {"from": said["to"], "to": said["from"]}
    else:
        said = {name: chance_words(number) for name, number in numbers.items()}
    return {"subject": score_subject(task), **said}


def model_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says what a model foretold and what came."""
    from .queries.live import event_words

    return event_words(data)


def board_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says a role, and the name of a ready-made dashboard."""
    from .queries.boards.first import chosen_words

    return chosen_words(data)


DEALS_FOLLOW = ("deal.", "task.", "note.added", "message.received", "message.sent", "order.", "person.changed")
CONTRACTS_FOLLOW = ("subscription.", "message.received", "order.", "person.changed", "person.merged")
LEADS_FOLLOW = ("person.", "deal.", "task.", "note.added", "message.received", "message.sent", "order.")
_l = gettext_lazy
KINDS = (
    EventKind(
        "score.crossed", _l("Risk or value crossed a line"), _l("%(subject)s: %(to)s (was %(from)s)"),
        "light-bulb", "insight", crossed_words,
    ),
    EventKind(
        "score.changed", _l("Risk or value moved"), _l("%(subject)s moved from %(from)s to %(to)s"),
        "light-bulb", "insight", changed_words,
    ),
    EventKind("group.renamed", _l("Group renamed"), _l("%(actor)s renamed a group of customers"), "users", "system"),
    EventKind(
        "product.declined", _l("Product not wanted"), _l("%(actor)s noted: not interested in “%(product)s”"),
        "no-symbol", "insight",
    ),
    EventKind(
        "product.allowed", _l("Product may be offered"), _l("%(actor)s noted: “%(product)s” may be offered again"),
        "arrow-uturn-left", "insight",
    ),
    EventKind(
        "training.exported", _l("Training table exported"),
        _l("%(rows)s customers without names were written to a table to learn from"), "arrow-down-tray", "system",
    ),
    EventKind(
        "field.allowed", _l("Protected field let in"),
        _l("%(actor)s let predictions read “%(name)s”: %(why)s"), "shield-exclamation", "system",
    ),
    EventKind(
        "field.protected", _l("Field protected"), _l("%(actor)s kept “%(name)s” from predictions"), "shield-check",
        "system",
    ),
    EventKind("report.saved", _l("Report saved"), _l("%(actor)s saved the report “%(name)s”"), "chart-pie", "system"),
    EventKind("report.deleted", _l("Report removed"), _l("%(actor)s removed the report “%(name)s”"), "trash", "system"),
    EventKind(
        "board.saved", _l("Dashboard saved"), _l("%(actor)s saved the dashboard “%(name)s”"), "squares-2x2", "system"
    ),
    EventKind(
        "board.changed", _l("Dashboard arranged"), _l("%(actor)s changed the tiles of “%(name)s”"), "squares-2x2",
        "system",
    ),
    EventKind(
        "board.deleted", _l("Dashboard removed"), _l("%(actor)s removed the dashboard “%(name)s”"), "trash", "system"
    ),
    EventKind(
        "board.chosen", _l("First dashboard chosen"), _l("%(actor)s chose which dashboard opens first"), "squares-2x2",
        "system",
    ),
    EventKind(
        "board.role_chosen", _l("First dashboard of a role chosen"),
        _l("%(actor)s let “%(name)s” open first for: %(role)s"), "squares-2x2", "system", board_words,
    ),
    EventKind("model.promoted", _l("Model put in use"), _l("“%(name)s” is in use now"), "academic-cap", "system"),
    EventKind(
        "model.refused", _l("Model refused"), _l("“%(name)s” is damaged and no longer in use: %(reason)s"),
        "exclamation-triangle", "system",
    ),
    EventKind(
        "model.returned", _l("Model sent back"),
        _l("“%(name)s” was wrong too often and was sent back. %(why)s Now in use: %(instead)s"),
        "arrow-uturn-left", "system", model_words,
    ),
    EventKind(
        "model.levelled", _l("Level of a model corrected"),
        _l("What “%(name)s” says was off in all: its level was corrected. %(why)s"), "academic-cap", "system",
        model_words,
    ),
    EventKind(
        "model.warned", _l("Frozen model is wrong"),
        _l("“%(name)s” is wrong too often and stays, since it is frozen. %(why)s"), "exclamation-triangle", "system",
        model_words,
    ),
    EventKind("model.frozen", _l("Model frozen"), _l("%(actor)s froze “%(name)s”"), "lock-closed", "system"),
    EventKind(
        "model.thawed", _l("Model no longer frozen"), _l("%(actor)s lets “%(name)s” be replaced again"),
        "lock-open", "system",
    ),
)  # fmt: skip


def follow_orders(events: Sequence[Event]) -> None:
    """Counted months follow the orders."""
    from .operations.sales import follow_orders

    follow_orders(events)


def follow_people(events: Sequence[Event]) -> None:
    """Scores follow the orders."""
    from .operations.scoring import follow_people

    follow_people(events)


def follow_into_groups(events: Sequence[Event]) -> None:
    """Groups follow the orders."""
    from .operations.grouping import follow_people

    follow_people(events)


def follow_buyers(events: Sequence[Event]) -> None:
    """What was bought is no longer recommended."""
    from .operations.recommending import follow_buyers

    follow_buyers(events)


def follow_deals(events: Sequence[Event]) -> None:
    """Chances of deals follow their moves, and what is done and heard."""
    from .operations.win import follow_deals

    follow_deals(events)


def follow_leads(events: Sequence[Event]) -> None:
    """Chances of a first order follow what is heard and done."""
    from .operations.leads import follow_leads

    follow_leads(events)


def follow_contracts(events: Sequence[Event]) -> None:
    """Risks of subscriptions follow what is heard and ordered."""
    from .operations.contracts import follow_contracts

    follow_contracts(events)


def follow_imports(events: Sequence[Event]) -> None:
    """Models follow the first import of orders, and scores an import that was taken back."""
    from .operations.runs import follow_imports

    follow_imports(events)


def follow_messages(events: Sequence[Event]) -> None:
    """The text model reads what customers write."""
    from .operations.reading import follow_messages

    follow_messages(events)


def follow_rows_in_reports(events: Sequence[Event]) -> None:
    """The counted days of reports follow what is added, changed and deleted."""
    from .operations.report_days import follow_rows

    follow_rows(events)


def follow_examples(events: Sequence[Event]) -> None:
    """Topics follow what colleagues say."""
    from .operations.topics import follow_examples

    follow_examples(events)


def follow_wishes(events: Sequence[Event]) -> None:
    """Meanings of messages go with the wish for no profiling, and with the person."""
    from .operations.meanings import follow_wishes

    follow_wishes(events)


def follow_unwilling(events: Sequence[Event]) -> None:
    """Whatever was learned of a person goes with their wish for no profiling."""
    from .operations.wishes import follow_wishes

    follow_wishes(events)


def collect_foretold(person: Person) -> Iterable[Held]:
    """What was worked out of a person."""
    from .privacy import collect

    return collect(person)


def erase_foretold(person: Person) -> None:
    """What would not go with the person's row."""
    from .privacy import erase

    erase(person)


def find_alike(user: User, text: str, limit: int) -> Sequence[int]:
    """Conversations that mean what the text means."""
    from .queries.likeness import like_text

    return like_text(user, text, limit)


def follow_imports_in_numbers(events: Sequence[Event]) -> None:
    """The numbers of months of which nobody knew follow an import."""
    from .operations.metrics import follow_imports

    follow_imports(events)


def register() -> None:
    event_kinds.register(*KINDS)
    event_consumers.register(
        EventConsumer("analytics.sales", ("order.",), follow_orders),
        EventConsumer("analytics.messages", ("message.received",), follow_messages),
        EventConsumer("analytics.topics", ("conversation.topic_set",), follow_examples),
        EventConsumer("analytics.meanings", ("person.changed", "person.merged", "person.deleted"), follow_wishes),
        EventConsumer("analytics.scores", ("order.", "person.changed", "person.merged"), follow_people),
        EventConsumer("analytics.groups", ("order.", "person.changed", "person.merged"), follow_into_groups),
        EventConsumer("analytics.recommendations", ("order.placed", "person.changed"), follow_buyers),
        EventConsumer("analytics.deals", DEALS_FOLLOW, follow_deals),
        EventConsumer("analytics.leads", LEADS_FOLLOW, follow_leads, in_imports=False),
        EventConsumer("analytics.metrics", ("import.",), follow_imports_in_numbers),
        EventConsumer("analytics.contracts", CONTRACTS_FOLLOW, follow_contracts, in_imports=False),
        EventConsumer(
            "analytics.reports", ("order.", "person.", "conversation.", "message.", "import."), follow_rows_in_reports
        ),
        EventConsumer("analytics.imports", ("import.",), follow_imports),
        EventConsumer("analytics.wishes", ("person.changed", "person.merged"), follow_unwilling),
    )
    health_checks.register(
        HealthCheck("learning", _l("Learning"), check_learning),
        HealthCheck("text_model", _l("Reading of messages"), check_text_model),
    )
    demo_parts.register(DemoPart("insights", _l("Revenue, risk and expected value"), learn_demo, forget_demo))
    subjects.register(Subject("customers", tuple(ScoredTask.values), "analytics.operations.customers"))
    subjects.register(Subject("deals", (WIN,), "analytics.operations.win"))
    subjects.register(Subject("leads", (LEAD,), "analytics.operations.leads"))
    subjects.register(Subject("contracts", CONTRACTS, "analytics.operations.contracts"))
    prediction_tasks.register(
        PredictionTask(CONTRACTS[0], _l("Risk that a subscription ends in 30 days"), "person", lambda: Score),
        PredictionTask(CONTRACTS[1], _l("Risk that a subscription ends in 90 days"), "person", lambda: Score),
    )
    prediction_tasks.register(PredictionTask(LEAD, _l("Chance of a first order"), "person", lambda: Score))
    prediction_tasks.register(PredictionTask(WIN, _l("Chance of winning a deal"), "deal", lambda: DealScore))
    prediction_tasks.register(*(PredictionTask(task.value, task.label, "person", lambda: Score) for task in ScoredTask))
    metrics.register(*METRICS)
    nav_items.register(NavItem("boards", _l("Dashboards"), "analytics:board-home", "squares-2x2", 78))
    nav_items.register(NavItem("insights", _l("Insights"), "analytics:insights", "chart-bar", 80))
    nav_items.register(NavItem("reports", _l("Reports"), "analytics:report-list", "chart-pie", 82))
    record_panels.register(RecordPanel("insight", "person", _l("Insight"), "analytics:person-insight", 10))
    record_panels.register(
        RecordPanel("contract", "person", _l("Risk of the subscription"), "analytics:person-contract", 12),
        RecordPanel("alike", "conversation", _l("Similar conversations"), "analytics:similar-conversations", 10),
        RecordPanel("chance", "deal", _l("Chance of winning"), "analytics:deal-insight", 10),
        RecordPanel("offers", "person", _l("May buy next"), "analytics:person-offers", 15),
        RecordPanel("offers.deal", "deal", _l("May buy next"), "analytics:deal-offers", 15),
    )
    privacy_exporters.register(
        PrivacyExporter(
            "analytics",
            _l("What is expected of them and why, what was expected before and what came, groups and offers"),
            30, collect_foretold, erase_foretold,
        )
    )  # fmt: skip
    likeness_sources.register(LikenessSource("meaning", "conversation", find_alike))
    list_columns.register(*COLUMNS)
    filter_fields.register(*FIELDS)
    dashboard_tiles.register(
        DashboardTile(
            "happy",
            _l("Are people happy?"),
            "analytics:happy",
            25,
            6,
            follows=("person", "conversation"),
            follows_period=True,
        ),
        DashboardTile(
            "leavers", _l("Customers at risk"), "analytics:leavers-tile", 10, 6, on_insights=False, follows=("person",)
        ),
        DashboardTile("outlook", _l("What is coming"), "analytics:outlook-tile", 20, 6, on_insights=False),
        DashboardTile(
            "rising",
            _l("What customers suddenly write about"),
            "analytics:rising",
            30,
            6,
            follows=("person", "conversation", "message"),
        ),
    )
    today_blocks.register(TodayBlock("leavers", _l("Customers at risk"), "analytics:leavers", 20))

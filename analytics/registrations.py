"""What the analytics room puts into the extension points of the crm room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from crm.extensions import (
    DashboardTile,
    DemoPart,
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
from crm.models import Person, User

from .columns import COLUMNS, FIELDS
from .consumers import CONSUMERS
from .demo import forget_demo, learn_demo
from .event_kinds import KINDS
from .health import check_learning, check_text_model
from .learning import Subject, subjects
from .metrics import METRICS
from .models import CONTRACTS, LEAD, WIN, DealScore, Score, ScoredTask

if TYPE_CHECKING:
    from crm.queries.privacy import Held

_l = gettext_lazy


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


def register() -> None:
    event_kinds.register(*KINDS)
    event_consumers.register(*CONSUMERS)
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

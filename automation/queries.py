"""What the pages of automations show, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from automation.graph import Graph, GraphError, read_graph
from automation.models import Flow, FlowVersion, Notification, Run
from crm.extensions import event_kinds, filter_fields, flow_actions
from crm.filters import OPERATOR_WORDS
from crm.models import User

NEWEST_RUNS = 100
NEWEST_NOTIFICATIONS = 50


@dataclass(frozen=True)
class FlowRow:
    """A flow in the list: what it does in one sentence, and how its runs went."""

    flow: Flow
    sentence: str
    is_broken: bool
    done: int
    running: int
    failed: int


def flow_list() -> list[FlowRow]:
    flows = Flow.objects.order_by("name").annotate(
        done=Count("runs", filter=Q(runs__state=Run.State.DONE)),
        running=Count("runs", filter=Q(runs__state=Run.State.RUNNING)),
        failed=Count("runs", filter=Q(runs__state=Run.State.FAILED)),
    )
    newest: dict[int, FlowVersion] = {}
    for version in FlowVersion.objects.exclude(published_at=None).order_by("number"):
        newest[version.flow_id] = version
    return [_row(flow, newest.get(flow.pk)) for flow in flows]


def _row(flow: Any, version: FlowVersion | None) -> FlowRow:
    sentence, is_broken = describe(version)
    return FlowRow(flow, sentence, is_broken, done=flow.done, running=flow.running, failed=flow.failed)


def describe(version: FlowVersion | None) -> tuple[str, bool]:
    """The flow as one sentence, and whether it can't run."""
    if version is None:
        return _("Not published yet."), False
    try:
        graph = read_graph(version.graph)
    except GraphError as error:
        return str(error), True
    steps = ", ".join(str(flow_actions[step.action].label).lower() for step in graph.steps)
    return _("When %(event)s: %(steps)s.") % {"event": graph.says or _event(graph), "steps": steps}, False


def _event(graph: Graph) -> str:
    return f"“{event_kinds[graph.event].label}”{_where(graph)}"


def _where(graph: Graph) -> str:
    wanted = [str(value) for value in graph.wanted.values()]
    rules = graph.where.get("all", [graph.where]) if graph.where else []
    wanted += [_rule(rule) for rule in rules if isinstance(rule, dict) and "field" in rule]
    return f" ({', '.join(wanted)})" if wanted else ""


def _rule(rule: dict[str, Any]) -> str:
    field = filter_fields.get(f"person.{rule['field']}")
    words = [
        field.label if field else rule["field"],
        OPERATOR_WORDS.get(rule.get("op", "is"), ""),
        rule.get("value", ""),
    ]
    return " ".join(str(word) for word in words if word != "")


@dataclass(frozen=True)
class RunHistory:
    """The newest runs of a flow that this user may see, with their steps."""

    flow: Flow
    sentence: str
    runs: Sequence[Run]


def run_history(user: User, flow: Flow) -> RunHistory:
    runs = Run.objects.visible_to(user).filter(flow=flow).select_related("person", "version").prefetch_related("steps")
    version = flow.versions.exclude(published_at=None).order_by("-number").first()
    return RunHistory(flow, describe(version)[0], list(runs.order_by("-started_at", "-pk")[:NEWEST_RUNS]))


def notifications_of(user: User) -> list[Notification]:
    return list(Notification.objects.filter(user=user).order_by("-created_at", "-pk")[:NEWEST_NOTIFICATIONS])


def unread_count(user: User) -> int:
    """How many notifications wait, counted up to a hundred."""
    return Notification.objects.filter(user=user, read_at=None).order_by()[:100].count()

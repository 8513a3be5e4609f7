"""What the pages of automations show, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from automation.graph import Graph, GraphError, Step, read_graph
from automation.models import Flow, FlowVersion, Notification, Run, StepRun
from crm.extensions import event_kinds, filter_fields, flow_actions
from crm.filters import OPERATOR_WORDS
from crm.models import Role, User

NEWEST_RUNS = 100
NEWEST_NOTIFICATIONS = 50


@dataclass(frozen=True)
class FlowRow:
    """A flow in the list: what it does in one sentence, and how its runs went."""

    flow: Flow
    sentence: str
    steps: Sequence[str]
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
    return FlowRow(
        flow, sentence, step_words(version), is_broken, done=flow.done, running=flow.running, failed=flow.failed
    )


def describe(version: FlowVersion | None) -> tuple[str, bool]:
    """The flow as one sentence, and whether it can't run."""
    if version is None:
        return _("Not published yet."), False
    try:
        graph = read_graph(version.graph)
    except GraphError as error:
        return str(error), True
    steps = " · ".join(str(flow_actions[step.action].label) for step in graph.steps)
    return _("When %(event)s: %(steps)s.") % {
        "event": in_readers_words(graph.says) or _event(graph),
        "steps": steps,
    }, False


def in_readers_words(text: str) -> str:
    """A shipped flow was written down in the business's language: who reads another sees it in theirs."""
    return _(text) if text else ""


def step_words(version: FlowVersion | None) -> list[str]:
    """What is done, step by step; nothing where the flow can't be read."""
    try:
        steps = read_graph(version.graph).steps if version else ()
    except GraphError:
        return []
    return [_step_words(step) for step in steps]


def _step_words(step: Step) -> str:
    label, title = str(flow_actions[step.action].label), step.settings.get("title") or step.settings.get("tag")
    if not title:
        return label
    said = Template(in_readers_words(str(title))).safe_substitute(name=_("the customer"))
    if days := step.settings.get("due_days"):
        return _("%(label)s, due in %(days)s days: “%(title)s”") % {"label": label, "days": days, "title": said}
    return _("%(label)s: “%(title)s”") % {"label": label, "title": said}


def stand_in() -> User | None:
    """Who gets what belongs to nobody: the owner of the business."""
    return User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()


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
class RunRow:
    """One run: what it did, in words."""

    run: Run
    done: Sequence[str]


@dataclass(frozen=True)
class RunHistory:
    """One page of the runs of a flow that this user may see, newest first; `older` is where the next page begins."""

    flow: Flow
    sentence: str
    rows: Sequence[RunRow]
    older: int


def run_history(user: User, flow: Flow, *, before: int = 0) -> RunHistory:
    runs = Run.objects.visible_to(user).filter(flow=flow).select_related("person", "version").prefetch_related("steps")
    if before:
        runs = runs.filter(pk__lt=before)
    page = list(runs.order_by("-pk")[: NEWEST_RUNS + 1])
    version = flow.versions.exclude(published_at=None).order_by("-number").first()
    shown = page[:NEWEST_RUNS]
    return RunHistory(
        flow, describe(version)[0], [RunRow(run, _done(run)) for run in shown],
        older=shown[-1].pk if len(page) > NEWEST_RUNS else 0,
    )  # fmt: skip


def _done(run: Run) -> list[str]:
    """The steps that happened, with whom they went to."""
    return [_happened(step) for step in sorted(run.steps.all(), key=lambda step: step.pk)]


def _happened(step: StepRun) -> str:
    action = flow_actions.get(step.action)
    label = str(action.label) if action else step.action
    whom = step.output.get("owner") or step.output.get("told") or step.output.get("tag")
    return f"{label}: {whom}" if whom else label


def notifications_of(user: User) -> list[Notification]:
    return list(Notification.objects.filter(user=user).order_by("-created_at", "-pk")[:NEWEST_NOTIFICATIONS])


def unread_count(user: User) -> int:
    """How many notifications wait, counted up to a hundred."""
    return Notification.objects.filter(user=user, read_at=None).order_by()[:100].count()

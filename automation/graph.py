"""The shape of a flow: read, checked and explained before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from crm.extensions import event_kinds, flow_actions
from crm.filters import FilterError, compile_filter

MAX_STEPS = 30


class GraphError(ValueError):
    """The flow can't run as it is written; the words say which part and why."""


@dataclass(frozen=True)
class Step:
    key: str
    action: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """A flow as it runs: the event that starts it, what its data must hold, whom it is for, and the steps.

    `says` puts the event and its data into words for people.
    """

    event: str
    wanted: Mapping[str, Any]
    where: Mapping[str, Any]
    steps: tuple[Step, ...]
    says: str = ""

    def is_started_by(self, kind: str, data: Mapping[str, Any]) -> bool:
        return kind == self.event and all(data.get(key) == value for key, value in self.wanted.items())


def read_graph(data: object) -> Graph:
    """The graph of a version's JSON. Raises GraphError."""
    if not isinstance(data, Mapping) or not isinstance(data.get("trigger"), Mapping):
        raise GraphError(_("The automation has no trigger."))
    trigger = data["trigger"]
    if event_kinds.get(str(trigger.get("event"))) is None:
        raise GraphError(_("There is no event “%(event)s”.") % {"event": trigger.get("event")})
    where = data.get("where") or {}
    try:
        compile_filter("person", where)
    except FilterError as error:
        raise GraphError(str(error)) from error
    wanted = trigger.get("with") or {}
    if not isinstance(wanted, Mapping):
        raise GraphError(_("The trigger's conditions can't be read."))
    says = str(trigger.get("says") or "")[:300]
    return Graph(str(trigger["event"]), wanted, where, _steps(data.get("steps")), says)


def _steps(rows: object) -> tuple[Step, ...]:
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_STEPS:
        raise GraphError(_("An automation has between 1 and %(most)s steps.") % {"most": MAX_STEPS})
    steps = tuple(_step(row) for row in rows)
    if len({step.key for step in steps}) != len(steps):
        raise GraphError(_("Two steps have the same key."))
    return steps


def _step(row: object) -> Step:
    if not isinstance(row, Mapping) or not row.get("key"):
        raise GraphError(_("A step can't be read."))
    if flow_actions.get(str(row.get("action"))) is None:
        raise GraphError(_("There is no action “%(action)s”.") % {"action": row.get("action")})
    return Step(str(row["key"])[:40], str(row["action"]), dict(row.get("settings") or {}))

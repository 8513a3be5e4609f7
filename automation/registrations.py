"""What the automations put into the extension points of the crm room."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from automation.actions import ACTIONS
from automation.operations.notifications import notify
from automation.operations.runs import start_runs
from automation.queries import unread_count
from automation.shipped import ensure_shipped_flows
from crm.extensions import (
    Bell,
    EventConsumer,
    EventKind,
    NavItem,
    SetUpStep,
    bells,
    event_consumers,
    event_kinds,
    flow_actions,
    nav_items,
    set_up_steps,
)
from crm.models import Event, Task

KINDS = (
    EventKind("flow.published", _("Automation published"), _("%(actor)s published “%(name)s”"), "bolt", "system"),
    EventKind("flow.switched", _("Automation switched"), _("%(actor)s switched “%(name)s”"), "power", "system"),
    EventKind("flow.failed", _("Automation failed"), _("“%(name)s” failed"), "exclamation-triangle", "system"),
)


def tell_assignees(events: Sequence[Event]) -> None:
    """Somebody else gave me a task: tell me."""
    for event in events:
        task = Task.objects.select_related("owner", "person").filter(pk=event.subject_id or 0).first()
        if task is None or task.owner is None or task.owner_id == event.actor_id or event.actor_id is None:
            continue
        notify(
            user=task.owner, title=task.title, person=task.person, url="/tasks", icon="clipboard",
            once_key=f"task:{task.pk}:{task.owner_id}",
        )  # fmt: skip


def every_kind() -> tuple[str, ...]:
    """All kinds that are registered now: any event may start a flow."""
    return tuple(kind.key for kind in event_kinds)


def register() -> None:
    event_kinds.register(*KINDS)
    flow_actions.register(*ACTIONS)
    event_consumers.register(
        EventConsumer("automation.flows", every_kind(), start_runs, in_imports=False),
        EventConsumer("automation.notices", ("task.created",), tell_assignees, in_imports=False),
    )
    nav_items.register(NavItem("automations", _("Automations"), "automation:flow-list", "bolt", 70))
    bells.register(Bell("automation.notifications", "automation:notifications", unread_count))
    set_up_steps.register(SetUpStep("automation.flows", ensure_shipped_flows))

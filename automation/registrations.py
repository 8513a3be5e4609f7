"""What the automations put into the extension points of the crm room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from automation import privacy
from automation.actions import ACTIONS
from automation.notices import CONSUMERS
from automation.operations.runs import start_runs
from automation.queries import unread_count
from automation.shipped import ensure_shipped_flows
from crm.extensions import (
    Bell,
    EventConsumer,
    EventKind,
    NavItem,
    PrivacyExporter,
    SetUpStep,
    bells,
    event_consumers,
    event_kinds,
    flow_actions,
    nav_items,
    privacy_exporters,
    set_up_steps,
)

KINDS = (
    EventKind("flow.published", _("Automation published"), _("%(actor)s published “%(name)s”"), "bolt", "system"),
    EventKind("flow.switched", _("Automation switched"), _("%(actor)s switched “%(name)s”"), "power", "system"),
    EventKind("flow.failed", _("Automation failed"), _("“%(name)s” failed"), "exclamation-triangle", "system"),
)


def every_kind() -> tuple[str, ...]:
    """All kinds that are registered now: any event may start a flow."""
    return tuple(kind.key for kind in event_kinds)


def register() -> None:
    event_kinds.register(*KINDS)
    flow_actions.register(*ACTIONS)
    event_consumers.register(
        EventConsumer("automation.flows", every_kind(), start_runs, in_imports=False),
        *CONSUMERS,
    )
    nav_items.register(NavItem("automations", _("Automations"), "automation:flow-list", "bolt", 70))
    bells.register(Bell("automation.notifications", "automation:notifications", unread_count))
    words = _("What automations did, and what colleagues were told")
    privacy_exporters.register(PrivacyExporter("automation", words, 40, privacy.collect, privacy.erase))
    set_up_steps.register(SetUpStep("automation.flows", ensure_shipped_flows))

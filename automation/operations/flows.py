"""Publishing flows, switching them on and off, and putting in those that we ship."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from automation.graph import read_graph
from automation.models import Flow, FlowVersion, Run
from crm.events import record_event
from crm.models import User


@transaction.atomic
def publish_flow(*, flow: Flow, graph: dict[str, Any], actor: User | None) -> FlowVersion:
    """A new version that runs from now on. Records `flow.published`. Raises GraphError."""
    read_graph(graph)
    number = (flow.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    version = FlowVersion.objects.create(flow=flow, number=number, graph=graph, published_at=timezone.now())
    record_event(kind="flow.published", subject=flow, actor=actor, data={"name": flow.name, "version": number})
    return version


@transaction.atomic
def switch_flow(*, flow: Flow, on: bool, actor: User | None) -> Flow:
    """On, or off: the kill switch, which also stops what is under way. Records `flow.switched`."""
    if Flow.objects.filter(pk=flow.pk).exclude(is_on=on).update(is_on=on):
        if not on:
            Run.objects.filter(flow=flow, state=Run.State.RUNNING).update(
                state=Run.State.STOPPED, due_at=None, finished_at=timezone.now()
            )
        record_event(kind="flow.switched", subject=flow, actor=actor, data={"name": flow.name, "on": on})
    flow.refresh_from_db()
    return flow


def current_version(flow: Flow) -> FlowVersion | None:
    return flow.versions.exclude(published_at=None).order_by("-number").first()

"""Flows at work: an event starts runs, a run goes step by step, each step happens once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerDown

from automation.graph import Graph, GraphError, Step, read_graph
from automation.models import FlowVersion, Run, StepRun
from crm.events import MAX_DEPTH, acting, record_event
from crm.extensions import flow_actions
from crm.filters import compile_filter
from crm.models import Event, Person

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
BACK_OFF = [timedelta(seconds=s) for s in (10, 60, 600, 3600)]


class StepFailedError(Exception):
    """A step can't be done, now or ever; the words say why."""


def start_runs(events: Sequence[Event]) -> None:
    """The consumer: start a run for every flow that one of these events triggers."""
    flows = live_flows()
    for event in events:
        for version, graph in flows:
            if graph.is_started_by(event.kind, event.data) and _may_start(event, version, graph):
                _start(event, version)


def live_flows() -> list[tuple[FlowVersion, Graph]]:
    """The newest published version of every flow that is switched on; one that can't be read any more is left out."""
    flows = []
    for version in _published_versions():
        try:
            flows.append((version, read_graph(version.graph)))
        except GraphError as error:
            log.warning("flow_unreadable", flow=version.flow_id, error=str(error))
    return flows


def _published_versions() -> list[FlowVersion]:
    newest = FlowVersion.objects.filter(flow=OuterRef("flow")).exclude(published_at=None).order_by("-number")
    live = FlowVersion.objects.filter(flow__is_on=True, pk=Subquery(newest.values("pk")[:1]))
    return list(live.select_related("flow"))


def _may_start(event: Event, version: FlowVersion, graph: Graph) -> bool:
    """Not too deep, not caused by the same flow, and the person is one of those it is for."""
    if event.depth >= MAX_DEPTH or _is_own_doing(event, version.flow_id):
        log.warning("flow_loop_stopped", flow=version.flow_id, event_id=event.pk)
        return False
    if event.person_id is None:
        return not graph.where
    return Person.objects.filter(pk=event.person_id).filter(compile_filter("person", graph.where)).exists()


def _is_own_doing(event: Event, flow_id: int) -> bool:
    cause = event.cause
    while cause is not None:
        if Run.objects.filter(flow=flow_id, event=cause).exists():
            return True
        cause = cause.cause
    return False


def _start(event: Event, version: FlowVersion) -> None:
    run, is_new = Run.objects.get_or_create(
        flow=version.flow, event=event, defaults={"version": version, "person_id": event.person_id}
    )
    if is_new:
        transaction.on_commit(partial(_wake, run.pk))


def _wake(run_id: int) -> None:
    try:
        current_app.send_task("automation.advance_run", kwargs={"run_id": run_id})
    except (BrokerDown, OSError):
        log.warning("broker_down", waiting=1)


def due_runs(now: datetime, limit: int = 500) -> list[int]:
    due = Run.objects.filter(due_at__lte=now, state=Run.State.RUNNING).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def advance_run(*, run_id: int) -> str:
    """Take a run as far as it goes; returns its state. May be called any number of times."""
    now = timezone.now()
    claimed = Run.objects.filter(pk=run_id, state=Run.State.RUNNING, due_at__lte=now).update(
        due_at=now + LEASE, attempts=F("attempts") + 1
    )
    run = Run.objects.select_related("version", "flow", "event", "person").filter(pk=run_id).first()
    if not claimed or run is None:
        return "not due"
    if run.attempts > len(BACK_OFF) + 1:  # it brings its worker down each time
        _finish(run, Run.State.FAILED, StepFailedError(_("A step broke off every time.")))
        return run.state
    try:
        for step in read_graph(run.version.graph).steps:
            _do_step(run, step)
    except (StepFailedError, GraphError, ValueError) as error:
        return _put_off(run, error)
    _finish(run, Run.State.DONE)
    return run.state


def _do_step(run: Run, step: Step) -> None:
    """One step and the note that it happened, in one transaction."""
    if StepRun.objects.filter(run=run, step=step.key).exists():
        return
    began = time.monotonic()
    with transaction.atomic(), acting(via=Event.Via.FLOW, cause=run.event):
        output = flow_actions[step.action].run(run, step.settings, f"run:{run.pk}:{step.key}")
        StepRun.objects.create(
            run=run, step=step.key, action=step.action, output=dict(output),
            milliseconds=int((time.monotonic() - began) * 1000),
        )  # fmt: skip


def _put_off(run: Run, error: Exception) -> str:
    if run.attempts > len(BACK_OFF):
        _finish(run, Run.State.FAILED, error)
    else:
        Run.objects.filter(pk=run.pk).update(
            error=str(error)[:2000], due_at=timezone.now() + BACK_OFF[run.attempts - 1]
        )
    return run.state


@transaction.atomic
def _finish(run: Run, state: str, error: Exception | None = None) -> None:
    run.state, run.error, run.due_at, run.finished_at = state, str(error or "")[:2000], None, timezone.now()
    run.save(update_fields=["state", "error", "due_at", "finished_at"])
    if state == Run.State.FAILED:
        record_event(
            kind="flow.failed", subject=run.flow, person=run.person, data={"name": run.flow.name, "error": run.error}
        )


@transaction.atomic
def retry_run(*, run: Run) -> None:
    """Go on from the step that failed; what is done is not repeated."""
    again = Run.objects.filter(pk=run.pk, state__in=(Run.State.FAILED, Run.State.STOPPED))
    if again.update(state=Run.State.RUNNING, attempts=0, due_at=timezone.now(), finished_at=None, error=""):
        transaction.on_commit(partial(_wake, run.pk))


def words_of(run: Run) -> Mapping[str, Any]:
    """What the texts of a step may name: the person and the flow, nothing else."""
    return {"name": run.person.name if run.person else "", "flow": run.flow.name}

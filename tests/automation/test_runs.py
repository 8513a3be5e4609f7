"""A flow starts from an event, does each step once, and never chases itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404
from django.utils import timezone

from automation import actions
from automation.actions import ACTIONS
from automation.graph import GraphError, read_graph
from automation.models import Flow, Notification, Run, StepRun
from automation.operations import runs
from automation.operations.flows import publish_flow, switch_flow
from crm import events
from crm.extensions import FlowAction, flow_actions
from crm.models import Event, Task, User
from crm.operations.people import update_person
from tests.factories import make_order, make_person

pytestmark = pytest.mark.django_db

TASK = {"key": "task", "action": "task.create", "settings": {"title": "Call $name", "due_days": 1}}
TELL = {"key": "tell", "action": "notify", "settings": {"title": "$name ordered"}}


def make_flow(*steps: Mapping[str, Any], event: str = "order.placed", **graph: Any) -> Flow:
    flow = Flow.objects.create(name="Test", is_on=True)
    publish_flow(
        flow=flow, graph={"trigger": {"event": event, "with": {}}, "steps": list(steps or [TASK]), **graph}, actor=None
    )
    return flow


def ordered(**person: Any) -> Event:
    return Event.objects.get(subject_id=make_order(make_person(**person)).pk, kind="order.placed")


def handle(*happened: Event) -> None:
    """Events are handled twice, and so are runs."""
    for _time in range(2):
        runs.start_runs(happened)
        for run in Run.objects.all():
            runs.advance_run(run_id=run.pk)


def test_an_event_runs_every_step_once(owner: User) -> None:
    make_flow(TASK, TELL)
    handle(ordered(name="Ann Lee"))
    assert Task.objects.get().title == "Call Ann Lee"
    assert Notification.objects.get().user == owner
    assert Run.objects.get().state == Run.State.DONE


def test_the_task_goes_to_the_persons_owner(owner: User, sales: User) -> None:
    make_flow()
    handle(ordered(owner=sales))
    assert Task.objects.get().owner == sales


def test_only_people_inside_the_filter_are_enrolled(owner: User) -> None:
    make_flow(where={"field": "country", "op": "is", "value": "France"})
    handle(ordered(country="Spain"))
    assert not Run.objects.exists()


def test_the_triggers_data_must_match(owner: User) -> None:
    make_flow(trigger={"event": "order.placed", "with": {"currency": "USD"}})
    handle(ordered())
    assert not Run.objects.exists()


def test_a_flow_that_is_off_does_nothing(owner: User) -> None:
    switch_flow(flow=make_flow(), on=False, actor=owner)
    handle(ordered())
    assert not Run.objects.exists()


def test_switching_off_stops_what_is_under_way(owner: User) -> None:
    flow = make_flow()
    runs.start_runs([ordered()])
    switch_flow(flow=flow, on=False, actor=owner)
    assert Run.objects.get().state == Run.State.STOPPED


def test_a_flow_does_not_start_from_what_it_did_itself(owner: User) -> None:
    make_flow({"key": "tag", "action": "tag.add", "settings": {"tag": "x"}}, event="record.tagged")
    person = make_person()
    with events.acting(via="page"):
        update_person(person=person, actor=None, name="New")
    first = events.record_event(kind="record.tagged", subject=person)
    handle(first)
    own = Event.objects.filter(kind="record.tagged", cause=first).get()
    handle(own)
    assert Run.objects.count() == 1


def test_a_failed_step_is_tried_again_and_done_ones_are_not_repeated(owner: User) -> None:
    broken = {"on": True}

    def fail(run: Run, settings: Mapping[str, Any], once_key: str) -> Mapping[str, Any]:
        if broken["on"]:
            raise runs.StepFailedError("not now")
        return {}

    flow_actions.register(FlowAction("test.fail", "Fail", fail))
    try:
        make_flow(TASK, {"key": "fail", "action": "test.fail"})
        handle(ordered())
        run = Run.objects.get()
        assert (run.state, run.error) == (Run.State.RUNNING, "not now")
        broken["on"] = False
        Run.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        assert runs.advance_run(run_id=run.pk) == Run.State.DONE
    finally:
        flow_actions.unregister("test.fail")
    assert Task.objects.count() == 1
    assert StepRun.objects.count() == 2


def test_after_its_last_attempt_a_run_has_failed_and_can_be_retried(owner: User) -> None:
    make_flow({"key": "tag", "action": "tag.add", "settings": {}})
    runs.start_runs([ordered()])
    run = Run.objects.get()
    for _attempt in range(len(runs.BACK_OFF) + 1):
        Run.objects.update(due_at=timezone.now())
        runs.advance_run(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert Event.objects.filter(kind="flow.failed").count() == 1
    runs.retry_run(run=run)
    assert runs.due_runs(timezone.now()) == [run.pk]


def test_a_run_that_brings_its_worker_down_every_time_fails(owner: User) -> None:
    make_flow()
    runs.start_runs([ordered()])
    Run.objects.update(attempts=len(runs.BACK_OFF) + 1)  # claimed, and never heard of again
    run = Run.objects.get()
    assert runs.advance_run(run_id=run.pk) == Run.State.FAILED
    assert not Task.objects.exists()
    runs.retry_run(run=run)
    assert runs.advance_run(run_id=run.pk) == Run.State.DONE


def test_text_of_a_step_is_never_a_template_of_ours(owner: User) -> None:
    make_flow({**TASK, "settings": {"title": "{{ 7*7 }} ${flow.__class__} $name"}})
    handle(ordered(name="{% now %}"))
    assert Task.objects.get().title == "{{ 7*7 }} ${flow.__class__} {% now %}"


@pytest.mark.parametrize(
    "graph",
    [
        None,
        {},
        {"trigger": {"event": "no.such"}, "steps": [TASK]},
        {"trigger": {"event": "order.placed"}, "steps": []},
        {"trigger": {"event": "order.placed"}, "steps": [TASK, TASK]},
        {"trigger": {"event": "order.placed"}, "steps": [{"key": "x", "action": "rm -rf"}]},
        {
            "trigger": {"event": "order.placed"},
            "steps": [TASK],
            "where": {"field": "password", "op": "is", "value": "x"},
        },
    ],
)
def test_a_graph_that_can_not_run_is_refused(graph: object) -> None:
    with pytest.raises(GraphError):
        read_graph(graph)


def test_every_action_is_registered() -> None:
    assert {action.key for action in ACTIONS} <= {action.key for action in flow_actions}


def test_whoever_is_deleted_while_a_step_puts_a_tag_on_them_ends_the_run_in_words(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_flow({"key": "tag", "action": "tag.add", "settings": {"tag": "x"}})
    runs.start_runs([ordered()])

    def gone(**_given: Any) -> None:
        raise Http404

    monkeypatch.setattr(actions, "change_tags", gone)
    runs.advance_run(run_id=Run.objects.get().pk)
    assert Run.objects.get().error == "This step needs a person, and the event had none."

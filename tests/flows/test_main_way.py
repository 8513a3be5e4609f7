"""The main way through the house, end to end: what customers do becomes events, scores, runs and tasks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from automation.models import Notification, Run, StepRun
from automation.shipped import ensure_shipped_flows
from automation.tasks import advance_run
from automation.tasks import sweep as sweep_runs
from crm import events
from crm.models import Event, Handling, Task, User
from crm.tasks import handle_events, sweep_events
from inbox.models import Conversation
from inbox.tasks import sweep as sweep_post
from tests.crm.test_api import Api
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def work() -> None:
    """What the workers do, twice: every task may run again."""
    for _time in range(2):
        ids = events.due_events(timezone.now())
        handle_events(event_ids=ids)
        sweep_events()
        for run in Run.objects.all():
            advance_run(run_id=run.pk)
        sweep_runs()
        sweep_post()


def test_a_message_reaches_its_person_and_leaves_nothing_unhandled(client: Client, sales: User) -> None:
    person = make_person(email="ann@example.org", name="Ann Lee")
    body = {"external_id": "m1", "from_address": "ann@example.org", "subject": "Parcel", "text": "It arrived broken."}
    assert Api(sales).post("messages/", body).status_code == 201
    work()
    assert Conversation.objects.get().person == person
    assert not Event.objects.filter(handled_at=None).exists()
    assert not Handling.objects.exists()
    client.force_login(sales)
    assert "It arrived broken." in client.get(f"/inbox/open/{Conversation.objects.get().pk}").content.decode()
    assert "Parcel" in client.get(f"/people/{person.pk}/").content.decode()


def crossed(person: Any, **data: Any) -> Event:
    """What analytics records when a band changes (tests/analytics shows that it does)."""
    told = {"task": "churn", "old_band": "low", "new_band": "high", "old": 0.1, "new": 0.8, "value_fifth": 5}
    return events.record_event(kind="score.crossed", subject=person, data={**told, **data})


def test_a_good_customer_at_risk_becomes_one_task_and_one_notification(owner: User, sales: User) -> None:
    ensure_shipped_flows()
    person = make_person(name="Ann Lee", owner=sales)
    cause = crossed(person)
    work()
    task = Task.objects.get()
    assert task.title == "Win Ann Lee back: a good customer may be leaving"
    assert (task.owner, task.person) == (sales, person)
    assert Notification.objects.get().user == sales
    assert StepRun.objects.count() == 2
    created = Event.objects.get(kind="task.created")
    assert (created.via, created.cause) == ("flow", cause)


@pytest.mark.parametrize("data", [{"value_fifth": 4}, {"new_band": "medium"}, {"task": "value"}])
def test_other_crossings_start_nothing(owner: User, data: dict[str, Any]) -> None:
    ensure_shipped_flows()
    crossed(make_person(), **data)
    work()
    assert not Run.objects.exists()


def test_an_import_starts_no_flow(owner: User) -> None:
    ensure_shipped_flows()
    person = make_person()
    with events.acting(via="import"):
        crossed(person)
    work()
    assert not Run.objects.exists()

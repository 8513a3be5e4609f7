"""The pages of automations and notifications."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from automation.models import Flow, Notification, Run
from automation.operations import runs
from automation.operations.notifications import notify
from automation.shipped import ensure_shipped_flows
from crm.models import User
from tests.automation.test_runs import TASK, make_flow, ordered
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def test_without_automations_the_page_says_what_they_are(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert "No automations yet" in client.get("/automations").content.decode()


def test_a_flow_is_told_in_a_sentence(client: Client, sales: User) -> None:
    make_flow(TASK, where={"all": [{"field": "country", "op": "is", "value": "France"}]})
    client.force_login(sales)
    assert "When “Order” (Country is France): Add a task." in client.get("/automations").content.decode()


def test_the_shipped_flow_says_what_it_does_and_for_whom(client: Client, sales: User, owner: User) -> None:
    ensure_shipped_flows()
    client.force_login(sales)
    page = client.get("/automations").content.decode()
    assert "Add a task, due in 2 days: “Win the customer back: a good customer may be leaving”" in page
    assert f"where nobody does, to {owner}" in page
    assert "Managers switch it on and off" in page


def test_the_history_says_what_happened_and_to_whom_it_went(
    client: Client, owner: User, sales: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = make_flow()
    for name in ("Ann", "Bob", "Cem"):
        runs.start_runs([ordered(name=name, owner=sales)])
    for run in Run.objects.all():
        runs.advance_run(run_id=run.pk)
    client.force_login(owner)
    monkeypatch.setattr("automation.queries.NEWEST_RUNS", 2)
    first = client.get(f"/automations/{flow.pk}/runs")
    assert f"Add a task: {sales}" in first.content.decode()
    history = first.context["history"]
    assert [row.run.person.name for row in history.rows] == ["Cem", "Bob"]
    second = client.get(f"/automations/{flow.pk}/runs", {"before": history.older}).context["history"]
    assert ([row.run.person.name for row in second.rows], second.older) == (["Ann"], 0)


def test_a_failed_run_says_why_and_is_tried_again_by_a_button(client: Client, owner: User) -> None:
    flow = make_flow({**TASK, "action": "tag.add", "settings": {}})
    runs.start_runs([ordered()])
    run = Run.objects.get()
    for _attempt in range(len(runs.BACK_OFF) + 1):
        Run.objects.update(due_at=timezone.now())
        runs.advance_run(run_id=run.pk)
    client.force_login(owner)
    assert "The step names no tag." in client.get(f"/automations/{flow.pk}/runs").content.decode()
    client.post(f"/automations/runs/{run.pk}/retry")
    run.refresh_from_db()
    assert run.state == Run.State.RUNNING


def test_a_manager_switches_it_and_others_can_not(client: Client, manager: User, sales: User) -> None:
    flow = make_flow()
    client.force_login(sales)
    assert client.post(f"/automations/{flow.pk}/switch").status_code == 403
    client.force_login(manager)
    client.post(f"/automations/{flow.pk}/switch")
    flow.refresh_from_db()
    assert not flow.is_on
    client.post(f"/automations/{flow.pk}/switch", {"on": "1"})
    assert Flow.objects.get().is_on


def test_the_run_history_shows_only_people_one_may_see(
    client: Client, owner: User, manager: User, stranger: User
) -> None:
    flow = make_flow()
    runs.start_runs([ordered(name="Ann Lee", owner=owner)])
    run = Run.objects.get()
    runs.advance_run(run_id=run.pk)
    client.force_login(manager)
    assert "Ann Lee" in client.get(f"/automations/{flow.pk}/runs").content.decode()
    client.force_login(stranger)
    assert "Ann Lee" not in client.get(f"/automations/{flow.pk}/runs").content.decode()
    assert client.post(f"/automations/runs/{run.pk}/retry").status_code == 403


def test_a_notification_leads_to_its_page_and_is_read(client: Client, sales: User, owner: User) -> None:
    person = make_person()
    mine = notify(user=sales, title="Look", person=person, url=f"/people/{person.pk}/", once_key="a")
    theirs = notify(user=owner, title="Secret", once_key="b")
    client.force_login(sales)
    page = client.get("/notifications").content.decode()
    assert "Look" in page
    assert "Secret" not in page
    assert client.post(f"/notifications/{mine.pk}/open")["Location"] == f"/people/{person.pk}/"
    assert client.post(f"/notifications/{theirs.pk}/open").status_code == 404
    assert Notification.objects.get(pk=mine.pk).read_at is not None


def test_a_notification_never_leads_away(client: Client, sales: User) -> None:
    row = notify(user=sales, title="Look", url="https://evil.example/", once_key="a")
    client.force_login(sales)
    assert client.post(f"/notifications/{row.pk}/open")["Location"] == "/notifications"


def test_who_reads_another_language_reads_a_shipped_flow_in_theirs(client: Client, sales: User) -> None:
    ensure_shipped_flows()
    User.objects.filter(pk=sales.pk).update(language="de")
    client.force_login(sales)
    page = client.get("/automations").content.decode()
    assert "Wenn das Abwanderungsrisiko" in page
    assert "risk of leaving becomes high" not in page

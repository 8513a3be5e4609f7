"""The Today page."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.models import Task, User
from crm.queries.first_steps import FirstSteps, open_first_steps
from crm.queries.today import task_line, today_page
from tests.factories import make_deal, make_order, make_person, make_task

HTMX = {"HTTP_HX_REQUEST": "true"}


def test_tasks_stand_by_when_they_are_due(sales: User) -> None:
    today = timezone.localdate()
    for days in (-2, 0, 3, 30, None):
        make_task(title=str(days), owner=sales, due_on=None if days is None else today + timedelta(days=days))
    page = today_page(sales, today=today)
    groups = (page.late, page.today, page.week, page.undated)
    assert [[line.task.title for line in group] for group in groups] == [["-2"], ["0"], ["3"], ["None"]]


def test_a_task_leads_to_its_record_and_names_it_once(sales: User) -> None:
    ann = make_person(name="Ann Lee")
    assert task_line(make_task(title="Call Ann Lee", person=ann)).record == ""
    assert task_line(make_task(title="Call", person=ann)).record == "Ann Lee"
    assert task_line(make_task(title="Call")).url == ""


def test_deals_without_a_next_step_are_named(sales: User) -> None:
    bare = make_deal(owner=sales)
    make_deal(owner=sales, next_step="Call")
    make_task(owner=sales, deal=make_deal(owner=sales))
    make_deal(owner=sales, expected_close_on=timezone.localdate(), next_step="Sign")
    page = today_page(sales, today=timezone.localdate())
    assert [deal.pk for deal in page.stepless] == [bare.pk]
    assert [deal.next_step for deal in page.closing] == ["Sign"]


def test_it_takes_three_queries_however_much_there_is(
    sales: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        make_task(owner=sales, due_on=timezone.localdate(), deal=make_deal(owner=sales))
    with django_assert_num_queries(3):
        today_page(sales, today=timezone.localdate())


def test_a_task_is_added_in_one_line(client: Client, sales: User) -> None:
    client.force_login(sales)
    client.post("/today/add", {"text": "call the printer tomorrow"})
    task = Task.objects.get()
    assert (task.title, task.owner) == ("call the printer", sales)
    assert task.due_on == timezone.localdate() + timedelta(days=1)
    client.post("/today/add", {"text": "  "})
    assert Task.objects.count() == 1


def test_a_tick_answers_with_the_row_and_an_undo(client: Client, sales: User) -> None:
    client.force_login(sales)
    task = make_task(owner=sales)
    response = client.post(f"/today/{task.pk}/tick", **HTMX)  # type: ignore[arg-type]
    task.refresh_from_db()
    assert task.done_at is not None
    assert "is-done" in response.content.decode()
    assert json.loads(response["HX-Trigger"])["toast"]["undo_url"] == f"/today/{task.pk}/tick"
    client.post(f"/today/{task.pk}/tick")
    task.refresh_from_db()
    assert task.done_at is None


def test_a_late_task_is_put_off_to_tomorrow(client: Client, sales: User) -> None:
    client.force_login(sales)
    task = make_task(owner=sales, due_on=timezone.localdate() - timedelta(days=9))
    client.post(f"/today/{task.pk}/tomorrow")
    task.refresh_from_db()
    assert task.due_on == timezone.localdate() + timedelta(days=1)


@pytest.mark.parametrize("act", ["tick", "tomorrow"])
def test_a_stranger_finds_no_task(client: Client, owner: User, stranger: User, act: str) -> None:
    task = make_task(owner=owner)
    client.force_login(stranger)
    assert client.post(f"/today/{task.pk}/{act}").status_code == 404


def test_who_may_only_read_ticks_nothing(client: Client, readonly: User) -> None:
    task = make_task(owner=readonly)
    client.force_login(readonly)
    assert client.post(f"/today/{task.pk}/tick").status_code == 403
    assert client.get("/today").status_code == 200


def test_a_new_workspace_shows_the_first_steps_until_all_are_done(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert "First steps" in client.get("/today").content.decode()
    make_order()
    make_deal()
    lines = {line.label: line.is_done for line in (open_first_steps() or FirstSteps([])).lines}
    assert lines["Import your orders and customers"] is True
    assert lines["Invite a colleague"] is False


def test_the_first_steps_can_be_put_away(client: Client, owner: User) -> None:
    client.force_login(owner)
    client.post("/today/steps")
    assert "First steps" not in client.get("/today").content.decode()


def test_only_who_sets_up_sees_the_first_steps(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert "First steps" not in client.get("/today").content.decode()

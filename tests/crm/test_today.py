"""The Today page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.models import Stage, Task, User
from crm.operations.deals import follow_stage_kinds
from crm.queries.counts import Count
from crm.queries.first_steps import FirstSteps, open_first_steps
from crm.queries.today import MOST_DEALS, MOST_TASKS, today_page
from tests.factories import make_deal, make_order, make_stage, make_task


def test_tasks_stand_by_when_they_are_due(sales: User) -> None:
    today = timezone.localdate()
    for days in (-2, 0, 3, 30, None):
        make_task(title=str(days), owner=sales, due_on=None if days is None else today + timedelta(days=days))
    page = today_page(sales, today=today)
    groups = (page.late, page.today, page.week, page.undated)
    assert [[line.task.title for line in group.lines] for group in groups] == [["-2"], ["0"], ["3"], ["None"]]


def test_deals_without_a_next_step_are_named(sales: User) -> None:
    bare = make_deal(owner=sales)
    make_deal(owner=sales, next_step="Call")
    make_task(owner=sales, deal=make_deal(owner=sales))
    make_deal(owner=sales, expected_close_on=timezone.localdate(), next_step="Sign")
    page = today_page(sales, today=timezone.localdate())
    assert [deal.pk for deal in page.stepless.lines] == [bare.pk]
    assert [deal.next_step for deal in page.closing.lines] == ["Sign"]


def test_late_deals_do_not_hide_those_that_close_this_week(sales: User) -> None:
    today = timezone.localdate()
    for days in range(MOST_DEALS + 1):
        make_deal(owner=sales, expected_close_on=today - timedelta(days=days + 1), next_step="Ask")
    make_deal(owner=sales, expected_close_on=today, next_step="Sign")
    make_deal(owner=sales, expected_close_on=today + timedelta(days=8), next_step="Wait")
    page = today_page(sales, today=today)
    assert [deal.next_step for deal in page.closing.lines] == ["Sign"]
    assert (len(page.overdue.lines), str(page.overdue.count)) == (MOST_DEALS, f"{MOST_DEALS}+")


def test_it_takes_five_queries_however_much_there_is(
    sales: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        make_task(owner=sales, due_on=timezone.localdate(), deal=make_deal(owner=sales))
    with django_assert_num_queries(5):
        today_page(sales, today=timezone.localdate())


def test_a_task_is_added_in_one_line(client: Client, sales: User) -> None:
    client.force_login(sales)
    client.post("/today/add", {"text": "call the printer tomorrow"})
    task = Task.objects.get()
    assert (task.title, task.owner) == ("call the printer", sales)
    assert task.due_on == timezone.localdate() + timedelta(days=1)
    client.post("/today/add", {"text": "  "})
    assert Task.objects.count() == 1


def test_who_may_only_read_is_offered_no_tick(client: Client, readonly: User) -> None:
    make_task(title="Call", owner=readonly)
    client.force_login(readonly)
    body = client.get("/today").content.decode()
    assert "Call" in body
    assert 'class="tick"' not in body


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


def test_a_long_heap_shows_its_beginning_and_how_many_more_there_are(sales: User, client: Client) -> None:
    today = timezone.localdate()
    for days in range(1, MOST_TASKS + 4):
        make_task(title=f"Late {days}", owner=sales, due_on=today - timedelta(days=days))
    make_task(title="Now", owner=sales, due_on=today)
    page = today_page(sales, today=today)
    assert (len(page.late.lines), page.late.count, page.late.rest) == (MOST_TASKS, Count(MOST_TASKS + 3), Count(3))
    assert page.late.lines[0].task.title == f"Late {MOST_TASKS + 3}"
    assert [line.task.title for line in page.today.lines] == ["Now"]
    client.force_login(sales)
    assert "3 more tasks" in client.get("/today").content.decode()


def test_beyond_a_thousand_tasks_the_count_says_that_there_are_more(
    sales: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.queries.tasks.MOST_COUNTED", 12)
    for number in range(14):
        make_task(title=f"Call {number}", owner=sales)
    client.force_login(sales)
    body = client.get("/today").content.decode()
    assert ">12+<" in body
    assert "2+ more tasks" in body


def test_deals_of_a_stage_that_becomes_open_are_no_longer_closed(sales: User) -> None:
    won = make_stage("Won")
    deal = make_deal(owner=sales, stage=won)
    Stage.objects.filter(pk=won.pk).update(kind=Stage.Kind.OPEN)
    follow_stage_kinds(won.pipeline)
    assert list(today_page(sales, today=timezone.localdate()).stepless.lines) == [deal]
    Stage.objects.filter(pk=won.pk).update(kind=Stage.Kind.LOST)
    follow_stage_kinds(won.pipeline)
    assert not today_page(sales, today=timezone.localdate()).stepless

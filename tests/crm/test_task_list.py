"""The task page: groups, quick add, ticking off, putting off, editing, removing, and who may do what."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.models import Scope, Task, Team, User
from crm.queries import tasks as query
from crm.queries.counts import Count
from crm.queries.tasks import ALL, DONE, MINE, task_lines, task_page, tasks_of
from tests.factories import make_company, make_deal, make_person, make_task, make_user
from tests.pages import HTMX

pytestmark = pytest.mark.django_db

ACTS = ("task-edit", "task-tick", "task-snooze", "task-undo", "task-delete")


def day(number: int) -> date:
    return timezone.localdate() + timedelta(days=number)


@pytest.fixture
def page(client: Client, sales: User) -> Client:
    client.force_login(sales)
    return client


def titles(user: User, tab: str) -> dict[str, list[str]]:
    groups = task_page(user, tab=tab, today=timezone.localdate()).groups
    return {group.key: [line.task.title for line in group.lines] for group in groups}


def test_tasks_stand_by_when_they_are_due(sales: User) -> None:
    for days in (-3, -1, 0, 1, 7, 8, None):
        make_task(title=str(days), owner=sales, due_on=None if days is None else day(days))
    shown = {"late": ["-3", "-1"], "today": ["0"], "week": ["1", "7"], "later": ["8"], "undated": ["None"]}
    assert titles(sales, MINE) == shown


def test_mine_all_and_done_part_the_tasks(sales: User, manager: User) -> None:
    make_task(title="mine", owner=sales)
    make_task(title="theirs", owner=manager)
    done = make_task(title="done", owner=sales)
    Task.objects.filter(pk=done.pk).update(done_at=timezone.now())
    assert titles(sales, MINE) == {"undated": ["mine"]}
    assert titles(sales, ALL) == {"undated": ["mine", "theirs"]}
    assert titles(sales, DONE) == {"done": ["done"]}


def test_all_can_be_narrowed_to_a_colleague(page: Client, manager: User) -> None:
    make_task(title="theirs", owner=manager)
    make_task(title="nobodys")
    body = page.get(reverse("crm:task-list"), {"tab": "all", "owner": str(manager.pk)}).content.decode()
    assert "theirs" in body
    assert "nobodys" not in body


def test_long_lists_come_in_pages_that_lose_and_repeat_nothing(sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "PAGE_SIZE", 3)
    for number in range(8):
        make_task(title=str(number), owner=sales, due_on=day(number // 2) if number < 5 else None)
    seen: list[str] = []
    after = ""
    for _page in range(3):
        page = task_page(sales, tab=MINE, today=timezone.localdate(), after=after)
        seen += [line.task.title for group in page.groups for line in group.lines]
        after = page.after
    assert seen == [str(number) for number in range(8)]
    assert after == ""


def test_the_counts_are_of_all_pages(sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "PAGE_SIZE", 2)
    for _number in range(5):
        make_task(owner=sales, due_on=day(-1))
    [group] = task_page(sales, tab=MINE, today=timezone.localdate()).groups
    assert (len(group.lines), group.count) == (2, Count(5))


@pytest.mark.parametrize("number", [1, 30])
def test_the_page_takes_the_same_queries_for_any_number_of_tasks(
    page: Client, sales: User, django_assert_max_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for _number in range(number):
        make_task(owner=sales, person=make_person(), deal=make_deal(), company=make_company(), due_on=day(0))
    with django_assert_max_num_queries(10):
        assert page.get(reverse("crm:task-list")).status_code == 200


def test_a_link_to_what_the_reader_may_not_see_is_left_out(client: Client, stranger: User) -> None:
    client.force_login(stranger)
    make_task(title="Call them", owner=stranger, person=make_person(name="Hidden Person"))
    make_task(title="Call her", owner=stranger, person=make_person(name="Own Person", owner=stranger))
    body = client.get(reverse("crm:task-list")).content.decode()
    assert "Call them" in body
    assert "Own Person" in body
    assert "Hidden Person" not in body


def test_editing_leaves_a_link_that_the_editor_does_not_see(client: Client, stranger: User) -> None:
    client.force_login(stranger)
    task = make_task(title="Call", owner=stranger, person=make_person(name="Hidden Person"))
    url = reverse("crm:task-edit", args=[task.pk])
    assert b"Hidden Person" not in client.get(url).content
    client.post(url, {"title": "Call twice", "owner": stranger.pk})
    task.refresh_from_db()
    assert (task.title, task.person_id is not None) == ("Call twice", True)


def test_a_task_names_its_record_unless_the_title_does(sales: User) -> None:
    ann = make_person(name="Ann Lee")
    names = [
        line.about for line in task_lines([make_task(title=t, person=ann) for t in ("Call Ann Lee", "Call")], sales)
    ]
    assert names == ["", "Ann Lee"]


def test_text_of_users_is_escaped(page: Client, sales: User) -> None:
    make_task(title="<script>alert(1)</script>", owner=sales, person=make_person(name="<b>Ann</b>"))
    body = page.get(reverse("crm:task-list")).content.decode()
    assert "<script>alert(1)" not in body
    assert "<b>Ann" not in body


def test_one_line_becomes_a_task_about_a_person(page: Client, sales: User) -> None:
    person = make_person(name="Ann Lee")
    data = {"text": "call her tomorrow 3pm", "person": person.pk, "person_text": "Ann Lee"}
    response = page.post(reverse("crm:task-quick-add"), data, headers=HTMX)
    task = Task.objects.get()
    assert (task.title, task.due_on, task.owner, task.person) == ("call her", day(1), sales, person)
    assert task.remind_at is not None
    assert timezone.localtime(task.remind_at).hour == 15
    news = json.loads(response["HX-Trigger"])["toast"]["text"]
    assert "Tomorrow" in news
    assert "tasks-changed" in response["HX-Trigger-After-Settle"]


def test_a_person_is_found_by_the_exact_name_without_scripts(page: Client) -> None:
    person = make_person(name="Ann Lee")
    page.post(reverse("crm:task-quick-add"), {"text": "call", "person": "", "person_text": "ann lee"})
    assert Task.objects.get().person == person


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_line_is_no_task(page: Client, text: str) -> None:
    assert page.post(reverse("crm:task-quick-add"), {"text": text}, headers=HTMX).status_code == 422
    assert not Task.objects.exists()


def test_an_unknown_person_is_said_so(page: Client) -> None:
    response = page.post(reverse("crm:task-quick-add"), {"text": "call", "person_text": "Nobody"}, headers=HTMX)
    assert response.status_code == 422
    assert "was not found" in response.content.decode()
    assert not Task.objects.exists()


def test_nobody_links_a_task_to_a_person_whom_they_do_not_see(client: Client, stranger: User) -> None:
    client.force_login(stranger)
    hidden = make_person(name="Hidden Person")
    response = client.post(reverse("crm:task-quick-add"), {"text": "call", "person": hidden.pk}, headers=HTMX)
    assert response.status_code == 422
    assert "Hidden" not in response.content.decode()


def test_a_tick_answers_with_the_line_the_counts_and_an_undo(page: Client, sales: User) -> None:
    task = make_task(owner=sales, due_on=day(0))
    headers = {**HTMX, "HX-Current-URL": "http://testserver" + reverse("crm:task-list")}
    response = page.post(reverse("crm:task-tick", args=[task.pk]), headers=headers)
    body = response.content.decode()
    assert "is-done" in body
    assert 'id="count-today" hx-swap-oob="true">0<' in body
    undo = json.loads(response["HX-Trigger"])["toast"]["undo_url"]
    assert page.post(undo, headers=HTMX).status_code == 204
    task.refresh_from_db()
    assert task.done_at is None


def test_a_late_task_is_put_off_to_tomorrow(page: Client, sales: User) -> None:
    task = make_task(owner=sales, due_on=day(-4))
    page.post(reverse("crm:task-snooze", args=[task.pk]), headers=HTMX)
    task.refresh_from_db()
    assert task.due_on == day(1)


@pytest.mark.parametrize("days", ["0", "-1", "9999999999", "x"])
def test_a_task_is_put_off_by_a_day_or_a_week_only(page: Client, sales: User, days: str) -> None:
    task = make_task(owner=sales, due_on=day(0))
    assert page.post(reverse("crm:task-snooze", args=[task.pk]), {"days": days}).status_code == 404


def test_a_task_is_edited_and_given_to_a_colleague(page: Client, manager: User) -> None:
    task = make_task(title="Old")
    data = {"title": "New", "due_on": "2026-12-24", "at": "15:30", "owner": manager.pk, "notes": "Gift"}
    response = page.post(reverse("crm:task-edit", args=[task.pk]), data, headers=HTMX)
    assert response.status_code == 204
    task.refresh_from_db()
    assert (task.title, task.due_on, task.owner, task.notes) == ("New", date(2026, 12, 24), manager, "Gift")
    assert task.remind_at is not None


def test_a_task_without_a_title_is_not_saved(page: Client) -> None:
    task = make_task(title="Old")
    response = page.post(reverse("crm:task-edit", args=[task.pk]), {"title": " "}, headers=HTMX)
    assert response.status_code == 422
    task.refresh_from_db()
    assert task.title == "Old"


def test_a_new_task_comes_with_the_record_that_it_was_opened_from(page: Client) -> None:
    person = make_person(name="Ann Lee")
    body = page.get(reverse("crm:task-create"), {"person": person.pk}).content.decode()
    assert 'value="Ann Lee"' in body


def test_a_new_task_about_a_hidden_person_is_not_offered(client: Client, stranger: User) -> None:
    client.force_login(stranger)
    assert client.get(reverse("crm:task-create"), {"person": make_person().pk}).status_code == 404


def test_a_removed_task_comes_back_by_undo_once(page: Client, sales: User) -> None:
    task = make_task(title="Call", owner=sales)
    response = page.post(reverse("crm:task-delete", args=[task.pk]), headers=HTMX)
    assert not Task.objects.exists()
    undo = json.loads(response["HX-Trigger"])["toast"]["undo_url"]
    page.post(undo, headers=HTMX)
    assert Task.objects.get().title == "Call"
    assert page.post(undo, headers=HTMX).status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_finds_no_task(client: Client, stranger: User, sales: User, act: str) -> None:
    task = make_task(owner=sales)
    client.force_login(stranger)
    assert client.post(reverse(f"crm:{act}", args=[task.pk]), {"title": "x"}).status_code == 404
    assert titles(stranger, ALL) == {}


@pytest.mark.parametrize("act", ACTS)
def test_who_may_only_read_changes_nothing(client: Client, readonly: User, act: str) -> None:
    task = make_task(title="Call", owner=readonly)
    client.force_login(readonly)
    response = client.post(reverse(f"crm:{act}", args=[task.pk]), {"title": "x"})
    assert response.status_code == 403
    assert "owner or a manager can change your role" in response.content.decode()
    body = client.get(reverse("crm:task-list")).content.decode()
    assert "Call" in body
    assert reverse("crm:task-tick", args=[task.pk]) not in body


def test_team_mates_see_each_others_tasks() -> None:
    member, mate = make_user(scope=Scope.TEAM), make_user(scope=Scope.TEAM)
    Team.objects.create(name="North").members.add(member, mate)
    make_task(title="mates", owner=mate)
    assert titles(member, ALL) == {"undated": ["mates"]}


def test_what_is_done_is_read_along_its_index(owner: User) -> None:
    query = tasks_of(owner, "done").order_by("-done_at", "-pk").values_list("pk")[:50]
    if connection.vendor == "sqlite":
        plan = query.explain()
        assert "task_by_done" in plan
        assert "TEMP B-TREE" not in plan

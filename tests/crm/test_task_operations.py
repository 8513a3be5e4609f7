"""Writes of tasks: put off, remove and put back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.models import Event, Task, User
from crm.operations.people import delete_person
from crm.operations.work import complete_task, delete_task, reopen_task, restore_task, snooze_task
from tests.factories import make_person, make_task

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("due_on", "days", "then"),
    [
        (TODAY, 1, date(2026, 6, 16)),
        (TODAY - timedelta(days=9), 1, date(2026, 6, 16)),
        (TODAY + timedelta(days=3), 1, date(2026, 6, 19)),
        (None, 7, date(2026, 6, 22)),
    ],
)
def test_a_task_is_put_off_from_its_day_or_from_today(due_on: date | None, days: int, then: date) -> None:
    task = snooze_task(task=make_task(due_on=due_on), actor=None, days=days, today=TODAY)
    assert task.due_on == then


def test_the_reminder_goes_along_at_its_time_of_day() -> None:
    at = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
    task = snooze_task(task=make_task(due_on=TODAY, remind_at=at), actor=None, days=1, today=TODAY)
    assert task.remind_at == datetime(2026, 6, 16, 9, 30, tzinfo=UTC)


def test_a_tick_and_its_taking_back_are_told_once_each(sales: User) -> None:
    task = make_task()
    for _number in range(2):
        complete_task(task=task, actor=sales)
    for _number in range(2):
        reopen_task(task=task, actor=sales)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["task.created", "task.done", "task.reopened"]
    assert Task.objects.get().done_at is None


def test_a_removed_task_comes_back_as_it_was(sales: User) -> None:
    person = make_person()
    at = datetime(2026, 6, 15, 9, 30, tzinfo=UTC)
    fields = {"title": "Call", "notes": "Ask", "due_on": TODAY, "remind_at": at, "owner": sales, "person": person}
    task = make_task(**fields, once_key="k")
    made_at = task.created_at
    kept = delete_task(task=task, actor=sales)
    assert not Task.objects.exists()
    restore_task(kept=kept, actor=sales)
    back = Task.objects.get()
    assert {name: getattr(back, name) for name in fields} == fields
    assert abs(back.created_at - made_at) < timedelta(milliseconds=1)
    assert back.once_key is None


def test_a_task_comes_back_without_the_person_who_is_gone(sales: User) -> None:
    person = make_person()
    kept = delete_task(task=make_task(person=person), actor=sales)
    delete_person(person=person, actor=sales)
    assert restore_task(kept=kept, actor=sales).person is None

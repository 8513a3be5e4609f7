"""Writes of tasks: put off, remove and put back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import Http404

from crm.models import Event, Person, Task, User
from crm.operations.bulk import tag_records
from crm.operations.people import delete_person
from crm.operations.privacy import erase_person
from crm.operations.work import (
    change_tags,
    complete_task,
    delete_task,
    reopen_task,
    restore_task,
    set_tags,
    snooze_task,
)
from tests.factories import make_deal, make_person, make_task

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


def test_a_task_about_somebody_who_is_gone_does_not_come_back(sales: User) -> None:
    """They may have been erased, and what the browser kept would bring words about them back."""
    person = make_person()
    kept = delete_task(task=make_task(person=person), actor=sales)
    delete_person(person=person, actor=sales)
    with pytest.raises(Http404):
        restore_task(kept=kept, actor=sales)


def test_nor_does_one_about_a_deal_whose_buyer_was_erased(owner: User) -> None:
    person = make_person(name="Ann")
    deal = make_deal(person=person)
    kept = delete_task(task=make_task(deal=deal, title="Call Ann"), actor=owner)
    assert json.loads(json.dumps(kept)) == kept
    erase_person(person=person, actor=owner)
    with pytest.raises(Http404):
        restore_task(kept=kept, actor=owner)
    assert not Task.objects.exists()


def test_a_task_of_a_living_deal_comes_back(owner: User) -> None:
    kept = delete_task(task=make_task(deal=make_deal(person=make_person()), title="Call"), actor=owner)
    assert restore_task(kept=kept, actor=owner).title == "Call"


def test_tags_are_changed_from_what_they_are_now(owner: User) -> None:
    """The caller looked before somebody else put a tag on."""
    person = make_person()
    seen = Person.objects.prefetch_related("tags").get(pk=person.pk)
    assert not seen.tags.all()
    set_tags(record=person, names=["Fair", "Old"], actor=owner)
    change_tags(record=seen, add=["New"], remove=["Old"], actor=owner)
    assert set(person.tags.values_list("name", flat=True)) == {"Fair", "New"}
    assert Event.objects.filter(kind="record.tagged").latest("pk").data == {"added": ["New"], "gone": ["Old"]}


def test_a_selection_is_written_in_the_order_of_its_keys(owner: User) -> None:
    """Two selections that overlap lock the same rows in the same order, whichever way they are sorted on the page."""
    people = [make_person() for _number in range(3)]
    tag_records(records=people[::-1], add=["Fair"], remove=[], actor=owner)
    written = Event.objects.filter(kind="record.tagged").order_by("pk").values_list("person_id", flat=True)
    assert list(written) == [person.pk for person in people]

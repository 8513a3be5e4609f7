"""What the Today page shows: one's own tasks and deals of the coming week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from crm.addresses import address
from crm.models import Deal, Stage, Task, User

MOST_TASKS = 200
MOST_DEALS = 8


@dataclass(frozen=True)
class TaskLine:
    """A task with the record it belongs to; the record is named unless the title does so already."""

    task: Task
    url: str
    record: str

    @property
    def is_done(self) -> bool:
        return self.task.done_at is not None


@dataclass(frozen=True)
class TodayPage:
    """Tasks of the week by when they are due, then those without a day; deals that end soon or that nobody pursues."""

    late: Sequence[TaskLine]
    today: Sequence[TaskLine]
    week: Sequence[TaskLine]
    undated: Sequence[TaskLine]
    closing: Sequence[Deal]
    stepless: Sequence[Deal]

    @property
    def has_tasks(self) -> bool:
        return bool(self.late or self.today or self.week or self.undated)


def today_page(user: User, *, today: date) -> TodayPage:
    """Three queries."""
    week_ends = today + timedelta(days=7)
    tasks = list(_open_tasks(user, week_ends))
    return TodayPage(
        late=[task_line(task) for task in tasks if task.due_on and task.due_on < today],
        today=[task_line(task) for task in tasks if task.due_on == today],
        week=[task_line(task) for task in tasks if task.due_on and task.due_on > today],
        undated=[task_line(task) for task in tasks if task.due_on is None],
        closing=list(
            _own_deals(user).filter(expected_close_on__lte=week_ends).order_by("expected_close_on", "pk")[:MOST_DEALS]
        ),
        stepless=list(_stepless(user)[:MOST_DEALS]),
    )


def task_line(task: Task) -> TaskLine:
    """The task's line, with a link to its deal, person or company."""
    kind = next((kind for kind in ("deal", "person", "company") if getattr(task, f"{kind}_id")), "")
    if not kind:
        return TaskLine(task, "", "")
    record = getattr(task, kind)
    name = str(record)
    url = address(f"crm:{kind}-detail", record.pk)
    return TaskLine(task, url, "" if name.casefold() in task.title.casefold() else name)


def _open_tasks(user: User, week_ends: date) -> QuerySet[Task]:
    tasks = Task.objects.open().filter(owner=user).exclude(due_on__gt=week_ends)
    return tasks.select_related("person", "company", "deal").order_by("due_on", "pk")[:MOST_TASKS]


def _own_deals(user: User) -> QuerySet[Deal]:
    deals = Deal.objects.visible_to(user).filter(owner=user, stage__kind=Stage.Kind.OPEN)
    return deals.select_related("stage", "person", "company")


def _stepless(user: User) -> QuerySet[Deal]:
    planned = Task.objects.open().filter(deal=OuterRef("pk"))
    return _own_deals(user).filter(~Exists(planned), next_step="").order_by("-amount", "pk")

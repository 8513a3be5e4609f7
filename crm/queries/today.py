"""What the Today page shows: one's own tasks and deals of the coming week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from crm.models import Deal, Stage, Task, User

from .tasks import TaskLine, task_lines

MOST_TASKS = 10  # under each heading: the task page has the rest
MOST_DEALS = 8
GROUPS = ("late", "today", "week", "undated")


@dataclass(frozen=True)
class TodayTasks:
    """The first tasks under one heading, and how many there are in all."""

    lines: Sequence[TaskLine] = ()
    count: int = 0

    def __bool__(self) -> bool:
        return bool(self.lines)

    @property
    def rest(self) -> int:
        return self.count - len(self.lines)


@dataclass(frozen=True)
class TodayPage:
    """Tasks of the week by when they are due, then those without a day; deals that end soon or that nobody pursues."""

    late: TodayTasks
    today: TodayTasks
    week: TodayTasks
    undated: TodayTasks
    closing: Sequence[Deal]
    stepless: Sequence[Deal]

    @property
    def has_tasks(self) -> bool:
        return bool(self.late or self.today or self.week or self.undated)


def today_page(user: User, *, today: date) -> TodayPage:
    """Three queries; for who does not see everything, some more for the records that tasks are about."""
    week_ends = today + timedelta(days=7)
    tasks = list(_open_tasks(user, today, week_ends))
    lines = list(zip(tasks, task_lines(tasks, user), strict=True))
    groups = {
        group: TodayTasks(
            [line for task, line in lines if task.group == group],
            next((task.in_group for task in tasks if task.group == group), 0),
        )
        for group in GROUPS
    }
    return TodayPage(
        **groups,
        closing=list(
            _own_deals(user).filter(expected_close_on__lte=week_ends).order_by("expected_close_on", "pk")[:MOST_DEALS]
        ),
        stepless=list(_stepless(user)[:MOST_DEALS]),
    )


def _open_tasks(user: User, today: date, week_ends: date) -> QuerySet[Any]:
    """The first tasks of each group with `group` and `in_group`, the count of all in it."""
    group = Case(
        When(due_on=None, then=Value("undated")),
        When(due_on__lt=today, then=Value("late")),
        When(due_on=today, then=Value("today")),
        default=Value("week"),
    )
    numbered = (
        Task.objects.open()
        .filter(owner=user)
        .exclude(due_on__gt=week_ends)
        .annotate(
            group=group,
            place=Window(RowNumber(), partition_by=F("group"), order_by=("due_on", "pk")),
            in_group=Window(Count("pk"), partition_by=F("group")),
        )
    )
    tasks = numbered.filter(place__lte=MOST_TASKS).select_related("person", "company", "deal")
    return tasks.defer("notes").order_by("due_on", "pk")


def _own_deals(user: User) -> QuerySet[Deal]:
    deals = Deal.objects.visible_to(user).filter(owner=user, stage__kind=Stage.Kind.OPEN)
    return deals.select_related("stage", "person", "company")


def _stepless(user: User) -> QuerySet[Deal]:
    planned = Task.objects.open().filter(deal=OuterRef("pk"))
    return _own_deals(user).filter(~Exists(planned), next_step="").order_by("-amount", "pk")

"""What the Today page shows: one's own tasks and deals of the coming week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from crm.models import Deal, Stage, Task, User

from .tasks import TaskLine, group_of, task_lines

MOST_TASKS = 200
MOST_DEALS = 8


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
    """Three queries; for who does not see everything, some more for the records that tasks are about."""
    week_ends = today + timedelta(days=7)
    groups: dict[str, list[TaskLine]] = {"late": [], "today": [], "week": [], "undated": []}
    for line in task_lines(list(_open_tasks(user, week_ends)), user):
        groups[group_of(line.task, today)].append(line)
    return TodayPage(
        **groups,
        closing=list(
            _own_deals(user).filter(expected_close_on__lte=week_ends).order_by("expected_close_on", "pk")[:MOST_DEALS]
        ),
        stepless=list(_stepless(user)[:MOST_DEALS]),
    )


def _open_tasks(user: User, week_ends: date) -> QuerySet[Task]:
    tasks = Task.objects.open().filter(owner=user).exclude(due_on__gt=week_ends)
    return tasks.select_related("person", "company", "deal").order_by("due_on", "pk")[:MOST_TASKS]


def _own_deals(user: User) -> QuerySet[Deal]:
    deals = Deal.objects.visible_to(user).filter(owner=user, stage__kind=Stage.Kind.OPEN)
    return deals.select_related("stage", "person", "company")


def _stepless(user: User) -> QuerySet[Deal]:
    planned = Task.objects.open().filter(deal=OuterRef("pk"))
    return _own_deals(user).filter(~Exists(planned), next_step="").order_by("-amount", "pk")

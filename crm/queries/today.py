"""What the Today page shows: one's own tasks and deals of the coming week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.models import Deal, Stage, Task, User

from .tasks import TaskLine, group_of, open_counts, task_lines

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
    """Four queries; for who does not see everything, some more for the records that tasks are about."""
    week_ends = today + timedelta(days=7)
    tasks = Task.objects.open().filter(owner=user)
    counts = open_counts(tasks, today)
    lines: dict[str, list[TaskLine]] = {}
    for line in task_lines(list(_first_tasks(tasks, today, week_ends)), user):
        lines.setdefault(group_of(line.task, today), []).append(line)
    groups = {group: TodayTasks(lines.get(group, ()), counts[group]) for group in GROUPS}
    return TodayPage(
        **groups,
        closing=list(
            _own_deals(user).filter(expected_close_on__lte=week_ends).order_by("expected_close_on", "pk")[:MOST_DEALS]
        ),
        stepless=list(_stepless(user)[:MOST_DEALS]),
    )


def _first_tasks(tasks: QuerySet[Task], today: date, week_ends: date) -> QuerySet[Task]:
    """The first of each heap: each a short range of the index by owner and day, however long the heap is."""
    dated = tasks.order_by("due_on", "pk").values("pk")
    heaps = (
        dated.filter(due_on__lt=today),
        dated.filter(due_on=today),
        dated.filter(due_on__gt=today, due_on__lte=week_ends),
        tasks.filter(due_on=None).order_by("pk").values("pk"),
    )
    firsts = reduce(or_, (Q(pk__in=heap[:MOST_TASKS]) for heap in heaps))
    found = Task.objects.filter(firsts).select_related("person", "company", "deal")
    return found.defer("notes").order_by("due_on", "pk")


def _own_deals(user: User) -> QuerySet[Deal]:
    deals = Deal.objects.visible_to(user).filter(owner=user, stage__kind=Stage.Kind.OPEN)
    return deals.select_related("stage", "person", "company")


def _stepless(user: User) -> QuerySet[Deal]:
    planned = Task.objects.open().filter(deal=OuterRef("pk"))
    return _own_deals(user).filter(~Exists(planned), next_step="").order_by("-amount", "pk")

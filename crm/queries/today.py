"""What the Today page shows: one's own tasks and deals of the coming week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from crm.models import Deal, Task, User

from .counts import Count
from .heaps import firsts
from .tasks import ON_LINE, TaskLine, group_of, open_counts, task_lines

MOST_TASKS = 10  # under each heading: the task page has the rest
MOST_DEALS = 8
ON_LINE_OF_DEAL = ("title", "amount", "currency", "expected_close_on", "person__name", "company__name")
GROUPS = ("late", "today", "week", "undated")


@dataclass(frozen=True)
class TodayTasks:
    """The first tasks under one heading, and how many there are in all."""

    lines: Sequence[TaskLine]
    count: Count

    def __bool__(self) -> bool:
        return bool(self.lines)

    @property
    def rest(self) -> Count:
        return Count(self.count.number - len(self.lines), self.count.is_capped)


@dataclass(frozen=True)
class TodayDeals:
    """The first deals under one heading, and whether there are more."""

    lines: Sequence[Deal]
    count: Count

    def __bool__(self) -> bool:
        return bool(self.lines)


@dataclass(frozen=True)
class TodayPage:
    """Tasks of the week by when they are due, then those without a day; deals that should have ended, that end soon,
    or that nobody pursues."""

    late: TodayTasks
    today: TodayTasks
    week: TodayTasks
    undated: TodayTasks
    overdue: TodayDeals
    closing: TodayDeals
    stepless: TodayDeals

    @property
    def has_tasks(self) -> bool:
        return bool(self.late or self.today or self.week or self.undated)


def today_page(user: User, *, today: date) -> TodayPage:
    """Five queries; for who does not see everything, some more for the records that tasks are about."""
    week_ends = today + timedelta(days=7)
    tasks = Task.objects.open().filter(owner=user)
    counts = open_counts(tasks, today)
    lines: dict[str, list[TaskLine]] = {}
    found = sorted(_first_tasks(tasks, today, week_ends), key=lambda task: (task.due_on or date.max, task.pk))
    for line in task_lines(found, user):
        lines.setdefault(group_of(line.task, today), []).append(line)
    groups = {group: TodayTasks(lines.get(group, ()), counts[group]) for group in GROUPS}
    return TodayPage(
        **groups,
        overdue=_first_deals(_own_deals(user).filter(expected_close_on__lt=today), "expected_close_on"),
        closing=_first_deals(
            _own_deals(user).filter(expected_close_on__gte=today, expected_close_on__lte=week_ends), "expected_close_on"
        ),
        stepless=_first_deals(_stepless(user), "-amount"),
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
    return (
        Task.objects.filter(pk__in=firsts(heaps, most=MOST_TASKS))
        .select_related("person", "company", "deal")
        .only(*ON_LINE)
    )


def _own_deals(user: User) -> QuerySet[Deal]:
    """As the indexes over the open deals of an owner say it."""
    return Deal.objects.visible_to(user).filter(owner=user, closed_at=None)


def _stepless(user: User) -> QuerySet[Deal]:
    planned = Task.objects.open().filter(deal=OuterRef("pk"))
    return _own_deals(user).filter(~Exists(planned), next_step="")


def _first_deals(deals: QuerySet[Deal], order: str) -> TodayDeals:
    """The first few, found in an index alone before anything else of them is read."""
    firsts = deals.order_by(order, "pk").values("pk")[: MOST_DEALS + 1]
    found = Deal.objects.filter(pk__in=firsts).select_related("person", "company").only(*ON_LINE_OF_DEAL)
    lines = list(found.order_by(order, "pk"))
    return TodayDeals(lines[:MOST_DEALS], Count(min(len(lines), MOST_DEALS), is_capped=len(lines) > MOST_DEALS))

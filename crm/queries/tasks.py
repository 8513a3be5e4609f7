"""What the task page shows: open tasks by when they are due, and what is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from crm.models import Company, Deal, Person, Scope, Task, User

from .counts import Count
from .heaps import capped_counts
from .keyset import cut, read_cursor

MINE, ALL, DONE = "mine", "all", "done"
TABS = (MINE, ALL, DONE)
PAGE_SIZE = 50
MOST_COUNTED = 1000  # in each group: nobody works through more
ON_LINE = ("title", "due_on", "remind_at", "done_at", "person__name", "company__name", "deal__title")
GROUPS: dict[str, Any] = {
    "late": _("Overdue"),
    "today": _("Today"),
    "week": _("This week"),
    "later": _("Later"),
    "undated": _("Without a day"),
    DONE: _("Done"),
}


@dataclass(frozen=True)
class TaskLine:
    """One task and, if the reader may see it, the record that it is about."""

    task: Task
    record: Person | Company | Deal | None = None

    @property
    def url_name(self) -> str:
        return f"crm:{self.record._meta.model_name}-detail" if self.record else ""

    @property
    def about(self) -> str:
        """The record's name, unless the title says it already."""
        return "" if self.record_name.casefold() in self.task.title.casefold() else self.record_name

    @property
    def record_name(self) -> str:
        return str(self.record) if self.record else ""

    @property
    def icon(self) -> str:
        """What stands for the record where its name would be said twice."""
        if isinstance(self.record, Person):
            return "user"
        return "building-office" if isinstance(self.record, Company) else "briefcase"


@dataclass(frozen=True)
class TaskGroup:
    key: str
    lines: Sequence[TaskLine]
    count: Count | None = None

    @property
    def label(self) -> str:
        return str(GROUPS[self.key])


@dataclass(frozen=True)
class TaskPage:
    """One page of tasks. `after` is the cursor of the next page, empty on the last."""

    tab: str
    groups: Sequence[TaskGroup] = ()
    after: str = ""
    is_first_page: bool = True
    owner: User | None = field(default=None)


def task_page(user: User, *, tab: str, today: date, owner: User | None = None, after: str = "") -> TaskPage:
    """A page of a tab; `owner` narrows All and Done to one colleague. At most seven queries for any number of tasks."""
    rows = tasks_of(user, tab, owner)
    if tab == DONE:
        ordered, tail = rows.order_by("-done_at", "-pk"), None
    else:
        ordered, tail = rows.filter(due_on__isnull=False).order_by("due_on", "pk"), rows.filter(due_on=None)
    cursor = read_cursor(after, tab)
    piece = cut(ordered, size=PAGE_SIZE, tail=tail, after=cursor)
    lines = task_lines(_fetch(piece.ids), user)
    counts = {} if tab == DONE else open_counts(rows, today)
    return TaskPage(
        tab=tab,
        groups=_grouped(lines, today, counts),
        after=piece.next.sign(tab) if piece.next else "",
        is_first_page=cursor is None,
        owner=owner,
    )


def tasks_of(user: User, tab: str, owner: User | None = None) -> QuerySet[Task]:
    """The tasks of a tab that the user may see, unordered."""
    tasks = Task.objects.visible_to(user)
    tasks = tasks.filter(done_at__isnull=tab != DONE)  # as the indexes say it
    if tab == MINE:
        return tasks.filter(owner=user)
    return tasks.filter(owner=owner) if owner else tasks


def open_counts(rows: QuerySet[Task], today: date) -> dict[str, Count]:
    """How many of these open tasks stand in each group, in one query."""
    week_ends = today + timedelta(days=7)
    groups = {
        "late": rows.filter(due_on__lt=today),
        "today": rows.filter(due_on=today),
        "week": rows.filter(due_on__gt=today, due_on__lte=week_ends),
        "later": rows.filter(due_on__gt=week_ends),
        "undated": rows.filter(due_on=None),
    }
    return capped_counts(groups, most=MOST_COUNTED)


def group_of(task: Task, today: date) -> str:
    """Under which heading a task stands."""
    if task.done_at is not None:
        return DONE
    if task.due_on is None:
        return "undated"
    days = (task.due_on - today).days
    return "late" if days < 0 else "today" if days == 0 else "week" if days <= 7 else "later"


def task_lines(tasks: Sequence[Task], user: User) -> list[TaskLine]:
    """Tasks with the records that the user may see; the tasks come with person, company and deal."""
    seen = _seen(tasks, user)
    shown = ([row for row in _records(task) if seen is None or row in seen] for task in tasks)
    return [TaskLine(task, rows[0] if rows else None) for task, rows in zip(tasks, shown, strict=True)]


def _records(task: Task) -> list[Person | Company | Deal]:
    return [row for row in (task.deal, task.person, task.company) if row is not None]


def _seen(tasks: Iterable[Task], user: User) -> set[Any] | None:
    """Which of the linked records the user sees, in a query for each kind; None: all of them."""
    if user.scope == Scope.ALL:
        return None
    linked = [row for task in tasks for row in _records(task)]
    seen: set[Any] = set()
    for model in (Deal, Person, Company):
        ids = [row.pk for row in linked if isinstance(row, model)]
        if ids:
            seen |= set(model._default_manager.visible_to(user).filter(pk__in=ids).only("pk"))
    return seen


def _fetch(ids: Sequence[int]) -> list[Task]:
    rows = Task.objects.filter(pk__in=ids).select_related("owner", "person", "company", "deal")
    rows = rows.only(*ON_LINE, "owner__name", "owner__email")
    by_id = {task.pk: task for task in rows}
    return [by_id[pk] for pk in ids if pk in by_id]


def _grouped(lines: Iterable[TaskLine], today: date, counts: dict[str, Count]) -> list[TaskGroup]:
    groups: dict[str, list[TaskLine]] = {}
    for line in lines:
        groups.setdefault(group_of(line.task, today), []).append(line)
    return [TaskGroup(key, groups[key], counts.get(key)) for key in GROUPS if key in groups]

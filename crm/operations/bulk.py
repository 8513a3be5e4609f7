"""Writes over a selection of records: each is the single write, all of them in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.events import record_event
from crm.models import Record, User

from .records import delete_record, update_record
from .work import change_tags, create_task

MOST_AT_ONCE = 200


class TooManyError(ValueError):
    """A selection that is too large to be changed while the reader waits."""

    def __init__(self, number: int) -> None:
        words = _("At most %(most)s records can be changed at once. Narrow the list by a filter first.")
        super().__init__(words % {"most": MOST_AT_ONCE})
        self.number = number


@transaction.atomic
def assign_records(*, records: Sequence[Record], owner: User | None, actor: User) -> int:
    """Give them to one colleague, or to nobody; returns how many. Raises TooManyError."""
    return _each(records, lambda record: update_record(record=record, actor=actor, owner=owner))


@transaction.atomic
def tag_records(*, records: Sequence[Record], add: Iterable[str], remove: Iterable[str], actor: User) -> int:
    """Put tags on each record and take others off; returns how many. Raises TooManyError."""
    added, gone = list(add), set(remove)
    return _each(records, lambda record: change_tags(record=record, add=added, remove=gone, actor=actor))


@transaction.atomic
def plan_tasks(*, records: Sequence[Record], title: str, owner: User | None, due_on: date | None, actor: User) -> int:
    """The same task for each record; returns how many. Raises TooManyError."""

    def plan(record: Record) -> None:
        link: dict[str, Any] = {str(record._meta.model_name): record}
        create_task(actor=actor, title=title, owner=owner or record.owner or actor, due_on=due_on, **link)

    return _each(records, plan)


@transaction.atomic
def delete_records(*, records: Sequence[Record], actor: User) -> int:
    """Delete each record; returns how many. Raises TooManyError."""
    return _each(records, lambda record: delete_record(record=record, actor=actor))


def _each(records: Sequence[Record], write: Callable[[Record], object]) -> int:
    if len(records) > MOST_AT_ONCE:
        raise TooManyError(len(records))
    for record in sorted(records, key=lambda one: one.pk):  # each write locks: all in one order
        write(record)
    return len(records)


@transaction.atomic
def record_export(*, actor: User, target: str, rows: int) -> None:
    """Note who took how many rows out of the house. Records `records.exported`."""
    record_event(kind="records.exported", subject=actor, actor=actor, data={"target": target, "rows": rows})

"""Writes of tasks, notes and tags."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

from django.core import serializers
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from crm.events import record_event
from crm.mentions import mentioned
from crm.models import Company, Deal, Note, Person, Record, Tag, Task, User

from .editing import is_there, locked, take_over

TASK_FIELDS = frozenset("title notes due_on remind_at owner person company deal".split())


@transaction.atomic
def create_task(
    *,
    actor: User | None,
    title: str,
    owner: User | None = None,
    due_on: date | None = None,
    notes: str = "",
    remind_at: datetime | None = None,
    person: Person | None = None,
    company: Company | None = None,
    deal: Deal | None = None,
    once_key: str | None = None,
) -> Task:
    """A new task. With a `once_key` that was used before, the task of then is returned. Records `task.created`."""
    if once_key is not None:
        existing = Task.objects.filter(once_key=once_key).first()
        if existing is not None:
            return existing
    task = Task(
        title=title.strip()[:200], owner=owner, due_on=due_on, notes=notes, remind_at=remind_at, person=person,
        company=company, deal=deal, created_by=actor, once_key=once_key,
    )  # fmt: skip
    try:
        with transaction.atomic():
            task.save()
    except IntegrityError:  # the same task was asked for twice at once
        if once_key is None:
            raise
        return Task.objects.get(once_key=once_key)
    record_event(kind="task.created", subject=task, actor=actor, data={"title": task.title})
    return task


@transaction.atomic
def update_task(*, task: Task, actor: User | None, **changes: Any) -> Task:
    """Change a task. Records `task.changed`."""
    changed = take_over(task, changes, TASK_FIELDS)
    if changed:
        task.save(update_fields=list(changed))
        record_event(kind="task.changed", subject=task, actor=actor, data={"title": task.title, "changed": changed})
    return task


@transaction.atomic
def complete_task(*, task: Task, actor: User | None) -> Task:
    """Tick a task off. Idempotent. Records `task.done`."""
    if Task.objects.filter(pk=task.pk, done_at=None).update(done_at=timezone.now()):
        record_event(kind="task.done", subject=task, actor=actor, data={"title": task.title})
    task.refresh_from_db()
    return task


@transaction.atomic
def reopen_task(*, task: Task, actor: User | None) -> Task:
    """Take the tick back. Idempotent. Records `task.reopened`."""
    if Task.objects.filter(pk=task.pk).exclude(done_at=None).update(done_at=None):
        record_event(kind="task.reopened", subject=task, actor=actor, data={"title": task.title})
    task.refresh_from_db()
    return task


@transaction.atomic
def snooze_task(*, task: Task, actor: User | None, days: int, today: date) -> Task:
    """Put a task off by some days from its own day or, if that has passed, from today. A reminder goes along."""
    due_on = max(task.due_on or today, today) + timedelta(days=days)
    at = timezone.localtime(task.remind_at).time() if task.remind_at else None
    remind_at = timezone.make_aware(datetime.combine(due_on, at)) if at else None
    return update_task(task=task, actor=actor, due_on=due_on, remind_at=remind_at)


@transaction.atomic
def delete_task(*, task: Task, actor: User | None) -> dict[str, Any]:
    """Remove a task. Records `task.deleted` on the linked records; returns what `restore_task` needs, as JSON."""
    kept = json.loads(serializers.serialize("json", [task]))[0]["fields"]
    if is_there(task):
        record_event(kind="task.deleted", subject=task, actor=actor, data={"title": task.title})
        task.delete()
    kept["deal_of"] = task.deal.person_id if task.deal else None
    return {name: value for name, value in kept.items() if name != "once_key"}


@transaction.atomic
def restore_task(*, kept: Mapping[str, Any], actor: User | None) -> Task:
    """Put back what `delete_task` took away; a company that is gone by now is left out. Records `task.created`.

    Raises Http404 where the person or deal it was about is gone: they may have been erased, with all words about them.
    """
    links: dict[str, Any] = {"person": Person, "company": Company, "deal": Deal, "owner": User, "created_by": User}
    fields = {name: value for name, value in kept.items() if name not in links}
    for name, model in links.items():
        fields[name] = model.objects.filter(pk=kept[name]).first() if kept[name] else None
        if kept[name] and fields[name] is None and model in (Person, Deal):
            raise Http404
    deal_of = fields.pop("deal_of", None)
    if deal_of is not None and not Person.objects.filter(pk=deal_of).exists():
        raise Http404  # a deal stays without its person
    moments = {name: parse_datetime(kept[name] or "") for name in ("remind_at", "created_at", "done_at")}
    fields |= {**moments, "due_on": parse_date(kept["due_on"] or "")}
    task = Task.objects.create(**fields)
    record_event(kind="task.created", subject=task, actor=actor, data={"title": task.title})
    return task


@transaction.atomic
def add_note(
    *,
    actor: User | None,
    body: str,
    person: Person | None = None,
    company: Company | None = None,
    deal: Deal | None = None,
) -> Note:
    """Write a note on a record. Records `note.added` with the ids of colleagues whom it calls by @name."""
    note = Note.objects.create(body=body.strip(), author=actor, person=person, company=company, deal=deal)
    called = [user.pk for user in mentioned(note.body) if user != actor]
    data = {"body": note.body[:500]} | ({"mentions": called} if called else {})
    record_event(kind="note.added", subject=note, actor=actor, data=data)
    return note


@transaction.atomic
def delete_note(*, note: Note, actor: User | None) -> None:
    """Remove a note. Records `note.deleted`."""
    if is_there(note):
        record_event(kind="note.deleted", subject=note, actor=actor)
        note.delete()


def get_tag(name: str) -> Tag:
    """The tag of this name, made on first use with a colour of its own."""
    name = " ".join(name.split())[:60]
    tag, _is_new = Tag.objects.get_or_create(name=name, defaults={"hue": crc32(name.casefold().encode()) % 360})
    return tag


@transaction.atomic
def set_tags(*, record: Record, names: Iterable[str], actor: User | None) -> None:
    """Give a record exactly these tags. Records `record.tagged` with what came and went. Raises Http404.

    The record is locked first: whoever deletes it takes the rows in the same order.
    """
    locked(record, None)
    _take_tags(record, set(record.tags.values_list("name", flat=True)), names, actor)


@transaction.atomic
def change_tags(*, record: Record, add: Iterable[str] = (), remove: Iterable[str] = (), actor: User | None) -> None:
    """Put tags on a record and take others off; what others do at the same time stays. As `set_tags` for the rest."""
    locked(record, None)
    old, gone = list(record.tags.values_list("name", flat=True)), set(remove)
    _take_tags(record, set(old), [*(name for name in old if name not in gone), *add], actor)


def _take_tags(record: Record, old: set[str], names: Iterable[str], actor: User | None) -> None:
    tags = [get_tag(name) for name in dict.fromkeys(names) if name.strip()]
    new = {tag.name for tag in tags}
    if new == old:
        return
    record.tags.set(tags)
    record_event(
        kind="record.tagged", subject=record, actor=actor, data={"added": sorted(new - old), "gone": sorted(old - new)}
    )

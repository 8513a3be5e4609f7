"""Traces of a person in rows that belong to nobody or to somebody else: journals, errors, answers, old history."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as AdminLogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Max, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from crm.models import (
    Company,
    ContactPoint,
    Deal,
    Event,
    Handling,
    IdempotentCall,
    ImportJob,
    ImportRow,
    Note,
    Order,
    OrderLine,
    Person,
    Subscription,
    Task,
)

SHORTEST = 3  # letters of a name: shorter ones stand in too many words
GONE = "…"
ROW_TEXTS = ("values", "before", "message")
AT_WORK = (ImportJob.State.QUEUED, ImportJob.State.RUNNING, ImportJob.State.UNDOING)
BLANKS: tuple[tuple[type[Model], Q, Mapping[str, Any]], ...] = (  # which rows can't hold anything, and what is blanked
    (ImportJob, Q(file_name=""), {"file_name": GONE}),
    (ImportJob, Q(error=""), {"error": GONE}),
    (Handling, Q(error=""), {"error": GONE}),
    (IdempotentCall, Q(status=None), {"answer": {}}),
    (AdminLogEntry, Q(pk=None), {"object_repr": GONE, "change_message": ""}),
)


@dataclass(frozen=True)
class Words:
    """What names a person: their name and every address and number, as typed and in normal form."""

    words: tuple[str, ...]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in self.words), re.IGNORECASE)

    def are_in(self, value: object) -> bool:
        """Whether one of them stands in a text, or anywhere in lists and objects, as a word of its own."""
        if isinstance(value, str):
            return bool(self.words) and self._pattern.search(value) is not None
        if isinstance(value, Mapping):
            return any(self.are_in(each) for each in value.values())
        return isinstance(value, list | tuple) and any(self.are_in(each) for each in value)

    def rows(self, rows: QuerySet[Any], *fields: str) -> list[Any]:
        """Primary keys of the rows that hold one of them in one of these fields."""
        if not self.words:
            return []
        texts = {f"text_{name}": Cast(F(name), TextField()) for name in fields}
        some = Q(*(self._in(text) for text in texts), _connector=Q.OR)
        found = rows.annotate(**texts).filter(some).values_list("pk", *fields)
        return [pk for pk, *values in found.iterator(chunk_size=500) if any(self.are_in(value) for value in values)]

    def _in(self, name: str) -> Q:
        """Letters beyond ASCII may be escaped in JSON, and SQLite tells their capitals from their small ones."""
        beyond = [word for word in self.words if not word.isascii()]
        cases = {*self.words, *(case for word in beyond for case in (word.lower(), word.upper(), word.title()))}
        spelled = {form for case in cases for form in (case, json.dumps(case)[1:-1])}
        return Q(*((f"{name}__icontains", form) for form in sorted(spelled)), _connector=Q.OR)


@dataclass(frozen=True)
class Seen:
    """Rows of imports that name a person, looked for before the erasing locks anything; there may be millions.

    `top` is the last row that was looked at. Imports that were at work then (`jobs`) may have written others meanwhile.
    """

    words: Words
    rows: Sequence[int]
    top: int
    jobs: Sequence[int]


def words_of(person: Person) -> Words:
    """A name of one word is left out: "Max" and "info" name too many."""
    points = ContactPoint.objects.filter(person=person).values_list("value", "normalised")
    every = {word for pair in points for word in pair}
    if len(person.name.split()) > 1:
        every.add(person.name.strip())
    return Words(tuple(sorted(word for word in every if len(word) >= SHORTEST)))


def look_for(person: Person) -> Seen:
    words = words_of(person)
    top = ImportRow.objects.aggregate(top=Max("pk"))["top"] or 0
    jobs = list(ImportJob.objects.filter(state__in=AT_WORK).values_list("pk", flat=True))  # after `top`, see `Seen`
    return Seen(words, words.rows(_filled_rows().filter(pk__lte=top), *ROW_TEXTS), top, jobs)


def blank_traces(person: Person, seen: Seen) -> None:
    """Rows of this room that name a person without belonging to them."""
    words = words_of(person)
    _blank_rows(person, words, seen)
    for model, empty, blank in BLANKS:
        rows = model._default_manager.exclude(empty)
        for ids in _pieces(words.rows(rows, *blank)):
            model._default_manager.filter(pk__in=ids).update(**blank)
    lines = OrderLine.objects.filter(order__person=person)
    lines.filter(pk__in=words.rows(lines, "description")).update(description=GONE)
    _blank_events(words)


def _filled_rows() -> QuerySet[ImportRow]:
    return ImportRow.objects.exclude(values=[], before={}, message="")


def _blank_rows(person: Person, words: Words, seen: Seen) -> None:
    """What an import changed of others who are here stays, so that it can be taken back."""
    rows = _filled_rows()
    if words == seen.words:
        late = words.rows(rows.filter(Q(pk__gt=seen.top) | Q(job__in=seen.jobs)), *ROW_TEXTS)
        ids = sorted({*seen.rows, *late})
    else:
        ids = words.rows(rows, *ROW_TEXTS)
    here = Q(target="person", target_id__in=Person.objects.exclude(pk=person.pk).values("pk"))
    here |= Q(target="company", target_id__in=Company.objects.values("pk"))
    for piece in _pieces(ids):
        named = ImportRow.objects.filter(pk__in=piece)
        named.update(values=[], message="")
        named.exclude(here).update(before={})


def _blank_events(words: Words) -> None:
    """News of imports name their files; the timelines of other deals name those who came and went."""
    if not words.words:
        return
    for event in Event.objects.filter(kind__in=("import.done", "import.undone")):
        if words.are_in(event.data.get("name")):
            event.data["name"] = GONE
            event.save(update_fields=["data"])
    for event in Event.objects.filter(kind="deal.changed", data__changed__has_key="people"):
        people = event.data["changed"]["people"]
        if any(words.are_in(name) for name in people):
            event.data["changed"]["people"] = ["" if words.are_in(name) else name for name in people]
            event.save(update_fields=["data"])


def _pieces(ids: Sequence[Any], size: int = 500) -> list[Sequence[Any]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def traced_rows(person: Person) -> Mapping[type[Model], Sequence[int]]:
    """The rows whose history of fields holds what was typed about this person: names, addresses, words."""
    about = Q(person=person) | Q(deal__person=person)
    own = Q(person=person)
    ways = {Note: about, Task: about, ContactPoint: own, Subscription: own, Deal: own, Order: own,
            Person: Q(pk=person.pk)}  # fmt: skip
    return {model: list(model._default_manager.filter(way).values_list("pk", flat=True)) for model, way in ways.items()}


def forget_history(person_id: int, traced: Mapping[type[Model], Sequence[int]]) -> None:
    """Erase the history of fields of these rows, and of rows that were theirs and are long deleted."""
    for model, ids in traced.items():
        kind = ContentType.objects.get_for_model(model)
        history = LogEntry.objects.filter(content_type=kind)
        for piece in _pieces(ids):
            history.filter(object_id__in=piece).delete()
        if model is not Person:
            was_theirs = Q(changes__person__0=str(person_id)) | Q(changes__person__1=str(person_id))
            history.filter(was_theirs).delete()

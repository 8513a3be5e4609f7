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
from django.db.models import F, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from crm.models import (
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
BLANKS: tuple[tuple[type[Model], Mapping[str, Any]], ...] = (
    (ImportRow, {"values": [], "before": {}, "message": ""}),
    (ImportJob, {"file_name": GONE}),
    (ImportJob, {"error": GONE}),
    (Handling, {"error": GONE}),
    (IdempotentCall, {"answer": {}}),
    (AdminLogEntry, {"object_repr": GONE, "change_message": ""}),
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
        """JSON may be kept with or without its letters beyond ASCII escaped."""
        spelled = {form for word in self.words for form in (word, json.dumps(word)[1:-1])}
        return Q(*((f"{name}__icontains", form) for form in sorted(spelled)), _connector=Q.OR)


def words_of(person: Person) -> Words:
    points = ContactPoint.objects.filter(person=person).values_list("value", "normalised")
    every = {person.name.strip(), *(word for pair in points for word in pair)}
    return Words(tuple(sorted(word for word in every if len(word) >= SHORTEST)))


def blank_traces(person: Person) -> None:
    """Rows of this room that name a person without belonging to them."""
    words = words_of(person)
    for model, blank in BLANKS:
        rows = model._default_manager.all()
        for ids in _pieces(words.rows(rows, *blank)):
            rows.filter(pk__in=ids).update(**blank)
    lines = OrderLine.objects.filter(order__person=person)
    lines.filter(pk__in=words.rows(lines, "description")).update(description=GONE)
    _blank_events(words)


def _blank_events(words: Words) -> None:
    """News of imports name their files; the timelines of other deals name those who came and went."""
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

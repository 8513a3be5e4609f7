"""What a person may demand of a business: a copy of all their data, and that they are erased."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format

from crm.events import record_event
from crm.extensions import privacy_exporters
from crm.models import ContactPoint, Deal, Event, ImportRow, Note, Order, Person, Subscription, Task, User
from crm.queries.exports import guarded
from crm.queries.privacy import Held, person_data

from .people import delete_person
from .workspace import current_workspace

FORMAT = 1
DAY = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class DataFile:
    """A ZIP: `data.json` for programs, `data.html` for people, a CSV for each table. Its name tells of nobody."""

    name: str
    content: bytes
    tables: int
    rows: int


@transaction.atomic
def export_person(*, person: Person, actor: User) -> DataFile:
    """All that is held of this person in every room, said in their language where Rapport speaks it.

    Records `person.exported`, which holds counts alone.
    """
    languages = {code for code, _name in settings.LANGUAGES}
    with translation.override(person.language if person.language in languages else translation.get_language()):
        tables = person_data(person)
        made_at = timezone.now()
        content = _packed(_files(person, tables, made_at.isoformat()))
    rows = sum(len(table.rows) for table in tables)
    record_event(kind="person.exported", subject=person, actor=actor, data={"tables": len(tables), "rows": rows})
    return DataFile(f"person-{person.pk}-{made_at:%Y-%m-%d}.zip", content, len(tables), rows)


def _files(person: Person, tables: Sequence[Held], made_at: str) -> dict[str, str]:
    business = current_workspace().name
    whole = {
        "format": FORMAT, "made_at": made_at, "business": business, "person": person.pk,
        "tables": {table.key: list(table.rows) for table in tables},
    }  # fmt: skip
    page = {"business": business, "made_at": _said_day(made_at), "tables": [_shown(table) for table in tables]}
    return {
        "data.json": json.dumps(whole, ensure_ascii=False, indent=1),
        "data.html": render_to_string("crm/privacy_data.html", page),
        **{f"tables/{table.key}.csv": _csv(table) for table in tables},
    }


def _shown(table: Held) -> Mapping[str, Any]:
    """For people; a table of one row stands upright."""
    rows = [[_words(row[name]) for name in table.columns] for row in table.rows]
    labels = [str(label) for label in table.columns.values()]
    is_one = len(rows) == 1
    return {
        "title": str(table.title), "labels": labels, "rows": rows, "is_one": is_one,
        "pairs": list(zip(labels, rows[0], strict=True)) if is_one else [],
    }  # fmt: skip


def _words(value: Any) -> str:
    """Lists and objects on one line, without marks for programs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_words(each)}" for key, each in value.items() if each not in (None, "", [], {}))
    if isinstance(value, list):
        return ", ".join(_words(each) for each in value)
    return _said_day(str(value))


def _said_day(text: str) -> str:
    """An instant or a day as the reader writes it; anything else as it is."""
    if not DAY.fullmatch(text):
        return text
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (
        date_format(timezone.localtime(value), "DATETIME_FORMAT") if value.tzinfo else date_format(value, "DATE_FORMAT")
    )


def _csv(table: Held) -> str:
    lines = StringIO()
    writer = csv.writer(lines)
    writer.writerow([guarded(str(label)) for label in table.columns.values()])
    writer.writerows([guarded(_cell(row[name])) for name in table.columns] for row in table.rows)
    return "\ufeff" + lines.getvalue()  # so that spreadsheets know that it is UTF-8


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else _words(value)


def _packed(files: Mapping[str, str]) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as folder:
        for name, text in files.items():
            folder.writestr(name, text.encode("utf-8", "replace"))
    return made.getvalue()


@transaction.atomic
def erase_person(*, person: Person, actor: User) -> None:
    """Erase a person in every room: what is about them alone goes, what the books need stays without them.

    Records `person.erased`, which holds no personal data, beside `person.deleted`. Idempotent.
    """
    if not Person.objects.select_for_update().filter(pk=person.pk).exists():
        return
    traced = _traced(person)
    for exporter in sorted(privacy_exporters, key=lambda one: -one.position):
        if exporter.erase is not None:
            exporter.erase(person)
    record_event(kind="person.erased", subject=person, actor=actor, is_farewell=True)
    delete_person(person=person, actor=actor)
    for model, ids in traced.items():  # last: the erasing itself was noted there, too
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.filter(content_type=kind, object_id__in=ids).delete()


def _traced(person: Person) -> Mapping[type[Model], Sequence[int]]:
    """The rows whose history of fields holds what was typed about this person: names, addresses, words."""
    ways = {Note: _about(person), Task: _about(person), ContactPoint: Q(person=person), Subscription: Q(person=person),
            Deal: Q(person=person), Order: Q(person=person), Person: Q(pk=person.pk)}  # fmt: skip
    return {model: list(model._default_manager.filter(way).values_list("pk", flat=True)) for model, way in ways.items()}


def _about(person: Person) -> Q:
    return Q(person=person) | Q(deal__person=person)


def erase_records(person: Person) -> None:
    """The eraser of this room: notes, tasks, timeline and the words of deals; orders and deals stay without a name."""
    for model in (Note, Task):
        model._default_manager.filter(_about(person)).delete()
    Event.objects.filter(_about(person)).exclude(subject_type="order", handled_at=None).delete()
    _unname(person)
    deals = list(Deal.objects.filter(person=person).values_list("pk", flat=True))
    for pk in deals:
        Deal.objects.filter(pk=pk).update(
            title=f"#{pk}", person=None, next_step="", lost_reason="", custom={}, search_text="", external_id=""
        )
    theirs = Q(target="person", target_id=person.pk) | Q(target="deal", target_id__in=deals)
    ImportRow.objects.filter(theirs).update(values=[], before={}, message="")


def _unname(person: Person) -> None:
    """The timelines of other deals name those who came and went."""
    for event in Event.objects.filter(kind="deal.changed", data__changed__has_key="people"):
        people = event.data["changed"]["people"]
        if person.name in people:
            event.data["changed"]["people"] = ["" if name == person.name else name for name in people]
            event.save(update_fields=["data"])

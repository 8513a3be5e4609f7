"""The file with all data of one person: a page to read, the same for programs, and a table for each kind."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format

from crm.extensions import privacy_exporters
from crm.models import Person
from crm.queries.exports import guarded
from crm.queries.privacy import Held

from .workspace import current_workspace

FORMAT = 1
DAY = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class Packed:
    """A ZIP: `data.json` for programs, `data.html` for people, a CSV for each table."""

    content: bytes
    tables: int
    rows: int


def pack_person(*, person: Person, alive: Callable[[int, int], None] = lambda _done, _of: None) -> Packed:
    """All that is held of this person in every room, said in their language where Rapport speaks it.

    `alive` hears after each room how many of how many parts are done.
    """
    languages = {code for code, _name in settings.LANGUAGES}
    exporters = sorted(privacy_exporters, key=lambda one: one.position)
    tables: list[Held] = []
    with translation.override(person.language if person.language in languages else translation.get_language()):
        for done, exporter in enumerate(exporters, start=1):
            tables += [table for table in exporter.collect(person) if table.rows]
            alive(done, len(exporters) + 1)
        content = _packed(_files(person, tables, timezone.now().isoformat()))
    return Packed(content, len(tables), sum(len(table.rows) for table in tables))


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

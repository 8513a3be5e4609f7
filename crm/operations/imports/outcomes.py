"""What became of the rows: counters, and the journal of records made, records changed and rows refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from crm.bulk_insert import insert_rows
from crm.models import ImportJob, ImportRow

MAX_MESSAGE = 300
ROW_FIELDS = ("job", "line", "action", "target", "target_id", "values", "before", "message")


class Counts:
    """Counters of a job. rows = created + updated + skipped + failed, always."""

    def __init__(self, start: Mapping[str, int]) -> None:
        self._counter = Counter(start)

    def add(self, name: str, number: int = 1) -> None:
        self._counter[name] += number

    def as_dict(self) -> dict[str, int]:
        return dict(self._counter)


class Journal:
    """Collects the outcomes of one chunk and saves them together."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._rows: list[tuple[object, ...]] = []

    def created(self, line: int, target: str, target_id: int, *, message: str = "", values: Sequence[str] = ()) -> None:
        """A record that this import made; a message tells what of its row was left out."""
        self._add("created", line, target, target_id, message=message, values=values)

    def updated(
        self, line: int, target: str, target_id: int, before: Mapping[str, Any], *, message: str = "",
        values: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """A record that was there and was changed; `before` holds what it was and the version it got."""
        self._add("updated", line, target, target_id, before=before, message=message, values=values)

    def skipped(self, line: int, values: Sequence[str], message: str) -> None:
        self._add("skipped", line, "", None, message=message, values=values)

    def failed(self, line: int, values: Sequence[str], message: str) -> None:
        self._add("failed", line, "", None, message=message, values=values)

    def _add(
        self, action: str, line: int, target: str, target_id: int | None, *, before: Mapping[str, Any] | None = None,
        message: str = "", values: Sequence[str] = (),
    ) -> None:  # fmt: skip
        cells = [_storable(value) for value in values]
        row = (self._job.pk, line, action, target, target_id, cells, dict(before or {}), message[:MAX_MESSAGE])
        self._rows.append(row)

    def save(self) -> None:
        insert_rows(ImportRow, ROW_FIELDS, self._rows)
        self._rows.clear()


def _storable(value: str) -> str:
    """A refused row may hold what made it unreadable: lone surrogates and NUL can't be stored."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()[:10_000]

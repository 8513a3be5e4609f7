"""Reads files of labelled texts: CSV or JSON lines, plain or gzipped."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

from analytics.ml.table import GZIP, TableError, open_table, plain_name

Record = dict[str, Any]

_PROBE: Final = 4096  # bytes in which the first sign of the file stands
_UNREADABLE: Final = (OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class LabelledText:
    """One row of the file; "" where it has no label or names no language. `language` is of two letters."""

    text: str
    label: str
    language: str


def read_labelled(path: Path, *, needed: Sequence[str] = ("text", "label"), least: int = 20) -> list[LabelledText]:
    """The rows with a text; TableError where the file can't be read, lacks a column, or has fewer than `least` rows."""
    rows = [row for record in _complete(read_records(path), path, needed) if (row := _row(record)).text.strip()]
    if len(rows) < least:
        raise TableError(f"{path.name} has {len(rows)} labelled texts; at least {least} are needed.")
    return rows


def read_records(path: Path) -> Iterator[Record]:
    """Every row by its plain column names; TableError where the file can't be read."""
    return _json_records(path) if _is_json(path) else _csv_records(path)


def _row(record: Record) -> LabelledText:
    language = record.get("lang") or record.get("language")
    text, label = record.get("text"), record.get("label")
    return LabelledText(_words(text), _words(label).strip(), _words(language).strip().lower()[:2])


def _words(value: Any) -> str:
    return "" if value is None else str(value)


def _complete(records: Iterator[Record], path: Path, needed: Sequence[str]) -> Iterator[Record]:
    """The records; TableError where one lacks a column."""
    for record in records:
        if not record.keys() >= set(needed):
            raise TableError(f"{path.name} needs the columns {' and '.join(needed)}; it has {', '.join(record)}.")
        yield record


def _is_json(path: Path) -> bool:
    try:
        with _opened(path) as raw:
            return raw.read(_PROBE).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    except _UNREADABLE as error:
        raise TableError(f"{path.name} can't be read: {error}.") from error


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as raw:
        zipped = raw.read(2) == GZIP
    return cast("IO[bytes]", gzip.open(path)) if zipped else path.open("rb")


def _json_records(path: Path) -> Iterator[Record]:
    try:
        with _opened(path) as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _json_record(line, f"{path.name}, line {number}")
    except _UNREADABLE as error:
        raise TableError(f"{path.name} can't be read to its end: {error}.") from error


def _json_record(line: bytes, place: str) -> Record:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise TableError(f"{place}: not a JSON object in UTF-8.") from error
    if not isinstance(record, dict):
        raise TableError(f"{place}: not a JSON object.")
    return {plain_name(name): value for name, value in record.items()}


def _csv_records(path: Path) -> Iterator[Record]:
    with open_table(path) as (header, rows):
        names = [plain_name(name) for name in header]
        yield from (dict(zip(names, [*row, *[""] * len(names)], strict=False)) for row in rows)

"""Reads JSON lines, and a JSON list: plain or gzipped, in UTF-8."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, cast

from analytics.ml.table_errors import TableError

GZIP: Final = b"\x1f\x8b"
_PROBE: Final = 4096  # bytes in which the first sign of the file stands
_OBJECTS: Final = re.compile(rb"\{|\[\s*[^\s\w]|\[\s*\d")  # but not a header such as "[Id],[Name]"
_UNREADABLE: Final = (OSError, EOFError, zlib.error)
Record = dict[str, Any]


def is_json(path: Path) -> bool:
    """Whether the file begins as an object or a list. TableError where it can't be read."""
    try:
        with _opened(path) as raw:
            start = raw.read(_PROBE).removeprefix(b"\xef\xbb\xbf").lstrip()
            return bool(_OBJECTS.match(start))
    except _UNREADABLE as error:
        raise TableError(f"{path.name} can't be read: {_why(error)}.") from error


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as raw:
        zipped = raw.read(2) == GZIP
    return cast("IO[bytes]", gzip.open(path)) if zipped else path.open("rb")


def json_records(path: Path) -> Iterator[Record]:
    """The objects in the file. TableError in clear words, with the line."""
    try:
        with _opened(path) as lines:
            first = lines.readline().removeprefix(b"\xef\xbb\xbf").lstrip()
            lines.seek(0)
            if first.startswith(b"["):
                yield from _json_list(lines.read(), path.name)
                return
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _json_record(line, f"{path.name}, line {number}")
    except _UNREADABLE as error:
        raise TableError(f"{path.name} can't be read to its end: {_why(error)}.") from error


def _json_list(content: bytes, name: str) -> Iterator[Record]:
    records = _parsed(content, name)
    for number, record in enumerate(records if isinstance(records, list) else [records], 1):
        yield _record(record, f"{name}, entry {number}")


def _json_record(line: bytes, place: str) -> Record:
    return _record(_parsed(line, place), place)


def _parsed(content: bytes, place: str) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise TableError(f"{place}: not a JSON object in UTF-8.") from error


def _record(record: Any, place: str) -> Record:
    if not isinstance(record, dict):
        raise TableError(f"{place}: not a JSON object.")
    return record

"""Reads a delimited text file of unknown make: compression, encoding, delimiter, header."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

DELIMITERS = ",;\t|"
PROBE = 65_536
LONGEST_CELL = 1_000_000
GZIP = b"\x1f\x8b"
FOREIGN = {b"PK": "a ZIP archive or a workbook", b"%PDF": "a PDF", b"SQLite format": "a database", b"PAR1": "Parquet"}


class TableError(ValueError):
    """The file can't be used; the message says why in plain words."""


@contextmanager
def open_table(path: Path) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    """The header and an iterator over the rows of a plain or gzipped CSV. TableError in clear words."""
    raw = _opened(path)
    try:
        with raw:
            probe = _probe(raw, path)
            text = io.TextIOWrapper(raw, encoding=_encoding(probe), errors="replace", newline="")
            rows = csv.reader(text, delimiter=_delimiter(probe))
            csv.field_size_limit(LONGEST_CELL)
            header = next((row for row in rows if any(cell.strip() for cell in row)), None)
            if header is None:
                raise TableError(f"{path.name} is empty.")
            yield header, rows
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{path.name} can't be read to its end: {error}.") from error
    except csv.Error as error:
        raise TableError(f"{path.name} is not a readable CSV file: {error}.") from error


def plain_name(header: str) -> str:
    """A header as letters and digits only: "Customer ID", "customer_id" and "CustomerID" are one name."""
    return re.sub(r"[\W_]+", "", header).casefold()


def find_column(header: Sequence[str], names: Sequence[str]) -> int | None:
    """Position of the first of `names` (as `plain_name` gives them) that the header has."""
    plain = [plain_name(cell) for cell in header]
    return next((plain.index(name) for name in names if name in plain), None)


def named_field(name: str, fields: Mapping[str, Sequence[str]]) -> str:
    """The field that `name` means, itself or one of its names; TableError when it is none."""
    plain = plain_name(name)
    match = next((field for field, names in fields.items() if plain == plain_name(field) or plain in names), None)
    if match is None:
        raise TableError(f"There is no field {name!r} to map; the fields are {', '.join(fields)}.")
    return match


def mapped_column(header: Sequence[str], wanted: str, path: Path) -> int:
    """The position of the column that was named; TableError when the file has none of that name."""
    position = find_column(header, [plain_name(wanted)])
    if position is None:
        raise TableError(f"{path.name} has no column {wanted!r}; its columns are {', '.join(map(repr, header[:20]))}.")
    return position


def _opened(path: Path) -> IO[bytes]:
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == GZIP
        return cast("IO[bytes]", gzip.open(path)) if zipped else path.open("rb")
    except OSError as error:
        raise TableError(f"{path} can't be opened: {error.strerror}.") from error


def _probe(raw: IO[bytes], path: Path) -> bytes:
    start = raw.read(PROBE)
    raw.seek(0)
    foreign = next((what for magic, what in FOREIGN.items() if start.startswith(magic)), None)
    if foreign or (b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise TableError(f"{path.name} is {foreign or 'a binary file'}, not a CSV file.")
    return start


def _encoding(probe: bytes) -> str:
    if probe.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        probe.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end < len(probe) - 4:
            return "cp1252"
    return "utf-8-sig"


def _delimiter(probe: bytes) -> str:
    lines = probe.decode(_encoding(probe), errors="replace").splitlines()
    first = next((line for line in lines if line.strip()), "")
    return max(DELIMITERS, key=first.count)

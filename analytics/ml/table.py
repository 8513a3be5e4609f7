"""Reads a table of unknown make: compression, encoding, delimiter, header; JSON lines and lists as well."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, cast

from analytics.ml.json_lines import GZIP, is_json, json_records
from analytics.ml.table_errors import TableError

DELIMITERS = ",;\t|"
PROBE = 65_536
LONGEST_CELL = 1_000_000
LONGEST_NAME = 60
FIRST_OBJECTS = 1000
WIDE = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
FEW_ZEROS, MANY_ZEROS = 0.02, 0.7  # shares of the even and of the odd bytes
FOREIGN = {b"PK": "a ZIP archive or a workbook", b"%PDF": "a PDF", b"SQLite format": "a database", b"PAR1": "Parquet"}


LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d"})
SAY_LITTLE = {
    *("de", "do", "da", "dos", "das", "del", "della", "dell", "du", "des", "la", "le", "l", "d", "of", "the", "van"),
    *("in", "en", "eur", "euro", "euros", "usd", "gbp", "chf", "brl", "pln", "local", "zl"),
}
TAXES = {"mwst", "ust", "vat", "tax", "tva", "iva", "btw"}
WITH_OR_WITHOUT = {"inkl", "incl", "exkl", "excl", "zzgl", "brutto", "netto", "gross", "net", "ttc", "ht"}
NUMBERED = ("customer", "item", "invoice")  # fields whose columns may be called a number or code of them
NUMBERING = {
    *(
        "n",
        "no",
        "nr",
        "num",
        "numero",
        "number",
        "nummer",
        "id",
        "code",
        "codigo",
        "codice",
        "ref",
        "reference",
        "key",
    ),
    *("kod", "numer", "kennung", "identifier", "identifiant"),
}


@contextmanager
def open_table(path: Path) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    """The header and an iterator over the rows of a plain or gzipped CSV, or of JSON. TableError in clear words."""
    if path.is_file() and is_json(path):
        yield _from_json(path)
        return
    raw = _opened(path)
    try:
        with raw:
            probe = _probe(raw, path)
            text = io.TextIOWrapper(raw, encoding=_encoding(probe), errors="replace", newline="")
            rows = csv.reader(text, delimiter=_delimiter(probe))
            csv.field_size_limit(LONGEST_CELL)
            header = next((row for row in rows if any(map(str.strip, row)) and not _is_hint(row)), None)
            if header is None:
                raise TableError(f"{path.name} is empty.")
            yield header, rows
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{path.name} can't be read to its end: {error}.") from error
    except csv.Error as error:
        raise TableError(f"{path.name} is not a readable CSV file: {error}.") from error


def _from_json(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the first objects as the header; an object without one of them has an empty cell there."""
    records = json_records(path)
    first = list(islice(records, FIRST_OBJECTS))
    header = list(dict.fromkeys(name for record in first for name in record))
    if not header:
        raise TableError(f"{path.name} is empty.")
    return header, ([_cell(record.get(name)) for name in header] for record in chain(first, records))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool | list | dict) else str(value)


def plain_name(header: str) -> str:
    """A header as letters and digits only: "Customer ID", "customer_id" and "CustomerID" are one name."""
    return re.sub(r"[\W_]+", "", header).casefold()


def find_column(header: Sequence[str], names: Sequence[str], *, is_numbered: bool = False) -> int | None:
    """Position of the first of `names` (as `plain_name` gives them) that the header has.

    Then of the first that it has without accents, articles, currency and "with tax", as "Montant de l'achat (EUR)".
    Where `is_numbered`, then also without words for a number or code, as "Kunden-Nr.": a "Sales ID" is no money.
    """
    for written in (plain_name, bare_name, *([_without_numbering] if is_numbered else [])):
        found = [written(cell) for cell in header]
        known = names if written is plain_name else [without_accents(name) for name in names]
        if (match := next((found.index(name) for name in known if name in found), None)) is not None:
            return match
    return None


def without_accents(text: str) -> str:
    """In lower case, with the plain letters of Latin scripts."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def bare_name(header: str) -> str:
    """As `plain_name`, without accents, what stands in brackets, articles, currencies and "with" or "without tax".

    Of a column that holds the tax itself, as "Tax amount", it is all words.
    """
    return "".join(_telling_words(header))


def _without_numbering(header: str) -> str:
    return "".join(word for word in _telling_words(header) if word not in NUMBERING)


def _telling_words(header: str) -> list[str]:
    every = _words(header)
    if TAXES & {*every} and not WITH_OR_WITHOUT & {*every}:
        return every
    outside = _words(re.sub(r"\(.*?\)|\[.*?\]", " ", header))
    return [word for word in outside if word not in SAY_LITTLE | TAXES | WITH_OR_WITHOUT]


def _words(text: str) -> list[str]:
    return re.sub(r"[\W_]+", " ", without_accents(text)).split()


def named_field(name: str, fields: Mapping[str, Sequence[str]]) -> str:
    """The field that `name` means, itself or one of its names; TableError when it is none."""
    plain = plain_name(name)
    match = next((field for field, names in fields.items() if plain == plain_name(field) or plain in names), None)
    if match is None:
        raise TableError(f"There is no field {name!r} to map; the fields are {', '.join(fields)}.")
    return match


def read_mapping(given: Sequence[str]) -> dict[str, str]:
    """ "customer=Cust No,date=Datum" and repeated options as field → column; TableError when a part has no "="."""
    parts = [part for text in given for part in text.split(",") if part.strip()]
    wrong = next((part for part in parts if "=" not in part), None)
    if wrong:
        raise TableError(f"--map wants FIELD=COLUMN, not {wrong.strip()!r}.")
    return {field.strip(): column.strip() for field, _, column in (part.partition("=") for part in parts)}


def mapped_column(header: Sequence[str], wanted: str, path: Path) -> int:
    """The position of the column of that name, exactly or as `plain_name` gives it; TableError when there is none."""
    if wanted in header:
        return header.index(wanted)
    plain = plain_name(wanted)
    position = next((at for at, name in enumerate(header) if plain and plain_name(name) == plain), None)
    if position is None:
        raise TableError(f"{path.name} has no column {wanted!r}; its columns are {listed(header)}.")
    return position


def listed(names: Sequence[str]) -> str:
    """The first twenty names of columns, each cut where it is long, in one line."""
    return ", ".join(repr(name[:LONGEST_NAME]) for name in names[:20])


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
    if foreign or (b"\x00" in start and not _wide(start)):
        raise TableError(f"{path.name} is {foreign or 'a binary file'}, not a CSV file.")
    return start


def _is_hint(row: Sequence[str]) -> bool:
    """The line "sep=;" with which workbooks are told the delimiter."""
    return bool(row) and row[0].strip().casefold().startswith("sep=")


def _wide(probe: bytes) -> str | None:
    """The encoding where each letter takes two or four bytes: told by its mark, or by where the zeros stand."""
    for mark, name in WIDE.items():
        if probe.startswith(mark):
            return name
    zeros = [probe[at::2].count(0) / max(1, len(probe[at::2])) for at in (0, 1)]
    if min(zeros) < FEW_ZEROS and max(zeros) > MANY_ZEROS:
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    return None


def _encoding(probe: bytes) -> str:
    if wide := _wide(probe):
        return wide
    try:
        probe.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end < len(probe) - 4:
            return "cp1252"
    return "utf-8-sig"


def _delimiter(probe: bytes) -> str:
    lines = probe.decode(_encoding(probe), errors="replace").splitlines()
    first = next((line for line in lines if line.strip()), "")
    if first.casefold().startswith("sep=") and first[4:5] in DELIMITERS:
        return first[4:5] or max(DELIMITERS, key=first.count)
    return max(DELIMITERS, key=first.count)

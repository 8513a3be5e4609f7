"""The columns of any table, each with the kind that its cells show: numbers, dates, flags, categories, text, ids."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.ml.cells import THREE_NUMBERS, read_days, read_numbers
from analytics.ml.purchases import Floats, Ints
from analytics.ml.table import open_table, plain_name
from analytics.ml.table_errors import NothingToLearnError, TableError

Kind = Literal["number", "date", "flag", "category", "text", "id", "constant", "empty"]

# "Select" is what an untouched drop-down leaves behind in exports.
MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", "select", "(blank)", "nat", "<na>"}
TRUE = {"yes", "y", "true", "t", "1", "1.0", "on", "ja", "oui", "si", "sí", "sì", "sim", "tak", "x"}
FALSE = {"no", "n", "false", "f", "0", "0.0", "off", "nein", "non", "não", "nao", "nee", "nie"}
NUMBER = re.compile(
    r"^\s*[(+\-−]*\s*(?:[A-Z]{3}\s?|[$€£¥₹]\s?)?[+\-]?\d[\d.,'’\s]*(?:[eE][+\-]?\d+)?\s?(?:%|[$€£¥₹]|[A-Z]{3})?\)?-?\s*$"
    r"|^\s*[+\-]?\.\d+\s*$"
)
ID_ENDS = ("id", "ids", "uuid", "guid", "key", "number", "nr", "no", "num", "index", "row", "ref", "reference", "code")
NUMBER_OF = re.compile(
    r"(customer|client|cust|user|account|acct|lead|member|contact|person|prospect|opportunity|deal|order|record|row"
    r"|policy|subscriber|kunden|serial)(id|no|num|nr|number|nummer|key|code|ref)$"
)
CONTACT = ("email", "emailaddress", "phone", "phonenumber", "mobile", "fullname", "firstname", "lastname", "surname")
DATE_WORDS = ("date", "time", "day", "datum", "fecha", "created", "updated")
ALIKE = 0.97  # of the filled cells have to be readable as the kind
DISTINCT = 0.95
FEWEST_ALIKE = 10  # rows that a level needs to be looked at by itself


@dataclass(frozen=True, eq=False)
class Column:
    """One column of n rows. `codes` [n] point into `levels` (-1: missing); `values` [n] are numbers, days since 1970
    or 0/1 by `kind`, nan where missing or where the kind has no numbers."""

    name: str
    kind: Kind
    codes: Ints
    levels: tuple[str, ...]
    values: Floats

    def __len__(self) -> int:
        return len(self.codes)

    def keep(self, rows: Ints | NDArray[np.bool_]) -> Column:
        """Only these rows, in this order."""
        return replace(self, codes=self.codes[rows], values=self.values[rows])

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Where there is something [n]."""
        return self.codes >= 0

    @property
    def words(self) -> str:
        """The name in lower case with single spaces between its words: "LeadQuality" and "lead_quality" are alike."""
        return " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", self.name).casefold().split())


def read_columns(path: Path) -> list[Column]:
    """Every column of a CSV file with a header. TableError in clear words where the file can't be used."""
    with open_table(path) as (header, rows):
        width = len(header)
        numbers: list[dict[str, int]] = [{} for _ in header]
        lists = [array("q") for _ in header]
        for row in rows:
            if row:
                cells = [cell.strip() for cell in row[:width]] + [""] * (width - len(row))
                for codes, known, cell in zip(lists, numbers, cells, strict=True):
                    codes.append(known.setdefault(cell, len(known)))
    if width < 2:
        raise TableError(f"{path.name} has one column only: an outcome and something that may tell it are needed.")
    if not lists[0]:
        raise NothingToLearnError(f"{path.name} has a header but no lines.")
    names = _once(header)
    return [_column(*column) for column in zip(names, numbers, map(np.asarray, lists), strict=True)]


def make_column(name: str, cells: Sequence[str]) -> Column:
    """Find out what the cells are."""
    numbers: dict[str, int] = {}
    codes = np.fromiter((numbers.setdefault(cell, len(numbers)) for cell in cells), np.int64, len(cells))
    return _column(name, numbers, codes)


def _column(name: str, numbers: Mapping[str, int], codes: Ints) -> Column:
    """Of the number of each cell, in the order in which different cells came: those are kept once."""
    levels, codes = _without_missing(list(numbers), codes)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    kind, readings = _kind(name, levels, counts, codes)
    values = np.append(readings, np.nan)[codes]
    return Column(name, kind, codes, tuple(levels), values)


def _once(header: Sequence[str]) -> list[str]:
    """Names without repeats and blanks: the second "Status" is "Status (2)"."""
    seen: dict[str, int] = {}
    names = []
    for at, cell in enumerate(header, 1):
        name = cell.strip() or f"column {at}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _without_missing(levels: list[str], codes: Ints) -> tuple[list[str], Ints]:
    kept = [at for at, level in enumerate(levels) if level.casefold() not in MISSING]
    moved = np.full(len(levels), -1)
    moved[kept] = np.arange(len(kept))
    return [levels[at] for at in kept], moved[codes]


def _kind(name: str, levels: list[str], counts: Ints, codes: Ints) -> tuple[Kind, Floats]:
    nothing = np.full(len(levels), np.nan)
    filled = int(counts.sum())
    if not filled:
        return "empty", nothing
    if len(levels) == 1 and filled == len(codes):
        return "constant", nothing
    folded = [level.casefold() for level in levels]
    if len({cell in TRUE for cell in folded}) == 2 and set(folded) <= TRUE | FALSE:
        return "flag", np.array([float(cell in TRUE) for cell in folded])
    looks_like_number = np.array([bool(NUMBER.match(level)) and not THREE_NUMBERS.match(level) for level in levels])
    if counts[looks_like_number].sum() >= ALIKE * filled and not _named_date(name, levels):
        found = read_numbers(levels)
        values = np.array([np.nan if found[level] is None else found[level] for level in levels], dtype=np.float64)
        return ("id" if _is_numbering(name, values, codes, filled) else "number"), values
    days = read_days(levels)
    dates = np.array([np.nan if days[level] is None else days[level] for level in levels], dtype=np.float64)
    if counts[np.isfinite(dates)].sum() >= ALIKE * filled:
        return "date", dates
    return _words_kind(name, levels, counts, filled), nothing


def _named_date(name: str, levels: list[str]) -> bool:
    """Numbers that are meant as days: 20240131 or seconds since 1970 under a header that says so."""
    if not any(word in name.casefold() for word in DATE_WORDS):
        return False
    days = read_days(levels)
    return all(len(level) >= 8 and days[level] is not None for level in levels)


def _is_numbering(name: str, values: Floats, codes: Ints, filled: int) -> bool:
    """Whole numbers that occur once each, and are called so or run through without holes."""
    whole = bool(np.all(np.isfinite(values) & (values == np.round(values))))
    if not whole or filled < FEWEST_ALIKE or len(values) < DISTINCT * filled:
        return False
    runs_through = float(values.max() - values.min()) < 1.02 * len(values)
    return runs_through or is_called_id(name)


def is_called_id(name: str) -> bool:
    """The header says that the column numbers or names the rows."""
    plain = plain_name(name)
    last = re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", name.strip())[-1].casefold()
    return last in ID_ENDS or plain in CONTACT or plain in ("unnamed0", "column1") or bool(NUMBER_OF.match(plain))


def _words_kind(name: str, levels: list[str], counts: Ints, filled: int) -> Kind:
    words = float(sum(level.count(" ") * count for level, count in zip(levels, counts.tolist(), strict=True))) / filled
    share = len(levels) / filled
    if words >= 4 and share > 0.3 and len(levels) > FEWEST_ALIKE:
        return "text"
    repeated = counts[counts >= FEWEST_ALIKE].sum()
    if (share >= 0.5 or repeated < 0.1 * filled) and len(levels) > FEWEST_ALIKE:
        return "text" if words >= 2 else "id"
    return "id" if is_called_id(name) and share > 0.5 else "category"

"""Where the table begins in a file: preamble, header row, column names that are all different."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from crm.importing.records import Record

MAX_PREAMBLE = 40
KINDS = (
    ("number", re.compile(r"[-+(]?\s*[€$£¥]?\s*\d[\d.,'\u00a0\u202f ]*\s*[€$£¥%]?\)?")),
    ("date", re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")),
    ("address", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("link", re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)),
    ("phone", re.compile(r"\+?[\d\s()/.-]{7,}")),
)


@dataclass(frozen=True)
class Layout:
    """Column names, how many records precede the data (preamble, header), and the header's line (0 = it has none)."""

    columns: tuple[str, ...]
    skip_records: int
    header_line: int


def find_layout(
    records: Sequence[Record], *, known: Callable[[str], bool], header_line: int | None = None, max_columns: int
) -> Layout:
    """Find the header in the first records of a file; `header_line` states it (0 = no header).

    `known` says whether a name is one that some program or language uses for a column: two such names make a header.
    """
    width = _usual_width(records)
    if header_line == 0:
        return Layout(_unnamed(width), 0, 0)
    at = _first_table_record(records, width) if header_line is None else _record_at(records, header_line)
    if at >= len(records):
        return Layout(_unnamed(width), 0, 0)
    body = records[at + 1 :]
    if header_line is None and not _is_header(records[at], body, known):
        return Layout(_unnamed(max(width, len(records[at].cells))), at, 0)
    names = _completed(list(records[at].cells), body, width)
    return Layout(distinct_names(names[:max_columns]), at + 1, records[at].line)


def _usual_width(records: Sequence[Record]) -> int:
    widths = Counter(len(record.cells) for record in records if not record.problem)
    return max(widths, key=lambda width: (widths[width] * (width > 1), width), default=1)


def _filled(record: Record) -> int:
    return sum(1 for cell in record.cells if cell.strip())


def _first_table_record(records: Sequence[Record], width: int) -> int:
    usual = Counter(_filled(record) for record in records if not record.problem)
    filled = max(usual, key=lambda count: (usual[count], count), default=1)
    for index, record in enumerate(records[:MAX_PREAMBLE]):
        comment = record.cells and record.cells[0].startswith("#") and len(record.cells) < width
        wide_enough = 2 * len(record.cells) >= width and (width < 3 or len(record.cells) > 1)
        if wide_enough and not comment and 2 * _filled(record) > min(filled, width):
            return index
    return 0


def _record_at(records: Sequence[Record], line: int) -> int:
    return next((index for index, record in enumerate(records) if record.line >= line), len(records))


def _is_header(first: Record, body: Sequence[Record], known: Callable[[str], bool]) -> bool:
    cells = [cell.strip() for cell in first.cells]
    if sum(1 for cell in cells if cell and known(cell)) >= min(2, len(cells)):
        return True
    votes = [_vote(cell, [r.cells[i].strip() for r in body if i < len(r.cells)]) for i, cell in enumerate(cells)]
    return sum(votes) >= 0


def _vote(name: str, values: list[str]) -> int:
    """+1: reads like a name over these values; −1: reads like one more of them."""
    filled = [value for value in values if value]
    if not name or not filled:
        return 0
    kinds = Counter(kind_of(value) for value in filled)
    kind, count = kinds.most_common(1)[0]
    if kind == "text" or count < 0.8 * len(filled):
        return -1 if len(filled) > 3 and name in filled else 0
    return -1 if kind_of(name) == kind else 1


def kind_of(value: str) -> str:
    """Coarse kind of a cell: number, date, address, link, phone or text."""
    return next((kind for kind, pattern in KINDS if pattern.fullmatch(value)), "text")


def _completed(names: list[str], body: Sequence[Record], width: int) -> list[str]:
    """Names for rows that are wider than their header: a leading row number, or columns without a name at the end."""
    missing = width - len(names)
    if missing == 1 and _counts_rows(body, width):
        return ["", *names]
    return names + [""] * max(0, missing)


def _counts_rows(body: Sequence[Record], width: int) -> bool:
    firsts = [record.cells[0].strip() for record in body[:50] if len(record.cells) == width]
    if len(firsts) < 2 or not all(first.isascii() and first.isdigit() for first in firsts):
        return False
    numbers = [int(first) for first in firsts]
    return numbers[0] in (0, 1) and all(after - before == 1 for before, after in pairwise(numbers))


def _unnamed(width: int) -> tuple[str, ...]:
    return distinct_names([""] * max(1, width))


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """Tidy names, each one different: empty ones are numbered by position, repeated ones get (2), (3) …"""
    taken: dict[str, int] = {}
    result: list[str] = []
    for position, raw in enumerate(names, start=1):
        name = " ".join(raw.replace("\ufeff", "").split())[:200] or _("Column %(number)d") % {"number": position}
        base, count = name, taken.get(name.casefold(), 0)
        while name.casefold() in taken:
            count += 1
            name = f"{base} ({count + 1})"
        taken[base.casefold()] = max(count, 0)
        taken.setdefault(name.casefold(), 0)
        result.append(name)
    return tuple(result)

"""Numbers and days out of text columns in whatever notation a file happens to use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from analytics.ml.purchases import day_number

EARLIEST, LATEST = date(1970, 1, 1), date(2100, 1, 1)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
THREE_NUMBERS = re.compile(r"^(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})(?:[ T,].*)?$")
WITH_MONTH = re.compile(r"^(?:\w{3,9},? )?(\d{1,2})[ \-./]*([a-z]{3})[a-z]*[ \-./,]*(\d{2,4})\b.*$", re.IGNORECASE)
MONTH_FIRST = re.compile(r"^(?:\w{3,9},? )?([a-z]{3})[a-z]*[ \-./]*(\d{1,2})[ ,\-./]+(\d{2,4})\b.*$", re.IGNORECASE)
YEAR_MONTH = re.compile(r"^(\d{4})[\-/. M]{1,2}(\d{1,2})$")
YEAR_QUARTER = re.compile(r"^(\d{4})[\-/. ]?Q([1-4])$", re.IGNORECASE)
NAMED_MONTH = re.compile(r"^(?:(\d{4})[ \-/.]*([a-z]{3})[a-z]*|([a-z]{3})[a-z]*[ \-/.,]*(\d{4}))$", re.IGNORECASE)
SECONDS = re.compile(r"^\d{9,10}(?:\.\d+)?$")
MILLISECONDS = re.compile(r"^\d{12,13}$")
AROUND = re.compile(r"[^\d,.()+\-eE]")
THOUSANDS = re.compile(r"^[+\-(]*\d{1,3}(,\d{3})+[)\-]?$")


def read_numbers(cells: Iterable[str]) -> dict[str, float | None]:
    """Each distinct cell as a number, None where it is none; decimal comma or point is decided on the column."""
    distinct = {cell: AROUND.sub("", cell) for cell in set(cells)}
    comma = _decimal_comma(distinct.values())
    return {cell: _number(plain, comma=comma) for cell, plain in distinct.items()}


def read_days(cells: Iterable[str], *, earliest: date = EARLIEST) -> dict[str, int | None]:
    """Each distinct cell as days since 1970, None where it is no day from `earliest` (1970) to 2099.

    A month alone (2024-03, 2024 Mar, Mar 2024) is its first day, a quarter (2024 Q2) too.

    Day or month first in 05/04/2024 is decided on the whole column: by any number above 12, else the month comes
    first with slashes and the day with points and hyphens.
    """
    distinct = set(cells)
    day_first = _day_first(distinct)
    return {cell: _day(cell.strip(), day_first=day_first, earliest=earliest) for cell in distinct}


def _decimal_comma(cells: Iterable[str]) -> bool:
    """Some cell ends in a comma and digits that can't be a group of thousands, or has its comma after its point."""
    commas = [cell for cell in cells if "," in cell]
    return any(cell.rfind(",") > cell.rfind(".") if "." in cell else not THOUSANDS.match(cell) for cell in commas)


def _number(plain: str, *, comma: bool) -> float | None:
    text = plain.replace(".", "").replace(",", ".") if comma else plain.replace(",", "")
    negative = text.startswith("(") or text.endswith("-")
    try:
        value = float(text.strip("()").rstrip("-"))
    except ValueError:
        return None
    if not abs(value) < 1e12:
        return None
    return -abs(value) if negative else value


def _day_first(cells: Iterable[str]) -> bool:
    parts = [match.groups() for match in map(THREE_NUMBERS.match, map(str.strip, cells)) if match]
    short = [(int(first), int(second)) for first, second, _ in parts if len(first) <= 2]
    if any(first > 12 for first, _ in short) or any(second > 12 for _, second in short):
        return sum(first > 12 for first, _ in short) >= sum(second > 12 for _, second in short)
    return not any("/" in cell for cell in cells)


def _day(cell: str, *, day_first: bool, earliest: date) -> int | None:
    try:
        found = _date(cell, day_first=day_first)
    except (ValueError, OverflowError, OSError):
        return None
    return day_number(found) if found and earliest <= found < LATEST else None


def _date(cell: str, *, day_first: bool) -> date | None:
    if SECONDS.match(cell) or MILLISECONDS.match(cell):
        seconds = float(cell) if SECONDS.match(cell) else float(cell) / 1000
        return datetime.fromtimestamp(seconds, UTC).date()
    if match := THREE_NUMBERS.match(cell):
        first, second, third = match.groups()
        if len(first) == 4:
            return date(int(first), int(second), int(third))
        day, month = (first, second) if day_first else (second, first)
        return date(_year(third), int(month), int(day))
    if match := WITH_MONTH.match(cell):
        return date(_year(match[3]), _month(match[2]), int(match[1]))
    if match := MONTH_FIRST.match(cell):
        return date(_year(match[3]), _month(match[1]), int(match[2]))
    return _whole_month(cell) or datetime.fromisoformat(cell).date()


def _whole_month(cell: str) -> date | None:
    if match := YEAR_MONTH.match(cell):
        return date(int(match[1]), int(match[2]), 1)
    if match := YEAR_QUARTER.match(cell):
        return date(int(match[1]), 3 * int(match[2]) - 2, 1)
    if match := NAMED_MONTH.match(cell):
        return date(int(match[1] or match[4]), _month(match[2] or match[3]), 1)
    return None


def _year(text: str) -> int:
    return int(text) if len(text) > 2 else 2000 + int(text) - (100 if int(text) > 69 else 0)


def _month(name: str) -> int:
    return MONTHS.index(name.lower()) + 1

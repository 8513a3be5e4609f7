"""Numbers and days out of text columns in whatever notation a file happens to use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime

import numpy as np

from analytics.ml.purchases import Floats, day_number

EARLIEST, LATEST = date(1970, 1, 1), date(2100, 1, 1)
# The first letters of each month, without accents, in the languages of the product.
MONTHS = (
    "jan ene gen sty",
    "feb fev lut",
    "mar mrt maa mae mrz",
    "apr avr abr kwi",
    "may mai mei mag maj",
    "jun juin giu cze",
    "jul juil lug lip",
    "aug aou ago sie",
    "sep set wrz",
    "oct okt ott out paz",
    "nov lis",
    "dec dez dic gru",
)
MONTH_OF = {start: number for number, starts in enumerate(MONTHS, 1) for start in starts.split()}
WORKBOOK_EPOCH = day_number(date(1899, 12, 30))  # day 0 of a workbook
FIRST_OF_WORKBOOK, LAST_NUMBERED = 20_000, 100_000
THREE_NUMBERS = re.compile(r"^(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})(?:[ T,].*)?$")
WORD = r"(?:de )?([^\W\d_]{3,12})"
DAY_OF_WEEK = r"^(?:[^\W\d_]{2,12}[.,]{0,2} )?"
WITH_MONTH = re.compile(
    rf"{DAY_OF_WEEK}(\d{{1,2}})(?:st|nd|rd|th|er|º)?[ \-./]*{WORD}[ \-./,]*(?:de )?(\d{{2,4}})\b.*$", re.I
)
MONTH_FIRST = re.compile(rf"{DAY_OF_WEEK}{WORD}[ \-./]*(\d{{1,2}})(?:st|nd|rd|th)?[ ,\-./]+(\d{{2,4}})\b.*$", re.I)
YEAR_MONTH = re.compile(r"^(\d{4})[\-/. M]{1,2}(\d{1,2})$")
MONTH_YEAR = re.compile(r"^(\d{1,2})[\-/.](\d{4})$")
WRITTEN_TOGETHER = re.compile(r"^((?:19|20)\d\d)(0[1-9]|1[0-2])$")  # 202403
YEAR_QUARTER = re.compile(r"^(\d{4})[\-/. ]*[QT]([1-4])$", re.IGNORECASE)
QUARTER_YEAR = re.compile(r"^[QT]([1-4])[\-/. ]*(\d{4})$", re.IGNORECASE)
WEEK = r"(?:KW|CW|WK|W|week)"
YEAR_WEEK = re.compile(rf"^(\d{{4}})[\-/. ]*{WEEK}[\-. ]*(\d{{1,2}})$", re.IGNORECASE)
WEEK_YEAR = re.compile(rf"^{WEEK}[. ]*(\d{{1,2}})[\-/. ]+(\d{{4}})$", re.IGNORECASE)
NAMED_MONTH = re.compile(rf"^(?:(\d{{4}})[ \-/.]*{WORD}|{WORD}[ \-/.,']*(?:de )?(\d{{4}}))$", re.I)
SHORT_MONTH = re.compile(r"^([^\W\d_]{3,5})[ \-/.']{1,2}(\d\d)$")  # Mar-24
COUNTED = re.compile(r"^\d{1,5}(?:\.\d+)?$", re.ASCII)
SECONDS = re.compile(r"^\d{9,10}(?:\.\d+)?$")
MILLISECONDS = re.compile(r"^\d{12,13}$")
AROUND = re.compile(r"[^\d,.()+\-eE]|[eE](?![+\-]?\d)|(?<![\d.])[eE]")  # currency and words, but not an exponent
POINTS = re.compile(r"^[+\-(]*\d{1,3}(\.\d{3}){2,}[)\-]?$")
THOUSANDS = re.compile(r"^[+\-(]*\d{1,3}(,\d{3})+[)\-]?$")


def read_numbers(cells: Iterable[str]) -> dict[str, float | None]:
    """Each distinct cell as a number, None where it is none; decimal comma or point is decided on the column."""
    distinct = {cell: AROUND.sub("", cell.replace("\u2212", "-")) for cell in set(cells)}
    comma = _decimal_comma(distinct.values())
    return {cell: _number(plain, comma=comma) for cell, plain in distinct.items()}


def read_days(cells: Iterable[str], *, earliest: date = EARLIEST) -> dict[str, int | None]:
    """Each distinct cell as days since 1970, None where it is no day from `earliest` (1970) to 2099.

    A month alone (2024-03, 202403, 03/2024, 2024 Mar, Mar 2024, Mar-24), a quarter (2024 Q2, Q2 2024) and a week
    (2024-W10, KW 10/2024) are their first day.

    Day or month first in 05/04/2024 is decided on the whole column: by any number above 12, else the month comes
    first with slashes and the day with points and hyphens.
    """
    distinct = set(cells)
    day_first = _day_first(distinct)
    return {cell: _day(cell.strip(), day_first=day_first, earliest=earliest) for cell in distinct}


class DayCells:
    """The cells of a column of days, met one by one; they are read together, so that one notation is taken for all."""

    def __init__(self, *, earliest: date = EARLIEST, may_count: bool = True) -> None:
        """`earliest` is the first day that is believed; `may_count`: small numbers may count days from some first."""
        self.earliest, self.may_count = earliest, may_count
        self._codes: dict[str, int] = {}

    def code(self, cell: str) -> int:
        """The number of this day among those met."""
        day = _without_time(cell.strip())
        return self._codes.setdefault(day, len(self._codes))

    def days(self) -> Floats:
        """Days since 1970 by number [codes], nan where the cell is none.

        Where all cells are numbers too small to be seconds, they are days themselves, the time behind the point: of a
        workbook's calendar from 20,000 (in 1954), else counted from some first day where that may be.
        """
        filled = [cell for cell in self._codes if cell]
        are_numbers = all(COUNTED.match(cell) and float(cell) < LAST_NUMBERED for cell in filled)
        is_workbook = are_numbers and min(map(float, filled), default=0) >= FIRST_OF_WORKBOOK
        if is_workbook or (are_numbers and self.may_count):
            found: dict[str, int | None] = {cell: int(float(cell)) + WORKBOOK_EPOCH * is_workbook for cell in filled}
        else:
            found = read_days(filled, earliest=self.earliest)
        days = (found.get(cell) for cell in self._codes)
        return np.array([np.nan if day is None else day for day in days], dtype=np.float64)


def _without_time(cell: str) -> str:
    """What stands before the time of day, where the date is of three numbers: fewer cells differ then."""
    for mark in (" ", "T"):
        day, found, _ = cell.partition(mark)
        if found and sum(map(day.count, "-./")) == 2 and day[:1].isdecimal() and day[-1:].isdecimal():
            return day
    return cell


def _decimal_comma(cells: Iterable[str]) -> bool:
    """Some cell ends in a comma and digits that can't be a group of thousands, has its comma after its point, or two
    points between groups of thousands."""
    marked = [cell for cell in cells if "," in cell or cell.count(".") > 1]
    if any("," not in cell and POINTS.match(cell) for cell in marked):
        return True
    commas = [cell for cell in marked if "," in cell]
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
    if match := WRITTEN_TOGETHER.match(cell):
        return date(int(match[1]), int(match[2]), 1)
    if match := MONTH_YEAR.match(cell):
        return date(int(match[2]), int(match[1]), 1)
    if match := NAMED_MONTH.match(cell):
        return date(int(match[1] or match[4]), _month(match[2] or match[3]), 1)
    if match := SHORT_MONTH.match(cell):
        return date(_year(match[2]), _month(match[1]), 1)
    return _quarter_or_week(cell)


def _quarter_or_week(cell: str) -> date | None:
    for pattern, year, number in ((YEAR_QUARTER, 1, 2), (QUARTER_YEAR, 2, 1)):
        if match := pattern.match(cell):
            return date(int(match[year]), 3 * int(match[number]) - 2, 1)
    for pattern, year, number in ((YEAR_WEEK, 1, 2), (WEEK_YEAR, 2, 1)):
        if match := pattern.match(cell):
            return date.fromisocalendar(int(match[year]), int(match[number]), 1)
    return None


def _year(text: str) -> int:
    return int(text) if len(text) > 2 else 2000 + int(text) - (100 if int(text) > 69 else 0)


def _month(name: str) -> int:
    """ValueError where no month is called so."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char))
    number = MONTH_OF.get(plain[:4]) or MONTH_OF.get(plain[:3])
    if number is None:
        raise ValueError(f"{name!r} is no month.")
    return number

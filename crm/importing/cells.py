"""One row's cells by target, read with what is known about the columns: date order, decimal sign, time zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from django.utils.translation import gettext as _

from crm.importing.fields import Columns, field_of
from crm.importing.values import (
    BadValueError,
    DateEvidence,
    NumberEvidence,
    is_empty,
    parse_boolean,
    parse_datetime,
    parse_number,
)

# A spreadsheet's guard against formulas, which our own exports use, too.
GUARD = re.compile(r"'(?=[=+\-@\t\r\n＝＋－＠'])")
PROFILED = 5_000


@dataclass(frozen=True)
class Reading:
    """How cells are to be read: order of day and month, decimal sign, time zone and currency where a row names none."""

    dates: str = "dmy"
    decimal: str = "."
    zone: tzinfo = UTC
    currency: str = "EUR"


class Cells:
    """Reads values out of rows by target. Of several columns for one target the first that is filled counts."""

    def __init__(self, mapping: Columns, reading: Reading) -> None:
        self.mapping = mapping
        self._reading = reading
        self._last_date: tuple[str, datetime] | None = None

    def text(self, values: Sequence[str], target: str) -> str:
        """The cell as text, "" where there is none."""
        for position in self.mapping.get(target, ()):
            value = values[position].strip()
            if value and not is_empty(value):
                return value[1:] if value[0] == "'" and GUARD.match(value) else value
        return ""

    def texts(self, values: Sequence[str], *targets: str) -> list[str]:
        """Every filled cell of these targets, cells with several values (joined by " ::: " or ";") split."""
        found = [
            part.strip()
            for target in targets
            for position in self.mapping.get(target, ())
            for part in re.split(r" ::: |;", values[position])
        ]
        return list(dict.fromkeys(part for part in found if not is_empty(part)))

    def number(self, values: Sequence[str], target: str) -> Decimal | None:
        """Raises BadValueError."""
        text = self.text(values, target)
        return parse_number(text, self._reading.decimal) if text else None

    def moment(self, values: Sequence[str], target: str) -> datetime | None:
        """Raises BadValueError."""
        text = self.text(values, target)
        if not text:
            return None
        if self._last_date is None or self._last_date[0] != text:
            self._last_date = (text, parse_datetime(text, self._reading.dates, self._reading.zone))
        return self._last_date[1]

    def truth(self, values: Sequence[str], target: str) -> bool | None:
        """Raises BadValueError."""
        text = self.text(values, target)
        return parse_boolean(text) if text else None


def clipped(text: str, length: int) -> str:
    """A text that fits its field. Raises BadValueError where cutting would lose meaning, that is, by more than half."""
    text = " ".join(text.split()) if length <= 255 else text.strip()
    if len(text) > 2 * length:
        raise BadValueError(_("“%(value)s…” is too long for its field.") % {"value": text[:40]})
    return text[:length]


@dataclass(frozen=True)
class Profile:
    """What the columns say about dates and decimals; what is unclear comes with an example to ask about."""

    dates: str
    decimal: str
    unclear_date: str = ""
    unclear_number: str = ""


def profile_columns(kind: str, mapping: Columns, rows: Iterable[Sequence[str]]) -> Profile:
    """Look at the date and number columns, no further than needed: thousands of rows when they leave a doubt."""
    places = {"date": _positions(kind, mapping, "date"), "number": _positions(kind, mapping, "number")}
    dates, numbers, example = DateEvidence(), NumberEvidence(), ""
    for count, values in enumerate(rows):
        if count >= PROFILED and not dates.is_ambiguous and not numbers.is_ambiguous:
            break
        for position in places["date"]:
            dates.add(values[position])
        for position in places["number"]:
            numbers.add(values[position])
            if not example and re.search(r"\d[.,]\d{3}$", values[position]):
                example = values[position]
    return Profile(
        dates.order if dates.order in ("dmy", "mdy") else "dmy",
        numbers.decimal,
        dates.example if dates.is_ambiguous else "",
        example if numbers.is_ambiguous else "",
    )


def _positions(kind: str, mapping: Columns, wanted: str) -> list[int]:
    fields = ((field_of(kind, target), positions) for target, positions in mapping.items())
    return [position for field, positions in fields if field and field.kind == wanted for position in positions]

"""Dates and times as the world writes them, and whether a column puts the day or the month first."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext as _

from crm.importing.values.cells import BadValueError
from crm.importing.values.numbers import ARABIC
from crm.incoming import is_believable

ORDERS = ("ymd", "dmy", "mdy")
NUMERIC = re.compile(r"(\d{1,4})([-/.\s])(\d{1,2})\2(\d{1,4})(?:\.?,?[T\s]+(.+))?", re.DOTALL)
JAPANESE = re.compile(r"(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日(?:\s*(.+))?")
DAY_NAMED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s\-/.]*(?:de |of )?([^\W\d_]{3,12})\.?,?[\s\-/.]*(?:de |del )?"
    r"(\d{4}|\d{2}|'\d{2})\b,?(?:[T\s]+(?:at |um |à )?(.+))?"
)
MONTH_NAMED = re.compile(
    r"([^\W\d_]{3,12})\.?[\s\-/.]*(\d{1,2})(?:st|nd|rd|th)?,?[\s\-/.]+(\d{4})\b,?(?:[T\s]+(?:at )?(.+))?"
)
WEEKDAY = re.compile(r"^[^\W\d_]{2,12}\.?,?\s+(?=\d|[^\W\d_]{3,12}\.?\s+\d)")
CLOCK = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.m](\d{2})(?:[.,](\d{1,9}))?)?s?\s*(am|pm|a\.m\.|p\.m\.|uhr|h)?\s*(.*)",
    re.IGNORECASE,
)
OFFSET = re.compile(r"(?:UTC|GMT|Z)?\s*([+-])(\d{2}):?(\d{2})?")
SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
ZERO_DATES = frozenset({"0/0/00", "0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "00.00.0000", "0"})
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (sheets know no time zone)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner janvier janv enero ene gennaio gen janeiro stycznia sty ocak يناير янв января",
            "feb february februar feber février févr fév febrero febbraio febr fevereiro fev luty lut şubat فبراير "
            "фев февраля",
            "mar march märz mrz maerz mär mars marzo março maart mrt marca mart مارس мар марта",
            "apr april avril avr abril abr aprile kwietnia kwi nisan أبريل апр апреля",
            "may mai mayo maggio mag maio mei maja mayıs مايو май мая",
            "jun june juni juin junio giugno giu junho czerwca cze haziran يونيو июн июня",
            "jul july juli juillet juil julio luglio lug julho lipca lip temmuz يوليو июл июля",
            "aug august août aoû agosto ago augustus sierpnia sie ağustos أغسطس авг августа",
            "sep sept september septembre septiembre settembre set setembro września wrz eylül سبتمبر сен сентября",
            "oct october okt oktober octobre octubre ottobre ott outubro out października paź ekim أكتوبر окт октября",
            "nov november novembre noviembre novembro listopada lis kasım نوفمبر ноя ноября",
            "dec december dez dezember décembre déc diciembre dic dicembre dezembro grudnia aralık ديسمبر дек декабря",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


@dataclass
class DateEvidence:
    """What a column's dates say about their order; feed it with `add`, then ask `order`."""

    day_first: int = 0
    month_first: int = 0
    unclear: int = 0
    example: str = field(default="")

    def add(self, text: str) -> None:
        """Note whether day or month comes first, where the cell shows it."""
        if text[4:5] == "-":
            return
        parts = NUMERIC.fullmatch(text.strip())
        if not parts or len(parts[1]) > 2:
            return
        first, second = int(parts[1]), int(parts[3])
        if first > 12 >= second:
            self.day_first += 1
        elif second > 12 >= first:
            self.month_first += 1
        elif first != second:
            self.unclear += 1
            self.example = self.example or text.strip()

    @property
    def order(self) -> str:
        """ "dmy" or "mdy" by the greater evidence; "" when no cell shows it or as many say one as the other."""
        if self.day_first == self.month_first:
            return "" if self.unclear or self.day_first else "ymd"
        return "dmy" if self.day_first > self.month_first else "mdy"

    @property
    def is_ambiguous(self) -> bool:
        """The user must be asked: dates like 03/04/2024 stand alone, or the column mixes both orders."""
        mixed = bool(self.day_first and self.month_first)
        return (self.unclear > 0 and not self.day_first and not self.month_first) or (mixed and self.unclear > 0)


def parse_datetime(text: str, order: str = "dmy", zone: tzinfo = UTC) -> datetime:
    """An aware datetime from any common writing; a time without offset is in `zone`, a date alone is its midnight.

    `order` ("dmy" or "mdy") decides numeric dates that don't begin with the year; one that makes sense only the
    other way is read that way. Raises BadValueError.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _any_datetime(text.translate(ARABIC).strip(), order)
    if not is_believable(found):
        raise BadValueError(_("The year of “%(value)s” can't be right.") % {"value": text[:60]})
    return found if found.tzinfo else found.replace(tzinfo=zone)


def parse_date(text: str, order: str = "dmy") -> date:
    """A date from any common writing; see parse_datetime."""
    return parse_datetime(text, order).date()


def _any_datetime(text: str, order: str) -> datetime:
    if text.lower() in ZERO_DATES:
        raise BadValueError(_("“%(value)s” is not a date.") % {"value": text[:60]})
    if SERIAL.fullmatch(text):
        return EXCEL_EPOCH + timedelta(seconds=round(float(text) * 86400))
    day_text, clock = _split_date(text, order)
    if day_text is None:
        day_text, clock = _split_date(WEEKDAY.sub("", text), order)
    if day_text is None:
        raise BadValueError(_("“%(value)s” is not a date.") % {"value": text[:60]})
    year, month, day = day_text
    try:
        base = datetime(_full_year(year), month, day)  # noqa: DTZ001 (the caller gives the zone)
    except ValueError as error:
        raise BadValueError(_("There is no such day as “%(value)s”.") % {"value": text[:60]}) from error
    return _with_clock(base, clock, text)


def _split_date(text: str, order: str) -> tuple[tuple[str, int, int] | None, str]:
    """Year (as written), month and day, and the rest of the cell."""
    if match := re.fullmatch(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{4,6}|\d{1,2}:.+))?", text):
        return (match[1], int(match[2]), int(match[3])), _colons(match[4])
    if match := NUMERIC.fullmatch(text):
        return _ordered(match[1], match[3], match[4], order), match[5] or ""
    if match := JAPANESE.fullmatch(text):
        return (match[1], int(match[2]), int(match[3])), match[4] or ""
    if (match := DAY_NAMED.fullmatch(text)) and (month := MONTHS.get(match[2].casefold())):
        return (match[3].strip("'"), month, int(match[1])), match[4] or ""
    if (match := MONTH_NAMED.fullmatch(text)) and (month := MONTHS.get(match[1].casefold())):
        return (match[3], month, int(match[2])), match[4] or ""
    return None, ""


def _colons(digits: str | None) -> str:
    if not digits or ":" in digits:
        return digits or ""
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


def _ordered(first: str, second: str, third: str, order: str) -> tuple[str, int, int] | None:
    if len(first) > 2:
        return (first, int(second), int(third)) if len(third) <= 2 else None
    if len(third) not in (2, 4):
        return None
    if order == "ymd" and len(third) == 2:
        return first, int(second), int(third)
    day, month = (int(second), int(first)) if order == "mdy" else (int(first), int(second))
    if month > 12 >= day:
        day, month = month, day
    return third, month, day


def _full_year(year: str) -> int:
    """Two digits mean the century that lies nearest: up to ten years ahead, else the past."""
    if len(year) > 2:
        return int(year)
    this_year = datetime.now(UTC).year
    century = this_year - this_year % 100 + int(year)
    return century - 100 if century > this_year + 10 else century


def _with_clock(base: datetime, clock: str, text: str) -> datetime:
    clock = clock.strip()
    if not clock:
        return base
    match = CLOCK.fullmatch(clock)
    if match is None:
        raise BadValueError(_("The time in “%(value)s” can't be read.") % {"value": text[:60]})
    hour, half = int(match[1]), (match[5] or "").lower().replace(".", "")
    if half in ("am", "pm") and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    micro = int((match[4] or "0")[:6].ljust(6, "0"))
    try:
        found = datetime.combine(base, time(hour, int(match[2] or 0), int(match[3] or 0), micro))
    except ValueError as error:
        raise BadValueError(_("The time in “%(value)s” can't be read.") % {"value": text[:60]}) from error
    return found.replace(tzinfo=_offset(match[6].strip(), text))


def _offset(written: str, text: str) -> tzinfo | None:
    if not written:
        return None
    if written.upper() in ("Z", "UTC", "GMT"):
        return UTC
    match = OFFSET.fullmatch(written)
    if match is None:
        raise BadValueError(_("The time zone in “%(value)s” can't be read.") % {"value": text[:60]})
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return datetime.strptime(f"{match[1]}{minutes // 60:02d}{minutes % 60:02d}", "%z").tzinfo

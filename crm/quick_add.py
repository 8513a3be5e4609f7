"""Reads "call Ann tomorrow 3pm" as a task: what to do, on which day, and when to remind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from babel.dates import get_day_names, get_month_names
from django.utils import timezone
from django.utils.translation import gettext as _

from .formats import reader_locale

_TIME = re.compile(
    r"(?:^|\s)(?:(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)\s*(?P<half>am|pm|uhr|h)?"
    r"|(?P<h>1[0-2]|[1-9])\s*(?P<hh>am|pm)|(?P<uhr>[01]?\d|2[0-3])\s*(?:uhr|h))$",
    re.I,
)
_ISO = re.compile(r"(?:^|\s)(\d{4})-(\d{2})-(\d{2})$")
_DATE = re.compile(r"(?:^|\s)(\d{1,2})(?P<mark>[./])(\d{1,2})(?:(?P=mark)(\d{4}|\d{2})?)?$")
_IN_DAYS = re.compile(r"(?:^|\s)\+(\d{1,3})$")
_LINKS = re.compile(r"\s+(?:at|on|by|until|um|am|bis|für|à|le|a|el|alle|il|às|em|om|op)$", re.I)
# Today, tomorrow, the day after, next week, and "in 3 days" and "in 2 weeks"; catalogues may add to them.
_WORDS: dict[str, tuple[str, str, str, str, str]] = {
    "en": ("today", "tomorrow", "day after tomorrow", "next week", r"in (\d{1,3}) (?:days?|(weeks?))"),
    "de": ("heute", "morgen", "übermorgen", "nächste woche", r"in (\d{1,3}) (?:tag(?:en)?|(wochen?))"),
    "fr": ("aujourd'hui", "demain", "après-demain", "la semaine prochaine", r"dans (\d{1,3}) (?:jours?|(semaines?))"),
    "es": ("hoy", "mañana", "pasado mañana", "la próxima semana", r"en (\d{1,3}) (?:días?|(semanas?))"),
    "it": ("oggi", "domani", "dopodomani", "la prossima settimana", r"tra (\d{1,3}) (?:giorn[oi]|(settiman[ae]))"),
    "pt": ("hoje", "amanhã", "depois de amanhã", "na próxima semana", r"em (\d{1,3}) (?:dias?|(semanas?))"),
    "nl": ("vandaag", "morgen", "overmorgen", "volgende week", r"over (\d{1,3}) (?:dag(?:en)?|(weken|week))"),
}
MOST_WORDS = 4


@dataclass(frozen=True)
class Draft:
    """A task as read: `remind_at` is in the reader's zone."""

    title: str
    due_on: date | None = None
    remind_at: datetime | None = None


def read_task(text: str, *, today: date) -> Draft:
    """Day and time are taken from the end of the text, in either order; all else is the title."""
    text = " ".join(text.split())
    title, at = _take_time(text)
    title, due_on = _take_day(title, today)
    if at is None:
        title, at = _take_time(title)
    if not title:  # "tomorrow" alone is a title, however odd
        return Draft(text)
    if at is not None and due_on is None:
        due_on = today
    remind_at = timezone.make_aware(datetime.combine(due_on, at)) if at and due_on else None
    return Draft(title, due_on, remind_at)


def _take_time(text: str) -> tuple[str, time | None]:
    match = _TIME.search(text)
    if not match:
        return text, None
    hour, half = int(match["hour"] or match["h"] or match["uhr"]), (match["half"] or match["hh"] or "").lower()
    if half in ("am", "pm"):
        hour = hour % 12 + (12 if half == "pm" else 0)
    return _before(text, match.start()), time(hour, int(match["minute"] or 0))


def _before(text: str, end: int) -> str:
    """The text up to there, without the "on" or "at" that led to the day or time."""
    return _LINKS.sub("", " " + text[:end].rstrip()).strip()


def _take_day(text: str, today: date) -> tuple[str, date | None]:
    for read in (_iso_day, _numeric_day, _in_days, _named_month, _named_day):
        found = read(text, today)
        if found is not None:
            return found
    return text, None


Found = tuple[str, date] | None


def _iso_day(text: str, today: date) -> Found:
    match = _ISO.search(text)
    day = _date(int(match[1]), int(match[2]), int(match[3])) if match else None
    return (_before(text, match.start()), day) if match and day else None


def _numeric_day(text: str, today: date) -> Found:
    """24.12. and 24/12, or 12/24 where the month comes first; without a year the next such day."""
    match = _DATE.search(text)
    if not match:
        return None
    first, second = int(match[1]), int(match[3])
    is_month_first = match["mark"] == "/" and str(reader_locale()) in ("en", "en_US")
    month, number = (first, second) if is_month_first else (second, first)
    year = int(match[4]) + (2000 if len(match[4]) == 2 else 0) if match[4] else None
    day = _date(year, month, number) if year else _next(today, month, number)
    return (_before(text, match.start()), day) if day else None


def _in_days(text: str, today: date) -> Found:
    if match := _IN_DAYS.search(text):
        return _before(text, match.start()), today + timedelta(days=int(match[1]))
    for language in _languages():
        if match := re.search(rf"(?:^|\s){_WORDS[language][4]}$", text, re.I):
            return _before(text, match.start()), today + timedelta(days=int(match[1]) * (7 if match[2] else 1))
    return None


def _named_month(text: str, today: date) -> Found:
    """December 24, 24 Dec, 24. Dezember."""
    words = text.casefold().split()
    if len(words) < 2:
        return None
    pair = [word.strip(".,") for word in words[-2:]]
    number = next((int(word) for word in pair if word.isdecimal() and len(word) < 3), None)
    month = next((months[word] for months in _months() for word in pair if word in months), None)
    day = _next(today, month, number) if number and month else None
    return (_before(text, len(" ".join(text.split()[:-2]))), day) if day else None


def _named_day(text: str, today: date) -> Found:
    words = text.split()
    names = _names(today)
    for count in range(min(MOST_WORDS, len(words)), 0, -1):
        if day := names.get(" ".join(words[-count:]).casefold()):
            return _before(text, len(" ".join(words[:-count]))), day
    return None


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _next(today: date, month: int, number: int) -> date | None:
    """The next day of this name, today included; the 29th of February may take some years."""
    days = (_date(today.year + ahead, month, number) for ahead in range(9))
    return next((day for day in days if day and day >= today), None)


def _languages() -> list[str]:
    """English is always understood, and so is the reader's language."""
    return list(dict.fromkeys(["en", language] if (language := reader_locale().language) in _WORDS else ["en"]))


def _months() -> list[dict[str, int]]:
    found = []
    for locale in ("en", reader_locale()):
        for width in ("wide", "abbreviated"):
            names = get_month_names(width, locale=locale).items()
            found.append({name.casefold().strip("."): number for number, name in names})
    return found


def _names(today: date) -> dict[str, date]:
    """What the reader's language calls the coming days; English is always understood."""
    names: dict[str, date] = {}
    near = (today, today + timedelta(days=1), today + timedelta(days=2), today + timedelta(days=7 - today.weekday()))
    for language in _languages():
        names |= dict(zip(_WORDS[language][:4], near, strict=True))
    own = (_("today"), _("tomorrow"), _("the day after tomorrow"), _("next week"))
    names |= {word.casefold(): day for word, day in zip(own, near, strict=True)}
    for locale in ("en", reader_locale()):
        for width in ("wide", "abbreviated"):
            for weekday, name in get_day_names(width, locale=locale).items():
                day = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
                names.setdefault(name.casefold(), day)
                names.setdefault(_("on %(day)s").casefold() % {"day": name.casefold()}, day)
    return names

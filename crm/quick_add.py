"""Reads "call Ann tomorrow 3pm" as a task: what to do, on which day, and when to remind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from babel.dates import get_day_names
from django.utils import timezone
from django.utils.translation import gettext as _

from .formats import reader_locale

_TIME = re.compile(
    r"(?:^|\s)(?:(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d))\s*(?P<half>am|pm)?|(?P<h>1[0-2]|[1-9])\s*(?P<hh>am|pm))$",
    re.I,
)
_ISO = re.compile(r"(?:^|\s)(\d{4})-(\d{2})-(\d{2})$")
_IN_DAYS = re.compile(r"(?:^|\s)\+(\d{1,3})$")
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
    hour, half = int(match["hour"] or match["h"]), (match["half"] or match["hh"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return text[: match.start()].strip(), time(hour, int(match["minute"] or 0))


def _take_day(text: str, today: date) -> tuple[str, date | None]:
    if match := _ISO.search(text):
        try:
            return text[: match.start()].strip(), date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return text, None
    if match := _IN_DAYS.search(text):
        return text[: match.start()].strip(), today + timedelta(days=int(match[1]))
    words = text.split()
    names = _names(today)
    for count in range(min(MOST_WORDS, len(words)), 0, -1):
        if day := names.get(" ".join(words[-count:]).casefold()):
            return " ".join(words[:-count]), day
    return text, None


def _names(today: date) -> dict[str, date]:
    """What the reader's language calls the coming days; English is always understood."""
    names = {
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "next week": today + timedelta(days=7 - today.weekday()),
        _("today").casefold(): today,
        _("tomorrow").casefold(): today + timedelta(days=1),
        _("the day after tomorrow").casefold(): today + timedelta(days=2),
        _("next week").casefold(): today + timedelta(days=7 - today.weekday()),
    }
    for locale in ("en", reader_locale()):
        for width in ("wide", "abbreviated"):
            for weekday, name in get_day_names(width, locale=locale).items():
                day = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
                names.setdefault(name.casefold(), day)
                names.setdefault(_("on %(day)s").casefold() % {"day": name.casefold()}, day)
    return names

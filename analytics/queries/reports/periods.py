"""Periods, and the steps of time in which they are shown: all in days of the workspace's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from django.utils.translation import gettext as _

from analytics.models import ReportSpec
from analytics.models.reports import Period, Unit
from crm import formats
from crm.models import Workspace

Days = tuple[date | None, date | None]
MOST_POINTS = 120
LARGER = {Unit.DAY: Unit.WEEK, Unit.WEEK: Unit.MONTH, Unit.MONTH: Unit.QUARTER, Unit.QUARTER: Unit.YEAR}
_MONTHS = {Period.MONTHS_3: 3, Period.MONTHS_12: 12}


def days_of(spec: ReportSpec, today: date) -> Days:
    """The first day of the period and the first after it; None where it is open.

    Months are whole ones, the running one the last of them, so that a chart does not begin with a stump.
    """
    tomorrow = today + timedelta(days=1)
    if spec.period == Period.DAYS_30:
        return tomorrow - timedelta(days=30), tomorrow
    if spec.period in _MONTHS:
        return month_after(today.replace(day=1), 1 - _MONTHS[Period(spec.period)]), tomorrow
    if spec.period == Period.YEAR:
        return date(today.year, 1, 1), tomorrow
    if spec.period == Period.NEXT_12:
        return today, month_after(today.replace(day=1), 12)
    if spec.period == Period.CUSTOM:
        return spec.starts_on, spec.ends_on + timedelta(days=1) if spec.ends_on else None
    return None, None


def month_after(month: date, count: int) -> date:
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


@dataclass(frozen=True)
class Here:
    """Where the business is: its zone, on which weekday a week begins there (0 is Monday), and its currency."""

    zone: ZoneInfo
    first_weekday: int
    currency: str


def read_here() -> Here:
    """One query."""
    row = Workspace.objects.values_list("time_zone", "country", "currency").first()
    zone, country, currency = row or ("", "", "")
    return Here(ZoneInfo(zone or "UTC"), _week_start(country), currency or "EUR")


def _week_start(country: str) -> int:
    """As the country has it; where none is known, as the reader's language has it."""
    try:
        locale = Locale("en", country.upper()) if country else formats.reader_locale()
    except (UnknownLocaleError, ValueError):
        locale = formats.reader_locale()
    return int(locale.first_week_day)


def step_of(day: date, unit: str, first_weekday: int = 0) -> date:
    """The first day of the step that holds this day."""
    if unit == Unit.WEEK:
        return day - timedelta(days=(day.weekday() - first_weekday) % 7)
    if unit == Unit.MONTH:
        return day.replace(day=1)
    if unit == Unit.QUARTER:
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1) if unit == Unit.YEAR else day


def next_step(step: date, unit: str) -> date:
    if unit in (Unit.DAY, Unit.WEEK):
        return step + timedelta(days=7 if unit == Unit.WEEK else 1)
    return month_after(step, {Unit.MONTH: 1, Unit.QUARTER: 3}.get(Unit(unit), 12))


def unit_for(first: date, last: date, unit: str) -> str:
    """The wanted unit, or the next larger one that needs no more points than a chart can show."""
    days = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 30, Unit.QUARTER: 91, Unit.YEAR: 365}
    while (last - first).days / days[Unit(unit)] > MOST_POINTS and Unit(unit) in LARGER:
        unit = LARGER[Unit(unit)]
    return unit


def steps_between(first: date, last: date, unit: str, first_weekday: int) -> list[date]:
    """Every step from the one that holds the first day to the one that holds the last."""
    steps = [step_of(first, unit, first_weekday)]
    while next_step(steps[-1], unit) <= last and len(steps) < MOST_POINTS * 10:
        steps.append(next_step(steps[-1], unit))
    return steps


def step_words(step: date, unit: str) -> str:
    if unit in (Unit.DAY, Unit.WEEK):
        return formats.date_words(step)
    if unit == Unit.MONTH:
        return formats.month_year_words(step)
    if unit == Unit.QUARTER:
        return _("Q%(quarter)s %(year)s") % {"quarter": (step.month - 1) // 3 + 1, "year": step.year}
    return str(step.year)

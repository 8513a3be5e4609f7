"""Days as numbered days, weeks, months and quarters; which of them a file can be told in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.ml.purchases import Ints, day_date


@dataclass(frozen=True)
class Unit:
    """`period` of them make the season, `ahead` are forecast by default, `recent` are a moving mean.

    At most the last `most` are looked at: what is older says little of tomorrow. `number` gives the running number of
    the unit that each day [n] falls in.
    """

    name: str
    period: int
    ahead: int
    recent: int
    most: int
    days: float
    number: Callable[[Ints], Ints]


def _months(days: Ints) -> Ints:
    months = (np.asarray(days, dtype="datetime64[D]")).astype("datetime64[M]").astype(np.int64)
    return np.asarray(months, dtype=np.int64)


MONDAY = 3  # 1970-01-01 was a Thursday
DAY = Unit("day", 7, 28, 28, 1461, 1.0, lambda days: days)
WEEK = Unit("week", 52, 8, 8, 522, 7.0, lambda days: (days + MONDAY) // 7)
MONTH = Unit("month", 12, 12, 6, 480, 365.25 / 12, _months)
QUARTER = Unit("quarter", 4, 4, 4, 160, 365.25 / 4, lambda days: _months(days) // 3)
FROM_DAYS = (DAY, WEEK, MONTH)


def native_units(days: Ints) -> tuple[Unit, ...]:
    """What a file with these days can be told in: days, weeks and months, or its own unit; nothing for years."""
    distinct = np.unique(days)
    gap = float(np.median(np.diff(distinct))) if len(distinct) > 1 else 1.0
    if gap < 5:
        return FROM_DAYS
    kept_in = ((20, WEEK), (60, MONTH), (150, QUARTER))
    return next(((unit,) for most, unit in kept_in if gap < most), ())


def whole_span(days: Ints, unit: Unit) -> tuple[int, int]:
    """The first and the last unit that the days cover whole; weekdays on which nothing ever happens are not missed."""
    first, last = int(days.min()), int(days.max())
    busy = np.bincount((np.unique(days) + MONDAY) % 7, minlength=7)
    open_days = busy > 0.1 * busy.max()
    return _edge(first, unit, open_days, -1), _edge(last, unit, open_days, 1)


def _edge(day: int, unit: Unit, open_days: np.typing.NDArray[np.bool_], way: int) -> int:
    number = _one(unit, day)
    ahead = day + way
    while _one(unit, ahead) == number:
        if open_days[(ahead + MONDAY) % 7]:
            return number - way
        ahead += way
    return number


def _one(unit: Unit, day: int) -> int:
    return int(unit.number(np.array([day]))[0])


def first_day(unit: Unit, number: int) -> date:
    """The first day of a unit."""
    if unit in (MONTH, QUARTER):
        month = number * (1 if unit == MONTH else 3)
        return date(1970 + month // 12, month % 12 + 1, 1)
    return day_date(number if unit == DAY else number * 7 - MONDAY)

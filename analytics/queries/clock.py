"""The shop's own clock: in which day an instant falls, and which day is "now" for predictions.

Days are days of the workspace's zone. The clock stands still where nothing is known: data that ended long ago is
judged as of its last day, and a hole of more than a year between two orders does not count as silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Max, Min
from django.utils import timezone

from analytics.ml.purchases import Ints, day_number
from analytics.models import SalesMonth
from crm.models import Order
from crm.queries.zone import workspace_zone

QUIET_DAYS = 60  # after so much silence of a whole busy shop its data has ended
QUIET_DAYS_OF_FEW = 400  # a shop with few customers may well be silent for long
BUSY = 30  # orders in its last half year
HOLE_DAYS = 400  # longer than any season
HOLE_MONTHS = 13
QUARTER = 900  # zones change their offset at quarters of an hour


@dataclass(frozen=True)
class Hole:
    """No order between the day numbers `after` and `until`; both had some."""

    after: int
    until: int

    @property
    def days(self) -> int:
        return self.until - self.after - 1


@dataclass(frozen=True)
class ShopClock:
    """`as_of` is the first day that has not begun for predictions; `known_until` the first not (wholly) known."""

    zone: ZoneInfo
    as_of: date
    known_until: date
    is_live: bool = True
    holes: tuple[Hole, ...] = ()

    def days(self, seconds: Ints) -> Ints:
        """Day numbers of instants in seconds since 1970, with older days moved up to close the holes."""
        quarters, where = np.unique(seconds // QUARTER, return_inverse=True)
        offsets = np.array([_offset(self.zone, int(quarter)) for quarter in quarters], dtype=np.int64)
        days = (seconds + offsets[where]) // 86_400 if len(seconds) else seconds
        return days + sum((np.where(days <= hole.after, hole.days, 0) for hole in self.holes), np.zeros_like(days))

    def midnight(self, day: date) -> datetime:
        """When this day begins."""
        return datetime.combine(day, time.min, tzinfo=self.zone)

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


def read_clock(*, now: datetime | None = None) -> ShopClock:
    """The clock of this shop, in four queries at most and two more for each hole."""
    now = now or timezone.now()
    zone = workspace_zone()
    latest = Order.objects.filter(placed_at__lte=now).aggregate(last=Max("placed_at"))["last"]
    today = now.astimezone(zone).date()
    last = latest.astimezone(zone).date() if latest else today
    is_live = (today - last).days <= QUIET_DAYS or (today - last).days <= _patience(latest)
    known_until = today if is_live else last + timedelta(days=1)
    as_of = today + timedelta(days=1) if is_live else known_until
    return ShopClock(zone, as_of, known_until, is_live, tuple(_holes(zone)))


def _patience(latest: datetime) -> int:
    half_year = Order.objects.filter(placed_at__gt=latest - timedelta(days=180), placed_at__lte=latest)
    return QUIET_DAYS if half_year[:BUSY].count() >= BUSY else QUIET_DAYS_OF_FEW


@lru_cache(maxsize=200_000)
def _offset(zone: ZoneInfo, quarter: int) -> int:
    gap = datetime.fromtimestamp(quarter * QUARTER, tz=UTC).astimezone(zone).utcoffset()
    return int(gap.total_seconds()) if gap else 0


def _holes(zone: ZoneInfo) -> list[Hole]:
    months = list(SalesMonth.objects.filter(orders__gt=0).order_by("month").values_list("month", flat=True))
    wide = [(a, b) for a, b in pairwise(months) if _months_between(a, b) >= HOLE_MONTHS]
    found = (_hole(zone, later) for _, later in wide)
    return [hole for hole in found if hole.days >= HOLE_DAYS]


def _hole(zone: ZoneInfo, later: date) -> Hole:
    edge = datetime.combine(later, time.min, tzinfo=zone)
    before = Order.objects.filter(placed_at__lt=edge).aggregate(at=Max("placed_at"))["at"]
    after = Order.objects.filter(placed_at__gte=edge).aggregate(at=Min("placed_at"))["at"]
    if before is None or after is None:
        return Hole(0, 1)
    return Hole(*(day_number(at.astimezone(zone).date()) for at in (before, after)))


def _months_between(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month

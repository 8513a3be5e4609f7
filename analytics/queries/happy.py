"""Are people happy? What they answered, how they sound, and who was unhappy of late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from analytics.models import MetricFigure
from crm import charts, formats
from crm.extensions import metrics
from crm.models import User
from inbox.models import BAD_UNTIL, Rating

from .feedback import Line, feedback_line
from .metrics.spans import Span, SpanKind
from .number_links import rows_url
from .number_words import saying
from .zone import workspace_zone

KEYS = ("csat", "nps", "mood")
MONTHS = 13
UNHAPPY = 3
DAYS = 30


@dataclass(frozen=True)
class Sign:
    """One number of the newest month that has one: what it says, of when, how many, and how it went before."""

    label: str
    value: str
    when: str
    of: str
    url: str
    spark: charts.Sparkline | None


@dataclass(frozen=True)
class HappyTile:
    """The vocabulary of the tile; `signs` are of the whole business."""

    signs: Sequence[Sign]
    unhappy: Sequence[Line]

    @property
    def is_empty(self) -> bool:
        return not self.signs and not self.unhappy


def happy_tile(user: User, *, is_whole: bool) -> HappyTile:
    """Two queries."""
    return HappyTile(_signs() if is_whole else [], unhappy_of_late(user, limit=UNHAPPY))


def unhappy_of_late(user: User, *, limit: int) -> list[Line]:
    """The newest bad answers of the last days that this user sees."""
    bad = Q(kind="csat", value__lte=BAD_UNTIL["csat"]) | Q(kind="nps", value__lte=BAD_UNTIL["nps"])
    since = timezone.now() - timedelta(days=DAYS)
    rows = Rating.objects.visible_to(user).filter(bad, answered_at__gte=since)
    newest = rows.select_related("person", "conversation").order_by("-answered_at", "-pk")[:limit]
    return [feedback_line(row) for row in newest]


def _signs() -> list[Sign]:
    rows = MetricFigure.objects.filter(metric__in=KEYS, span=SpanKind.MONTH, value__isnull=False)
    found: dict[str, list[MetricFigure]] = {key: [] for key in KEYS}
    for row in rows.order_by("-starts_on")[: MONTHS * len(KEYS)]:
        found[row.metric].append(row)
    return [_sign(key, rows[::-1]) for key, rows in found.items() if rows]


def _sign(key: str, rows: Sequence[MetricFigure]) -> Sign:
    newest, metric = rows[-1], metrics[key]
    zone = workspace_zone()
    span = Span.holding(SpanKind.MONTH, newest.starts_on, zone, timezone.localdate(timezone=zone))
    return Sign(
        label=str(metric.label),
        value=saying(metric, "")(newest.value or 0.0),
        when=formats.month_year_words(newest.starts_on),
        of=formats.number(newest.sample),
        url=rows_url(key, span),
        spark=charts.sparkline([row.value or 0.0 for row in rows], title=str(metric.label)) if len(rows) > 2 else None,
    )

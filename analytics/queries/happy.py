"""Are people happy? What they answered, how they sound, and who was unhappy of late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import MetricFigure
from crm import charts, formats
from crm.extensions import metrics
from crm.models import User
from crm.queries.zone import workspace_zone
from inbox.models import BAD_UNTIL, Message, Rating

from .boards.blocks import BlockNarrowing
from .feedback import Line, feedback_line
from .metrics.service import answers_of, csat_of, mood_of, nps_of
from .metrics.spans import Span, SpanKind
from .number_links import rows_url
from .number_words import saying
from .time_limit import TooSlowError, at_most

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
    url: str = ""
    spark: charts.Sparkline | None = None


@dataclass(frozen=True)
class HappyTile:
    """The vocabulary of the tile; `signs` are of the whole business, narrowed of what the reader sees."""

    signs: Sequence[Sign]
    unhappy: Sequence[Line]
    is_too_slow: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.signs or self.unhappy or self.is_too_slow)


def happy_tile(user: User, narrowed: BlockNarrowing, *, is_whole: bool) -> HappyTile:
    """Two queries, or three: narrowed signs are counted anew, of what the user sees."""
    unhappy: Sequence[Line] = ()
    try:
        with at_most(narrowed.seconds):
            unhappy = unhappy_of_late(user, narrowed, limit=UNHAPPY)
            if narrowed.is_on:
                return HappyTile(_narrowed_signs(user, narrowed), unhappy)
    except TooSlowError:
        return HappyTile([], unhappy, is_too_slow=True)
    return HappyTile(_signs() if is_whole else [], unhappy)


def unhappy_of_late(user: User, narrowed: BlockNarrowing, *, limit: int) -> list[Line]:
    """The newest bad answers of the period, else of the last days, that this user sees."""
    bad = Q(kind="csat", value__lte=BAD_UNTIL["csat"]) | Q(kind="nps", value__lte=BAD_UNTIL["nps"])
    rows = _ratings(user, narrowed).filter(bad)
    newest = rows.select_related("person", "conversation").order_by("-answered_at", "-pk")[:limit]
    return [feedback_line(row) for row in newest]


def _ratings(user: User, narrowed: BlockNarrowing) -> QuerySet[Rating]:
    seen = Rating.objects.visible_to(user).filter(_within(narrowed, "answered_at"))
    return seen.filter(narrowed.people("person"), narrowed.conversations("conversation"))


def _messages(user: User, narrowed: BlockNarrowing) -> QuerySet[Message]:
    seen = Message.objects.visible_to(user).filter(_within(narrowed, "created_at"))
    return seen.filter(narrowed.people("conversation__person"), narrowed.conversations("conversation"))


def _within(narrowed: BlockNarrowing, path: str) -> Q:
    """The period, without one the last days."""
    late = Q(**{f"{path}__gte": timezone.now() - timedelta(days=DAYS)})
    return narrowed.within(path, workspace_zone()) or late


def _narrowed_signs(user: User, narrowed: BlockNarrowing) -> list[Sign]:
    """Those of which enough is known in the period."""
    answers = answers_of(_ratings(user, narrowed))
    figures = {"csat": csat_of(answers), "nps": nps_of(answers), "mood": mood_of(_messages(user, narrowed))}
    when = _("in the chosen days") if narrowed.days else _("in the last %(n)s days") % {"n": DAYS}
    return [
        Sign(str(metrics[key].label), saying(metrics[key], "")(figure.value), when, formats.number(figure.sample))
        for key, figure in figures.items()
        if figure.value is not None
    ]


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

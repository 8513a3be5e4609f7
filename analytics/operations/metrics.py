"""Counts the metrics of the months, quarters and years that go on, and freezes those that are over.

A span is frozen two days after its end: by then late orders are in, and the last night has counted its customers. What
a prediction says is frozen when its span begins, and meets what came when that is frozen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.utils import timezone

from analytics.models import MetricFigure
from analytics.queries.metrics.figures import Figure
from analytics.queries.metrics.spans import Span, SpanKind, end_of
from crm.extensions import Metric, metrics
from crm.models import Event
from crm.queries.zone import workspace_zone

SETTLED = timedelta(days=2)
PAST = {SpanKind.MONTH: 12, SpanKind.QUARTER: 4, SpanKind.YEAR: 1}
UNSETTLED = timedelta(days=40)  # so long a span with too little is looked at again
AHEAD = 1
SHORTEST = timedelta(minutes=10)
WITNESSED = timedelta(days=10)
RESTING = "metrics-resting"
RESTS = 60  # the pause between two counts is so many times as long as a count


def count_metrics(now: datetime | None = None) -> int:
    """Count what is not frozen: the spans that go on, the next one's predictions, and past ones not counted yet.

    Returns how many figures were written.
    """
    now = now or timezone.now()
    zone = workspace_zone()
    today = now.astimezone(zone).date()
    known = _known()
    rows = []
    for kind in SpanKind:
        current = Span.holding(kind, today, zone, today)
        for by in range(-PAST[kind], AHEAD + 1):
            span = current.moved(by)
            rows += [_row(metric, span, now) for metric in metrics if _is_due(metric, span, by, known)]
    MetricFigure.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["metric", "span", "starts_on"], batch_size=200,
        update_fields=["value", "low", "high", "sample", "needed", "more", "counted_at", "frozen_at"],
    )  # fmt: skip
    _freeze_moments(today, zone, now)
    meet_outcomes()
    return len(rows)


def _freeze_moments(today: date, zone: ZoneInfo, now: datetime) -> None:
    """What is known of the moment alone stays, once its span is over, as it was counted last."""
    keys = [metric.key for metric in metrics if metric.is_now]
    for kind in SpanKind:
        over = MetricFigure.objects.filter(span=kind, starts_on__lt=Span.holding(kind, today, zone, today).first)
        over.filter(metric__in=keys, frozen_at=None, value__isnull=False).update(frozen_at=now)


Known = dict[tuple[str, str, date], bool]


def _known() -> Known:
    """Which figures there are, and whether they are frozen."""
    rows = MetricFigure.objects.values_list("metric", "span", "starts_on", "frozen_at")
    return {(metric, span, first): frozen is not None for metric, span, first, frozen in rows}


def _is_due(metric: Metric, span: Span, by: int, known: Known) -> bool:
    """A past span is counted once, unless it is about now; a coming one only if it can be foretold."""
    frozen = known.get((metric.key, span.kind, span.first))
    if frozen:
        return False
    if by > 0:
        return is_foretold(metric)
    if by == 0:
        return True
    if metric.is_now or is_foretold(metric):
        return False
    return frozen is None or span.today < span.end + UNSETTLED


def is_foretold(metric: Metric) -> bool:
    """Whether it is said of a span before that is over."""
    return bool(metric.predicts) and not metric.is_now


def _row(metric: Metric, span: Span, now: datetime) -> MetricFigure:
    figure: Figure = metric.count(span)
    return MetricFigure(
        metric=metric.key, span=span.kind, starts_on=span.first, value=figure.value, low=figure.low, high=figure.high,
        sample=figure.sample, needed=figure.needed, more=dict(figure.more), counted_at=now,
        frozen_at=now if _is_settled(metric, span, figure) else None,
    )  # fmt: skip


def _is_settled(metric: Metric, span: Span, figure: Figure) -> bool:
    """Nothing is frozen that was too little to say: an import may still bring it; nor while some of it is too young."""
    if figure.value is None or figure.more.get("waiting"):
        return False
    return span.has_begun if is_foretold(metric) else span.today >= span.end + SETTLED


def meet_outcomes() -> int:
    """Write what came beside every prediction whose span is frozen; returns how many."""
    met = []
    for metric in metrics:
        if not is_foretold(metric):
            continue
        open_rows = MetricFigure.objects.filter(metric=metric.key, outcome=None, value__isnull=False)
        rows = {(row.span, row.starts_on): row for row in open_rows}
        came = MetricFigure.objects.filter(metric=metric.predicts, frozen_at__isnull=False, value__isnull=False)
        for span, first, value in came.values_list("span", "starts_on", "value"):
            if (span, first) in rows:
                rows[span, first].outcome = value
                met.append(rows[span, first])
    MetricFigure.objects.bulk_update(met, ["outcome"])
    return len(met)


def count_metrics_if_due() -> bool:
    """Count when the last count is long enough ago: ten minutes in a small shop, longer where counting takes long."""
    if not cache.add(RESTING, "now", SHORTEST.total_seconds()):
        return False
    began = time.monotonic()
    count_metrics()
    cache.set(RESTING, "now", max(SHORTEST.total_seconds(), RESTS * (time.monotonic() - began)))
    return True


def count_metrics_soon() -> None:
    """The next look counts: something has changed for all of them."""
    cache.delete(RESTING)


def follow_imports(events: Sequence[Event]) -> None:
    """The consumer: an import brings a past that nobody witnessed, so what was counted of it is counted anew."""
    if any(event.kind in ("import.done", "import.undone") for event in events):
        forget_unwitnessed()
        count_metrics_soon()


def forget_unwitnessed() -> int:
    """Drop frozen figures of spans that were over long before they were counted; returns how many."""
    rows = MetricFigure.objects.filter(frozen_at__isnull=False).values_list("pk", "span", "starts_on", "counted_at")
    late = [pk for pk, kind, first, at in rows if at.date() > end_of(kind, first) + WITNESSED]
    for start in range(0, len(late), 500):
        MetricFigure.objects.filter(pk__in=late[start : start + 500]).delete()
    return len(late)

"""Who leaves: lost customers of a month, and who may leave."""

from __future__ import annotations

from math import sqrt

from django.db.models import Avg, Count, F, Sum

from analytics.models import Band, CustomerMonth, ModelVersion, Score, ScoredTask

from .figures import LIKELY, Figure, share, too_few
from .spans import Span

FEWEST = 10


def lost(span: Span) -> Figure:
    """Of the customers at its start, how many left in it; of longer spans the mean month."""
    months = list(CustomerMonth.objects.filter(month__in=list(span.months)))
    start, gone = sum(row.customers for row in months), sum(row.lost for row in months)
    return share(gone, start, needed=FEWEST, months=len(months))


def may_leave(span: Span) -> Figure:
    """The mean chance of leaving of those who have not left yet, with what chance alone allows: as of now."""
    scores = Score.objects.order_by().filter(task=ScoredTask.CHURN).exclude(band=Band.LAPSED)
    model = scores.filter(kind=Score.Kind.MODEL).aggregate(
        mean=Avg("value"), sum=Sum("value"), spread=Sum(F("value") * (1 - F("value"))), count=Count("pk"),
    )  # fmt: skip
    if not model["count"]:
        return too_few(0, 30, is_without_model=ScoredTask.CHURN.value)
    count, expected = model["count"], model["sum"]
    half = LIKELY * sqrt(model["spread"])
    days = scores.values_list("horizon_days", flat=True).first() or 0
    low, high = max(expected - half, 0) / count, min(expected + half, count) / count
    return Figure(model["mean"], count, 30, low, high, {"part": expected, "days": days, **track_of(ScoredTask.CHURN)})


def track_of(task: str, part: float = 1.0) -> dict[str, object]:
    """What the last closed predictions said and what came, for the mean customer, times `part`."""
    row = ModelVersion.objects.filter(task=task, state=ModelVersion.State.CHAMPION).first()
    track = row.card.get("track") if row else None
    if not track or not track.get("customers"):
        return {}
    each = part / track["customers"]
    return {"said": (track["expected"] or 0) * each, "came": (track["actual"] or 0) * each, "on": track["as_of"]}

"""The ledger of deals: once a month what was said of each open one, and how it ended."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from analytics.models import WIN, Band, DealPrediction, DealScore
from crm.models import Stage

from .registry import note_track

CHUNK = 500
RIPE = timedelta(days=60)  # so old the predictions of a day are before they are judged
FEWEST = 10


@transaction.atomic
def write_win_predictions(today: date) -> int:
    """Enter every open deal's chance, once in a calendar month; returns how many rows are new."""
    if DealPrediction.objects.filter(as_of__gte=today.replace(day=1)).exists():
        return 0
    scores = DealScore.objects.filter(deal__stage__kind=Stage.Kind.OPEN).order_by("pk")
    rows = [
        DealPrediction(
            deal_id=score.deal_id, value=score.value, band=score.band, as_of=today,
            model_version_id=score.model_version_id,
        )
        for score in scores.iterator(chunk_size=CHUNK)
    ]  # fmt: skip
    return len(DealPrediction.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True))


@transaction.atomic
def close_win_predictions() -> int:
    """Fill in how deals ended; what was opened again has no outcome any more. Returns how many were filled in."""
    now, closed = timezone.now(), 0
    for kind, outcome in ((Stage.Kind.WON, 1.0), (Stage.Kind.LOST, 0.0)):
        rows = DealPrediction.objects.filter(deal__stage__kind=kind).exclude(outcome=outcome) | (
            DealPrediction.objects.filter(deal__stage__kind=kind, outcome=None)
        )
        ids = list(rows.values_list("pk", flat=True))
        for start in range(0, len(ids), CHUNK):
            some = DealPrediction.objects.filter(pk__in=ids[start : start + CHUNK])
            closed += some.update(outcome=outcome, outcome_at=now)
    reopened = DealPrediction.objects.filter(deal__stage__kind=Stage.Kind.OPEN).exclude(outcome=None)
    DealPrediction.objects.filter(pk__in=list(reopened.values_list("pk", flat=True))).update(outcome=None)
    return closed


def summarise_wins(today: date) -> None:
    """Keep at the model in use how the newest ripe predictions came true."""
    ripe = DealPrediction.objects.filter(as_of__lte=today - RIPE).exclude(outcome=None)
    days = ripe.values("as_of").annotate(decided=Count("pk")).filter(decided__gte=FEWEST).order_by("-as_of")
    newest = days.values_list("as_of", flat=True).first()
    if newest is None:
        return
    high = Q(band=Band.HIGH)
    figures = ripe.filter(as_of=newest).aggregate(
        customers=Count("pk"), expected=Sum(F("value")), actual=Sum("outcome"),
        flagged=Count("pk", filter=high), came_true=Sum("outcome", filter=high),
    )  # fmt: skip
    note_track(WIN, {"as_of": newest.isoformat(), **figures})

"""Scores everybody in chunks after a training, and catches up with what happened meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from analytics.ml.features import build_features
from analytics.ml.parts import load_part, part_files
from analytics.ml.purchases import Purchases, day_number
from analytics.models import Score, ScoredTask, TrainingRun
from analytics.queries.clock import ShopClock
from crm.demo import is_demo_in
from crm.models import Event

from .facts import ShopFacts, find_edges, usual_gap
from .grouping import group_everybody
from .judging import Why, find_stakes, seat_jury
from .ledger import close_predictions, drop_orphans, drop_unknowable, summarise_track, write_predictions
from .losses import count_losses
from .risk import recount_risk
from .runs import is_large, note_progress, note_report
from .scoring import forget_people, score_people, store_scores

SAMPLE = 50_000
CATCH_UP = 500
LOOK_BACK = timedelta(days=14)


def rescore_everybody(run: TrainingRun, clock: ShopClock, work: Path) -> None:
    """Everybody's scores as of today, the ledger, and whoever ordered meanwhile. Raises LostLeaseError."""
    files = part_files(work)
    began = run.started_at or timezone.now()
    facts = find_facts(files, day_number(clock.as_of))
    note_report(run, facts=facts.as_json())
    jury = seat_jury(facts)
    drop_unknowable(clock)
    why = Why.RISKY if is_large(run) else Why.ALL
    days = [clock.as_of - LOOK_BACK, clock.as_of] if _is_new_demo() else [clock.as_of]
    scored = above = 0
    for number, path in enumerate(files, 1):
        purchases = load_part(path)
        with transaction.atomic():
            note_progress(run, step="score", done=number, total=len(files))
            for day in days:
                judged = jury.judge(purchases, day_number(day), why=why)
                store_scores(judged, as_of=day, leaves_same=True)
            above = _drop_gone(judged[0].ids, above, began)
        close_predictions(purchases, clock)
        scored += len(judged[0].ids)
    note_progress(run, step="ledger")
    _catch_up(clock, began)
    _own().filter(person__gt=above, scored_at__lt=began).delete()
    recount_risk()
    drop_orphans(clock)
    note_report(run, scored=scored, ledger=write_predictions(clock))
    summarise_track()
    note_report(run, grouped=group_everybody(clock, work))
    count_losses(clock, work)


def _own() -> QuerySet[Score]:
    return Score.objects.filter(task__in=ScoredTask.values)


def _drop_gone(ids: Sequence[int], above: int, began: datetime) -> int:
    """Drop the scores of who stands between `above` and the last of these people, and is none of them: nothing is known
    of them any more, unless they came since the night began. Returns the last."""
    last = max(ids, default=above)
    known = _own().filter(person__gt=above, person__lte=last, scored_at__lt=began)
    forget_people(set(known.order_by().values_list("person_id", flat=True)) - set(ids))
    return last


def _is_new_demo() -> bool:
    """The demo business has a past: who crossed a line in its last two weeks is told of, as in a shop that runs."""
    return is_demo_in() and not Score.objects.exists()


def find_facts(files: list[Path], as_of: int) -> ShopFacts:
    """What is usual among these customers, from a sample of every chunk."""
    each = max(SAMPLE // max(len(files), 1), 100)
    sample = Purchases.joined([load_part(path).sample(each, seed=0) for path in files])
    gap = usual_gap([build_features(sample, as_of)])
    jury = seat_jury(ShopFacts(gap))
    judged = {part.task: part for part in jury.judge(sample, as_of, why=Why.NONE)}
    edges = {task: find_edges(np.asarray(part.values)) for task, part in judged.items() if task != ScoredTask.CHURN}
    stakes = find_stakes(judged[ScoredTask.VALUE], sample, as_of)
    return ShopFacts(gap, {**edges, "stake": find_edges(stakes)})


def _catch_up(clock: ShopClock, began: datetime) -> None:
    """Who ordered after the customer-days were read was scored without that order: once more."""
    # Events carry the time of the order; when they were written shows in when they were handled, or still wait.
    recent = Event.objects.filter(kind__startswith="order.", person__isnull=False)
    ids = set(recent.filter(handled_at__gte=began).values_list("person_id", flat=True))
    ids |= set(recent.filter(handled_at=None).values_list("person_id", flat=True))
    ordered = sorted(pk for pk in ids if pk is not None)
    for start in range(0, len(ordered), CATCH_UP):
        score_people(ordered[start : start + CATCH_UP], clock=clock)

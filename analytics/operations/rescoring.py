"""Scores everybody in chunks after a training, and catches up with what happened meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
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
from .grouping import GroupNight, group_people
from .judging import Judged, Jury, Why, find_stakes, seat_jury
from .ledger import close_predictions, drop_orphans, drop_unknowable, summarise_track, write_predictions
from .losses import LossCount
from .risk import recount_risk
from .runs import is_large, note_progress, note_report
from .scoring import forget_people, score_people, store_scores

SAMPLE = 50_000
CATCH_UP = 500
LOOK_BACK = timedelta(days=14)


def rescore_everybody(run: TrainingRun, clock: ShopClock, work: Path) -> None:
    """Everybody's scores and groups as of today, the ledger, and whoever ordered meanwhile. Raises LostLeaseError."""
    files = part_files(work)
    began = run.started_at or timezone.now()
    facts = find_facts(files, day_number(clock.as_of))
    note_report(run, facts=facts.as_json())
    drop_unknowable(clock)
    groups, losses = GroupNight(clock, files), LossCount(clock, len(files))
    why = Why.RISKY if is_large(run) else Why.ALL
    days = [clock.as_of - LOOK_BACK, clock.as_of] if _is_new_demo() else [clock.as_of]
    judge = partial(_judge, seat_jury(facts), days, why, losses)
    scored = above = 0
    with ThreadPoolExecutor(max_workers=1) as thread:
        for number, (purchases, judged) in enumerate(_one_ahead(thread, judge, files), 1):
            with transaction.atomic():
                note_progress(run, step="score", done=number, total=len(files))
                for day, said in zip(days, judged, strict=True):
                    store_scores(said, as_of=day, leaves_same=True)
                above = _drop_gone(said[0].ids, above, began)
            close_predictions(purchases, clock)
            groups.add(purchases)
            scored += len(said[0].ids)
    note_progress(run, step="ledger")
    groups.drop_rest()
    _catch_up(clock, began, alive=partial(note_progress, run, step="ledger"))
    _own().filter(person__gt=above, scored_at__lt=began).delete()
    recount_risk()
    drop_orphans(clock)
    note_report(run, scored=scored, ledger=write_predictions(clock))
    summarise_track()
    note_report(run, grouped=groups.finish())
    losses.write()


Judgement = tuple[Purchases, list[list[Judged]]]


def _judge(jury: Jury, days: Sequence[date], why: Why, losses: LossCount, path: Path) -> Judgement:
    """The customers of one file and what is said of them on each of the days; asks the database nothing."""
    purchases = load_part(path)
    losses.add(purchases)
    return purchases, [jury.judge(purchases, day_number(day), why=why) for day in days]


def _one_ahead(
    thread: ThreadPoolExecutor, judge: Callable[[Path], Judgement], files: Sequence[Path]
) -> Iterator[Judgement]:
    """The next file is judged while the database writes what was said of the one before."""
    ahead: Future[Judgement] | None = None
    for path in files:
        ready, ahead = ahead, thread.submit(judge, path)
        if ready is not None:
            yield ready.result()
    if ahead is not None:
        yield ahead.result()


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


def _catch_up(clock: ShopClock, began: datetime, *, alive: Callable[[], None]) -> None:
    """Who ordered after the customer-days were read was scored and grouped without that order: once more."""
    # Events carry the time of the order; when they were written shows in when they were handled, or still wait.
    recent = Event.objects.filter(kind__startswith="order.", person__isnull=False)
    ids = set(recent.filter(handled_at__gte=began).values_list("person_id", flat=True))
    ids |= set(recent.filter(handled_at=None).values_list("person_id", flat=True))
    ordered = sorted(pk for pk in ids if pk is not None)
    for start in range(0, len(ordered), CATCH_UP):
        alive()
        score_people(ordered[start : start + CATCH_UP], clock=clock)
        group_people(ordered[start : start + CATCH_UP], clock=clock)

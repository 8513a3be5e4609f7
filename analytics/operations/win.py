"""Learning from closed deals which open ones will be won, and keeping every open deal's chance up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from analytics.loading import Champion
from analytics.ml.drift import moved_columns
from analytics.ml.purchases import day_number
from analytics.ml.tabular.frame import Frame, join_frames
from analytics.ml.tabular.holdout import FEWEST
from analytics.ml.tabular.scorer import ChanceScorer, load_chances
from analytics.models import WIN, DealScore, TrainingRun
from analytics.queries.clock import ShopClock
from analytics.queries.deal_changes import LEVERS
from analytics.queries.deal_history import (
    NAMES,
    DealHistory,
    Moment,
    deal_columns,
    known_deals,
    own_fields,
    read_histories,
)
from crm.events import build_event, record_events
from crm.models import Deal, DealPerson, Event, Stage

from .levers import best_levers, pull
from .reasons import plain_facts
from .registry import champions
from .runs import note_progress, note_report
from .win_ledger import close_win_predictions, summarise_wins, write_win_predictions

JOB = "analytics.ml.tabular.job"
CHUNK = 500
MOST_DEALS = 20_000  # the latest say most about the next
AGES = (*range(0, 84, 7), *range(84, 365, 28))  # days after its beginning on which a deal is looked at
JUST_AFTER = timedelta(seconds=1)
MATERIAL = 0.1


# --- learning ---------------------------------------------------------------------------------------------------------


def gather(run: TrainingRun, clock: ShopClock, work: Path) -> bool:
    """Closed deals as they stood at moments of their life, with how they ended."""
    frame = deal_frame(run)
    frame.save(work)
    yes, no = frame.counts()
    is_enough = min(yes, no) >= FEWEST
    note_report(run, win={"yes": yes, "no": no, "needed": FEWEST, "is_enough": is_enough})
    return is_enough


def deal_frame(run: TrainingRun | None = None) -> Frame:
    """Of at most the latest 20,000 closed deals."""
    closed = known_deals().exclude(closed_at=None).exclude(stage__kind=Stage.Kind.OPEN)
    ids = list(closed.order_by("-closed_at", "-pk").values_list("pk", flat=True)[:MOST_DEALS])
    parts = []
    for number, some in enumerate(_chunks(ids), 1):
        histories = read_histories(some)
        moments = [(pk, at) for pk, history in histories.items() for at in looked_at(history)]
        parts.append(_part(histories, moments))
        if run is not None:
            note_progress(run, step="read", done=number * CHUNK, total=len(ids))
    return join_frames(parts or [_part({}, [])])


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def looked_at(history: DealHistory) -> list[datetime]:
    """When a closed deal is looked at: every week while it was open, later every fourth.

    Not at its moves: deals that move fast and are won would then stand for more days than they were open.
    """
    ended = history.deal.closed_at
    if ended is None:
        return []
    ages = [history.deal.created_at + timedelta(days=days) + JUST_AFTER for days in AGES]
    there = [at for at in ages if at < ended]
    return [at for at in there if (place := history.place(at)) is not None and place.is_open]


def _part(histories: Mapping[int, DealHistory], moments: Sequence[Moment]) -> Frame:
    deals = [histories[pk].deal for pk, _at in moments]
    return Frame(
        groups=np.array([deal.pk for deal in deals], dtype=np.int64),
        days=np.array([day_number(at.date()) for _pk, at in moments], dtype=np.int64),
        known_on=np.array([day_number(deal.closed_at.date()) + 1 for deal in deals if deal.closed_at], dtype=np.int64),
        outcome=np.array([deal.stage.kind == Stage.Kind.WON for deal in deals], dtype=np.float64),
        columns=deal_columns(histories, moments),
    )


def request(task: str, clock: ShopClock) -> Mapping[str, Any]:
    """A deal has no horizon: it is won or lost when it closes."""
    return {"as_of": day_number(timezone.localdate()), "horizon_days": 0}


def load(task: str, folder: Path) -> ChanceScorer:
    """Network, card and schema, checked."""
    return load_chances(folder, task=task, names=NAMES)


def recall(
    task: str, scorer: ChanceScorer | None, ids: Sequence[int], as_of: date, clock: ShopClock
) -> Mapping[int, float]:
    """The rule is one chance for every deal."""
    at, found = clock.midnight(as_of), dict[int, float]()
    for some in _chunks(ids) if scorer is not None else ():
        histories = {pk: one for pk, one in read_histories(some).items() if one.place(at) is not None}
        if histories and scorer is not None:
            said = scorer.predict(deal_columns(histories, [(pk, at) for pk in histories]))
            found |= dict(zip(histories, said.tolist(), strict=True))
    return found


def moved(task: str, scorer: ChanceScorer, clock: ShopClock) -> Mapping[str, float]:
    """Of the newest deals on their first day beside those learned from on theirs: later days can't be compared, since
    open deals are younger than closed ones were."""
    ids = known_deals().order_by("-created_at", "-pk").values_list("pk", flat=True)
    histories = read_histories(list(ids[:CHUNK]))
    moments = [(pk, history.deal.created_at + JUST_AFTER) for pk, history in histories.items()]
    columns = deal_columns(histories, moments) if histories else []
    return moved_columns(scorer.card.get("spread_first", {}), columns)


# --- scores -----------------------------------------------------------------------------------------------------------


def follow_deals(events: Sequence[Event]) -> None:
    """The consumer: deals that moved or changed, or whose person wrote or ordered, are judged anew in one batch."""
    champion = champions(WIN).get(WIN)
    if champion is None:
        return
    ids = {event.deal_id for event in events if event.deal_id is not None}
    people = {event.person_id for event in events if event.deal_id is None and event.person_id is not None}
    if people:
        open_deals = Deal.objects.filter(person__in=people, stage__kind=Stage.Kind.OPEN)
        ids |= set(open_deals.values_list("pk", flat=True))
        ids |= set(DealPerson.objects.filter(person__in=people).values_list("deal_id", flat=True))
    if ids:
        score_deals(sorted(ids), champion)


def score_deals(deal_ids: Sequence[int], champion: Champion) -> int:
    """Judge these deals now; one that is closed or whose person wants no profiling has no chance any more.

    Records `score.crossed` when a band changes, `score.changed` when a chance moves much. Returns how many have one.
    """
    now = timezone.now()
    histories = {pk: one for pk, one in read_histories(deal_ids).items() if is_judged(one, now)}
    scores = list(_judged(histories, now, champion)) if histories else []
    with transaction.atomic():
        _store(scores, histories)
        gone = set(deal_ids) - set(histories)
        DealScore.objects.filter(deal__in=gone).delete()
        Deal.objects.filter(pk__in=gone).exclude(win_probability=None).update(win_probability=None)
    return len(scores)


def is_judged(history: DealHistory, now: datetime) -> bool:
    """It is open, and was in some stage by now."""
    return history.deal.stage.kind == Stage.Kind.OPEN and history.place(now) is not None


def _judged(histories: Mapping[int, DealHistory], now: datetime, champion: Champion) -> Iterator[DealScore]:
    columns = deal_columns(histories, [(pk, now) for pk in histories])
    scorer: ChanceScorer = champion.scorer
    chances = scorer.predict(columns)
    reasons = plain_facts(WIN, scorer.facts(columns), own_fields("deal"))
    pulled = pull(histories, now, levers=LEVERS, columns=deal_columns, scorer=scorer)
    levers = best_levers(chances.tolist(), pulled, scorer.card, is_wish=True)
    rows = zip(histories, chances.tolist(), scorer.bands(chances).tolist(), reasons, levers, strict=True)
    for pk, chance, band, why, lever in rows:
        yield DealScore(
            deal_id=pk, value=chance, band=band, reasons=why, lever=lever, model_version=champion.version,
            scored_at=now,
        )  # fmt: skip


def _store(scores: Sequence[DealScore], histories: Mapping[int, DealHistory]) -> None:
    before = {score.deal_id: score for score in DealScore.objects.filter(deal__in=[score.deal_id for score in scores])}
    DealScore.objects.bulk_create(
        scores, update_conflicts=True, unique_fields=["deal"], batch_size=CHUNK,
        update_fields=["value", "band", "reasons", "lever", "model_version", "scored_at"],
    )  # fmt: skip
    moved = []
    for score in scores:
        deal, percent = histories[score.deal_id].deal, round(100 * score.value, 2)
        if deal.win_probability is None or float(deal.win_probability) != percent:
            deal.win_probability = percent
            moved.append(deal)
    Deal.objects.bulk_update(moved, ["win_probability"], batch_size=CHUNK)
    events = (_event(before[score.deal_id], score, histories) for score in scores if score.deal_id in before)
    record_events([event for event in events if event is not None])


def _event(was: DealScore, score: DealScore, histories: Mapping[int, DealHistory]) -> Event | None:
    has_crossed = was.band != score.band
    if not has_crossed and abs(was.value - score.value) < MATERIAL:
        return None
    data = {
        "task": WIN, "by": "model", "old_band": was.band, "new_band": score.band,
        "old": round(was.value, 4), "new": round(score.value, 4),
    }  # fmt: skip
    kind = "score.crossed" if has_crossed else "score.changed"
    return build_event(kind=kind, subject=histories[score.deal_id].deal, data=data)


# --- every night ------------------------------------------------------------------------------------------------------


def rescore(run: TrainingRun, clock: ShopClock, work: Path) -> None:
    """Every open deal, the ledger, and what came of it."""
    champion = champions(WIN).get(WIN)
    if champion is None:
        forget_chances()
        return
    open_deals = known_deals().filter(stage__kind=Stage.Kind.OPEN)
    ids = list(open_deals.order_by("pk").values_list("pk", flat=True))
    scored = 0
    for number, some in enumerate(_chunks(ids), 1):
        scored += score_deals(some, champion)
        note_progress(run, step="score", done=number * CHUNK, total=len(ids))
    closed = DealScore.objects.exclude(deal__stage__kind=Stage.Kind.OPEN).values_list("deal_id", flat=True)
    for some in _chunks(list(closed)):
        score_deals(some, champion)
    close_win_predictions()
    note_report(run, scored_deals=scored, win_ledger=write_win_predictions(timezone.localdate()))
    summarise_wins(timezone.localdate())


def forget_chances() -> None:
    """Without a model nothing is said of any deal."""
    DealScore.objects.all().delete()
    Deal.objects.filter(~Q(win_probability=None)).update(win_probability=None)

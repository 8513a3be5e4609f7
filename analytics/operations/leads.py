"""Learning which people without an order will place their first one soon, and keeping their chances up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from analytics.loading import Champion
from analytics.ml.drift import moved_columns
from analytics.ml.purchases import day_number
from analytics.ml.tabular.frame import Frame, join_frames
from analytics.ml.tabular.holdout import FEWEST
from analytics.ml.tabular.scorer import ChanceScorer, load_chances
from analytics.models import LEAD, Prediction, Score, TrainingRun
from analytics.queries.clock import ShopClock
from analytics.queries.deal_history import own_fields
from analytics.queries.lead_changes import LEVERS
from analytics.queries.lead_history import NAMES, LeadHistory, lead_columns, people_without_orders, read_leads
from crm.models import Event

from .judging import Judged
from .ledger import summarise_track, write_predictions
from .levers import best_levers, pull
from .reasons import plain_facts
from .registry import champions
from .runs import note_progress, note_report
from .scoring import store_scores

JOB = "analytics.ml.tabular.job"
HORIZON_DAYS = 90
HORIZON, STEP = timedelta(days=HORIZON_DAYS), timedelta(days=30)
CUT_OFFS = 18
MOST_EACH = 2_000  # people at a cut-off: more moved no metric of public lead tables, only the clock
CHUNK = 500


# --- learning ---------------------------------------------------------------------------------------------------------


def gather(run: TrainingRun, clock: ShopClock, work: Path) -> bool:
    """Who had not ordered by a day of the past, at eighteen such days, and whether they did in the 90 days after."""
    frame = lead_frame(clock.midnight(clock.known_until), run)
    frame.save(work)
    yes, no = frame.counts()
    is_enough = min(yes, no) >= FEWEST
    note_report(run, lead={"yes": yes, "no": no, "needed": FEWEST, "is_enough": is_enough})
    return is_enough


def lead_frame(until: datetime, run: TrainingRun | None = None) -> Frame:
    """Rows whose 90 days are over by this moment."""
    parts = []
    for number in range(CUT_OFFS):
        at = until - HORIZON - number * STEP
        ids = list(people_without_orders(at).order_by("pk").values_list("pk", flat=True))
        chosen = ids if len(ids) <= MOST_EACH else sorted(Random(number).sample(ids, MOST_EACH))  # noqa: S311
        parts += [_part(read_leads(some), at) for some in _chunks(chosen)]
        if run is not None:
            note_progress(run, step="read", done=number + 1, total=CUT_OFFS)
    return join_frames(parts or [_part({}, until)])


def _part(histories: Mapping[int, LeadHistory], at: datetime) -> Frame:
    people = [history.person for history in histories.values()]
    ordered = [one.first_order_at is not None and one.first_order_at < at + HORIZON for one in people]
    return Frame(
        groups=np.array([person.pk for person in people], dtype=np.int64),
        days=np.full(len(people), day_number(at.date())),
        known_on=np.full(len(people), day_number((at + HORIZON).date())),
        outcome=np.array(ordered, dtype=np.float64),
        columns=lead_columns(histories, [(pk, at) for pk in histories]),
    )


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def request(task: str, clock: ShopClock) -> Mapping[str, Any]:
    """Ninety days ahead."""
    return {"as_of": day_number(clock.known_until), "horizon_days": HORIZON_DAYS}


def load(task: str, folder: Path) -> ChanceScorer:
    """Network, card and schema, checked."""
    return load_chances(folder, task=task, names=NAMES)


def recall(
    task: str, scorer: ChanceScorer | None, ids: Sequence[int], as_of: date, clock: ShopClock
) -> Mapping[int, float]:
    """The rule is one chance for everybody."""
    found: dict[int, float] = {}
    for some in _chunks(ids) if scorer is not None else ():
        histories = read_leads(some)
        if histories and scorer is not None:
            said = scorer.predict(lead_columns(histories, [(pk, clock.midnight(as_of)) for pk in histories]))
            found |= dict(zip(histories, said.tolist(), strict=True))
    return found


def moved(task: str, scorer: ChanceScorer, clock: ShopClock) -> Mapping[str, float]:
    """Of the newest who have not ordered."""
    now = timezone.now()
    ids = people_without_orders(now).filter(first_order_at=None).order_by("-pk").values_list("pk", flat=True)
    histories = read_leads(list(ids[:MOST_EACH]))
    columns = lead_columns(histories, [(pk, now) for pk in histories]) if histories else []
    return moved_columns(scorer.card.get("spread", {}), columns)


# --- scores -----------------------------------------------------------------------------------------------------------


def follow_leads(events: Sequence[Event]) -> None:
    """The consumer: who has not ordered yet is judged anew when something happens; who has ordered is no lead."""
    ids = {event.person_id for event in events if event.person_id is not None}
    champion = champions(LEAD).get(LEAD) if ids else None
    if champion is not None:
        score_leads(sorted(ids), champion)


def score_leads(person_ids: Sequence[int], champion: Champion) -> int:
    """Judge these people now; who is no lead has no such chance any more. Returns how many have one."""
    now = timezone.now()
    there = people_without_orders(now).filter(pk__in=person_ids, first_order_at=None).values_list("pk", flat=True)
    histories = read_leads(list(there))
    with transaction.atomic():
        if histories:
            store_scores([_judged(histories, now, champion)], as_of=timezone.localdate(), tells_changes=True)
        Score.objects.filter(task=LEAD, person__in=set(person_ids) - set(histories)).delete()
    return len(histories)


def _judged(histories: Mapping[int, LeadHistory], now: datetime, champion: Champion) -> Judged:
    scorer: ChanceScorer = champion.scorer
    columns = lead_columns(histories, [(pk, now) for pk in histories])
    chances = scorer.predict(columns)
    nothing: list[float | None] = [None] * len(chances)
    pulled = pull(histories, now, levers=LEVERS, columns=lead_columns, scorer=scorer)
    return Judged(
        task=LEAD, kind=Score.Kind.MODEL, version_id=champion.version.pk, horizon_days=HORIZON_DAYS,
        ids=list(histories), values=chances.tolist(), low=nothing, high=nothing,
        bands=scorer.bands(chances).tolist(), fifths=[0] * len(chances),
        reasons=plain_facts(LEAD, scorer.facts(columns), own_fields("person")), stakes=nothing,
        levers=best_levers(chances.tolist(), pulled, scorer.card, is_wish=True),
    )  # fmt: skip


# --- every night ------------------------------------------------------------------------------------------------------


def rescore(run: TrainingRun, clock: ShopClock, work: Path) -> None:
    """Everybody without an order, the ledger, and what came of it."""
    champion = champions(LEAD).get(LEAD)
    if champion is None:
        Score.objects.filter(task=LEAD).delete()
        return
    began, scored = timezone.now(), 0
    leads = people_without_orders(began).filter(first_order_at=None)
    ids = list(leads.order_by("pk").values_list("pk", flat=True))
    for number, some in enumerate(_chunks(ids), 1):
        scored += score_leads(some, champion)
        note_progress(run, step="score", done=number * CHUNK, total=len(ids))
    Score.objects.filter(task=LEAD, scored_at__lt=began).delete()
    close_leads(clock)
    note_report(run, scored_leads=scored, lead_ledger=write_predictions(clock, (LEAD,)))
    summarise_track((LEAD,))


def close_leads(clock: ShopClock) -> int:
    """Fill in who ordered within the time of their prediction; returns how many were filled in."""
    due = Prediction.objects.filter(task=LEAD, outcome=None, closes_on__lte=clock.known_until)
    rows = list(due.values_list("pk", "person__first_order_at", "closes_on"))
    for outcome in (0.0, 1.0):
        ids = [pk for pk, first, day in rows if _ordered_by(first, clock.midnight(day)) == bool(outcome)]
        for some in _chunks(ids):
            Prediction.objects.filter(pk__in=some).update(outcome=outcome, outcome_at=timezone.now())
    return len(rows)


def _ordered_by(first: datetime | None, end: datetime) -> bool:
    return first is not None and first < end

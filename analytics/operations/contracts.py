"""Learning which running subscriptions will end within 30 and 90 days, and keeping each person's risk up to date.

A person's risk is that of the subscription that is likeliest to end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
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
from analytics.models import CONTRACTS, Prediction, Score, TrainingRun
from analytics.queries.clock import ShopClock
from analytics.queries.contract_changes import LEVERS
from analytics.queries.contract_history import NAMES, Contract, contract_columns, read_contracts, running
from crm.models import Event, Subscription

from .judging import Judged
from .ledger import summarise_track, write_predictions
from .levers import best_levers, pull
from .reasons import plain_facts
from .registry import champions
from .runs import note_progress, note_report
from .scoring import store_scores

JOB = "analytics.ml.tabular.job"
HORIZONS: Mapping[str, int] = {"contract_30": 30, "contract_90": 90}
STEP = timedelta(days=30)
CUT_OFFS = 24
MOST_EACH = 4_000  # of one cut-off, the newest
CHUNK = 500


# --- learning ---------------------------------------------------------------------------------------------------------


def gather(run: TrainingRun, clock: ShopClock, work: Path) -> bool:
    """What ran on a day of the past, at twenty-four such days, and whether it ended in the days after."""
    now = timezone.now()
    found = {}
    for task, days in HORIZONS.items():
        frame = contract_frame(now, days, run)
        (work / task).mkdir()
        frame.save(work / task)
        found[task] = frame.counts()
    yes, no = found["contract_90"]
    is_enough = min(yes, no) >= FEWEST
    note_report(run, contract={"yes": yes, "no": no, "needed": FEWEST, "is_enough": is_enough})
    return is_enough


def contract_frame(until: datetime, days: int, run: TrainingRun | None = None) -> Frame:
    """Rows whose horizon of so many days is over by this moment."""
    parts = []
    for number in range(CUT_OFFS):
        at = until - timedelta(days=days) - number * STEP
        rows = list(running(at.date()).order_by("-pk").values_list("pk", "person_id")[:MOST_EACH])
        for some in _chunks(rows):
            contracts = read_contracts({person for _pk, person in some})
            # One that was deleted meanwhile, or whose person objected, is left out.
            parts.append(_part({pk: contracts[pk] for pk, _person in some if pk in contracts}, at, days))
        if run is not None:
            note_progress(run, step="read", done=number + 1, total=CUT_OFFS)
    return join_frames(parts or [_part({}, until, days)])


def _part(contracts: Mapping[int, Contract], at: datetime, days: int) -> Frame:
    last = at.date() + timedelta(days=days)
    ends = [one.subscription.ended_on for one in contracts.values()]
    return Frame(
        groups=np.array([one.subscription.person_id for one in contracts.values()], dtype=np.int64),
        days=np.full(len(ends), day_number(at.date())),
        known_on=np.full(len(ends), day_number(last)),
        outcome=np.array([end is not None and end < last for end in ends], dtype=np.float64),
        columns=contract_columns(contracts, [(pk, at) for pk in contracts]),
    )


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def request(task: str, clock: ShopClock) -> Mapping[str, Any]:
    """Each horizon has rows of its own."""
    return {"as_of": day_number(timezone.localdate()), "horizon_days": HORIZONS[task], "frame": task}


def load(task: str, folder: Path) -> ChanceScorer:
    """Network, card and schema, checked."""
    return load_chances(folder, task=task, names=NAMES)


def recall(
    task: str, scorer: ChanceScorer | None, ids: Sequence[int], as_of: date, clock: ShopClock
) -> Mapping[int, float]:
    """Of each person the subscription that was likeliest to end; the rule is one chance for everybody."""
    found: dict[int, float] = {}
    for some in _chunks(ids) if scorer is not None else ():
        there = set(running(as_of).filter(person__in=some).values_list("pk", flat=True))
        contracts = {pk: one for pk, one in read_contracts(some).items() if pk in there}
        if contracts and scorer is not None:
            said = scorer.predict(contract_columns(contracts, [(pk, clock.midnight(as_of)) for pk in contracts]))
            for one, chance in zip(contracts.values(), said.tolist(), strict=True):
                found[one.subscription.person_id] = max(chance, found.get(one.subscription.person_id, 0.0))
    return found


def moved(task: str, scorer: ChanceScorer, clock: ShopClock) -> Mapping[str, float]:
    """Of the newest that run."""
    now = timezone.now()
    rows = list(running(now.date()).order_by("-pk").values_list("pk", "person_id")[:CHUNK])
    there, people = {pk for pk, _person in rows}, {person for _pk, person in rows}
    contracts = {pk: one for pk, one in read_contracts(people).items() if pk in there} if rows else {}
    columns = contract_columns(contracts, [(pk, now) for pk in contracts]) if contracts else []
    return moved_columns(scorer.card.get("spread", {}), columns)


# --- scores -----------------------------------------------------------------------------------------------------------


def follow_contracts(events: Sequence[Event]) -> None:
    """The consumer: who has a subscription is judged anew when something happens."""
    ids = {event.person_id for event in events if event.person_id is not None}
    serving = champions(*CONTRACTS) if ids else {}
    if serving:
        score_contracts(sorted(ids), serving)


def score_contracts(person_ids: Sequence[int], serving: Mapping[str, Champion]) -> int:
    """Judge these people now; who has no running subscription has no such risk. Returns how many have one."""
    now = timezone.now()
    tomorrow = now.date() + timedelta(days=1)
    there = {one.pk for one in running(tomorrow).filter(person__in=person_ids).only("pk")}
    contracts = {pk: one for pk, one in read_contracts(person_ids).items() if pk in there} if there else {}
    judged = [_judged(task, contracts, now, champion) for task, champion in serving.items()] if contracts else []
    people = {one.subscription.person_id for one in contracts.values()}
    with transaction.atomic():
        if judged:
            store_scores(judged, as_of=timezone.localdate(), tells_changes=True)
        gone = Score.objects.filter(task__in=CONTRACTS, person__in=person_ids)
        gone.exclude(task__in=serving, person__in=people).delete()
    return len(people)


def _judged(task: str, contracts: Mapping[int, Contract], now: datetime, champion: Champion) -> Judged:
    scorer: ChanceScorer = champion.scorer
    columns = contract_columns(contracts, [(pk, now) for pk in contracts])
    chances = scorer.predict(columns)
    worst = _worst([one.subscription.person_id for one in contracts.values()], chances.tolist())
    rows, ids = list(worst.values()), list(worst)
    facts = scorer.facts([column.keep(np.array(rows)) for column in columns])
    nothing: list[float | None] = [None] * len(rows)
    known = list(contracts)
    likeliest = {known[row]: contracts[known[row]] for row in rows}  # in the order of the people: levers go by it
    pulled = pull(likeliest, now, levers=LEVERS, columns=contract_columns, scorer=scorer)
    return Judged(
        task=task, kind=Score.Kind.MODEL, version_id=champion.version.pk, horizon_days=HORIZONS[task], ids=ids,
        values=chances[rows].tolist(), low=nothing, high=nothing, bands=scorer.bands(chances[rows]).tolist(),
        fifths=[0] * len(rows), reasons=plain_facts("contract", facts, []), stakes=nothing,
        levers=best_levers(chances[rows].tolist(), pulled, scorer.card, is_wish=False),
    )  # fmt: skip


def _worst(people: Sequence[int], chances: Sequence[float]) -> dict[int, int]:
    """For each person the row of the subscription that is likeliest to end."""
    found: dict[int, int] = {}
    for row, person in enumerate(people):
        if person not in found or chances[row] > chances[found[person]]:
            found[person] = row
    return found


# --- every night ------------------------------------------------------------------------------------------------------


def rescore(run: TrainingRun, clock: ShopClock, work: Path) -> None:
    """Everybody with a running subscription, the ledger, and what came of it."""
    serving, began = champions(*CONTRACTS), timezone.now()
    scored = 0
    if serving:
        there = (
            running(timezone.localdate() + timedelta(days=1)).order_by("person_id").values_list("person_id", flat=True)
        )
        people = list(there.distinct())
        for number, some in enumerate(_chunks(people), 1):
            scored += score_contracts(some, serving)
            note_progress(run, step="score", done=number * CHUNK, total=len(people))
    Score.objects.filter(task__in=CONTRACTS, scored_at__lt=began).delete()
    close_contracts()
    note_report(run, scored_contracts=scored, contract_ledger=write_predictions(clock, CONTRACTS))
    summarise_track(CONTRACTS)


def close_contracts() -> int:
    """Fill in whose subscription ended within the time of their prediction; returns how many were filled in."""
    due = Prediction.objects.filter(task__in=CONTRACTS, outcome=None, closes_on__lte=timezone.localdate())
    rows = list(due.values_list("pk", "person_id", "as_of", "closes_on"))
    ends = Subscription.objects.filter(person__in=due.values("person")).exclude(ended_on=None)
    ended: dict[int, list[Any]] = {}
    for person, day in ends.values_list("person_id", "ended_on"):
        ended.setdefault(person, []).append(day)
    for outcome in (0.0, 1.0):
        ids = [pk for pk, person, since, until in rows
               if any(since <= day < until for day in ended.get(person, [])) == bool(outcome)]  # fmt: skip
        for some in _chunks(ids):
            Prediction.objects.filter(pk__in=some).update(outcome=outcome, outcome_at=timezone.now())
    return len(rows)

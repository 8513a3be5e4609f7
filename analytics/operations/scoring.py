"""Keeps one current score for each person and task, and says in the event log when it crosses a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from numpy.typing import NDArray

from analytics.ml.purchases import Floats, day_number
from analytics.models import CONTRACTS, LEAD, Band, Prediction, Score, ScoredTask
from analytics.queries.clock import ShopClock, read_clock
from analytics.queries.frames import purchases_of
from analytics.queries.standing import SOMETHING, Standing, among, band_numbers, standing, what_is_said
from analytics.queries.turns import REST_DAYS, turn_of
from crm.bulk_insert import put_rows
from crm.events import build_event, record_events
from crm.models import Event, Person

from .judging import Judged, seat_jury
from .risk import recount_risk_soon

COLUMNS = (
    "person_id", "task", "kind", "value", "low", "high", "band", "fifth", "stake", "place", "reasons", "horizon_days",
    "as_of", "model_version_id", "scored_at", "if_ordered", "lever",
)  # fmt: skip
CHANCES = (ScoredTask.CHURN, LEAD, *CONTRACTS)
TOLD = (*CHANCES, ScoredTask.VALUE)
AT_ONCE = 5_000  # ids in one question: SQLite takes 32,766
MATERIAL_CHANCE = 0.1
MATERIAL_SHARE = 0.5
SEEN_CHANCE = 0.01
SEEN_SHARE = 0.02
SEEN_MONEY = 0.10


def follow_people(events: Sequence[Event]) -> None:
    """The consumer: whoever ordered, returned, was merged or changed is judged anew, all in one batch."""
    ids = {event.person_id for event in events if event.person_id is not None and _matters(event)}
    if ids:
        score_people(sorted(ids))


def _matters(event: Event) -> bool:
    """Of the edits of a person only the wish for no profiling touches their scores."""
    return event.kind != "person.changed" or "no_profiling" in event.data.get("changed", {})


def score_people(person_ids: Sequence[int], *, clock: ShopClock | None = None) -> int:
    """Judge these people now; who has no orders or wants no profiling has no score. Returns how many have one.

    Records `score.crossed` when a band changes and `score.changed` when a value moves much within its band.
    """
    clock = clock or read_clock()
    purchases = purchases_of(clock, person_ids, before=clock.as_of)
    judged = seat_jury().judge(purchases, day_number(clock.as_of))
    with transaction.atomic():
        store_scores(judged, as_of=clock.as_of, tells_changes=True)
        forget_people(set(person_ids) - set(judged[0].ids))
        recount_risk_soon()
    return len(judged[0].ids)


@transaction.atomic
def store_scores(
    judged: Sequence[Judged], *, as_of: date, tells_changes: bool = False, leaves_same: bool = False
) -> None:
    """Write the scores of the same people for several tasks, and the events of what crossed a line.

    With `leaves_same` a score that nobody could tell from the one that stands is left with the day on which it was
    made, which saves most of what the night writes. For a week at most (`REST_DAYS`), so that no card is older than
    the nights that worked; each night a seventh of the people has its turn, by their ids. What is said in words is
    written every night.
    """
    ids = sorted(judged[0].ids)
    if not ids:
        return
    there = set(Person.objects.filter(among("pk", ids), no_profiling=False).values_list("pk", flat=True))
    before = standing({part.task: part.ids for part in judged}, as_of=as_of)
    for part in judged:
        rows = _changed(part, before[part.task], as_of) if leaves_same else range(len(part.ids))
        _upsert(part, [row for row in rows if part.ids[row] in there], as_of)
    told = list(_told(judged, there, before, tells_changes=tells_changes))
    people = Person.objects.only("pk", "name").in_bulk({pk for _kind, pk, _data in told}) if told else {}
    record_events([build_event(kind=kind, subject=people[pk], data=data) for kind, pk, data in told])


def _changed(part: Judged, was: Standing, as_of: date) -> Sequence[int]:
    """The rows that say something else than what stands, or have rested long enough."""
    is_model = part.kind == Score.Kind.MODEL
    changed = ~was.is_there | (was.is_model != is_model) | (was.versions != (part.version_id or 0))
    changed |= (was.bands != band_numbers(part.bands)) | (was.fifths != np.array(part.fifths))
    says = what_is_said(part.reasons)
    changed |= (was.horizons != part.horizon_days) | (was.says != says) | (says == SOMETHING)
    changed |= _is_seen(part.task, was.values, np.array(part.values, dtype=float))
    changed |= _is_seen(ScoredTask.VALUE, was.stakes, np.array([stake or 0.0 for stake in part.stakes]))
    is_turn = np.asarray(part.ids, dtype=np.int64) % REST_DAYS == turn_of(as_of)
    rows: list[int] = np.flatnonzero(changed | was.is_late | (was.is_older & is_turn)).tolist()
    return rows


def _is_seen(task: str, old: Floats, new: Floats) -> NDArray[np.bool_]:
    """Where a page would show a number that is off by more than its last digit [n]: chances come in whole percents,
    money in two or three digits, with a range of some fifty percent."""
    least = SEEN_CHANCE if task in CHANCES else np.maximum(SEEN_SHARE * np.abs(old), SEEN_MONEY)
    return np.asarray(np.abs(new - old) > least)


def forget_people(person_ids: Iterable[int]) -> None:
    """Delete scores of those whom nothing is known of any more, and the ledger of those who want no profiling."""
    ids = sorted(person_ids)
    forgotten = Q(task__in=ScoredTask.values) | Q(person__no_profiling=True)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        Score.objects.filter(forgotten, person__in=some).delete()
        Prediction.objects.filter(person__in=some, person__no_profiling=True).delete()


def _upsert(judged: Judged, rows: Sequence[int], as_of: date) -> None:
    """Insert or replace these rows: a tenth of the time of the ORM's, which matters for a million."""
    now, day = connection.ops.adapt_datetimefield_value(timezone.now()), as_of.isoformat()
    task, kind, days, version = judged.task, judged.kind, judged.horizon_days, judged.version_id
    ordered, levers = judged.if_ordered or [None] * len(judged.ids), judged.levers or [None] * len(judged.ids)
    written = [
        (judged.ids[row], task, kind, judged.values[row], judged.low[row], judged.high[row], judged.bands[row],
         judged.fifths[row], judged.stakes[row], _place(judged.values[row], judged.bands[row]),
         _as_json(judged.reasons[row]), days, day, version, now, ordered[row], _as_json(levers[row]))
        for row in rows
    ]  # fmt: skip
    new = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])
    put_rows(Score, COLUMNS, written, conflict=f" ON CONFLICT (person_id, task) DO UPDATE SET {new}")


def _as_json(found: Any) -> str | None:
    return None if found is None else json.dumps(found)


def _place(value: float, band: str) -> float:
    """Where lists sort this: who left long ago comes after everybody, by chance of leaving all the same."""
    return value - 2 if band == Band.LAPSED else value


def _told(
    judged: Sequence[Judged], there: Set[int], before: Mapping[str, Standing], *, tells_changes: bool
) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Kind, person and data of each event to record."""
    worth = _worth(judged)
    for part in judged:
        if part.task not in TOLD:
            continue
        was, values = before[part.task], np.array(part.values, dtype=float)
        crossed = was.bands != band_numbers(part.bands)
        moved = _is_material(part.task, was.values, values) if tells_changes else np.zeros(len(values), bool)
        comparable = was.is_there & (was.is_model == (part.kind == Score.Kind.MODEL))
        for row in np.flatnonzero(comparable & (crossed | moved)).tolist():
            pk = part.ids[row]
            if pk in there:
                kind = "score.crossed" if crossed[row] else "score.changed"
                yield kind, pk, _data(part, was, row) | worth.get(pk, {})


def _data(part: Judged, was: Standing, row: int) -> dict[str, Any]:
    values = {"old": round(float(was.values[row]), 4), "new": round(part.values[row], 4)}
    bands = {"old_band": was.band(row), "new_band": part.bands[row]}
    return {"task": part.task, "by": part.kind, **bands, **values}


def _worth(judged: Sequence[Judged]) -> dict[int, dict[str, Any]]:
    """What each person would be worth in a year if they stay: part of every event, so that a flow can ask for it."""
    part = next((part for part in judged if part.task == ScoredTask.CHURN), None)
    if part is None:
        return {}
    rows = zip(part.ids, part.stakes, part.fifths, strict=True)
    return {pk: {"stake": round(stake or 0, 2), "value_fifth": fifth} for pk, stake, fifth in rows}


def _is_material(task: str, old: Floats, new: Floats) -> NDArray[np.bool_]:
    least = MATERIAL_CHANCE if task in CHANCES else MATERIAL_SHARE * np.maximum(old, 1.0)
    return np.asarray(np.abs(new - old) >= least)

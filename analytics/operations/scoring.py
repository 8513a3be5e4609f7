"""Keeps one current score for each person and task, and says in the event log when it crosses a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from analytics.ml.purchases import day_number
from analytics.models import CONTRACTS, LEAD, Band, Prediction, Score, ScoredTask
from analytics.queries.clock import ShopClock, read_clock
from analytics.queries.frames import purchases_of
from crm.bulk_insert import put_rows
from crm.events import build_event, record_events
from crm.models import Event, Person

from .judging import Judged, seat_jury
from .risk import recount_risk_soon

COLUMNS = (
    "person_id", "task", "kind", "value", "low", "high", "band", "fifth", "stake", "place", "reasons", "horizon_days",
    "as_of", "model_version_id", "scored_at", "if_ordered", "lever",
)  # fmt: skip
WHEN = ("as_of", "scored_at")
CHANCES = (ScoredTask.CHURN, LEAD, *CONTRACTS)
TOLD = (*CHANCES, ScoredTask.VALUE)
FEW = 500
AT_ONCE = 5_000  # ids in one question: SQLite takes 32,766
MATERIAL_CHANCE = 0.1
MATERIAL_SHARE = 0.5
REST_DAYS = 7  # as long as a card takes a score for fresh


class Was(NamedTuple):
    """What a score was before."""

    kind: str
    value: float
    band: str


Before = Mapping[tuple[int, str], Was]


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

    With `leaves_same` rows that would say the same again are left with the day on which they were made: of those who
    left long ago nothing is expected any more, and writing that anew is half of what the night writes. For a week at
    most (`REST_DAYS`), so that no card is older than the nights that worked; each night a seventh of the people has
    its turn, by their ids.
    """
    ids = sorted(judged[0].ids)
    if not ids:
        return
    there = set(Person.objects.filter(_among("pk", ids), no_profiling=False).values_list("pk", flat=True))
    before = _before(ids)
    for part in judged:
        _upsert(part, there, as_of, leaves_same=leaves_same)
    told = list(_told(judged, there, before, tells_changes=tells_changes))
    people = Person.objects.only("pk", "name").in_bulk({pk for _kind, pk, _data in told}) if told else {}
    record_events([build_event(kind=kind, subject=people[pk], data=data) for kind, pk, data in told])


def forget_people(person_ids: Iterable[int]) -> None:
    """Delete scores of those whom nothing is known of any more, and the ledger of those who want no profiling."""
    ids = sorted(person_ids)
    forgotten = Q(task__in=ScoredTask.values) | Q(person__no_profiling=True)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        Score.objects.filter(forgotten, person__in=some).delete()
        Prediction.objects.filter(person__in=some, person__no_profiling=True).delete()


def _among(name: str, ids: Sequence[int]) -> Q:
    """Rows with these ids; for many the range that holds them, which costs one comparison instead of thousands."""
    return Q(**{f"{name}__in": ids}) if len(ids) <= FEW else Q(**{f"{name}__gte": ids[0], f"{name}__lte": ids[-1]})


def _before(ids: Sequence[int]) -> Before:
    told = Score.objects.filter(_among("person_id", ids), task__in=TOLD)
    rows = told.values_list("person_id", "task", "kind", "value", "band")
    return {(person_id, task): Was(kind, value, band) for person_id, task, kind, value, band in rows}


def _upsert(judged: Judged, there: Set[int], as_of: date, *, leaves_same: bool) -> None:
    """Insert or replace: a tenth of the time of the ORM's, which matters for a million."""
    now, day = connection.ops.adapt_datetimefield_value(timezone.now()), as_of.isoformat()
    columns = zip(
        judged.ids, judged.values, judged.low, judged.high, judged.bands, judged.fifths, judged.stakes, judged.reasons,
        judged.if_ordered or [None] * len(judged.ids), judged.levers or [None] * len(judged.ids), strict=True,
    )  # fmt: skip
    rows = [
        (pk, judged.task, judged.kind, value, low, high, band, fifth, stake, _place(value, band), _as_json(reasons),
         judged.horizon_days, day, judged.version_id, now, if_ordered,
         _as_json(lever))
        for pk, value, low, high, band, fifth, stake, reasons, if_ordered, lever in columns
        if pk in there
    ]  # fmt: skip
    new = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])
    but = f" WHERE {_differs()} OR {_is_turn(as_of)}" if leaves_same else ""
    put_rows(Score, COLUMNS, rows, conflict=f" ON CONFLICT (person_id, task) DO UPDATE SET {new}{but}")


def _differs() -> str:
    """The SQL for a row that says something else than the one that is there."""
    table, other = Score._meta.db_table, "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    return " OR ".join(f"{table}.{name} {other} excluded.{name}" for name in COLUMNS[2:] if name not in WHEN)


def _is_turn(as_of: date) -> str:
    """The SQL for a row that has rested long enough; the remainder written out, since `%` marks values on SQLite."""
    table, late = Score._meta.db_table, (as_of - timedelta(days=REST_DAYS)).isoformat()
    weekday = f"{table}.person_id - {table}.person_id / {REST_DAYS} * {REST_DAYS} = {as_of.toordinal() % REST_DAYS}"
    return f"({table}.as_of < excluded.as_of AND ({table}.as_of <= '{late}' OR {weekday}))"


def _as_json(found: Any) -> str | None:
    return None if found is None else json.dumps(found)


def _place(value: float, band: str) -> float:
    """Where lists sort this: who left long ago comes after everybody, by chance of leaving all the same."""
    return value - 2 if band == Band.LAPSED else value


def _told(
    judged: Sequence[Judged], there: Set[int], before: Before, *, tells_changes: bool
) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Kind, person and data of each event to record."""
    worth = _worth(judged)
    for part in judged:
        if part.task not in TOLD:
            continue
        for pk, value, band in zip(part.ids, part.values, part.bands, strict=True):
            was = before.get((pk, part.task))
            if pk not in there or was is None or was.kind != part.kind:
                continue
            if was.band != band or (tells_changes and _is_material(part.task, was.value, value)):
                data = _data(part, was, value, band) | worth.get(pk, {})
                yield _kind(was, band), pk, data


def _kind(was: Was, band: str) -> str:
    return "score.crossed" if was.band != band else "score.changed"


def _data(part: Judged, was: Was, value: float, band: str) -> dict[str, Any]:
    values = {"old": round(was.value, 4), "new": round(value, 4)}
    return {"task": part.task, "by": part.kind, "old_band": was.band, "new_band": band, **values}


def _worth(judged: Sequence[Judged]) -> dict[int, dict[str, Any]]:
    """What each person would be worth in a year if they stay: part of every event, so that a flow can ask for it."""
    part = next((part for part in judged if part.task == ScoredTask.CHURN), None)
    if part is None:
        return {}
    rows = zip(part.ids, part.stakes, part.fifths, strict=True)
    return {pk: {"stake": round(stake or 0, 2), "value_fifth": fifth} for pk, stake, fifth in rows}


def _is_material(task: str, old: float, new: float) -> bool:
    if task in CHANCES:
        return abs(new - old) >= MATERIAL_CHANCE
    return task == ScoredTask.VALUE and abs(new - old) >= MATERIAL_SHARE * max(old, 1.0)

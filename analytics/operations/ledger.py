"""The ledger: once a month what was said of everybody, and after the horizon what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from django.db import connection, transaction
from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from analytics.ml.purchases import Purchases, day_date, day_number
from analytics.models import Band, Prediction, Score, ScoredTask
from analytics.queries.clock import ShopClock

from .registry import note_track

CHUNK = 20_000
CUSTOMERS = ScoredTask.values


def write_predictions(clock: ShopClock, tasks: Sequence[str] = CUSTOMERS) -> int:
    """Enter everybody's scores of these tasks by models, once in a calendar month; returns how many rows are new.

    A run that was stopped in the middle goes on with the same day.
    """
    entered = Prediction.objects.filter(task__in=tasks)
    begun = entered.filter(as_of__gte=clock.as_of.replace(day=1)).aggregate(day=Min("as_of"))["day"]
    if begun is not None and begun != clock.as_of:
        return 0
    before = entered.filter(as_of=clock.as_of).count() if begun else 0
    span = Score.objects.filter(task__in=tasks).aggregate(low=Min("person_id"), high=Max("person_id"))
    if span["low"] is None:
        return 0
    for above in range(span["low"] - 1, span["high"], CHUNK):
        _enter(clock, tasks, above, above + CHUNK)
    return entered.filter(as_of=clock.as_of).count() - before


@transaction.atomic
def _enter(clock: ShopClock, tasks: Sequence[str], above: int, upto: int) -> None:
    for task, days in _horizons(tasks):
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO {Prediction._meta.db_table}
                (task, person_id, value, band, as_of, horizon_days, closes_on, model_version_id)
                SELECT task, person_id, value, band, %s, horizon_days, %s, model_version_id
                FROM {Score._meta.db_table}
                WHERE task = %s AND horizon_days = %s AND kind = %s AND person_id > %s AND person_id <= %s
                ON CONFLICT DO NOTHING""",  # noqa: S608 (names of our tables)
                [clock.as_of.isoformat(), (clock.as_of + timedelta(days=days)).isoformat(), task, days,
                 Score.Kind.MODEL, above, upto],
            )  # fmt: skip


def _horizons(tasks: Sequence[str]) -> list[tuple[str, int]]:
    """The tasks that a model serves, with its horizon: everybody was just scored by the same."""
    found = []
    for task in tasks:
        rows = Score.objects.filter(task=task, kind=Score.Kind.MODEL)
        days = rows.order_by("-place").values_list("horizon_days", flat=True).first()
        found += [(task, days)] if days is not None else []
    return found


def close_predictions(purchases: Purchases, clock: ShopClock) -> int:
    """Fill in what happened to these customers' predictions whose time is over; returns how many."""
    if not len(purchases):
        return 0
    there = set(purchases.customer_ids.tolist())
    low, high = int(purchases.customer_ids[0]), int(purchases.customer_ids[-1])
    due = Prediction.objects.filter(
        task__in=CUSTOMERS, outcome=None, closes_on__lte=clock.known_until, person_id__gte=low, person_id__lte=high
    )
    windows = defaultdict(list)
    for row in due.only("pk", "task", "person_id", "as_of", "horizon_days"):
        if row.person_id in there:
            windows[row.task, row.as_of, row.horizon_days].append(row)
    for (task, as_of, days), rows in windows.items():
        _fill(rows, task, purchases.between(day_number(as_of), day_number(as_of) + days))
    return sum(len(rows) for rows in windows.values())


def _fill(rows: list[Prediction], task: str, later: Purchases) -> None:
    ids = np.array([row.person_id for row in rows])
    if task == ScoredTask.CHURN:
        outcomes = (~np.isin(ids, later.buys().customer_ids)).astype(float)
    else:
        spent = dict(zip(later.customer_ids.tolist(), np.add.reduceat(later.amounts, later.starts[:-1]).tolist()
                         if len(later) else [], strict=True))  # fmt: skip
        outcomes = np.array([spent.get(pk, 0.0) for pk in ids.tolist()])
    now = timezone.now()
    for row, outcome in zip(rows, outcomes.tolist(), strict=True):
        row.outcome, row.outcome_at = outcome, now
    Prediction.objects.bulk_update(rows, ["outcome", "outcome_at"], batch_size=500)


def drop_unknowable(clock: ShopClock) -> int:
    """Predictions that reach into years of which nothing is known are none any more: nobody knows what came."""
    ends = [day_date(hole.until) for hole in clock.holes]
    return Prediction.objects.filter(outcome=None, as_of__lt=max(ends)).delete()[0] if ends else 0


def drop_orphans(clock: ShopClock) -> int:
    """Predictions that can't be judged, since their person's orders are gone, are no predictions any more."""
    lost = Prediction.objects.filter(task__in=CUSTOMERS, outcome=None, closes_on__lte=clock.known_until)
    return lost.delete()[0]


def summarise_track(tasks: Sequence[str] = CUSTOMERS) -> None:
    """Keep at the model in use how last time's predictions came true, for the line of trust on every card."""
    for task in tasks:
        closed = Prediction.objects.filter(task=task, outcome__isnull=False)
        last = closed.aggregate(day=Max("as_of"))["day"]
        if last is None:
            continue
        figures = closed.filter(as_of=last).aggregate(
            customers=Count("pk"), expected=Sum("value"), actual=Sum("outcome"),
            flagged=Count("pk", filter=Q(band=Band.HIGH)), came_true=Sum("outcome", filter=Q(band=Band.HIGH)),
        )  # fmt: skip
        note_track(task, {"as_of": last.isoformat(), **figures})

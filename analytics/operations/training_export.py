"""A training table to hand on: what customers did before a day and after it, with nobody to be found in it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analytics.ml.anonymity import anonymised, smallest_group
from analytics.ml.features import build_features
from analytics.ml.purchases import Floats, Purchases, day_date, day_number
from analytics.ml.windows import outcomes
from analytics.queries.clock import read_clock
from analytics.queries.frames import purchases_in_chunks
from crm.events import record_event
from crm.models import User
from crm.operations.workspace import current_workspace

COLUMNS = ("recency_days", "tenure_days", "purchases", "usual_gap_days", "average_spend", "spend_365", "returned_share")
DIGITS = 3  # of every number, and 2 of money that came: an exact sum would be a name


@dataclass(frozen=True)
class TrainingTable:
    """What was written: so many rows, each like at least `smallest_group` others' numbers."""

    rows: int
    smallest_group: int
    as_of: str


def export_training(*, path: Path, k: int, horizon_days: int, actor: User | None) -> TrainingTable:
    """Write a row for each customer known `horizon_days` before the last known day, in no order, without any id.

    Whoever wants no profiling is not in it. Raises `analytics.ml.anonymity.AnonymityError` with too few customers.
    Records `training.exported`.
    """
    clock = read_clock()
    as_of = day_number(clock.known_until) - horizon_days
    purchases = Purchases.joined(list(purchases_in_chunks(clock, before=clock.known_until)))
    features = build_features(purchases, as_of)
    spend, left = outcomes(purchases, features, horizon_days)
    values = anonymised(np.column_stack([features.column(name) for name in COLUMNS]), left > 0, k=k)
    table = np.column_stack([_rounded(values, DIGITS), left, _rounded(spend, 2)])
    np.random.default_rng().shuffle(table)  # the order of ids would tell who came first
    smallest = smallest_group(table[:, : len(COLUMNS)])
    _write(path, table, horizon_days)
    data = {"rows": len(table), "k": k, "smallest_group": smallest}
    record_event(kind="training.exported", subject=current_workspace(), actor=actor, data=data)
    return TrainingTable(len(table), smallest, day_date(as_of).isoformat())


def _write(path: Path, table: Floats, horizon_days: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, f"left_{horizon_days}", f"spent_{horizon_days}"])
        writer.writerows([f"{value:g}" for value in row] for row in table.tolist())


def _rounded(values: Floats, digits: int) -> Floats:
    """Each number to so many significant digits."""
    size = np.power(10.0, digits - 1 - np.floor(np.log10(np.maximum(np.abs(values), 1e-9))))
    return np.asarray(np.where(values == 0, 0.0, np.round(values * size) / size))

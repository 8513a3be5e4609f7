"""Measures churn and expected value on any file of transactions, beside simple methods."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from analytics.ml.baselines import churn_baselines, value_baselines
from analytics.ml.features import Features
from analytics.ml.holdout import Model, actual_outcomes, losses, views
from analytics.ml.horizon import usual_horizon
from analytics.ml.ladder import Sufficiency
from analytics.ml.measuring import OF_ORDERS, EvaluatedTask, Options, Result, named_columns, peak_mb, plain_gain
from analytics.ml.metrics import auc, bootstrap_gain, covered, ece_by_chance, paired_gain
from analytics.ml.purchases import Floats, Purchases, day_date, day_number
from analytics.ml.score import CHURN, CLTV, LAPSED_DAYS, Task
from analytics.ml.study import Study
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.training import Trained, train
from analytics.ml.transactions import read_transactions
from analytics.ml.value import ValueModel

DEFAULT_VALUE_DAYS = 90
SEED = 0


def evaluate_file(
    task: Task,
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    horizon_days: int | None = None,
    cutoff: date | None = None,
) -> dict[str, Any]:
    """Train on what was known at the end of the day `cutoff`, measure on the `horizon_days` after it.

    `cutoff` defaults to the last day minus the horizon; the horizon to 90 days for cltv and to the shop's usual one
    for churn (at most a third of the history). TableError in clear words when the file can't be used.
    """
    with threadpool_limits(limits=1):
        return _evaluate(task, path, mapping or {}, horizon_days, cutoff)


def _evaluate(
    task: Task, path: Path, mapping: Mapping[str, str], horizon_days: int | None, cutoff: date | None
) -> dict[str, Any]:
    table = read_transactions(path, mapping=mapping)
    if task == CLTV and not table.has_money:
        raise TableError(f"{path.name} has no column with money: name it with --map amount=COLUMN.")
    purchases = table.purchases
    days = horizon_days or _horizon(task, purchases)
    as_of = day_number(cutoff) + 1 if cutoff else purchases.last_day - days + 1
    if as_of + days > purchases.last_day + 1:
        last = day_date(purchases.last_day)
        raise TableError(f"The {days} days after {day_date(as_of - 1)} have not ended: the last line is of {last}.")
    if not len(purchases.before(as_of).buys()):
        words = f"Nobody has bought anything by {day_date(as_of - 1)}: there is nothing to learn from."
        raise NothingToLearnError(words, rows=table.rows)
    start = time.perf_counter()
    trained = train(task, purchases, as_of=as_of, horizon_days=days, seed=SEED)
    took = time.perf_counter() - start
    result: dict[str, Any] = {
        "task": task,
        "rows": table.rows,
        "customers": len(purchases),
        "columns": dict(table.columns),
        "cutoff": day_date(as_of - 1).isoformat(),
        "horizon_days": days,
        "views": {},
        "refused": _refused(trained),
        "skipped": {reason: count for reason, count in table.skipped.items() if count},
    }
    if trained.model and trained.card:
        study = Study.of(purchases, as_of, days)
        result |= {"members": trained.card["members"], "views": _views(task, purchases, study, trained.model)}
    return result | {"fit_seconds": round(took, 2), "peak_mb": round(peak_mb(), 1)}


def _views(task: Task, purchases: Purchases, study: Study, model: Model) -> dict[str, Any]:
    predicted = model.predict(study.features)
    actual = actual_outcomes(task, purchases, study.features, study.serving.horizon_days)
    baselines = (churn_baselines if task == CHURN else value_baselines)(study, seed=SEED)
    found = views(task, study.features, actual, predicted, baselines)
    for view, block in found.items():
        rows = _rows(study.features, view)
        block["customers"] = int(rows.sum())
        block["product"] |= _beside(model, actual[rows], predicted[rows])
        block["gain"] = _gain(task, actual[rows], predicted[rows], {n: b[rows] for n, b in baselines.items()})
    return found


def _beside(model: Model, actual: Floats, predicted: Floats) -> dict[str, float]:
    """What only the product has: a range that promises four in five, or what few customers do to `ece` by chance."""
    if isinstance(model, ValueModel):
        return {"cover80": covered(actual, *model.serving.value_range.of(predicted))}
    return {"ece_chance": ece_by_chance(predicted)}


def _rows(features: Features, view: str) -> Any:
    recent = features.column("recency_days") <= LAPSED_DAYS
    return recent if view == "recent180" else np.ones(len(features), dtype=bool)


def _gain(task: Task, actual: Floats, predicted: Floats, baselines: Mapping[str, Floats]) -> dict[str, Any]:
    """Product against the best baseline, paired: AUC for churn, mean absolute error for money; above 0 is better."""
    if task == CHURN:
        best = max(baselines, key=lambda name: np.nan_to_num(auc(actual, baselines[name])))
        gain = bootstrap_gain(
            lambda rows: auc(actual[rows], predicted[rows]) - auc(actual[rows], baselines[best][rows]), len(actual)
        )
        return {"metric": "auc", "against": best, **plain_gain(gain)}
    best = min(baselines, key=lambda name: float(losses(task, actual, baselines[name]).mean()))
    gain = paired_gain(losses(task, actual, predicted), losses(task, actual, baselines[best]))
    return {"metric": "mae", "against": best, **plain_gain(gain)}


def _horizon(task: Task, purchases: Purchases) -> int:
    wanted = usual_horizon(purchases, purchases.last_day + 1) if task == CHURN else DEFAULT_VALUE_DAYS
    return max(1, min(wanted, (purchases.last_day - purchases.first_day) // 3))


def _refused(trained: Trained) -> str | None:
    """Why the product would serve no score of this shop."""
    if not trained.model:
        return _too_little(trained.sufficiency)
    if trained.is_servable or not trained.hold_out:
        return None
    better = [name for name, gain in trained.hold_out.gains().items() if gain.high <= 0]
    return f"On the last closed window before the cut-off {' and '.join(better)} did better: no score would serve."


def _too_little(sufficiency: Sufficiency) -> str:
    return (
        f"Too little to learn from before the cut-off: {sufficiency.customers} customers"
        f" ({sufficiency.needed_customers} needed), {sufficiency.repeat_buyers} of them with a second purchase"
        f" ({sufficiency.needed_repeat_buyers} needed)."
    )


def _measure(options: Options) -> Result:
    return evaluate_file(
        options["task"],
        options["data"],
        mapping=named_columns(options, {"target": "amount", "time": "date", "id": "customer"}),
        horizon_days=options["horizon"],
        cutoff=options["cutoff"],
    )


def _head(result: Result) -> str:
    people = f"{result['task']}: {result['customers']} customers, {result['rows']} lines"
    return f"{people}, horizon {result['horizon_days']} days after {result['cutoff']}"


PURCHASE_TASKS = (
    EvaluatedTask(CHURN, "who will not buy", _measure, _head, uses=OF_ORDERS),
    EvaluatedTask(CLTV, "what each will spend", _measure, _head, uses=OF_ORDERS),
)

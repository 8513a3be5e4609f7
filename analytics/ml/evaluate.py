"""Runs the product's own features and models on any file and sets them beside simple methods."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from analytics.ml.artefact import ArtefactError
from analytics.ml.baselines import churn_baselines, value_baselines
from analytics.ml.features import Features
from analytics.ml.holdout import actual_outcomes, losses, views
from analytics.ml.ladder import Sufficiency
from analytics.ml.metrics import Gain, auc, bootstrap_gain, paired_gain
from analytics.ml.purchases import Floats, Purchases, day_date, day_number
from analytics.ml.score import CHURN, CLTV, LAPSED_DAYS, Task
from analytics.ml.study import Study
from analytics.ml.table import TableError
from analytics.ml.text.evaluate import evaluate_text
from analytics.ml.text.evaluate_language import evaluate_language
from analytics.ml.training import train
from analytics.ml.transactions import read_transactions
from analytics.ml.windows import usual_horizon

TASKS: tuple[Task, ...] = (CHURN, CLTV)
TEXT_TASKS: dict[str, Callable[[Path], dict[str, Any]]] = {"sentiment": evaluate_text, "language": evaluate_language}
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line, for `manage.py evaluate` and for `python -m analytics.ml.evaluate`."""
    parser.add_argument("task", choices=(*TASKS, *TEXT_TASKS), help=TASK_HELP)
    parser.add_argument("--data", required=True, type=Path, metavar="FILE", help=DATA_HELP)
    parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN", help=MAP_HELP)
    parser.add_argument("--horizon", type=_days, metavar="DAYS", help="days to look ahead")
    parser.add_argument("--cutoff", type=_date, metavar="DATE", help="last known day, YYYY-MM-DD")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")


TASK_HELP = "churn: who will not buy; cltv: what each will spend; sentiment: how messages sound; language: in which one"
DATA_HELP = "CSV of transactions, plain or .gz; of texts CSV or JSON lines with text, label (neg, neu, pos) and lang"
MAP_HELP = "customer, date, amount, quantity, unit_price or invoice is in this column; may be repeated"


def run(options: Mapping[str, Any], write: Callable[[str], object], complain: Callable[[str], object]) -> int:
    """Evaluate as the parsed options say; returns the exit status: 0, or 2 for a file or option that can't be used."""
    try:
        result = _measure(options)
    except (TableError, ArtefactError) as error:
        complain(str(error))
        if options["json"]:
            nothing = {"rows": 0, "views": {}, "refused": str(error), "fit_seconds": 0.0}
            write(json.dumps({"task": options["task"], **nothing, "peak_mb": round(_peak_mb(), 1)}))
        return 2
    write(json.dumps(result) if options["json"] else as_table(result))
    return 0


def _measure(options: Mapping[str, Any]) -> dict[str, Any]:
    if options["task"] in TEXT_TASKS:
        return TEXT_TASKS[options["task"]](options["data"])
    mapping = read_mapping(options["map"])
    return evaluate_file(
        options["task"],
        options["data"],
        mapping=mapping,
        horizon_days=options["horizon"],
        cutoff=options["cutoff"],
    )


def main(argv: Sequence[str] | None = None) -> int:
    """The command line without Django."""
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    add_arguments(parser)
    return run(vars(parser.parse_args(argv)), print, lambda text: print(text, file=sys.stderr))


def read_mapping(given: Sequence[str]) -> dict[str, str]:
    """ "customer=Cust No,date=Datum" and repeated options as field → column; TableError when a part has no "="."""
    parts = [part for text in given for part in text.split(",") if part.strip()]
    wrong = next((part for part in parts if "=" not in part), None)
    if wrong:
        raise TableError(f"--map wants FIELD=COLUMN, not {wrong.strip()!r}.")
    return {field.strip(): column.strip() for field, _, column in (part.partition("=") for part in parts)}


def as_table(result: Mapping[str, Any]) -> str:
    """The result for people: one block a view, one line a method."""
    lines = [_head(result)]
    if result["refused"]:
        lines.append(str(result["refused"]))
    for view, found in result["views"].items():
        methods = {"product": found["product"], **found["baselines"]}
        lines += ["", f"{view:22}" + "".join(f"{metric:>12}" for metric in found["product"])]
        lines += [f"{name:22}" + "".join(_cell(value) for value in row.values()) for name, row in methods.items()]
    return "\n".join([*lines, "", f"fit {result['fit_seconds']} s, peak memory {result['peak_mb']} MB"])


def _head(result: Mapping[str, Any]) -> str:
    if result["task"] in TEXT_TASKS:
        return f"{result['task']}: {result['rows']} texts"
    people = f"{result['task']}: {result['customers']} customers, {result['rows']} lines"
    return f"{people}, horizon {result['horizon_days']} days after {result['cutoff']}"


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
    start = time.perf_counter()
    trained = train(task, purchases, as_of=as_of, horizon_days=days, seed=SEED)
    took = time.perf_counter() - start
    result: dict[str, Any] = {
        "task": task,
        "rows": table.rows,
        "customers": len(purchases),
        "cutoff": day_date(as_of - 1).isoformat(),
        "horizon_days": days,
        "views": {},
        "refused": None if trained.model else _too_little(trained.sufficiency),
        "skipped": {reason: count for reason, count in table.skipped.items() if count},
    }
    if trained.model and trained.card:
        study = Study.of(purchases, as_of, days)
        predicted = trained.model.predict(study.features)
        result |= {"members": trained.card["members"], "views": _views(task, purchases, study, predicted)}
    return result | {"fit_seconds": round(took, 2), "peak_mb": round(_peak_mb(), 1)}


def _views(task: Task, purchases: Purchases, study: Study, predicted: Floats) -> dict[str, Any]:
    actual = actual_outcomes(task, purchases, study.features, study.serving.horizon_days)
    baselines = (churn_baselines if task == CHURN else value_baselines)(study, seed=SEED)
    found = views(task, study.features, actual, predicted, baselines)
    for view, block in found.items():
        rows = _rows(study.features, view)
        block["customers"] = int(rows.sum())
        block["gain"] = _gain(task, actual[rows], predicted[rows], {n: b[rows] for n, b in baselines.items()})
    return found


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
        return {"metric": "auc", "against": best, **_plain(gain)}
    best = min(baselines, key=lambda name: float(losses(task, actual, baselines[name]).mean()))
    gain = paired_gain(losses(task, actual, predicted), losses(task, actual, baselines[best]))
    return {"metric": "mae", "against": best, **_plain(gain)}


def _plain(gain: Gain) -> dict[str, float | None]:
    named = {"value": gain.value, "low": gain.low, "high": gain.high}
    return {name: value if np.isfinite(value) else None for name, value in named.items()}


def _horizon(task: Task, purchases: Purchases) -> int:
    wanted = usual_horizon(purchases, purchases.last_day + 1) if task == CHURN else DEFAULT_VALUE_DAYS
    return max(1, min(wanted, (purchases.last_day - purchases.first_day) // 3))


def _too_little(sufficiency: Sufficiency) -> str:
    return (
        f"Too little to learn from before the cut-off: {sufficiency.customers} customers"
        f" ({sufficiency.needed_customers} needed), {sufficiency.repeat_buyers} of them with a second purchase"
        f" ({sufficiency.needed_repeat_buyers} needed)."
    )


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _cell(value: float | None) -> str:
    return f"{'-' if value is None else format(value, '.4g'):>12}"


def _days(text: str) -> int:
    days = int(text) if text.isdigit() else 0
    if not 1 <= days <= 3650:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to 3650")
    return days


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2024-09-30") from error


if __name__ == "__main__":
    sys.exit(main())

"""The command line that runs the product's own models on any file and sets them beside simple methods."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from analytics.ml.artefact import ArtefactError
from analytics.ml.duplicates.evaluate import DUPLICATES
from analytics.ml.evaluate_purchases import PURCHASE_TASKS
from analytics.ml.forecast.evaluate import FORECAST
from analytics.ml.measuring import EvaluatedTask, Options, Result, peak_mb
from analytics.ml.recommend.evaluate import RECOMMEND
from analytics.ml.segments.evaluate import SEGMENTS
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.tabular.evaluate import TABLE_TASKS
from analytics.ml.text.evaluate import SENTIMENT
from analytics.ml.text.evaluate_language import LANGUAGE
from analytics.ml.text.search.evaluate import SEARCH
from analytics.ml.text.topics.evaluate import TOPICS

TASKS: dict[str, EvaluatedTask] = {
    task.name: task
    for task in (
        *PURCHASE_TASKS,
        *TABLE_TASKS,
        FORECAST,
        DUPLICATES,
        SEGMENTS,
        RECOMMEND,
        SENTIMENT,
        TOPICS,
        SEARCH,
        LANGUAGE,
    )
}
DATA_HELP = (
    "CSV of transactions, plain or .gz; for leads and churn_contract of any columns with an outcome;"
    " of texts CSV or JSON lines with text, label (neg, neu, pos) and lang"
)
MAP_HELP = (
    "what is in this column; may be repeated. Orders: customer, date, amount, quantity, unit_price, invoice, item,"
    " group; leads, churn_contract: outcome, time, id; duplicates: id, cluster, source, given, family, name, company,"
    " email, phone, birth, address, city, postcode, other; texts: text, label, lang; search: question, answer"
)
COLUMN_HELP = {
    "target": "the column with the outcome (leads, churn_contract), the amount (forecast) or the cluster (duplicates);"
    " recognised if not given",
    "time": "the column with the day that a row was known; recognised if not given",
    "id": "the column that names a lead or customer, whose rows are not split apart, a series (forecast) or a record",
    "positive": "leads, churn_contract: the word in the outcome's column that means yes",
}
KEEP_HELP = "leads, churn_contract: learn from this column although it looks known too late; may be repeated"
DROP_HELP = "leads, churn_contract: don't learn from this column; may be repeated"
ALLOW_HELP = (
    "leads, churn_contract: learn from this column although it tells of age, gender, religion, ethnicity, health,"
    " nationality or beliefs; may be repeated"
)
TRUTH_HELP = "duplicates: CSV whose first two columns are the ids of records that are the same"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line, for `manage.py evaluate` and for `python -m analytics.ml.evaluate`."""
    about = "; ".join(f"{task.name}: {task.about}" for task in TASKS.values())
    parser.add_argument("task", choices=tuple(TASKS), help=about)
    parser.add_argument("--data", required=True, type=Path, metavar="FILE", help=DATA_HELP)
    parser.add_argument("--map", action="append", default=[], metavar="FIELD=COLUMN", help=MAP_HELP)
    parser.add_argument("--horizon", type=_days, metavar="DAYS", help="days to look ahead")
    parser.add_argument("--cutoff", type=_date, metavar="DATE", help="last known day, YYYY-MM-DD")
    for name, about in COLUMN_HELP.items():
        parser.add_argument(f"--{name}", metavar="COL" if name != "positive" else "VALUE", help=about)
    parser.add_argument("--keep", action="append", default=[], metavar="COL", help=KEEP_HELP)
    parser.add_argument("--drop", action="append", default=[], metavar="COL", help=DROP_HELP)
    parser.add_argument("--allow-protected", action="append", default=[], metavar="COL", help=ALLOW_HELP)
    parser.add_argument("--truth", type=Path, metavar="PAIRS", help=TRUTH_HELP)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")


def run(options: Options, write: Callable[[str], object], complain: Callable[[str], object]) -> int:
    """Evaluate as the parsed options say; returns the exit status: 0, or 2 for a file or option that can't be used.

    A file of the right kind that can teach nothing is no mistake of the caller: 0, and `refused` says why.
    """
    task = TASKS[options["task"]]
    unused = task.unused(options)
    not_used = {"not_used": unused} if unused else {}
    for name in unused:
        complain(f"--{name.replace('_', '-')} means nothing to {task.name} and is not used.")
    try:
        result = task.measure(options)
        head = task.head(result)
    except NothingToLearnError as error:
        head, result = f"{task.name}: {error.rows} rows", _nothing(task, error, error.rows)
    except (TableError, ArtefactError) as error:
        complain(str(error))
        if options["json"]:
            write(as_json(_nothing(task, error, 0) | not_used))
        return 2
    result = result | not_used
    write(as_json(result) if options["json"] else as_table(head, result))
    return 0


def _nothing(task: EvaluatedTask, error: Exception, rows: int) -> Result:
    nothing = {"task": task.name, "rows": rows, "views": {}, "refused": str(error), "fit_seconds": 0.0}
    return nothing | {"peak_mb": round(peak_mb(), 1)}


def as_json(result: Result) -> str:
    """One line of JSON; what is not a finite number is null, for JSON knows no other."""
    return json.dumps(_finite(result), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def main(argv: Sequence[str] | None = None) -> int:
    """The command line without Django."""
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    add_arguments(parser)
    return run(vars(parser.parse_args(argv)), print, lambda text: print(text, file=sys.stderr))


def as_table(head: str, result: Result) -> str:
    """The result for people: one block a view, one line a method."""
    refused, sampled = str(result["refused"] or ""), result.get("sampled")
    notes = [note for note in result.get("notes", ()) if note not in refused]
    lines = [head, *([refused] if refused else []), *([f"Measured: {sampled}."] if sampled else []), *notes]
    for view, found in result["views"].items():
        methods: Mapping[str, Any] = {"product": found["product"], **found["baselines"]}
        lines += ["", f"{view:22}" + "".join(f"{metric:>12}" for metric in found["product"])]
        lines += [f"{name:22}" + "".join(_cell(value) for value in row.values()) for name, row in methods.items()]
    return "\n".join([*lines, "", f"fit {result['fit_seconds']} s, peak memory {result['peak_mb']} MB"])


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

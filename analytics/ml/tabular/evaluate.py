"""Measures lead scores and contractual churn on any table with an outcome, beside simple methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from analytics.ml.measuring import EvaluatedTask, Options, Result, named_columns, peak_mb, plain_gain
from analytics.ml.metrics import Gain, auc, bootstrap_gain, brier, churn_metrics, ece, lift, log_loss, pr_auc
from analytics.ml.purchases import Floats, Ints
from analytics.ml.table import named_field
from analytics.ml.tabular.holdout import FEWEST, HeldOut, hold_out, thinning
from analytics.ml.tabular.table import Choices, Examples, read_examples
from analytics.ml.tabular.target import CHURN_CONTRACT, LEADS

SEED = 0
DRAWS = 200
FIELDS: Mapping[str, tuple[str, ...]] = {
    "outcome": ("target", "label", "result", "y", "converted", "won", "churn", "churned"),
    "time": ("date", "day", "created", "createdat", "known", "snapshot"),
    "id": ("customer", "lead", "deal", "contract", "customerid", "leadid", "record", "group"),
}
USES = ("target", "time", "id", "positive", "keep", "drop", "allow_protected")
MEASURES: Mapping[str, Callable[[Floats, Floats], float]] = {
    "auc": auc,
    "pr_auc": pr_auc,
    "brier": brier,
    "log_loss": log_loss,
    "ece": ece,
    "lift10": lift,
}


def evaluate_table(
    task: str, path: Path, choices: Choices | None = None, *, seed: int = SEED, today: date | None = None
) -> Result:
    """Metrics of the product and of simple methods on rows that neither has learnt from.

    The view is `rolling` where the rows have a time, else `folds`. `refused` says in words why no score would serve:
    fewer than 50 of an outcome, or nothing that beats the base rate; the product's figures are then those of the base
    rate, and `tried` those of the models. TableError in clear words when the file can't be used.
    """
    with threadpool_limits(limits=1):
        examples = read_examples(task, path, choices or Choices(), today=today or datetime.now(UTC).date())
        refused = too_little(examples)
        held = None if refused else hold_out(examples, seed=seed)
        if held is None and not refused:
            refused = "Both outcomes do not occur early enough in time to learn from them before measuring."
        if held is not None and not held.beats_base_rate:
            refused = no_signal(held)
        views = {"rolling" if examples.is_ordered else "folds": _view(held, bool(refused), seed)} if held else {}
    return {
        "task": task,
        "rows": examples.rows,
        "learnt_rows": len(examples),
        "target": examples.target.column,
        "time": examples.time,
        "columns": {column.name: column.kind for column in examples.columns},
        "left_out": {one.column: one.words for one in examples.left_out},
        "protected": {
            "left_out": [one.column for one in examples.left_out if one.key == "protected"],
            "allowed": list(choices.allow_protected) if choices else [],
        },
        "skipped": examples.skipped,
        "notes": [*examples.notes, *([words] if held and (words := thinning(examples)) else [])],
        "members": held.members if held else {},
        "views": views,
        "refused": refused,
        "seed": seed,
        "fit_seconds": round(held.fit_seconds, 2) if held else 0.0,
        "peak_mb": round(peak_mb(), 1),
    }


def too_little(examples: Examples) -> str | None:
    """Why nothing may be learnt from so little; None where there is enough."""
    yes = int(examples.outcome.sum())
    no = len(examples) - yes
    if not yes or not no:
        only = "yes" if yes else "no"
        return f"Every decided row of {examples.target.column!r} says {only}: there is nothing to tell apart."
    if min(yes, no) < FEWEST:
        return f"Too little to learn from: {yes} times yes and {no} times no; at least {FEWEST} of each are needed."
    if not [column for column in examples.columns if column.name != examples.calendar]:
        return "No column is left that may tell the outcome: " + "; ".join(
            f"{one.column!r} {one.words}" for one in examples.left_out[:8]
        )
    return None


def no_signal(held: HeldOut) -> str:
    """The measured reason for not scoring."""
    gain = held.gain_over_base_rate()
    return (
        f"Nothing beats the base rate of {100 * held.outcome.mean():.0f} %: on {len(held.outcome)} rows not learnt"
        f" from, the best model has AUC {auc(held.outcome, held.predicted):.3f} and gains {gain.value:.4f} in log loss"
        f" ({gain.low:.4f} to {gain.high:.4f}). A score would be made up, so there is none."
    )


def _view(held: HeldOut, is_refused: bool, seed: int) -> Result:
    served = held.baselines["base_rate"] if is_refused else held.predicted
    baselines = {name: plain(churn_metrics(held.outcome, theirs)) for name, theirs in held.baselines.items()}
    baselines["base_rate"] |= _without_order(held.outcome)
    found: Result = {
        "rows": len(held.outcome),
        "product": baselines["base_rate"] if is_refused else plain(churn_metrics(held.outcome, served)),
        "intervals": {} if is_refused else _intervals(held.outcome, served, seed),
        "baselines": baselines,
        "gain": _gain(held, seed) if not is_refused else None,
        "gain_over_base_rate": {"metric": "log_loss", **plain_gain(held.gain_over_base_rate())},
    }
    return found | ({"tried": plain(churn_metrics(held.outcome, held.predicted))} if is_refused else {})


def _without_order(outcome: Floats) -> dict[str, float | None]:
    """What measures of order are worth that says the same of everybody at a time, however it moves between windows."""
    return {"auc": 0.5, "pr_auc": float(outcome.mean()), "lift10": 1.0}


def _gain(held: HeldOut, seed: int) -> Result:
    """AUC over the best simple method that ranks at all, paired."""
    rivals = {name: theirs for name, theirs in held.baselines.items() if name != "base_rate"}
    quality = {name: auc(held.outcome, theirs) for name, theirs in rivals.items()}
    best = max(quality, key=lambda name: quality[name])
    gain = bootstrap_gain(
        lambda rows: auc(held.outcome[rows], held.predicted[rows]) - auc(held.outcome[rows], rivals[best][rows]),
        len(held.outcome),
        seed=seed,
        draws=DRAWS,
    )
    return {"metric": "auc", "against": best, **plain_gain(gain)}


def plain(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """None where a metric is not defined."""
    return {name: value if np.isfinite(value) else None for name, value in metrics.items()}


def _intervals(outcome: Floats, chance: Floats, seed: int) -> dict[str, dict[str, float | None]]:
    """95 % bootstrap intervals of the product's metrics."""

    def drawn(measure: Callable[[Floats, Floats], float]) -> Gain:
        def of(rows: Ints) -> float:
            return measure(outcome[rows], chance[rows])

        return bootstrap_gain(of, len(outcome), seed=seed, draws=DRAWS)

    found = {name: drawn(measure) for name, measure in MEASURES.items()}
    return {name: plain({"low": one.low, "high": one.high}) for name, one in found.items()}


def _measure(options: Options) -> Result:
    mapped = named_columns(options, {"target": "outcome", "time": "time", "id": "id"})
    named = {named_field(field, FIELDS): column for field, column in mapped.items()}
    choices = Choices(
        target=named.get("outcome"),
        time=named.get("time"),
        id=named.get("id"),
        positive=options["positive"],
        keep=tuple(options["keep"]),
        drop=tuple(options["drop"]),
        allow_protected=tuple(options.get("allow_protected") or ()),
    )
    return evaluate_table(options["task"], options["data"], choices)


def _head(result: Result) -> str:
    left = [f"Left out: {name!r}, {words}." for name, words in result["left_out"].items()]
    skipped = [f"{count} rows left out: {why}." for why, count in result["skipped"].items()]
    return "\n".join([f"{result['task']}: {result['rows']} rows", *skipped, *left])


TABLE_TASKS = (
    EvaluatedTask(LEADS, "which leads or deals are won", _measure, _head, uses=USES),
    EvaluatedTask(CHURN_CONTRACT, "which contracts end", _measure, _head, uses=USES),
)

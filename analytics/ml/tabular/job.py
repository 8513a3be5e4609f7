"""Learns the chance of an outcome from a frame in a folder, as the child process is asked."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from analytics.ml.artefact import FORMAT, ArtefactError, write_artefact
from analytics.ml.drift import spread_of_columns
from analytics.ml.metrics import auc, churn_metrics, log_losses, paired_gain, tenths
from analytics.ml.network import build_network
from analytics.ml.purchases import Floats, day_date, day_number
from analytics.ml.session import Network
from analytics.ml.tabular.drivers import find_drivers
from analytics.ml.tabular.evaluate import plain
from analytics.ml.tabular.frame import Frame
from analytics.ml.tabular.holdout import FEWEST
from analytics.ml.tabular.in_time import InTime, fit_frame, hold_out_in_time
from analytics.ml.tabular.model import ChanceModel
from analytics.ml.tabular.scorer import YES, ChanceScorer, bands, load_chances

SEED = 0
PARITY = 1e-4
MOST_ROWS = 2_000  # of which it is told what moves chances
FEWEST_NEW = 30  # rows that the model in use has not learnt from, before it can be compared

Say = Callable[[str, float], None]


def learn(request: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Train `request["task"]` and save it; see `analytics.learning.SubjectWork.JOB`.

    `refused` holds the measured reason where nothing beats the base rate: the artefact is then kept, but not servable.
    """
    frame = Frame.load(Path(request["parts"]) / request.get("frame", "")).decided()
    yes, no = frame.counts() if len(frame) else (0, 0)
    found: dict[str, Any] = {"yes": yes, "no": no, "needed": FEWEST, "gain": None, "is_saved": False}
    if min(yes, no) < FEWEST:
        return {**found, "is_servable": False}
    with threadpool_limits(limits=1):
        return {**found, **_learn(request, frame, say)}


def _learn(request: Mapping[str, Any], frame: Frame, say: Say) -> dict[str, Any]:
    say("hold_out", 0.0)
    held = hold_out_in_time(frame, seed=SEED)
    say("fit", 0.6)
    model = fit_frame(frame, seed=SEED)
    say("export", 0.9)
    network, card = export(request, frame, model, held)
    write_artefact(Path(request["folder"]), network=network, card=card)
    if held is not None and "held" in request:
        save_hold_out(frame, held, Path(request["held"]))
    is_better = held is not None and held.held.beats_base_rate
    return {
        "is_saved": True,
        "is_servable": is_better,
        "refused": None if is_better else _refusal(frame, held, request["horizon_days"]),
        "gain": _gain(request, frame, held),
    }


def save_hold_out(frame: Frame, held: InTime, path: Path) -> None:
    """One measured row of each group: whose it is, what was said and what came; three columns of equal length."""
    order = np.random.default_rng(SEED).permutation(len(held.rows))
    one = order[np.unique(frame.groups[held.rows[order]], return_index=True)[1]]
    with path.open("wb") as file:
        np.savez(
            file, ids=frame.groups[held.rows[one]], predicted=held.held.predicted[one], actual=held.held.outcome[one]
        )


def export(
    request: Mapping[str, Any], frame: Frame, model: ChanceModel, held: InTime | None
) -> tuple[bytes, dict[str, Any]]:
    """The network and its card, after it was compared with the trainer. ArtefactError where they differ."""
    network = build_network({YES: model.head_})
    matrix = model.encoder_.transform(frame.columns)
    card = _card(request, frame, model, held) | {"centre": matrix.mean(axis=0).tolist()}
    scorer = ChanceScorer(Network(network, [YES], width=matrix.shape[1]), card)
    served = scorer.predict(frame.columns)
    gap = float(np.max(np.abs(served - model.predict(frame.columns))))
    if not gap <= PARITY:
        raise ArtefactError(f"The network differs from the trained model by {gap:.1e}: not exported.")
    chosen = np.random.default_rng(SEED).permutation(len(frame))[:MOST_ROWS]
    drivers = find_drivers(scorer, frame.keep(np.sort(chosen)).columns, card["usual"])
    return network, card | {"parity": gap, "drivers": drivers}


def _card(request: Mapping[str, Any], frame: Frame, model: ChanceModel, held: InTime | None) -> dict[str, Any]:
    yes, no = frame.counts()
    return {
        "format": FORMAT,
        "task": request["task"],
        "as_of": day_date(request["as_of"]).isoformat(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "horizon_days": request["horizon_days"],
        "members": list(model.members_),
        "columns": [(column.name, column.kind) for column in frame.columns],
        "encoder": model.encoder_.as_json(),
        "usual": _usual(frame),
        "spread": spread_of_columns(frame.columns),
        "spread_first": spread_of_columns(frame.first_of_each().columns),
        "history": [day_date(int(day)).isoformat() for day in (frame.days.min(), frame.days.max())],
        "customers": yes + no,
        "rows": len(frame),
        "base_rate": _base_rate(frame, request["horizon_days"]),
        "hold_out": _measured(held, request["horizon_days"]) if held else None,
        "seed": SEED,
        "versions": {name: version(name) for name in ("numpy", "lightgbm", "onnx", "onnxruntime")}
        | {"python": platform.python_version()},
    }


def _usual(frame: Frame) -> dict[str, float]:
    """What each number usually is."""
    known = {column.name: column.values[np.isfinite(column.values)] for column in frame.columns}
    return {name: float(np.median(values)) for name, values in known.items() if len(values)}


def _measured(held: InTime, horizon_days: int) -> dict[str, Any]:
    outcome, predicted = held.held.outcome, held.held.predicted
    flagged = bands(predicted, float(outcome.mean())) == "high"
    simple = {name: plain(churn_metrics(outcome, theirs)) for name, theirs in held.held.baselines.items()}
    simple["base_rate"] |= {"auc": 0.5, "lift10": 1.0}
    return {
        "as_of": day_date(held.first_day).isoformat(),
        "horizon_days": horizon_days,
        "customers": len(outcome),
        "views": {"all": {"product": plain(churn_metrics(outcome, predicted)), "baselines": simple}},
        "gains": {"base_rate": asdict(held.held.gain_over_base_rate())},
        "beats_simple": held.held.beats_base_rate,
        "tenths": tenths(outcome, predicted),
        "top_band": {"customers": int(flagged.sum()), "actual": float(outcome[flagged].sum())},
    }


def _base_rate(frame: Frame, horizon_days: int) -> float:
    """How often it is yes within the horizon; without one how many of all end so."""
    yes, no = frame.counts()
    return float(frame.outcome.mean()) if horizon_days else yes / (yes + no)


def _refusal(frame: Frame, held: InTime | None, horizon_days: int) -> dict[str, float]:
    """What was measured where nothing beats the base rate; without `auc` the history is too short to measure."""
    found = {"base_rate": _base_rate(frame, horizon_days)}
    if held is None:
        return found
    return found | {"auc": auc(held.held.outcome, held.held.predicted), "rows": float(len(held.rows))}


def _gain(request: Mapping[str, Any], frame: Frame, held: InTime | None) -> dict[str, float] | None:
    """How much less is lost than by the model in use, on rows of which neither knew the outcome.

    Without enough of them there is no gain yet: the one in use stays. None without one that can be opened.
    """
    if request["champion"] is None or held is None:
        return None
    try:
        champion = load_chances(Path(request["champion"]), task=request["task"])
    except ArtefactError:
        return None
    new = frame.known_on[held.rows] > day_number(champion.trained_as_of)
    if new.sum() < FEWEST_NEW:
        return {"value": 0.0, "low": 0.0, "high": 0.0}
    outcome: Floats = held.held.outcome[new]
    theirs = champion.predict(frame.keep(held.rows[new]).columns)
    return asdict(paired_gain(log_losses(outcome, held.held.predicted[new]), log_losses(outcome, theirs)))

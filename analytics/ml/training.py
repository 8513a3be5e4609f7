"""Trains one task on one shop: hold-out, choice, final fit, network with parity gate, card."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from analytics.ml.artefact import FORMAT, ArtefactError, write_artefact
from analytics.ml.btyd import History
from analytics.ml.causes import Typical
from analytics.ml.drift import spread_of
from analytics.ml.drivers import find_drivers
from analytics.ml.features import NAMES as FEATURE_NAMES
from analytics.ml.features import Features, build_features
from analytics.ml.growing import HERE, Grower
from analytics.ml.holdout import HoldOut, Model, fit_model, hold_out, losses
from analytics.ml.horizon import usual_horizon
from analytics.ml.inputs import NAMES as INPUT_NAMES
from analytics.ml.ladder import Sufficiency
from analytics.ml.metrics import Gain, paired_gain, tenths
from analytics.ml.network import build_network
from analytics.ml.purchases import Floats, Purchases, day_date
from analytics.ml.score import CHURN, CLTV, LAPSED_DAYS, Scorer, Task
from analytics.ml.session import Network
from analytics.ml.study import Study
from analytics.ml.survey import MOST_CUSTOMERS
from analytics.ml.value import ValueModel, fit_range, simulated_spend

PARITY = 1e-4
BAND_SHARES = {CHURN: (0.5, 0.8), CLTV: (0.4, 0.8)}
DEFAULT_VALUE_DAYS = 90

Progress = Callable[[str, float], None]


def _silent(stage: str, share: float) -> None:
    """No progress wanted."""


@dataclass(frozen=True, eq=False)
class Trained:
    """The outcome of a training run; without enough data there is no model, only `sufficiency`.

    `card` is what is stored beside the network. `hold_out` is None for a shop too young to measure on.
    """

    task: Task
    horizon_days: int
    as_of: int
    sufficiency: Sufficiency
    card: dict[str, Any] | None = None
    network: bytes | None = None
    model: Model | None = None
    hold_out: HoldOut | None = None

    @property
    def is_servable(self) -> bool:
        """There is a model and no simple baseline was really better on the hold-out."""
        return self.network is not None and (self.hold_out is None or self.hold_out.beats_simple)

    def save(self, folder: Path) -> Path:
        """Write the artefact; ArtefactError when there is no model or something at `folder`."""
        if self.network is None or self.card is None:
            raise ArtefactError("There is too little data: nothing was learned.")
        return write_artefact(folder, network=self.network, card=self.card)


def train(
    task: Task,
    purchases: Purchases,
    *,
    as_of: int,
    horizon_days: int | None = None,
    seed: int = 0,
    progress: Progress = _silent,
    grower: Grower = HERE,
    sufficiency: Sufficiency | None = None,
) -> Trained:
    """Learn `churn` or `cltv` from the customer-days before the day number `as_of`.

    `horizon_days` defaults to the shop's own (80th percentile of the gaps) for churn, 90 for cltv. `progress` hears
    (stage, share done): hold_out, fit, export. `grower` grows the trees, from more customers than the sample if it
    has them; so does `sufficiency` tell of all where `purchases` are a sample. Raises ArtefactError when the network
    does not repeat the model.
    """
    with threadpool_limits(limits=1):  # more threads than free cores made fits ten times slower
        known = purchases.before(as_of)
        days = horizon_days or (usual_horizon(known, as_of) if task == CHURN else DEFAULT_VALUE_DAYS)
        return _train(task, known, as_of, days, seed=seed, progress=progress, grower=grower, sufficiency=sufficiency)


def _train(
    task: Task,
    known: Purchases,
    as_of: int,
    days: int,
    *,
    seed: int,
    progress: Progress,
    grower: Grower,
    sufficiency: Sufficiency | None,
) -> Trained:
    sufficiency = sufficiency or Sufficiency.of(build_features(known, as_of))
    if not sufficiency.is_enough:
        return Trained(task, days, as_of, sufficiency)
    known = known.sample(MOST_CUSTOMERS, seed=seed)
    progress("hold_out", 0.0)
    held = hold_out(task, known, as_of, days, seed=seed, grower=grower)
    progress("fit", 0.5)
    study = Study.of(known, as_of, days)
    members = held.members if held and held.is_smaller_better else study.rungs[-1]
    model = fit_model(task, study, members, seed=seed, grower=grower)
    if isinstance(model, ValueModel):
        model.set_range(_range(model, study, held, seed))
    progress("export", 0.9)
    network = build_network(model.heads_)
    said = model.predict(study.features)
    card = _card(task, study, model, held, said) | {"sufficiency": asdict(sufficiency), "seed": seed}
    scorer = Scorer(Network(network, list(model.heads_), width=len(INPUT_NAMES)), card)
    card["parity"] = check_parity(task, said, scorer.predict(study.features))
    card["drivers"] = find_drivers(scorer, known, as_of, seed=seed)
    progress("export", 1.0)
    return Trained(task, days, as_of, sufficiency, card, network, model, held)


def check_parity(task: Task, ours: Floats, served: Floats) -> float:
    """The largest difference between the trainer's scores and the network's, relative for money; ArtefactError
    above 1e-4."""
    scale = 1.0 if task == CHURN else np.maximum(np.abs(ours), 1.0)
    gap = float(np.max(np.abs(ours - served) / scale))
    if not gap <= PARITY:
        raise ArtefactError(f"The network differs from the trained model by {gap:.1e}: not exported.")
    return gap


def challenge(trained: Trained, champion: Scorer) -> Gain | None:
    """How much less the newly trained model loses than a champion on the last closed window.

    None without such a window, or when the champion looks another number of days ahead.
    """
    held = trained.hold_out
    if held is None or held.horizon_days != champion.serving.horizon_days:
        return None
    ours, theirs = held.predicted, champion.predict(held.features)
    return paired_gain(losses(held.task, held.actual, ours), losses(held.task, held.actual, theirs))


def _range(model: ValueModel, study: Study, held: HoldOut | None, seed: int) -> Any:
    if held is not None and held.horizon_days == study.serving.horizon_days:
        return fit_range(held.predicted, held.actual)
    history = History.of(study.features)
    drawn = simulated_spend(study.serving.rhythm, history, study.serving.horizon_days, seed=seed)
    return fit_range(model.predict(study.features), drawn)


def _card(task: Task, study: Study, model: Model, held: HoldOut | None, said: Floats) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "task": task,
        "as_of": day_date(study.as_of).isoformat(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "horizon_days": study.serving.horizon_days,
        "learnt_days": study.serving.learnt_days,
        "members": list(model.members),
        "features": list(FEATURE_NAMES),
        "inputs": list(INPUT_NAMES),
        "history": [day_date(day).isoformat() for day in (study.purchases.first_day, study.purchases.last_day)],
        "cut_offs": [day_date(window.as_of).isoformat() for window in study.windows],
        "customers": len(study.features),
        "rows": sum(len(window) for window in study.windows),
        "serving": model.serving.as_json(),
        "typical": Typical.of(study.features).as_json(),
        "spread": {name: spread_of(study.features.column(name)) for name in FEATURE_NAMES},
        "bands": _bands(task, said, study.features),
        "hold_out": _measured(held) if held else None,
        "versions": {name: version(name) for name in ("numpy", "lightgbm", "onnx", "onnxruntime")}
        | {"python": platform.python_version()},
    }


def _bands(task: Task, values: Floats, features: Features) -> dict[str, Any]:
    counted = features.column("recency_days") <= LAPSED_DAYS if task == CHURN else values > 0
    chosen = values[counted] if counted.any() else values
    return {"edges": [float(edge) for edge in np.quantile(chosen, BAND_SHARES[task])]}


def _measured(held: HoldOut) -> dict[str, Any]:
    flagged, counted = _flagged(held), _not_lapsed(held)
    return {
        "as_of": day_date(held.features.as_of).isoformat(),
        "horizon_days": held.horizon_days,
        "customers": len(held.actual),
        "members": list(held.members),
        "views": held.views(),
        "gains": {name: asdict(gain) for name, gain in held.gains().items()},
        "beats_simple": held.beats_simple,
        "tenths": tenths(held.actual, held.predicted),
        "top_band": {"customers": int(flagged.sum()), "actual": float(held.actual[flagged].sum())},
        "all_bands": {"customers": int(counted.sum()), "actual": float(held.actual[counted].sum())},
    }


def _flagged(held: HoldOut) -> Any:
    """Who stood in the uppermost band on the hold-out."""
    edge = _bands(held.task, held.predicted, held.features)["edges"][-1]
    return (held.predicted >= edge) & _not_lapsed(held)


def _not_lapsed(held: HoldOut) -> Any:
    """Of whom a risk is said [n]: who left long ago is in no band, and would make any share of leavers look usual."""
    recent = held.features.column("recency_days") <= LAPSED_DAYS
    return recent if held.task == CHURN else np.ones(len(recent), dtype=bool)

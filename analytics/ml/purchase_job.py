"""Learns churn or expected value from customer-days in a folder, as the child process is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from analytics.ml.artefact import ArtefactError
from analytics.ml.cluster import ClusterError, joined
from analytics.ml.holdout import HoldOut
from analytics.ml.parts import load_part, part_files
from analytics.ml.score import load_scorer
from analytics.ml.survey import SEED, Survey
from analytics.ml.training import Trained, challenge, train

Say = Callable[[str, float], None]


def save_hold_out(held: HoldOut, path: Path) -> None:
    """Who was in it, what the model said and what came: three columns of equal length."""
    with path.open("wb") as file:
        np.savez(file, ids=held.features.customer_ids, predicted=held.predicted, actual=held.actual)


def learn(request: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Train `request["learns"]` (churn or cltv) and save it; see `analytics.learning.SubjectWork.JOB`."""
    trained, cluster = _trained(request, say)
    if trained.network is not None:
        trained.save(Path(request["folder"]))
    if trained.hold_out is not None:
        save_hold_out(trained.hold_out, Path(request["held"]))
    return {
        "sufficiency": asdict(trained.sufficiency),
        "horizon_days": trained.horizon_days,
        "is_saved": trained.network is not None,
        "is_servable": trained.is_servable,
        "gain": _gain(trained, request["champion"]),
        "cluster": cluster,
        "measured": trained.hold_out.views().get("recent180", {}).get("product", {}) if trained.hold_out else {},
    }


def _trained(request: Mapping[str, Any], say: Say) -> tuple[Trained, dict[str, Any] | None]:
    """On the cluster request["scheduler"] where there is one; from the start and here if that can't be done.

    Hold-out and final model are made in one way: half there and half here would measure something else than it serves.
    """
    parts, as_of = Path(request["parts"]), request["as_of"]
    seen = Survey.load(parts)
    learn_it = partial(
        train, request["learns"], seen.sample, as_of=as_of, progress=say, seed=SEED, sufficiency=seen.sufficiency,
        horizon_days=request["horizon_days"] or seen.horizon_days,  # only churn leaves it open
    )  # fmt: skip
    address = request.get("scheduler")
    if not address:
        return learn_it(), None
    try:
        with joined(address, (load_part(path).before(as_of) for path in part_files(parts))) as cluster:
            return learn_it(grower=cluster), cluster.as_json()
    except ClusterError as error:
        return learn_it(), error.as_json()


def _gain(trained: Trained, champion: str | None) -> dict[str, float] | None:
    """How much better than the model in use; None where they can't be compared."""
    if champion is None or trained.hold_out is None:
        return None
    try:
        gain = challenge(trained, load_scorer(Path(champion)))
    except ArtefactError:
        return None
    return asdict(gain) if gain else None

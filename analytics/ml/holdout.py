"""The temporal hold-out: every candidate and baseline on the last closed window, learned only from what came before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.ml.baselines import churn_baselines, value_baselines
from analytics.ml.champion import largest_unless_beaten
from analytics.ml.churn import ChurnModel
from analytics.ml.features import Features
from analytics.ml.growing import HERE, Grower
from analytics.ml.heads import platt
from analytics.ml.inputs import logit, sigmoid
from analytics.ml.ladder import NEEDED_CUSTOMERS
from analytics.ml.metrics import Gain, churn_metrics, log_losses, paired_gain, value_metrics
from analytics.ml.purchases import Floats, Purchases
from analytics.ml.score import CHURN, LAPSED_DAYS, Task
from analytics.ml.serving import LEFT
from analytics.ml.study import Study
from analytics.ml.value import ValueModel
from analytics.ml.windows import SHORTER_HORIZONS, cut_offs, outcomes

Model = ChurnModel | ValueModel
SIMPLE = {"churn": ("recency", "base_rate"), "cltv": ("mean", "own_mean", "last_window")}


@dataclass(frozen=True, eq=False)
class HoldOut:
    """Predictions [n] by the best candidate (`members`) and by each baseline, and what happened (`actual` [n]).

    `is_smaller_better`: the largest ensemble that the data could carry lost to a smaller one.
    """

    task: Task
    horizon_days: int
    features: Features
    members: tuple[str, ...]
    is_smaller_better: bool
    actual: Floats
    predicted: Floats
    baselines: dict[str, Floats]

    def losses(self, predicted: Floats) -> Floats:
        """What each customer's prediction lost [n]: log loss, or absolute money."""
        return losses(self.task, self.actual, predicted)

    def gains(self) -> dict[str, Gain]:
        """How much less the product loses than each simple baseline."""
        ours = self.losses(self.predicted)
        named = {name: self.baselines[name] for name in SIMPLE[self.task] if name in self.baselines}
        return {name: paired_gain(ours, self.losses(theirs)) for name, theirs in named.items()}

    @property
    def beats_simple(self) -> bool:
        """No simple baseline is really better."""
        return all(gain.high > 0 for gain in self.gains().values())

    def views(self) -> dict[str, Any]:
        """Metrics of product and baselines: of those who bought in the last 180 days, and of everybody."""
        return views(self.task, self.features, self.actual, self.predicted, self.baselines)


def losses(task: Task, actual: Floats, predicted: Floats) -> Floats:
    """Log loss [n] of a probability, or absolute error [n] of money."""
    return log_losses(actual, predicted) if task == CHURN else np.abs(actual - predicted)


def views(
    task: Task, features: Features, actual: Floats, predicted: Floats, baselines: dict[str, Floats]
) -> dict[str, Any]:
    """`{"recent180": {"product": {…}, "baselines": {name: {…}}}, "all": {…}}`; a view of nobody is left out."""
    chosen = {"recent180": features.column("recency_days") <= LAPSED_DAYS, "all": np.ones(len(features), dtype=bool)}
    return {
        view: {
            "product": measure(task, actual[rows], predicted[rows]),
            "baselines": {name: measure(task, actual[rows], theirs[rows]) for name, theirs in baselines.items()},
        }
        for view, rows in chosen.items()
        if rows.any()
    }


def measure(task: Task, actual: Floats, predicted: Floats) -> dict[str, float | None]:
    """The task's metrics; None where a metric is not defined, as an AUC of one class."""
    found = (churn_metrics if task == CHURN else value_metrics)(actual, predicted)
    return {name: value if np.isfinite(value) else None for name, value in found.items()}


def fit_model(task: Task, study: Study, members: tuple[str, ...], *, seed: int, grower: Grower = HERE) -> Model:
    """One candidate on all closed windows of the study."""
    if task == CHURN:
        return ChurnModel(study.serving, members=members, seed=seed, grower=grower).fit(study.windows)
    model = ValueModel(study.serving, members=members, seed=seed, grower=grower)
    return model.fit(study.windows).settle(study.features)


def actual_outcomes(task: Task, purchases: Purchases, features: Features, horizon_days: int) -> Floats:
    """1 for who stayed away or net money [n] in the horizon after `features.as_of`."""
    spend, left = outcomes(purchases, features, horizon_days)
    return left if task == CHURN else spend


def hold_out(
    task: Task, purchases: Purchases, as_of: int, horizon_days: int, *, seed: int, grower: Grower = HERE
) -> HoldOut | None:
    """The window that closed when `as_of` began; None when nobody was known before it.

    A shop too young to have learned anything before a window of the whole horizon is measured on a shorter one, as
    `HoldOut.horizon_days` says; failing that on the whole one with the BG/NBD alone.
    """
    shorter = (days for days in SHORTER_HORIZONS if days < horizon_days)
    first = purchases.first_day
    learned = (days for days in (horizon_days, *shorter) if cut_offs(first, as_of - days, days))
    days = next(learned, horizon_days)
    known = purchases.before(as_of - days).buys()
    if len(known) < NEEDED_CUSTOMERS:
        return None
    return _measured(task, purchases, Study.of(purchases, as_of - days, days), seed, grower)


def _measured(task: Task, purchases: Purchases, study: Study, seed: int, grower: Grower) -> HoldOut:
    days = study.serving.horizon_days
    actual = actual_outcomes(task, purchases, study.features, days)
    models = {members: fit_model(task, study, members, seed=seed, grower=grower) for members in study.rungs}
    tried = {members: model.predict(study.features) for members, model in models.items()}
    best = choose(task, actual, tried)
    if task == CHURN:  # whose trees are one of the simple methods, too: not grown twice
        baselines = churn_baselines(study, seed=seed, booster=models[study.rungs[-1]].heads_[LEFT].booster)
    else:
        baselines = value_baselines(study, seed=seed)
    return HoldOut(task, days, study.features, best, best != study.rungs[-1], actual, tried[best], baselines)


def choose(task: Task, actual: Floats, tried: dict[tuple[str, ...], Floats]) -> tuple[str, ...]:
    """The largest ensemble, unless a smaller one is really better: the mean of methods is the safer bet.

    Chances are compared after the same two-number calibration on this window, so that the order counts and not the
    level, which the next windows correct anyway.
    """
    fair = {
        members: _levelled(actual, predicted) if task == CHURN else predicted for members, predicted in tried.items()
    }
    return largest_unless_beaten({members: losses(task, actual, predicted) for members, predicted in fair.items()})


def _levelled(actual: Floats, predicted: Floats) -> Floats:
    slope, shift = platt(logit(predicted), actual)
    return sigmoid(slope * logit(predicted) + shift)

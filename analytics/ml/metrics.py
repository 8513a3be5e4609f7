"""Measures of probabilities and amounts in plain numpy, and the paired bootstrap that compares two models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.ml.purchases import Floats, Ints

TINY = 1e-12
CENT = 0.01


def ranks(values: Floats) -> Floats:
    """Average ranks from 1, ties shared [n]."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)


def auc(outcome: Floats, score: Floats) -> float:
    """Area under the ROC curve; nan when only one outcome occurs."""
    positive = outcome > 0
    hits, misses = int(positive.sum()), int((~positive).sum())
    if not hits or not misses:
        return float("nan")
    return float((ranks(score)[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))


def pr_auc(outcome: Floats, score: Floats) -> float:
    """Average precision: the area under the precision-recall curve by steps, ties as one step."""
    hits = outcome.sum()
    if not hits:
        return float("nan")
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[order], append=np.nan) != 0)
    caught = np.cumsum(outcome[order])[ends]
    gained = np.diff(caught, prepend=0.0)
    return float(np.sum(gained * caught / (ends + 1)) / hits)


def brier(outcome: Floats, probability: Floats) -> float:
    """Mean squared error of a probability."""
    return float(np.mean((probability - outcome) ** 2))


def log_losses(outcome: Floats, probability: Floats) -> Floats:
    """Negative log likelihood of each outcome [n]."""
    safe = np.clip(probability, TINY, 1 - TINY)
    return -(outcome * np.log(safe) + (1 - outcome) * np.log1p(-safe))


def log_loss(outcome: Floats, probability: Floats) -> float:
    """Mean negative log likelihood."""
    return float(np.mean(log_losses(outcome, probability)))


def ece(outcome: Floats, probability: Floats, *, bins: int = 10) -> float:
    """Expected calibration error over bins of equal size."""
    parts = [part for part in np.array_split(np.argsort(probability, kind="stable"), bins) if len(part)]
    gaps = [abs(probability[part].mean() - outcome[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(outcome))


def tenths(actual: Floats, predicted: Floats) -> list[dict[str, float]]:
    """The calibration picture: in each tenth of the predictions how many, what was said and what came."""
    parts = [part for part in np.array_split(np.argsort(predicted, kind="stable"), 10) if len(part)]
    return [
        {"customers": len(part), "predicted": float(predicted[part].mean()), "actual": float(actual[part].mean())}
        for part in parts
    ]


def ece_by_chance(probability: Floats, *, seed: int = 0, draws: int = 50) -> float:
    """The calibration error that chances would show if they were right: few customers scatter around any chance."""
    rng = np.random.default_rng(seed)
    came = ((rng.random(len(probability)) < probability).astype(np.float64) for _ in range(draws))
    return float(np.mean([ece(outcome, probability) for outcome in came]))


def covered(actual: Floats, low: Floats, high: Floats) -> float:
    """The share of outcomes within their ranges, to a cent."""
    return float(np.mean((actual >= low - CENT) & (actual <= high + CENT)))


def lift(outcome: Floats, score: Floats, *, share: float = 0.1) -> float:
    """How many times more often the outcome occurs among the top `share` than among all."""
    return top_share(outcome, score, share=share) * len(score) / _many(score, share)


def churn_metrics(outcome: Floats, probability: Floats) -> dict[str, float]:
    """All measures of a probability of leaving; `outcome` is 1 for who left."""
    return {
        "auc": auc(outcome, probability),
        "pr_auc": pr_auc(outcome, probability),
        "brier": brier(outcome, probability),
        "log_loss": log_loss(outcome, probability),
        "ece": ece(outcome, probability),
        "lift10": lift(outcome, probability),
    }


def spearman(actual: Floats, predicted: Floats) -> float:
    """Rank correlation with shared ranks; 0 when one side is constant."""
    first, second = ranks(actual), ranks(predicted)
    first, second = first - first.mean(), second - second.mean()
    scale = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / scale) if scale else 0.0


def top_share(actual: Floats, score: Floats, *, share: float = 0.1) -> float:
    """Part of all money that the top `share` by `score` brought; of equal scores each counts in part."""
    total, many = actual.sum(), _many(score, share)
    edge = np.sort(score)[-many]
    above, level = score > edge, score == edge
    found = actual[above].sum() + actual[level].mean() * (many - above.sum())
    return float(found / total) if total else float("nan")


def value_metrics(actual: Floats, predicted: Floats) -> dict[str, float]:
    """All measures of predicted money; `top10` is the share of the best tenth as predicted, `top10_best` as it was.

    `total_error` is signed: 0.1 means that the sum was predicted a tenth too high.
    """
    total = actual.sum()
    return {
        "mae": float(np.abs(actual - predicted).mean()),
        "rmse": float(np.sqrt(np.mean((actual - predicted) ** 2))),
        "spearman": spearman(actual, predicted),
        "total_error": float(predicted.sum() / total - 1) if total else float("nan"),
        "top10": top_share(actual, predicted),
        "top10_best": top_share(actual, actual),
    }


@dataclass(frozen=True)
class Gain:
    """How much less one model loses than another, with the 95 % percentile interval of resamples and their spread.

    The interval of a measure that leans in resamples, as a calibration error does, need not hold `value`.
    """

    value: float
    low: float
    high: float
    error: float

    @property
    def is_real(self) -> bool:
        """What was measured and the whole interval are on the good side."""
        return min(self.value, self.low) > 0


def paired_gain(ours: Floats, theirs: Floats, *, seed: int = 0, draws: int = 1000) -> Gain:
    """Mean of theirs - ours over the same rows [n], where each entry is a loss, resampling rows with replacement."""
    difference = theirs - ours
    rng = np.random.default_rng(seed)
    means = np.array([difference[_draw(rng, len(difference))].mean() for _ in range(draws)])
    return _gain(float(difference.mean()), means)


def bootstrap_gain(measure: Callable[[Ints], float], rows: int, *, seed: int = 0, draws: int = 300) -> Gain:
    """The interval of any measure of a resample, given as row numbers, such as a difference of two AUCs."""
    rng = np.random.default_rng(seed)
    values = np.array([measure(_draw(rng, rows)) for _ in range(draws)])
    return _gain(measure(np.arange(rows)), values)


def _gain(value: float, resampled: Floats) -> Gain:
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return Gain(value, float(low), float(high), float(np.nanstd(resampled)))


def _draw(rng: np.random.Generator, rows: int) -> Ints:
    return rng.integers(0, rows, rows)


def _many(score: Floats, share: float) -> int:
    return max(1, round(share * len(score)))

"""Whether a model keeps its promise: what it said beside what came, over several months and surely, in plain numpy.

The cheaper cure comes first: where only the level is off, one number is fitted; only what is still worse than its
promise and than a simple rule or a former version with the same help is sent back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.ml.inputs import logit, sigmoid
from analytics.ml.purchases import Floats, Ints

Kind = Literal["chance", "money"]
Word = Literal["thin", "fine", "level", "bad"]

FEWEST_ROWS, FEWEST_EACH, FEWEST_WINDOWS, FEWEST_IN_WINDOW = 150, 20, 3, 30
SURELY = 3.3  # standard errors: noise does this once in two thousand, and a month brings one look
LEAST_SHIFT = 0.2  # in log odds, or as the logarithm of a factor of money: less is not worth the unrest
MOST_SHIFT = 3.0


@dataclass(frozen=True, eq=False)
class Closed:
    """n predictions whose time is over: about whom, said in which month, what was said without any level, what came."""

    subjects: Ints
    windows: Ints
    said: Floats
    outcome: Floats

    def __len__(self) -> int:
        return len(self.outcome)


@dataclass(frozen=True, eq=False)
class Rivals:
    """What the model is held against on the same rows: its promised loss, the rule, and a former version."""

    rule: Floats
    promise: float | None = None
    former: Floats | None = None


@dataclass(frozen=True)
class Verdict:
    """`word` says what follows; `level` is the level that fits; losses are mean Brier scores or absolute errors.

    `to_former`: the former version would have been no worse than the rule, so that it may serve again.
    """

    word: Word
    rows: int = 0
    windows: int = 0
    level: float = 0.0
    loss: float = 0.0
    rule_loss: float = 0.0
    former_loss: float | None = None
    promise: float | None = None
    said: float = 0.0
    came: float = 0.0
    to_former: bool = False


def levelled(kind: Kind, said: Floats, level: float) -> Floats:
    """What is said [n] with this level: added to log odds, or a factor of money."""
    if not level:
        return said
    return sigmoid(logit(said) + level) if kind == "chance" else said * float(np.exp(level))


def losses(kind: Kind, outcome: Floats, said: Floats) -> Floats:
    """Brier score or absolute error [n]: bounded or robust, so that a mean of them can be trusted."""
    return (said - outcome) ** 2 if kind == "chance" else np.abs(said - outcome)


def fit_level(kind: Kind, outcome: Floats, said: Floats) -> float:
    """The one number with which in all as much was said as came."""
    if kind == "money":
        total = float(said.sum())
        factor = float(outcome.sum()) / total if total > 0 else 1.0
        return float(np.clip(np.log(factor), -MOST_SHIFT, MOST_SHIFT)) if factor > 0 else -MOST_SHIFT
    low, high = -MOST_SHIFT, MOST_SHIFT
    for _step in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(logit(said) + middle).mean() < outcome.mean() else (low, middle)
    return (low + high) / 2


def is_surely_more(ours: Floats, theirs: Floats | float, rows: Closed) -> bool:
    """Whether ours lose more: in every month, and in all by more than noise, counting each subject once."""
    more = ours - theirs
    means = [more[rows.windows == window].mean() for window in np.unique(rows.windows)]
    return min(means) > 0 and _certainty(more, rows.subjects) > SURELY


def _certainty(more: Floats, subjects: Ints) -> float:
    """The mean in standard errors, where rows of one subject are one witness."""
    _ids, at = np.unique(subjects, return_inverse=True)
    mean = more.mean()
    sums = np.bincount(at, more - mean)
    noise = float(np.sqrt((sums**2).sum())) / len(more)
    return float(mean / noise) if noise > 0 else (np.inf if mean > 0 else 0.0)


def enough(rows: Closed) -> Closed:
    """The months with enough rows to count."""
    months, counts = np.unique(rows.windows, return_counts=True)
    keep = np.isin(rows.windows, months[counts >= FEWEST_IN_WINDOW])
    return Closed(rows.subjects[keep], rows.windows[keep], rows.said[keep], rows.outcome[keep])


def is_thin(kind: Kind, rows: Closed) -> bool:
    """Too few rows, months or outcomes of one kind for any verdict."""
    if len(rows) < FEWEST_ROWS or len(np.unique(rows.windows)) < FEWEST_WINDOWS:
        return True
    yes = float((rows.outcome > 0).sum())
    return kind == "chance" and min(yes, len(rows) - yes) < FEWEST_EACH


def judge(kind: Kind, rows: Closed, rivals: Rivals, *, level: float = 0.0) -> Verdict:
    """What has to follow from these rows, where `level` is in force now."""
    if is_thin(kind, rows):
        return Verdict("thin", len(rows), len(np.unique(rows.windows)), level)
    served = levelled(kind, rows.said, level)
    fitted = fit_level(kind, rows.outcome, rows.said)
    ours, cured = (losses(kind, rows.outcome, said) for said in (served, levelled(kind, rows.said, fitted)))
    is_off = abs(fitted - level) >= LEAST_SHIFT and _is_level_off(served, rows)
    best = cured if is_off else ours
    rule = _helped(kind, rows, rivals.rule, is_off)
    former = None if rivals.former is None else _helped(kind, rows, rivals.former, is_off)
    broke_promise = rivals.promise is None or is_surely_more(best, rivals.promise, rows)
    loses_to_rule = is_surely_more(best, rule, rows)
    loses_to_former = former is not None and is_surely_more(best, former, rows)
    is_bad = broke_promise and (loses_to_rule or loses_to_former)
    return Verdict(
        "bad" if is_bad else "level" if is_off else "fine",
        len(rows), len(np.unique(rows.windows)), fitted if is_off and not is_bad else level,
        float(ours.mean()), float(rule.mean()), float(former.mean()) if former is not None else None, rivals.promise,
        float(served.mean()), float(rows.outcome.mean()),
        to_former=former is not None and not is_surely_more(former, rule, rows),
    )  # fmt: skip


def _is_level_off(served: Floats, rows: Closed) -> bool:
    """In every month too much was said, or in every month too little, and in all by more than noise."""
    off = served - rows.outcome
    sign = 1.0 if off.mean() > 0 else -1.0
    return is_surely_more(sign * off, 0.0, rows)


def _helped(kind: Kind, rows: Closed, said: Floats, is_off: bool) -> Floats:
    """The losses of a rival, who gets its level too where ours would get one: only then is it a fair comparison."""
    level = fit_level(kind, rows.outcome, said) if is_off else 0.0
    return losses(kind, rows.outcome, levelled(kind, said, level))

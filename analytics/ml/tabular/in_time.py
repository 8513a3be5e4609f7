"""The temporal hold-out of a frame: learn from what was known when a window began, measure on what came in it."""

from __future__ import annotations

import time as clock
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analytics.ml.metrics import auc
from analytics.ml.purchases import Ints
from analytics.ml.tabular.baselines import simple_chances
from analytics.ml.tabular.frame import Frame
from analytics.ml.tabular.holdout import HeldOut
from analytics.ml.tabular.model import ChanceModel

WINDOWS = 5
FEWEST_OF_EACH = 10  # outcomes of each kind that a window has to have before it to be measured


@dataclass(frozen=True, eq=False)
class InTime:
    """What was held out: `rows` are the measured rows of the frame, one of each group in a window."""

    held: HeldOut
    rows: Ints
    first_day: int

    @property
    def auc(self) -> float:
        """Of the product on the measured rows."""
        return auc(self.held.outcome, self.held.predicted)


def hold_out_in_time(frame: Frame, *, seed: int) -> InTime | None:
    """Five windows over the later half; None where no window has enough of both outcomes before it.

    Of several rows of one group in a window one is drawn: what resembles itself proves nothing twice.
    """
    measured, began = [], clock.perf_counter()
    for learn, judge, first in _windows(frame, seed):
        seen, later = frame.keep(learn), frame.keep(judge)
        model = fit_frame(seen, seed=seed)
        simple = simple_chances(seen.columns, seen.outcome, later.columns, seed=seed)
        measured.append((judge, model.predict(later.columns), simple, model.members_, first))
    if not measured:
        return None
    rows = np.concatenate([one[0] for one in measured])
    sizes = [len(one[0]) for one in measured]
    names = ["+".join(one[3]) for one in measured]
    held = HeldOut(
        outcome=frame.outcome[rows],
        predicted=np.concatenate([one[1] for one in measured]),
        baselines={name: np.concatenate([one[2][name] for one in measured]) for name in measured[0][2]},
        parts=np.repeat(np.arange(len(sizes)), sizes),
        members={name: names.count(name) for name in sorted(set(names))},
        fit_seconds=clock.perf_counter() - began,
    )
    return InTime(held, rows, measured[0][4])


def fit_frame(frame: Frame, *, seed: int) -> ChanceModel:
    """The model of these rows; rows of one group stay together where rows are put aside to choose and calibrate."""
    groups = np.unique(frame.groups, return_inverse=True)[1]
    return ChanceModel(seed=seed).fit(frame.columns, frame.outcome, groups=groups)


def _windows(frame: Frame, seed: int) -> Iterator[tuple[Ints, Ints, int]]:
    """Rows to learn from, rows to measure on, and the day on which the window begins."""
    edges = _edges(np.sort(frame.days))
    for first, end in pairwise(edges):
        learn = np.flatnonzero(frame.known_on <= first)
        judge = _one_of_each(frame, np.flatnonzero((frame.days >= first) & (frame.days < end)), seed)
        if len(judge) and all(count >= FEWEST_OF_EACH for count in frame.keep(learn).counts()):
            yield learn, judge, first


def _edges(days: Ints) -> Sequence[int]:
    """The days on which windows begin, and the day after the last."""
    places = np.linspace(len(days) // 2, len(days), WINDOWS + 1).astype(int)[:-1]
    return [*sorted({int(days[place]) for place in places}), int(days[-1]) + 1]


def _one_of_each(frame: Frame, rows: Ints, seed: int) -> Ints:
    shuffled = np.random.default_rng(seed).permutation(rows)
    firsts = np.unique(frame.groups[shuffled], return_index=True)[1]
    return np.sort(shuffled[firsts])

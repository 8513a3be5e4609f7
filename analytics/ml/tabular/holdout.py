"""Chances for rows that were not learnt from: rolling on in time, or fold by fold where there is no time."""

from __future__ import annotations

import time as clock
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.ml.measuring import drawn
from analytics.ml.metrics import Gain, log_losses, paired_gain, ranks
from analytics.ml.purchases import Floats, Ints
from analytics.ml.tabular.baselines import simple_chances
from analytics.ml.tabular.model import ChanceModel, stratified_folds
from analytics.ml.tabular.table import Examples

FEWEST = 50
WINDOW_ROWS, HISTORY = 1000, 10  # a window is measured with at least so many windows before it to learn from
MOST_WINDOWS = 32
FEW_WINDOWS = 5
MOST_LEARNT = 30_000  # rows that one fit learns from, and
MOST_LEARNT_IN_ALL = 400_000  # that all fits together do: further windows are left out, evenly
MOST_MEASURED = 5_000  # rows of one window
MOST_IN_FOLDS = 50_000
FOLDS = 5
REPEAT_BELOW = 2000
REPEATS = 2
SURELY = 2.58  # standard errors


@dataclass(frozen=True, eq=False)
class HeldOut:
    """For m rows their outcome and chance by the product (`predicted`) and each simple method; `parts` [m] number the
    window or fold that a row was measured in. `members` counts how often each ensemble served."""

    outcome: Floats
    predicted: Floats
    baselines: dict[str, Floats]
    parts: Ints
    members: dict[str, int]
    fit_seconds: float

    def gain_over_base_rate(self) -> Gain:
        """How much less log loss than saying the same chance of everybody."""
        theirs = self.baselines["base_rate"]
        return paired_gain(log_losses(self.outcome, self.predicted), log_losses(self.outcome, theirs))

    @property
    def tells_apart(self) -> bool:
        """Within the windows yes stands before no by more than noise does once in two hundred tables."""
        return rank_surplus(self.outcome, self.predicted, self.parts) > SURELY

    @property
    def beats_base_rate(self) -> bool:
        """It tells rows apart, and its chances lose no more than the one chance said of everybody."""
        return self.tells_apart and self.gain_over_base_rate().value > 0


def rank_surplus(outcome: Floats, score: Floats, parts: Ints) -> float:
    """By how many standard errors yes outranks no, compared within each part only (van Elteren 1960)."""
    top, noise = 0.0, 0.0
    for part in np.unique(parts):
        here = parts == part
        yes, no = outcome[here].sum(), (1 - outcome[here]).sum()
        if not yes or not no:
            continue
        weight = 1 / (yes + no + 1)
        top += weight * (ranks(score[here])[outcome[here] > 0].sum() - yes * (yes + no + 1) / 2)
        noise += weight**2 * yes * no * (yes + no + 1) / 12
    return float(top / np.sqrt(noise)) if noise else 0.0


def hold_out(examples: Examples, *, seed: int) -> HeldOut | None:
    """Learn and measure split by split; None where no split has both outcomes to learn from."""
    found = [_measured(examples, learn, judge, fold_seed) for learn, judge, fold_seed in splits(examples, seed=seed)]
    if not found:
        return None
    rows = np.concatenate([judge for judge, *_ in found])
    order, again = np.unique(rows, return_inverse=True)
    times = np.bincount(again)

    def mean(parts: list[Floats]) -> Floats:
        return np.asarray(np.bincount(again, np.concatenate(parts)) / times)

    baselines = {name: mean([one[2][name] for one in found]) for name in found[0][2]}
    parts = np.zeros(len(order), np.int64)
    if examples.is_ordered:
        parts[again] = np.repeat(np.arange(len(found)), [len(one[0]) for one in found])
    members = [one[3] for one in found]
    counted = {name: members.count(name) for name in sorted(set(members))}
    took = sum(one[4] for one in found)
    return HeldOut(examples.outcome[order], mean([one[1] for one in found]), baselines, parts, counted, took)


def splits(examples: Examples, *, seed: int) -> Iterator[tuple[Ints, Ints, int]]:
    """Rows to learn from, rows to measure on, and a seed: windows in time, or repeated stratified folds."""
    pairs = _windows(len(examples), seed) if examples.is_ordered else _folds(examples, seed)
    for learn, judge, own in pairs:
        known = examples.outcome[learn]
        if min(known.sum(), (1 - known).sum()) >= FEWEST // 5:
            yield learn, judge, own


def _windows(rows: int, seed: int) -> Iterator[tuple[Ints, Ints, int]]:
    """Learn from what came before, measure on what came next: 10,000 rows and 1,000 where there are so many, wider
    windows for more; for fewer the later half in five windows, each with all that came before."""
    if rows >= WINDOW_ROWS * (HISTORY + FEW_WINDOWS):
        width = max(WINDOW_ROWS, (rows - HISTORY * WINDOW_ROWS) // MOST_WINDOWS)
        start, history = HISTORY * width, HISTORY * width
    else:
        start, history = rows // 2, rows
        width = max(1, -(-(rows - start) // FEW_WINDOWS))
    firsts = [first for first in range(start, rows, width) if min(first + width, rows) - first >= width // 2]
    count = max(FEW_WINDOWS, MOST_LEARNT_IN_ALL // min(history, MOST_LEARNT))
    if len(firsts) > count:
        firsts = [firsts[at] for at in np.linspace(0, len(firsts) - 1, count).round().astype(int)]
    for first in firsts:
        learn = np.arange(max(0, first - history), first)
        judge = np.arange(first, min(first + width, rows))
        learn, judge = (
            learn[drawn(len(learn), MOST_LEARNT, seed=seed)],
            judge[drawn(len(judge), MOST_MEASURED, seed=seed)],
        )
        yield learn, judge, seed


def thinning(examples: Examples) -> str | None:
    """What of a long table is not used, in words; None where all of it is."""
    rows = len(examples)
    if not examples.is_ordered:
        words = f"Folds are of {MOST_IN_FOLDS} of the {rows} rows, drawn with the seed."
        return words if rows > MOST_IN_FOLDS else None
    width = max(WINDOW_ROWS, (rows - HISTORY * WINDOW_ROWS) // MOST_WINDOWS)
    if HISTORY * width <= MOST_LEARNT_IN_ALL // MOST_WINDOWS:
        return None
    return (
        f"Of {rows} rows each of at most {MOST_LEARNT_IN_ALL // min(HISTORY * width, MOST_LEARNT)} windows learns from"
        f" {MOST_LEARNT} before it and measures {MOST_MEASURED} in it at most, drawn with the seed."
    )


def _folds(examples: Examples, seed: int) -> Iterator[tuple[Ints, Ints, int]]:
    if len(examples) > MOST_IN_FOLDS:
        some = drawn(len(examples), MOST_IN_FOLDS, seed=seed)
        groups = None if examples.groups is None else np.unique(examples.groups[some], return_inverse=True)[1]
        folds = stratified_folds(examples.outcome[some], FOLDS, seed=seed, groups=groups)
        yield from ((some[folds != fold], some[folds == fold], seed) for fold in range(FOLDS))
        return
    for repeat in range(REPEATS if len(examples) < REPEAT_BELOW else 1):
        folds = stratified_folds(examples.outcome, FOLDS, seed=seed + repeat, groups=examples.groups)
        for fold in range(FOLDS):
            yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold), seed + repeat


def _measured(
    examples: Examples, learn: Ints, judge: Ints, seed: int
) -> tuple[Ints, Floats, dict[str, Floats], str, float]:
    seen, later = ([column.keep(rows) for column in examples.columns] for rows in (learn, judge))
    outcome, started = examples.outcome[learn], clock.perf_counter()
    model = ChanceModel(time=examples.calendar, is_ordered=examples.is_ordered, seed=seed).fit(seen, outcome)
    took = clock.perf_counter() - started
    told = [at for at, column in enumerate(seen) if column.name != examples.calendar]
    simple = simple_chances([seen[at] for at in told], outcome, [later[at] for at in told], seed=seed)
    return judge, model.predict(later), simple, "+".join(model.members_), took

"""The chance of a yes for a row of any table: regularised logistic regression and boosted trees, calibrated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.champion import Members, largest_unless_beaten
from analytics.ml.heads import LOGISTIC, TREES, Head, mean_head, platt
from analytics.ml.inputs import sigmoid
from analytics.ml.linear import fit_logistic
from analytics.ml.metrics import log_losses, paired_gain
from analytics.ml.purchases import Floats, Ints
from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.drift import SURELY_MOVES, movement
from analytics.ml.tabular.encoding import Encoder, Matrix

RUNGS: tuple[Members, ...] = ((TREES,), (LOGISTIC,), (LOGISTIC, TREES))
TREES_FROM, TREES_FROM_EVENTS = 500, 100
PENALTIES = (4.0, 40.0, 400.0)  # in rows
FEWEST_ROUNDS, MOST_ROUNDS = 150, 600
JUDGED_SHARE = 0.2
SLOPES = (0.85, 1.1)
FOLDS, FEW_ROWS = 3, 20_000
MORE_ROWS = 1.1  # all rows carry more trees than those without the judged ones
HALF_LIFE_SHARE = 1.0  # with a drift the oldest row counts half


@dataclass(frozen=True)
class TreeShape:
    """How a booster grows; the shape that loses least on the judged rows is taken."""

    leaves: int
    leaf_rows: int
    rate: float
    share: float

    def settings(self, seed: int) -> dict[str, object]:
        """As LightGBM names them."""
        return {
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.leaf_rows,
            "learning_rate": self.rate,
            "feature_fraction": self.share,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 10.0,
            "seed": seed,
        }


SHAPES = (TreeShape(6, 40, 0.04, 0.4), TreeShape(24, 20, 0.04, 0.6))


class ChanceModel:
    """P(yes) of a row.

    `fit` sets `encoder_`, `members_` (which estimators serve), `head_`, and `drifts_`: the rows stand in the order of
    a time along which the outcome moves, so that the latest weigh most and judge.
    """

    def __init__(self, *, time: str | None = None, is_ordered: bool = False, seed: int = 0) -> None:
        self.time = time
        self.is_ordered = is_ordered
        self.seed = seed
        self._groups: Ints | None = None

    def fit(self, columns: Sequence[Column], outcome: Floats, *, groups: Ints | None = None) -> ChanceModel:
        """Learn from columns of n rows, in the order of time where `is_ordered`, and outcomes [n] of 0 and 1.

        Rows of one group (numbered from 0 [n]) are put aside together, and count together as one row.
        Members, shape and number of trees, and the calibration come from rows that were put aside; then all are fitted.
        """
        self.drifts_ = self.is_ordered and movement(outcome) > SURELY_MOVES
        self._groups = groups
        parts = list(self._parts(outcome, groups))
        self.encoder_ = self.encoder()
        judged = [_Judged.of(self, columns, outcome, learn, judge) for learn, judge in parts]
        rows = np.concatenate([judge for _, judge in parts])
        with_trees = all(part.boosters for part in judged)
        shape = _shape(judged) if with_trees else None
        penalty = _penalty(judged)
        margins = _joined(judged, penalty, shape)
        self.members_ = choose(margins, outcome[rows])
        inputs = self.encoder_.fit_transform(columns, outcome)
        fits = {LOGISTIC: lambda: self._linear(inputs, outcome, penalty)}
        if shape is not None:
            fits[TREES] = lambda: self._trees(inputs, outcome, judged, shape)
        head = mean_head([fits[member]() for member in self.members_])
        slope, shift = platt(margins[self.members_], outcome[rows], trust=self._trust)
        if self.drifts_:  # all rows already brought the level up to date, and the spread holds for one time only
            slope = float(np.clip(slope, *SLOPES))
            shift = (1 - slope) * float(head.margin(inputs).mean())
        self.head_ = head.stretched(slope, shift)
        return self

    def predict(self, columns: Sequence[Column]) -> Floats:
        """P(yes) [n]."""
        return sigmoid(self.head_.margin(self.encoder_.transform(columns)))

    def encoder(self) -> Encoder:
        """An encoder that has learnt nothing yet."""
        rows_each = 1.0 if self._groups is None else len(self._groups) / (int(self._groups.max()) + 1)
        return Encoder(time=self.time, bends=not self.drifts_, seed=self.seed, rows_each=rows_each)

    def weight(self, rows: Ints) -> Floats | None:
        """How much each of these rows counts [n]: together as much as there are groups; with a drift the latest most,
        their mean is 1."""
        if self._groups is not None:
            return np.asarray(1 / np.bincount(self._groups[rows])[self._groups[rows]])
        if not self.drifts_:
            return None
        age = np.arange(len(rows))[::-1] / (HALF_LIFE_SHARE * len(rows))
        halved = np.asarray(0.5**age)
        return halved / float(halved.mean())

    @property
    def _trust(self) -> float:
        """Rows that speak against bending the calibration: what the last of a time say may be of that time only."""
        return 1000.0 if self.drifts_ else 50.0

    def _parts(self, outcome: Floats, groups: Ints | None) -> Iterator[tuple[Ints, Ints]]:
        """Rows to learn from and rows to judge on: the last fifth with a drift, else folds with equal shares of yes."""
        rows = len(outcome)
        if self.drifts_:
            cut = int(rows * (1 - JUDGED_SHARE))
            yield np.arange(cut), np.arange(cut, rows)
            return
        count = FOLDS if rows < FEW_ROWS else round(1 / JUDGED_SHARE)
        folds = stratified_folds(outcome, count, seed=self.seed, groups=groups)
        for fold in range(FOLDS if rows < FEW_ROWS else 1):
            yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)

    def _linear(self, inputs: Matrix, outcome: Floats, penalty: float) -> Head:
        return logistic(inputs, outcome, self.encoder_.uses_, self.weight(np.arange(len(outcome))), penalty=penalty)

    def _trees(self, inputs: Matrix, outcome: Floats, judged: Sequence[_Judged], shape: TreeShape) -> Head:
        from analytics.ml.trees import fit_rounds

        best = float(np.mean([part.rounds[shape] for part in judged]))
        least = FEWEST_ROUNDS if self.drifts_ else 1  # there the judged rows also differ by their level
        rounds = min(max(round(best * MORE_ROWS), least), MOST_ROUNDS)
        seen, weight = for_trees(inputs, self.encoder_.uses_), self.weight(np.arange(len(outcome)))
        booster = fit_rounds(seen, outcome, shape.settings(self.seed), rounds=rounds, weight=weight)
        return Head(np.zeros(inputs.shape[1]), 0.0, booster, 1.0)


@dataclass(frozen=True, eq=False)
class _Judged:
    """What estimators that were fitted on other rows say of these [m]: margins by penalty and by shape of the trees,
    and how many trees lost least."""

    outcome: Floats
    linear: dict[float, Floats]
    boosters: dict[TreeShape, Floats]
    rounds: dict[TreeShape, int]

    @classmethod
    def of(cls, model: ChanceModel, columns: Sequence[Column], outcome: Floats, learn: Ints, judge: Ints) -> _Judged:
        encoder = model.encoder()
        inputs = encoder.fit_transform([column.keep(learn) for column in columns], outcome[learn])
        others = encoder.transform([column.keep(judge) for column in columns])
        weight = model.weight(learn)
        linear = {
            penalty: logistic(inputs, outcome[learn], encoder.uses_, weight, penalty=penalty).margin(others)
            for penalty in PENALTIES
        }
        found = cls(outcome[judge], linear, {}, {})
        if len(outcome) >= TREES_FROM and min(outcome[learn].sum(), (1 - outcome[learn]).sum()) >= TREES_FROM_EVENTS:
            seen = (for_trees(inputs, encoder.uses_), outcome[learn], weight)
            found.grow(seen, for_trees(others, encoder.uses_), model)
        return found

    def grow(self, learn: tuple[Matrix, Floats, Floats | None], unseen: Matrix, model: ChanceModel) -> None:
        """Add trees of every shape, learnt from a matrix, its outcomes and how much each row counts."""
        from analytics.ml.trees import count_rounds, raw_scores

        judge = (unseen, self.outcome, None)
        for shape in SHAPES:
            booster = count_rounds(learn, judge, shape.settings(model.seed), most=MOST_ROUNDS)
            self.rounds[shape] = booster.best_iteration or booster.num_trees()
            self.boosters[shape] = raw_scores(booster, unseen)


def _penalty(judged: Sequence[_Judged]) -> float:
    """The one that loses least on all judged rows."""

    def loss(penalty: float) -> float:
        return sum(float(log_losses(part.outcome, sigmoid(part.linear[penalty])).sum()) for part in judged)

    return min(PENALTIES, key=loss)


def _shape(judged: Sequence[_Judged]) -> TreeShape:
    """The small one, unless the large one loses less by more than noise."""
    outcome = np.concatenate([part.outcome for part in judged])
    small, large = (
        log_losses(outcome, sigmoid(np.concatenate([part.boosters[shape] for part in judged]))) for shape in SHAPES
    )
    return SHAPES[1] if paired_gain(large, small).is_real else SHAPES[0]


def _joined(judged: Sequence[_Judged], penalty: float, shape: TreeShape | None) -> dict[Members, Floats]:
    """Margins of every ensemble on all judged rows, smallest ensemble first."""
    linear = np.concatenate([part.linear[penalty] for part in judged])
    if shape is None:
        return {(LOGISTIC,): linear}
    trees = np.concatenate([part.boosters[shape] for part in judged])
    return dict(zip(RUNGS, (trees, linear, (linear + trees) / 2), strict=True))


def choose(margins: dict[Members, Floats], outcome: Floats) -> Members:
    """The mean of both, unless one alone is really better, each after its own calibration."""
    losses = {}
    for members, margin in margins.items():
        slope, shift = platt(margin, outcome)
        losses[members] = log_losses(outcome, sigmoid(slope * margin + shift))
    return largest_unless_beaten(losses)


def logistic(inputs: Matrix, outcome: Floats, uses: Sequence[str], weight: Floats | None, *, penalty: float) -> Head:
    """Logistic regression on the columns that are meant for it."""
    chosen = np.array([use in ("both", "linear") for use in uses], dtype=bool)
    coef = np.zeros(inputs.shape[1])
    coef[chosen], intercept = fit_logistic(inputs[:, chosen], outcome, penalty=penalty, weight=weight)
    return Head(coef, intercept)


def for_trees(inputs: Matrix, uses: Sequence[str]) -> Matrix:
    """The matrix with the columns that trees don't need set to nothing, which they then never split on."""
    hidden = [at for at, use in enumerate(uses) if use in ("linear", "none")]
    if not hidden:
        return inputs
    seen = inputs.copy()
    seen[:, hidden] = 0.0
    return seen


def stratified_folds(
    outcome: Floats, folds: int, *, seed: int, groups: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """A fold for each row [n] with about equal shares of yes; rows of one group stay together."""
    rng = np.random.default_rng(seed)
    if groups is not None:
        of_group = rng.permutation(int(groups.max()) + 1) % folds
        return np.asarray(of_group[groups])
    found = np.empty(len(outcome), dtype=np.int64)
    for value in (0.0, 1.0):
        rows = np.flatnonzero(outcome == value)
        found[rng.permutation(rows)] = np.arange(len(rows)) % folds
    return found

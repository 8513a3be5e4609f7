"""What each customer will spend within the horizon: chance of buying times money of those who buy, with a range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analytics.ml.btyd import History
from analytics.ml.churn import fit_leaving
from analytics.ml.features import Features
from analytics.ml.growing import HERE, Grower, MoneyDraw, Rows
from analytics.ml.heads import BG_NBD, MEMBERS, TREES, Head, mean_head, money_heads, single_input
from analytics.ml.inputs import Rhythm, columns
from analytics.ml.purchases import Floats
from analytics.ml.serving import LEFT, MONEY, Serving, ValueRange
from analytics.ml.windows import Window

TRIM = 0.005
GIANT = 3.0
FEWEST_BUYERS = 100
MANY_BUYERS = 30_000  # below, trees only blur the money of the few large customers
SMALL_CHANGE = 0.15
BINS = 20
FEWEST_IN_BIN = 25
OUTSIDE = 0.1
YEAR = 365
FADING = 0.8  # of a year's money, the same customers spend this share in the next one: some leave, nobody joins
STEADINESS = 0.8
LEVEL = 1.1  # the next window is higher or lower than the last by about this factor
_PURCHASE_MONEY = columns(("log_purchase_money",))[0]


class ValueModel:
    """Expected net money within `serving.horizon_days`, in the currency of the purchases.

    `fit` takes closed windows at several cut-offs; without any the BG/NBD and Gamma-Gamma stand alone.
    """

    def __init__(
        self, serving: Serving, *, members: Sequence[str] = MEMBERS, seed: int = 0, grower: Grower = HERE
    ) -> None:
        self.serving = serving
        self.members = tuple(members)
        self.seed = seed
        self.grower = grower

    def fit(self, windows: Sequence[Window]) -> ValueModel:
        """Learn both margins, the level and what counts as nothing; sets `heads_`, completes `serving`."""
        heads = {
            LEFT: fit_leaving(windows, self.members, self.seed, self.grower),
            MONEY: _fit_money(windows, self.members, self.seed, self.grower),
        }
        self.heads_: dict[str, Head] = heads
        if windows:
            level, floor = self._scale(windows)
            self.serving = replace(self.serving, level=level, floor=floor)
        return self

    def settle(self, features: Features) -> ValueModel:
        """Draw the total down towards the last year's where the promise is longer than the windows it was learnt on.

        Windows within one year can't tell a good season from growth, and a promise of a year would carry the error on.
        The shorter the past, the less it is trusted. Up it draws nobody: a new shop's first customers fade quickly.
        """
        serving, past = self.serving, min(YEAR, int(features.column("tenure_days").max()))
        if serving.learnt_days == serving.horizon_days:
            return self
        expected = float(self.predict(features).sum())
        if not expected:
            return self
        ahead = serving.horizon_days * serving.season.factor(features.as_of, serving.horizon_days)
        behind = past * serving.season.factor(features.as_of - past, past)
        steady = FADING * float(features.column("spend_365").sum()) * ahead / behind
        drawn = min(steady / expected, 1.0) ** (STEADINESS * past / YEAR)
        self.serving = replace(serving, level=serving.level * drawn)
        return self

    def set_range(self, value_range: ValueRange) -> ValueModel:
        """Serve with this 80 % range."""
        self.serving = replace(self.serving, value_range=value_range)
        return self

    def predict(self, features: Features) -> Floats:
        """Expected money [n]."""
        return self.serving.value(features, self._margins(features))

    def _margins(self, features: Features) -> dict[str, Floats]:
        inputs = self.serving.inputs(features)
        return {name: head.margin(inputs) for name, head in self.heads_.items()}

    def _scale(self, windows: Sequence[Window]) -> tuple[float, float]:
        """`level`: money of the windows per predicted money, both without season; `floor`: a seventh of a usual day.

        What is rounded to nothing is not given to the others: that would overstate those who still buy.
        """
        spend = _trimmed(windows)
        inputs = np.vstack([window.inputs for window in windows])
        left, money = self.heads_[LEFT].margin(inputs), self.heads_[MONEY].margin(inputs)
        raw = np.exp(money) / (1 + np.exp(np.clip(left, -60, 60)))
        floor = SMALL_CHANGE * float(np.median(np.exp(inputs[:, _PURCHASE_MONEY].astype(np.float64))))
        return float(spend.sum() / raw.sum()), floor


def fit_range(predicted: Floats, actual: Floats) -> ValueRange:
    """The stretch with four fifths of the outcomes in each twentieth of the predictions, its top never falling.

    From nothing to the 80th percentile where a tenth or more spend nothing, else from the 10th to the 90th.
    """
    bins = min(BINS, len(predicted) // FEWEST_IN_BIN)
    if not bins:
        return ValueRange((), (), ())
    parts = np.array_split(np.argsort(predicted, kind="stable"), bins)
    middle = [float(predicted[part].mean()) for part in parts]
    edges = np.array([_edges(actual[part]) for part in parts])
    low, high = np.maximum(edges[:, 0], 0.0) / LEVEL, np.maximum.accumulate(edges[:, 1]) * LEVEL
    return ValueRange(tuple(middle), tuple(map(float, low)), tuple(map(float, high)))


def simulated_spend(rhythm: Rhythm, history: History, horizon_days: int, *, seed: int) -> Floats:
    """Money [n] drawn from BG/NBD and Gamma-Gamma, for ranges where no window has closed yet."""
    rng = np.random.default_rng(seed)
    any_purchase = 1 - rhythm.buying.no_purchase(history, horizon_days)
    more = np.maximum(rhythm.buying.purchases(history, horizon_days) / np.maximum(any_purchase, 1e-9) - 1, 0.0)
    count = (rng.random(len(history)) < any_purchase) * (1 + rng.poisson(more))
    seen, money = history.repeats + 1, rhythm.money
    rate = rng.gamma(money.p * seen + money.q, 1 / (money.v + seen * history.mean_spend))
    return np.asarray(rng.gamma(money.p * np.maximum(count, 1)) / rate * (count > 0))


def _edges(actual: Floats) -> tuple[float, float]:
    if (actual <= 0).mean() >= OUTSIDE:
        return 0.0, float(np.quantile(actual, 1 - 2 * OUTSIDE))
    low, high = np.quantile(actual, [OUTSIDE, 1 - OUTSIDE])
    return float(low), float(high)


def _fit_money(windows: Sequence[Window], members: Sequence[str], seed: int, grower: Grower) -> Head:
    if not windows or tuple(members) == (BG_NBD,):
        return single_input("log_money_if_any")
    spend = _trimmed(windows)
    buyers = spend > 0
    if buyers.sum() < FEWEST_BUYERS:
        return single_input("log_money_if_any")
    logs = np.log(spend[buyers])
    draw = _draw(windows, (float(np.quantile(logs, TRIM)), float(np.quantile(logs, 1 - TRIM))))
    rows = Rows.stacked([draw.rows(window) for window in windows])
    steady = [member for member in members if member != TREES or len(logs) >= MANY_BUYERS]
    heads = money_heads(rows.inputs, rows.target, steady, grow=lambda: grower.grow(windows, draw, seed=seed))
    head = mean_head(heads)
    return head.stretched(*fit_mean(head.margin(rows.inputs), spend[buyers]))


def fit_mean(log_money: Floats, spend: Floats) -> tuple[float, float]:
    """Slope and shift from a typical to a mean amount, spend ~ exp(slope * log_money + shift).

    Customers whose money varies much need a larger shift than the large regular ones, hence the slope. Newton steps on
    the Tweedie deviance of power 1.5 with a log link.
    """
    middle = float(log_money.mean())
    design = np.column_stack((log_money - middle, np.ones(len(log_money))))
    solution = np.array([1.0, float(np.log(spend.mean()))])
    scale = float(spend.mean())
    for _ in range(30):
        mean = np.exp(np.clip(design @ solution, -30, 30))
        weight = np.sqrt(mean / scale)
        step = np.linalg.solve((design.T * weight) @ design, design.T @ (weight * (spend / mean - 1)))
        solution += np.clip(step, -1, 1)
    return float(np.clip(solution[0], 0.3, 1.5)), float(solution[1] - solution[0] * middle)


def _trimmed(windows: Sequence[Window]) -> Floats:
    """Spend without season [rows]; a giant counts three times the 99.5th percentile of the buyers at most."""
    draw = _draw(windows, (-np.inf, np.inf))
    return np.concatenate([draw.spend(window) for window in windows])


def _draw(windows: Sequence[Window], within: tuple[float, float]) -> MoneyDraw:
    factors = {window.as_of: _unseasoned(window, windows) for window in windows}
    spend = np.concatenate([np.maximum(window.spend, 0.0) * factors[window.as_of] for window in windows])
    buyers = spend > 0
    cap = GIANT * float(np.quantile(spend[buyers], 1 - TRIM)) if buyers.any() else np.inf
    return MoneyDraw(factors, cap, within)


def _unseasoned(window: Window, windows: Sequence[Window]) -> float:
    return float(np.mean([other.season for other in windows]) / window.season)

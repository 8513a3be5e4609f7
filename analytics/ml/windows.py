"""Past cut-offs with closed outcomes: what was known on a day, and what happened in the days after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.btyd import History
from analytics.ml.btyd_fit import fit_bg_nbd, fit_gamma_gamma
from analytics.ml.features import Features, build_features
from analytics.ml.inputs import Rhythm, build_inputs
from analytics.ml.purchases import Floats, Purchases
from analytics.ml.season import Season

STEPS_BACK = (0, 15, 30, 50, 80, 120)  # days before the latest closed window: the nearer, the denser
MIN_HISTORY_DAYS = 45
SHORTER_HORIZONS = (180, 120, 90, 60, 45, 30)
MOST_FITTED = 10_000
RECENT_DAYS = 180


@dataclass(frozen=True, eq=False)
class Window:
    """Everybody known at `as_of` with model inputs [n, k], and the `horizon_days` after: net `spend` and `left`.

    `season` is the swing of the horizon beside the past; `rhythm` is what the inputs were made with.
    """

    as_of: int
    features: Features
    inputs: NDArray[np.float32]
    spend: Floats
    left: Floats
    season: float
    horizon_days: int
    rhythm: Rhythm

    def __len__(self) -> int:
        return len(self.left)

    @property
    def recent(self) -> NDArray[np.bool_]:
        """Who bought in the last 180 days: the honest view."""
        return self.features.column("recency_days") <= RECENT_DAYS


def cut_offs(first_day: int, as_of: int, horizon_days: int) -> list[int]:
    """Days on which the windows of training begin, latest first: each is closed when `as_of` begins.

    The first one has a history of 45 days, or of half the horizon when that is more; empty when there is no such day.
    """
    earliest = first_day + max(MIN_HISTORY_DAYS, horizon_days // 2)
    days = (as_of - horizon_days - back for back in STEPS_BACK)
    return [day for day in days if day >= earliest]


def past_days(first_day: int, as_of: int) -> int:
    """How many days before `as_of` feed the features of recent buying."""
    return min(RECENT_DAYS, as_of - first_day)


def learnable_horizon(first_day: int, as_of: int, horizon_days: int) -> int | None:
    """The longest horizon up to the wanted one whose windows have closed; None when the shop is too young for any."""
    shorter = (days for days in SHORTER_HORIZONS if days < horizon_days)
    return next((days for days in (horizon_days, *shorter) if cut_offs(first_day, as_of, days)), None)


def fit_rhythm(features: Features) -> Rhythm:
    """BG/NBD and Gamma-Gamma of everybody known; above 10,000 customers of a fixed sample of them."""
    step = max(1, len(features) // MOST_FITTED)
    history = History.of(features.keep(np.arange(len(features)) % step == 0))
    return Rhythm(fit_bg_nbd(history), fit_gamma_gamma(history))


def build_window(
    purchases: Purchases, as_of: int, horizon_days: int, *, season: Season, rhythm: Rhythm | None = None
) -> Window:
    """Features and outcomes at one cut-off; the rhythm is fitted on what was known then unless given."""
    features = build_features(purchases, as_of)
    rhythm = rhythm or fit_rhythm(features)
    spend, left = outcomes(purchases, features, horizon_days)
    swing = season.swing(as_of, horizon_days, past_days(purchases.first_day, as_of))
    inputs = build_inputs(features, rhythm, horizon_days)
    return Window(as_of, features, inputs, spend, left, swing, horizon_days, rhythm)


def outcomes(purchases: Purchases, features: Features, horizon_days: int) -> tuple[Floats, Floats]:
    """Net spend [n] and whether they stayed away (1) or bought (0) [n] in the `horizon_days` from `as_of` on."""
    later = purchases.between(features.as_of, features.as_of + horizon_days)
    spend, left = np.zeros(len(features)), np.ones(len(features))
    spend[_rows(features, later)] = _known(features, later, np.add.reduceat(later.amounts, later.starts[:-1]))
    left[_rows(features, later.buys())] = 0.0
    return spend, left


def _rows(features: Features, later: Purchases) -> NDArray[np.intp]:
    return np.flatnonzero(np.isin(features.customer_ids, later.customer_ids))


def _known(features: Features, later: Purchases, column: Floats) -> Floats:
    return column[np.isin(later.customer_ids, features.customer_ids)]

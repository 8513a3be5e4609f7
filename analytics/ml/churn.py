"""Who will not buy within the horizon: an ensemble of BG/NBD, logistic regression and boosted trees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.ml.features import Features
from analytics.ml.growing import HERE, Grower, LeavingDraw
from analytics.ml.heads import BG_NBD, MEMBERS, Head, leaving_heads, mean_head, platt, single_input
from analytics.ml.purchases import Floats
from analytics.ml.serving import LEFT, Serving
from analytics.ml.windows import Window

TRUST_IN_RHYTHM = 100.0  # rows of closed windows that the BG/NBD's own chances weigh


class ChurnModel:
    """P(no purchase within `serving.horizon_days`).

    `fit` takes closed windows at several cut-offs; without any (a young shop) the BG/NBD stands alone.
    """

    def __init__(
        self, serving: Serving, *, members: Sequence[str] = MEMBERS, seed: int = 0, grower: Grower = HERE
    ) -> None:
        self.serving = serving
        self.members = tuple(members)
        self.seed = seed
        self.grower = grower

    def fit(self, windows: Sequence[Window]) -> ChurnModel:
        """Learn the margin; sets `heads_`."""
        self.heads_: dict[str, Head] = {LEFT: fit_leaving(windows, self.members, self.seed, self.grower)}
        if self.members == (BG_NBD,) and windows:
            self.heads_[LEFT] = _bent(self.heads_[LEFT], windows)
        return self

    def calibrate(self, window: Window) -> ChurnModel:
        """Bend the log odds to the outcomes of a window that `fit` has not seen."""
        margin = self.heads_[LEFT].margin(window.inputs)
        self.heads_[LEFT] = self.heads_[LEFT].stretched(*platt(margin, window.left))
        return self

    def predict(self, features: Features) -> Floats:
        """P(no purchase) [n]."""
        margins = {LEFT: self.heads_[LEFT].margin(self.serving.inputs(features))}
        return self.serving.probability(features, margins)


def fit_leaving(windows: Sequence[Window], members: Sequence[str], seed: int, grower: Grower = HERE) -> Head:
    """The mean of the members' log odds of leaving."""
    left = np.concatenate([window.left for window in windows]) if windows else np.empty(0)
    if not 0 < left.sum() < len(left) or tuple(members) == (BG_NBD,):
        return single_input("logit_no_purchase")

    inputs = np.vstack([window.inputs for window in windows])
    heads = leaving_heads(inputs, left, members, grow=lambda: grower.grow(windows, LeavingDraw(), seed=seed))
    return mean_head(heads)


def _bent(head: Head, windows: Sequence[Window]) -> Head:
    """The BG/NBD alone, bent to what came in the closed windows: who buys at even distances is a surprise to it."""
    left = np.concatenate([window.left for window in windows])
    margin = head.margin(np.vstack([window.inputs for window in windows]))
    return head.stretched(*platt(margin, left, trust=TRUST_IN_RHYTHM))

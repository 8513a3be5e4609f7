"""What a shop's purchases up to a day offer to learn from: features, rhythm, season and closed windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ml.features import Features, build_features
from analytics.ml.heads import BG_NBD
from analytics.ml.ladder import rungs
from analytics.ml.purchases import Purchases
from analytics.ml.season import fit_season
from analytics.ml.serving import Serving
from analytics.ml.windows import Window, build_window, cut_offs, fit_rhythm, learnable_horizon, past_days


@dataclass(frozen=True, eq=False)
class Study:
    """Everything known when `as_of` began; `windows` are closed by then, latest first."""

    as_of: int
    purchases: Purchases
    features: Features
    serving: Serving
    windows: list[Window]

    @classmethod
    def of(cls, purchases: Purchases, as_of: int, horizon_days: int) -> Study:
        """ValueError when nobody has bought yet."""
        known = purchases.before(as_of)
        features = build_features(known, as_of)
        if not len(features):
            raise ValueError("Nobody has bought before that day.")
        rhythm = fit_rhythm(features)
        season = fit_season(known, as_of, rhythm.buying)
        learnt = learnable_horizon(known.first_day, as_of, horizon_days)
        days = cut_offs(known.first_day, as_of, learnt) if learnt else []
        windows = [build_window(known, day, learnt or horizon_days, season=season) for day in days]
        past = past_days(known.first_day, as_of)
        usual = float(np.mean([window.season for window in windows])) if windows else season.swing(as_of, 365, past)
        serving = Serving(horizon_days, learnt or horizon_days, rhythm, season, usual, past)
        return cls(as_of, known, features, serving, windows)

    @property
    def rungs(self) -> list[tuple[str, ...]]:
        """The ensembles that this much data can carry."""
        if not self.windows:
            return [(BG_NBD,)]
        left = np.concatenate([window.left for window in self.windows])
        return rungs(len(self.features), int(min(left.sum(), len(left) - left.sum())))

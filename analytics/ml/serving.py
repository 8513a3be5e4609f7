"""What stands between purchases and a score besides the network: the same at training and serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ml.btyd import BgNbd, GammaGamma, History
from analytics.ml.features import Features
from analytics.ml.inputs import Rhythm, build_inputs, sigmoid
from analytics.ml.purchases import Floats
from analytics.ml.season import Season

LEFT, MONEY = "left", "money"
Margins = Mapping[str, Floats]


@dataclass(frozen=True)
class ValueRange:
    """The stretch that held the outcome of four in five customers with about the same prediction."""

    predicted: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def of(self, predicted: Floats) -> tuple[Floats, Floats]:
        """Low and high [n], as multiples of the prediction between the known points."""
        if not self.predicted:
            return np.zeros(len(predicted)), predicted
        at, scale = np.log1p(predicted), np.asarray(self.predicted)
        low, high = (np.interp(at, np.log1p(scale), edge) for edge in (self.low, self.high))
        beyond = np.maximum(predicted / max(scale[-1], 1e-9), 1.0)
        return np.minimum(low * beyond, predicted), np.maximum(high * beyond, predicted)


@dataclass(frozen=True)
class Serving:
    """Everything that turns margins (log odds of leaving, log money of those who buy) into a score.

    `horizon_days` is promised, `learnt_days` is the horizon of the closed windows that the margins were learnt on;
    where it is shorter the BG/NBD stretches the score. `usual_season` is their mean swing over `past_days`. `level`
    scales money; what is below `floor` counts as nothing.
    """

    horizon_days: int
    learnt_days: int
    rhythm: Rhythm
    season: Season
    usual_season: float
    past_days: int
    level: float = 1.0
    floor: float = 0.0
    value_range: ValueRange = ValueRange((), (), ())

    def inputs(self, features: Features) -> NDArray[np.float32]:
        """The model matrix of these features."""
        return build_inputs(features, self.rhythm, self.learnt_days)

    def probability(self, features: Features, margins: Margins) -> Floats:
        """P(no purchase in the horizon) [n]: the hazard of buying follows the season and the horizon."""
        hazard = self._swing(features, self.horizon_days) * np.ones(len(features))
        if self.learnt_days != self.horizon_days:
            history = History.of(features)
            hazard *= self._hazard(history, self.horizon_days) / self._hazard(history, self.learnt_days)
        return np.asarray(sigmoid(margins[LEFT]) ** hazard)

    def value(self, features: Features, margins: Margins) -> Floats:
        """Expected net money in the horizon [n]; amounts too small to matter are rounded to nothing."""
        money = self.raw_value(features, margins)
        return np.where(money < self.floor, 0.0, money) * self.level

    def raw_value(self, features: Features, margins: Margins) -> Floats:
        """Expected money before `floor` and `level` [n]; beyond the learnt horizon it grows with the purchases."""
        money = (1 - sigmoid(margins[LEFT])) * np.exp(np.minimum(margins[MONEY], 30.0))
        money *= self._swing(features, self.learnt_days)
        if self.learnt_days != self.horizon_days:
            money *= self._in_season(features, self.horizon_days) / self._in_season(features, self.learnt_days)
        return np.asarray(money)

    def _in_season(self, features: Features, days: int) -> Floats:
        """Purchases [n] that the BG/NBD expects of the days ahead."""
        return self.rhythm.buying.purchases(History.of(features), days) * self.season.factor(features.as_of, days)

    def _swing(self, features: Features, days: int) -> float:
        return self.season.swing(features.as_of, days, self.past_days) / self.usual_season

    def _hazard(self, history: History, days: int) -> Floats:
        return -np.log(np.clip(self.rhythm.buying.no_purchase(history, days), 1e-9, 1 - 1e-9))

    def as_json(self) -> dict[str, Any]:
        """Plain data for the card."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Serving:
        """The inverse of `as_json`; KeyError or TypeError when a field is missing or foreign."""
        rhythm = Rhythm(BgNbd(**data["rhythm"]["buying"]), GammaGamma(**data["rhythm"]["money"]))
        season = Season(tuple(data["season"]["months"]))
        value_range = ValueRange(**{name: tuple(values) for name, values in data["value_range"].items()})
        return cls(**{**data, "rhythm": rhythm, "season": season, "value_range": value_range})

"""Scores from a served artefact: numpy and onnxruntime only, the same path for one customer and for a million."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analytics.ml.artefact import ArtefactError, read_artefact
from analytics.ml.causes import Typical
from analytics.ml.explain import Target, explain
from analytics.ml.features import NAMES as FEATURE_NAMES
from analytics.ml.features import Features, build_features, shared_features
from analytics.ml.inputs import NAMES as INPUT_NAMES
from analytics.ml.live import levelled
from analytics.ml.purchases import Floats, Purchases
from analytics.ml.reasons import Reason
from analytics.ml.serving import LEFT, MONEY, Serving
from analytics.ml.session import Network
from analytics.ml.what_if import with_purchase

Task = Literal["churn", "cltv"]
CHURN: Task = "churn"
CLTV: Task = "cltv"
OUTPUTS: Mapping[str, tuple[str, ...]] = {CHURN: (LEFT,), CLTV: (LEFT, MONEY)}
LAPSED_DAYS = 180
CHUNK = 20_000
LEAST_PROBABILITY = 0.01
LEAST_MONEY_SHARE = 0.02


@dataclass(frozen=True, eq=False)
class Scored:
    """One score a customer [n], in the order of `customer_ids`.

    churn: `values` = P(no purchase within `horizon_days`), `bands` low, medium, high, or lapsed (nothing bought for
    180 days); `low` and `high` equal `values`. cltv: `values` = expected net money, `low` … `high` = 80 % range,
    `bands` low, middle, top (top = best fifth when the model was trained). `reasons` are None where nobody asked.
    """

    customer_ids: NDArray[Any]
    as_of: int
    horizon_days: int
    values: Floats
    low: Floats
    high: Floats
    bands: NDArray[np.str_]
    reasons: list[tuple[Reason, ...] | None]


class Scorer:
    """A loaded artefact. `card` is what was written beside the network: data, metrics, versions."""

    def __init__(self, network: Network, card: Mapping[str, Any]) -> None:
        self.card = card
        self.task: Task = card["task"]
        self.serving = Serving.from_json(card["serving"])
        self.trained_as_of = date.fromisoformat(card["as_of"])
        self.level = 0.0  # what the ledger taught since: added to the log odds, or as a factor to money
        self._network = network
        self.typical = Typical(**card["typical"])
        self._edges = np.asarray(card["bands"]["edges"], dtype=np.float64)

    def score(self, purchases: Purchases, as_of: int, *, why: Collection[str] | None = None) -> Scored:
        """Everybody with a purchase before the day number `as_of`, by chunks.

        `why` are the bands whose customers are given reasons, all by default; none is ten times quicker.
        """
        parts = [self._score(chunk, as_of, why) for chunk in purchases.chunks(CHUNK)]
        parts = parts or [self._score(purchases, as_of, why)]
        names = ("customer_ids", "values", "low", "high", "bands")
        joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        listed = [reason for part in parts for reason in part.reasons]
        return Scored(as_of=as_of, horizon_days=self.serving.horizon_days, reasons=listed, **joined)

    def if_ordered(self, purchases: Purchases, as_of: int) -> Floats:
        """What each score [n] would be after one more usual purchase the day before, in the order of `score`."""
        parts = [self.predict(build_features(with_purchase(chunk, as_of), as_of)) for chunk in purchases.chunks(CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def predict(self, features: Features) -> Floats:
        """The bare score of each row [n]."""
        margins = self._network.margins(self.serving.inputs(features))
        said = self._finish[self.task](features, margins)
        return levelled("chance" if self.task == CHURN else "money", said, self.level)

    @property
    def _finish(self) -> Mapping[str, Callable[[Features, Mapping[str, Floats]], Floats]]:
        return {CHURN: self.serving.probability, CLTV: self.serving.value}

    def _score(self, purchases: Purchases, as_of: int, why: Collection[str] | None) -> Scored:
        features = shared_features(purchases, as_of)
        values = self.predict(features)
        low, high = (values, values) if self.task == CHURN else self.serving.value_range.of(values)
        days = self.serving.horizon_days
        bands = self._bands(features, values)
        asked = np.ones(len(features), bool) if why is None else np.isin(bands, list(why))
        reasons = self._reasons_of(asked, purchases, features)
        return Scored(features.customer_ids, as_of, days, values, low, high, bands, reasons)

    def _bands(self, features: Features, values: Floats) -> NDArray[np.str_]:
        names = np.array(["low", "medium", "high"] if self.task == CHURN else ["low", "middle", "top"])
        bands = names[np.searchsorted(self._edges, values, side="right")]
        lapsed = (features.column("recency_days") > LAPSED_DAYS) & (self.task == CHURN)
        return np.where(lapsed, "lapsed", bands)

    @property
    def target(self) -> Target:
        """What the score tells of."""
        return "leaving" if self.task == CHURN else "money"

    @property
    def least(self) -> float:
        """What moves a score by less is no reason."""
        return LEAST_PROBABILITY if self.task == CHURN else LEAST_MONEY_SHARE * self.typical.average_spend

    def _reasons_of(
        self, asked: NDArray[np.bool_], purchases: Purchases, features: Features
    ) -> list[tuple[Reason, ...] | None]:
        if asked.all():
            return list(self._reasons(purchases, features))
        found: list[tuple[Reason, ...] | None] = [None] * len(features)
        theirs = features.keep(asked)
        said = self._reasons(purchases.of(theirs.customer_ids), theirs)
        for at, reasons in zip(np.flatnonzero(asked).tolist(), said, strict=True):
            found[at] = reasons
        return found

    def _reasons(self, purchases: Purchases, features: Features) -> list[tuple[Reason, ...]]:
        return explain(
            purchases, features, predict=self.predict, typical=self.typical, target=self.target, least=self.least
        )


def load_scorer(folder: Path, *, task: str | None = None) -> Scorer:
    """Check hashes, format, task and schema, then load; ArtefactError in clear words when anything is off."""
    content, card = read_artefact(folder)
    found = str(card.get("task"))
    if found not in OUTPUTS or (task is not None and found != task):
        raise ArtefactError(f"The artefact {folder.name} was made for another task ({found}).")
    if card.get("features") != list(FEATURE_NAMES) or card.get("inputs") != list(INPUT_NAMES):
        raise ArtefactError(f"The artefact {folder.name} was made for other features: train it anew.")
    try:
        return Scorer(Network(content, OUTPUTS[found], width=len(INPUT_NAMES)), card)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"The card in {folder.name} lacks what this version needs ({error}).") from error

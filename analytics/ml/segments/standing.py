"""Groups found in the purchases that stay: refitted only where that tells customers apart clearly better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from analytics.ml.features import Features
from analytics.ml.purchases import Floats, Ints
from analytics.ml.segments.groups import Groups, names_of, nearest, rfm, silhouette

FEWEST = 30
CLEARLY = 0.03  # so much more silhouette has a refit to bring
SAME = 0.5  # groups that share more than half of their customers are one


@dataclass(frozen=True, eq=False)
class Standing:
    """Groups in force: `keys` (which stay), `names` (by fixed rules), centres [k, 3] on a fixed scale."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    centres: Floats
    middle: Floats
    spread: Floats

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Standing:
        """From what `as_json` gave."""
        arrays = {name: np.array(data[name], dtype=float) for name in ("centres", "middle", "spread")}
        return cls(tuple(data["keys"]), tuple(data["names"]), **arrays)

    def as_json(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name).tolist() for name in ("centres", "middle", "spread")}
        return {"keys": list(self.keys), "names": list(self.names), **arrays}

    def groups(self, features: Features) -> Ints:
        """The position in `keys` of each customer's group [n]."""
        return nearest(self._scaled(rfm(features)), self.centres)

    def _scaled(self, values: Floats) -> Floats:
        return np.asarray((values - self.middle) / self.spread)


def find_groups(features: Features, before: Standing | None = None, *, seed: int = 0) -> Standing | None:
    """The groups of these customers; those of before stay unless a refit is clearly better. None for too few."""
    values = rfm(features)
    if len(values) < FEWEST or len(np.unique(values, axis=0)) < 3:
        return before
    with threadpool_limits(limits=1):
        fitted = Groups(seed=seed).fit(values)
        scaled = fitted.scaled(values)
        ours = fitted.predict(values)
        if before is None:
            return _named(fitted, tuple(f"g{i + 1}" for i in range(len(fitted.centres_))))
        then = before.groups(features)
        if silhouette(scaled, ours, seed) < silhouette(scaled, then, seed) + CLEARLY:
            return before
    return _named(fitted, _inherited(ours, then, before.keys, len(fitted.centres_)))


def _named(fitted: Groups, keys: tuple[str, ...]) -> Standing:
    return Standing(keys, tuple(names_of(fitted.centres_)), fitted.centres_, fitted.middle_, fitted.spread_)


def _inherited(ours: Ints, then: Ints, keys: Sequence[str], count: int) -> tuple[str, ...]:
    """Each new group takes the key of the old one with which it shares most; the others get keys never used."""
    shared = np.zeros((count, len(keys)))
    np.add.at(shared, (ours, then), 1)
    union = shared.sum(axis=1)[:, None] + shared.sum(axis=0) - shared
    likeness = shared / np.maximum(union, 1)
    found: dict[int, str] = {}
    for place in np.argsort(-likeness, axis=None, kind="stable"):
        new, old = divmod(int(place), len(keys))
        if likeness[new, old] > SAME and new not in found and keys[old] not in found.values():
            found[new] = keys[old]
    free = max(int(key[1:]) for key in keys) + 1
    for new in range(count):
        if new not in found:
            found[new] = f"g{free}"
            free += 1
    return tuple(found[new] for new in range(count))

"""Reasons for each score by replacement: what the served score itself would be without the fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from analytics.ml.causes import CAUSES, Typical
from analytics.ml.features import NAMES, Features
from analytics.ml.purchases import Floats, Purchases
from analytics.ml.reasons import DOWN, REASONS, UP, Direction, Reason

MOST_UP, MOST_DOWN = 3, 1

Target = Literal["leaving", "money"]


def explain(
    purchases: Purchases,
    features: Features,
    *,
    predict: Callable[[Features], Floats],
    typical: Typical,
    target: Target,
    least: float,
) -> list[tuple[Reason, ...]]:
    """At most three reasons up and one down for each customer, weightiest first within each.

    `predict` is the served score of a batch; all replacements of all customers go through it at once. A fact that
    moves the score by less than `least`, or against its plain meaning, is not named.
    """
    if not len(features):
        return []
    effects = effects_of(purchases, features, predict=predict, typical=typical)
    heavy = (np.abs(effects) >= least).sum(axis=1).tolist()
    order = np.argsort(-np.abs(effects), axis=1).tolist()
    rows = zip(features.values.tolist(), effects.tolist(), order, heavy, strict=True)
    return [_reasons(values, row, first[:count], typical, target) for values, row, first, count in rows]


@dataclass(frozen=True, eq=False)
class Worlds:
    """Customers as they are, and below them as they would be without each cause: of each only the `rows` it changes."""

    features: Features
    rows: list[NDArray[np.intp]]


def effects_of(
    purchases: Purchases, features: Features, *, predict: Callable[[Features], Floats], typical: Typical
) -> Floats:
    """By how much each cause moves each score [n, causes], in the order of `CAUSES`."""
    worlds = _worlds(purchases, features, typical)
    scores = predict(worlds.features)
    ours, effects, start = scores[: len(features)], np.zeros((len(features), len(CAUSES))), len(features)
    for at, rows in enumerate(worlds.rows):
        effects[rows, at] = ours[rows] - scores[start : start + len(rows)]
        start += len(rows)
    return effects


_known: WeakKeyDictionary[Purchases, dict[tuple[int, Typical], Worlds]] = WeakKeyDictionary()


def _worlds(purchases: Purchases, features: Features, typical: Typical) -> Worlds:
    """Made once for all models that judge the same purchases."""
    known, key = _known.setdefault(purchases, {}), (features.as_of, typical)
    if key not in known:
        others = [cause.without(purchases, features, typical) for cause in CAUSES]
        rows = [np.flatnonzero((other.values != features.values).any(axis=1)) for other in others]
        changed = [other.keep(where) for other, where in zip(others, rows, strict=True)]
        known[key] = Worlds(_stacked([features, *changed]), rows)
    return known[key]


def _stacked(worlds: list[Features]) -> Features:
    ids = np.concatenate([world.customer_ids for world in worlds])
    return Features(ids, worlds[0].as_of, np.vstack([world.values for world in worlds]))


def _reasons(
    values: list[float], effects: list[float], order: list[int], typical: Typical, target: Target
) -> tuple[Reason, ...]:
    row = dict(zip(NAMES, values, strict=True))
    found: dict[Direction, list[Reason]] = {UP: [], DOWN: []}
    for at in order:
        effect = effects[at]
        fact, direction = CAUSES[at].fact(row, typical), UP if effect > 0 else DOWN
        if fact and is_plain(fact[0], direction, target):
            found[direction].append(Reason(fact[0], direction, abs(effect), fact[1]))
    return (*found[UP][:MOST_UP], *found[DOWN][:MOST_DOWN])


def is_plain(key: str, direction: Direction, target: Target) -> bool:
    """The fact moves the score the way that its words suggest."""
    return (REASONS[key].leaving == direction) == (target == "leaving")

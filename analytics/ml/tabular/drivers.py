"""What moves the chances of a whole business: each fact with the way it works, and by how much on average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.ml.purchases import Floats
from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.scorer import ChanceScorer

MOST_DRIVERS = 8
LEAST = 0.005  # of a chance on average: less is none
FEWEST = 20  # rows of a word, before it is named


def find_drivers(scorer: ChanceScorer, columns: Sequence[Column], usual: dict[str, float]) -> list[dict[str, Any]]:
    """The columns that move the chances of these rows most: {"column", "kind", "effect", …}, the strongest first.

    `effect` is by how much on average. Numbers have `more` and `less`: the mean effect where there is more, or less,
    than usual. Flags have `yes`; words have `up` and `down`: which one raises and which one lowers it most, how much.
    """
    names, now, without = scorer.without(columns)
    found = {column.name: column for column in columns}
    rows = []
    for at, name in enumerate(names):
        column, effects = found.get(name), now - without[:, at]
        if column is None or not column.filled.any():
            continue
        known = column.filled
        effect = float(np.abs(effects[known]).mean())
        if effect >= LEAST:
            told = _words(column, effects) if column.kind == "category" else _numbers(column, effects, usual)
            rows.append({"column": name, "kind": column.kind, "effect": effect, **told})
    return sorted(rows, key=lambda row: -row["effect"])[:MOST_DRIVERS]


def _numbers(column: Column, effects: Floats, usual: dict[str, float]) -> dict[str, Any]:
    if column.kind == "flag":
        return {"yes": _mean(effects[column.values > 0])}
    middle = usual.get(column.name, 0.0)
    return {"more": _mean(effects[column.values > middle]), "less": _mean(effects[column.values < middle])}


def _words(column: Column, effects: Floats) -> dict[str, Any]:
    means = {
        level: _mean(effects[column.codes == code])
        for code, level in enumerate(column.levels)
        if (column.codes == code).sum() >= FEWEST
    }
    if not means:
        return {}
    best, worst = max(means, key=lambda word: means[word]), min(means, key=lambda word: means[word])
    told: dict[str, Any] = {}
    if means[best] >= LEAST:
        told["up"] = [best, means[best]]
    if means[worst] <= -LEAST:
        told["down"] = [worst, means[worst]]
    return told


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0

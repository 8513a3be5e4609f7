"""Rows that nobody can be found in: every combination of numbers stands for at least k people.

Mondrian partitioning, as LeFevre, DeWitt and Ramakrishnan describe it (ICDE 2006): halve the people along their widest
number as long as both halves are large enough, then give all of a part the part's own medians.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Floats

Rows = NDArray[np.intp]


class AnonymityError(ValueError):
    """There are too few people to hide among; the message says so."""


def anonymised(values: Floats, outcome: NDArray[np.bool_], *, k: int) -> Floats:
    """`values` [n, c] with the medians of parts of at least k people in place of their own numbers.

    A part holds both outcomes [n] wherever it can: knowing somebody's numbers then tells nothing of what they did.
    Raises AnonymityError for fewer than k people.
    """
    if len(values) < k:
        raise AnonymityError(f"{len(values)} people are too few to hide each among {k}.")
    ranks = np.column_stack([np.unique(column, return_inverse=True)[1] for column in values.T]).astype(float)
    ranks /= np.maximum(ranks.max(axis=0), 1)
    found = np.empty_like(values)
    waiting: list[Rows] = [np.arange(len(values))]
    while waiting:
        part = waiting.pop()
        halves = _halves(ranks[part], outcome[part], k)
        if halves is None:
            found[part] = np.median(values[part], axis=0)
        else:
            waiting += [part[halves], part[~halves]]
    return found


def _halves(ranks: Floats, outcome: NDArray[np.bool_], k: int) -> NDArray[np.bool_] | None:
    """Who goes into the lower half along the widest number that can be halved; None when none can."""
    spread = ranks.max(axis=0) - ranks.min(axis=0)
    for column in np.argsort(-spread, kind="stable"):
        if spread[column] == 0:
            return None
        middle = np.median(ranks[:, column])
        for lower in (ranks[:, column] <= middle, ranks[:, column] < middle):
            if _is_fair(outcome, lower, k):
                return np.asarray(lower)
    return None


def _is_fair(outcome: NDArray[np.bool_], lower: NDArray[np.bool_], k: int) -> bool:
    kinds = len(np.unique(outcome))
    return all(len(half) >= k and len(np.unique(half)) == kinds for half in (outcome[lower], outcome[~lower]))


def smallest_group(values: Floats) -> int:
    """The number of people behind the rarest combination; 0 without any row."""
    return int(np.unique(values, axis=0, return_counts=True)[1].min()) if len(values) else 0

"""Simple ways to order products for customers, which the recommender is measured against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Floats, Ints
from analytics.ml.recommend.als import factorise
from analytics.ml.recommend.baskets import Bools
from analytics.ml.recommend.candidates import CELLS, Known
from analytics.ml.recommend.likeness import spread
from analytics.ml.recommend.measures import TEN, Lists

POPULAR, POPULAR_MONTH, OWN, KNN, ALS = "popular", "popular_month", "own_frequency", "item_knn", "als"

Rows = Callable[[Ints], NDArray[np.floating]]  # positions of customers → scores [customers, products]


def baselines(known: Known, *, seed: int) -> Mapping[str, Rows]:
    """Scores of every product for some customers, by name."""
    pairs, shape = known.pairs, (len(known.baskets), len(known.baskets.item_ids))
    placed = partial(spread, pairs.customers, pairs.items, rows=shape[0], kept=np.arange(shape[1]), many=shape[1])
    times, bought = placed(pairs.times.astype(np.float64)), placed(None)
    sold = np.asarray(times.sum(axis=0)).ravel()
    likeness, kept = known.likeness, known.likeness.kept_
    buyers = np.sqrt(np.maximum(likeness.together_.diagonal(), 1)).astype(np.float32)
    cosine = likeness.together_ / (buyers[:, None] * buyers[None, :])
    np.fill_diagonal(cosine, 0)
    customers, items = factorise(bought, seed=seed)
    return {
        POPULAR: lambda rows: np.tile(sold, (len(rows), 1)),
        POPULAR_MONTH: lambda rows: np.tile(known.goods.sold_30, (len(rows), 1)),
        OWN: lambda rows: times[rows].toarray() + 0.5 * sold / max(sold.max(), 1),
        KNN: lambda rows: _wide(bought[rows][:, kept] @ cosine, kept, shape[1]),
        ALS: lambda rows: customers[rows] @ items.T,
    }


def lists_of(score: Rows, known: Known, *, only_new: bool, who: Ints) -> Lists:
    """The ten best of each of these customers, some at a time."""
    many = len(known.baskets.item_ids)
    size = max(1, CELLS // max(many, 1))
    parts = [_ten(score, known, who[at : at + size], only_new) for at in range(0, len(who), size)]
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Lists(*columns)


def _ten(score: Rows, known: Known, customers: Ints, only_new: bool) -> tuple[Ints, Ints, Ints]:
    scores = np.array(score(customers), np.float64)
    if only_new:
        scores[_bought(known, customers, scores.shape[1])] = -np.inf
    most = min(TEN, scores.shape[1])
    best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    open_cells = np.isfinite(np.take_along_axis(scores, best, axis=1)).ravel()
    columns = (customers.repeat(most), best.ravel(), np.tile(np.arange(most), len(customers)))
    return tuple(column[open_cells] for column in columns)  # type: ignore[return-value]


def _bought(known: Known, customers: Ints, many: int) -> Bools:
    rows = spread(
        known.pairs.customers, known.pairs.items, None, rows=len(known.baskets), kept=np.arange(many), many=many
    )
    return np.asarray(rows[customers].toarray() > 0)


def _wide(scores: Floats, kept: Ints, many: int) -> Floats:
    wide = np.zeros((len(scores), many))
    wide[:, kept] = scores
    return wide

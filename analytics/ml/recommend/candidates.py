"""The products to choose from for each customer, with what the model sees of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Floats, Ints
from analytics.ml.recommend.baskets import Baskets, Bools
from analytics.ml.recommend.facts import CustomerFacts, ItemFacts, Pairs, customer_facts, item_facts, pairs_of
from analytics.ml.recommend.likeness import Likeness, Matrix, spread

MOST_LIKE, MOST_POPULAR = 60, 40
FADING_DAYS = 60.0
CELLS = 4_000_000  # of a matrix of customers and products, 16 MB
ROWS = 200_000  # new candidates that are looked at together, 60 MB
EVER_TO_NEXT = 3.0  # log odds between "will be bought" and "will be in the next basket"

Inputs = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Candidates:
    """One row for each customer and product [rows]: `customers` are positions, `inputs` what the model sees.

    `plain` orders them without a model: by how often they were bought, or how well they go with what was bought.
    """

    customers: Ints
    items: Ints
    inputs: Inputs
    plain: Floats

    def keep(self, rows: Ints) -> Candidates:
        """Only these rows."""
        return Candidates(self.customers[rows], self.items[rows], self.inputs[rows], self.plain[rows])


@dataclass(frozen=True, eq=False)
class Known:
    """Customers as known when `as_of` began; `goods` and `likeness` may be learnt from others."""

    as_of: int
    baskets: Baskets
    goods: ItemFacts
    likeness: Likeness
    buyers: CustomerFacts
    pairs: Pairs

    @classmethod
    def of(
        cls, baskets: Baskets, as_of: int, *, goods: ItemFacts | None = None, likeness: Likeness | None = None
    ) -> Known:
        """`baskets` as `Baskets.before` gives them."""
        goods = goods or item_facts(baskets, as_of)
        buyers = customer_facts(baskets, as_of)
        pairs = pairs_of(baskets, as_of, goods, buyers)
        if likeness is None:
            shape = (len(baskets), len(baskets.item_ids))
            likeness = Likeness().fit(pairs.customers, pairs.items, shape=shape)
        return cls(as_of, baskets, goods, likeness, buyers, pairs)


def candidates(
    known: Known, chosen: Bools, *, for_sale: Bools | None = None
) -> Iterator[tuple[Candidates, Candidates]]:
    """For the `chosen` customers [n], some at a time: what they bought before, and what is new for them.

    `for_sale` [m] are the products that may be offered, all of them by default.
    """
    size = max(1, min(CELLS // max(len(known.likeness.kept_), 1), ROWS // (2 * MOST_LIKE + MOST_POPULAR)))
    sellable = np.ones(len(known.baskets.item_ids), dtype=bool) if for_sale is None else for_sale
    wanted = np.flatnonzero(chosen)
    for start in range(0, len(wanted), size):
        yield _some(known, wanted[start : start + size], sellable)


def _some(known: Known, customers: Ints, for_sale: Bools) -> tuple[Candidates, Candidates]:
    row = np.full(len(known.baskets), -1)
    row[customers] = np.arange(len(customers))
    own = np.flatnonzero(row[known.pairs.customers] >= 0)
    scores = _scores(known, own, row, len(customers))
    at = np.full(len(for_sale), -1)
    at[known.likeness.kept_] = np.arange(len(known.likeness.kept_))
    own = own[for_sale[known.pairs.items[own]]]
    before = _bought_before(known, own, row, at, scores)
    return before, _new(known, customers, scores, for_sale[known.likeness.kept_])


def _scores(known: Known, own: Ints, row: Ints, rows: int) -> list[Matrix]:
    """How well each kept product goes with what each customer bought, in four ways; products bought are -1 in [4]."""
    pairs, likeness = known.pairs, known.likeness
    who, what = row[pairs.customers[own]], pairs.items[own]
    last = pairs.last_day[own]
    fading = np.exp(-(known.as_of - last) / FADING_DAYS)
    in_last = (pairs.shopped_since[own] == 0).astype(np.float64)
    placed = partial(spread, who, what, rows=rows, kept=likeness.kept_, many=len(known.baskets.item_ids))
    bought, recent, latest = placed(None), placed(fading), placed(in_last)
    found = [bought @ likeness.cosine_, recent @ likeness.cosine_, latest @ likeness.cosine_]
    found.append(bought @ likeness.linear_)
    return [*(np.asarray(one, np.float32) for one in found), np.asarray(bought.todense(), np.float32)]


def _bought_before(known: Known, own: Ints, row: Ints, at: Ints, scores: list[Matrix]) -> Candidates:
    pairs = known.pairs
    who, what = pairs.customers[own], pairs.items[own]
    likes = _likes(scores, row[who], at[what])
    inputs = np.column_stack((pairs.columns[own], known.goods.columns[what], known.buyers.columns[who], likes))
    plain = np.log((pairs.times[own] + 0.5) / (known.buyers.days[who] + 2))
    return Candidates(who, what, inputs.astype(np.float32), plain)


def _new(known: Known, customers: Ints, scores: list[Matrix], for_sale: Bools) -> Candidates:
    """The likeliest by recent purchases, by the linear model, and what sold most in the last month."""
    barred = (scores[-1] > 0) | ~for_sale
    kept = known.likeness.kept_
    popular = np.argsort(-known.goods.sold_30[kept], kind="stable")[:MOST_POPULAR]
    wanted = np.zeros(barred.shape, dtype=bool)
    wanted[:, popular] = True
    for likely in (scores[1], scores[3]):
        wanted[_best(likely, barred, MOST_LIKE)] = True
    who, what = np.nonzero(wanted & ~barred)
    parts = (known.goods.columns[kept[what]], known.buyers.columns[customers[who]], _likes(scores, who, what))
    plain = np.log(np.maximum(scores[3][who, what], 1e-6)) - EVER_TO_NEXT
    return Candidates(customers[who], kept[what], np.column_stack(parts).astype(np.float32), plain)


def _best(scores: Matrix, barred: Bools, most: int) -> tuple[Ints, Ints]:
    """(row, column) of the highest scores of each row, in no order."""
    most = min(most, scores.shape[1])
    open_scores = np.where(barred, -np.inf, scores)
    columns = np.argpartition(-open_scores, most - 1, axis=1)[:, :most] if most else np.empty((len(scores), 0), int)
    return np.arange(len(scores)).repeat(most), columns.ravel()


def _likes(scores: list[Matrix], who: Ints, at: Ints) -> Floats:
    """The four scores of these cells, on a logarithmic scale too; 0 for a product that is not kept."""
    cells = np.column_stack([np.where(at >= 0, one[who, at], 0) for one in scores[:4]]).astype(np.float64)
    logs = np.log(np.maximum(cells, 0) + 1e-3)
    return np.column_stack((cells, logs))

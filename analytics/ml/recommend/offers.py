"""What to offer: the few best of a customer, with the numbers of the reason for each."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Floats, Ints
from analytics.ml.recommend.baskets import Bools
from analytics.ml.recommend.candidates import Candidates, Known
from analytics.ml.recommend.recommender import Recommender, ordered

MOST = 3  # of a kind for each customer
RECENT_DAYS = 270  # who bought nothing for longer gets no offers
DUE = (0.7, 2.5)  # usual gaps since the last purchase
DUE_ONCE = 1.5  # the same after one purchase alone
OFTEN_REBOUGHT = 0.25  # share of buyers who bought it again, from which one purchase alone makes it due
REBOUGHT = 6  # column of `ItemFacts`
FEWEST_TOGETHER = 3  # customers who bought both


@dataclass(frozen=True, eq=False)
class Offers:
    """One row an offer, best first within customer and kind. `times` is 0 for a new product.

    `gap` and `since` are days; `with_item` (-1 for none) is what the customer bought that goes with a new one, which
    `share` of its `buyers` bought too.
    """

    customer_ids: Ints
    item_ids: Ints
    places: Ints
    times: Ints
    gap: Floats
    since: Ints
    with_item: Ints
    share: Floats
    buyers: Ints

    def as_arrays(self) -> dict[str, NDArray[np.generic]]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def offers(model: Recommender, known: Known, *, for_sale: Bools, declined: Ints, most: int = MOST) -> list[Offers]:
    """For everybody who bought lately; `for_sale` [items], `declined` are cells customer * items + item."""
    as_of, many = known.as_of, len(known.baskets.item_ids)
    is_recent = (known.buyers.days > 0) & (as_of - known.buyers.last_day <= RECENT_DAYS)
    found: list[Offers] = []
    for (again, odds), (new, new_odds) in model.candidates(known, is_recent, for_sale=for_sale):
        pairs = np.searchsorted(known.pairs.customers * many + known.pairs.items, again.customers * many + again.items)
        is_due = _is_due(known, pairs) & ~_among(again, declined, many)
        rows, places = _best(again, odds, is_due, most)
        found.append(_again(known, pairs[rows], places))
        rows, places = _best(new, new_odds, ~_among(new, declined, many), most)
        found.append(_new(known, new.customers[rows], new.items[rows], places))
    return found


def _among(found: Candidates, cells: Ints, many: int) -> Bools:
    return np.asarray(np.isin(found.customers * many + found.items, cells))


def _best(found: Candidates, odds: Floats, allowed: Bools, most: int) -> tuple[Ints, Ints]:
    rows = np.flatnonzero(allowed)
    best, places = ordered(found.customers[rows], odds[rows], most=most)
    return rows[best], places


def _is_due(known: Known, pairs: Ints) -> Bools:
    bought = known.pairs
    waited = (known.as_of - bought.last_day[pairs]) / np.maximum(bought.gap[pairs], 1)
    is_usual = known.goods.columns[bought.items[pairs], REBOUGHT] >= OFTEN_REBOUGHT
    has_rhythm = (bought.times[pairs] > 1) | (is_usual & (waited <= DUE_ONCE))
    return np.asarray((waited >= DUE[0]) & (waited <= DUE[1]) & has_rhythm)


def _again(known: Known, pairs: Ints, places: Ints) -> Offers:
    bought, none = known.pairs, np.zeros(len(pairs), np.int64)
    gap = np.where(bought.times[pairs] > 2, bought.own_gap[pairs], bought.gap[pairs])
    return Offers(
        known.baskets.customer_ids[bought.customers[pairs]], known.baskets.item_ids[bought.items[pairs]], places,
        bought.times[pairs], np.maximum(gap, 1.0), known.as_of - bought.last_day[pairs], none - 1, none.astype(float),
        none,
    )  # fmt: skip


def _new(known: Known, customers: Ints, items: Ints, places: Ints) -> Offers:
    item_ids, none = known.baskets.item_ids, np.zeros(len(items), np.int64)
    anchor, share, buyers = _anchors(known, customers, items)
    with_item = np.where(anchor >= 0, item_ids[anchor], -1) if len(items) else none
    return Offers(
        known.baskets.customer_ids[customers], item_ids[items], places, none, none.astype(float), none, with_item,
        share, buyers,
    )  # fmt: skip


def _anchors(known: Known, customers: Ints, items: Ints) -> tuple[Ints, Floats, Ints]:
    """Of the products of each customer the one that goes best with the offered one: (item or -1, share, buyers)."""
    likeness, pairs = known.likeness, known.pairs
    at = np.full(len(known.baskets.item_ids), -1)
    at[likeness.kept_] = np.arange(len(likeness.kept_))
    begins = np.searchsorted(pairs.customers, customers)
    counts = np.searchsorted(pairs.customers, customers, side="right") - begins
    offer = np.repeat(np.arange(len(items)), counts)
    own = np.arange(len(offer)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(begins, counts)
    known_at, wanted_at = at[pairs.items[own]], at[items][offer]
    cosine = np.where(known_at >= 0, likeness.cosine_[known_at, wanted_at], -1.0)
    together = np.where(known_at >= 0, likeness.together_[known_at, wanted_at], 0.0)
    cosine[together < FEWEST_TOGETHER] = -1.0
    order = np.lexsort((-cosine, offer))
    first = order[np.searchsorted(offer, np.arange(len(items)))] if len(offer) else np.zeros(0, np.int64)
    is_good = cosine[first] > 0
    buyers = np.maximum(likeness.together_.diagonal()[known_at[first]], 1)
    anchor = np.where(is_good, pairs.items[own[first]], -1)
    return anchor, np.where(is_good, together[first] / buyers, 0.0), np.where(is_good, buyers, 0).astype(np.int64)

"""The recommender: learns from past next baskets, and orders what to offer each customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.ml.purchases import Floats, Ints
from analytics.ml.recommend.baskets import Baskets, Bools, starts_new
from analytics.ml.recommend.candidates import Candidates, Inputs, Known, candidates
from analytics.ml.recommend.heads import Head, fit_head

WINDOWS = 3
HORIZON_DAYS = 30
LEARNERS = 30_000  # customers that products and their likeness are counted from
ASKED = 2_000  # customers of each past window that the heads learn from
MOST_PAIRS = 300_000  # products that these know
JUDGED_PLACES = 5
AGAIN, NEW = "again", "new"
SHORTLIST = 20  # new products of a customer that the trees are asked about: the likeliest by the regression alone
VARIETY = 0.15  # how far what everybody buys just now stands back among new products, in log odds a log sale


@dataclass(frozen=True)
class Judged:
    """Mean NDCG@5 of the model and of the plain order over so many customers of a stretch not learnt from."""

    customers: int
    model: float
    plain: float


@dataclass(frozen=True, eq=False)
class Examples:
    """Candidates of one past day, and whether they were in the next basket (`bought`, 1 or 0) [rows]."""

    customers: Ints
    inputs: Inputs
    plain: Floats
    bought: Floats

    def keep(self, rows: Bools) -> Examples:
        return Examples(self.customers[rows], self.inputs[rows], self.plain[rows], self.bought[rows])

    def halves(self, seed: int) -> tuple[Examples, list[Examples]]:
        """(one half of the customers to judge by, the other to learn from)."""
        to_judge = np.random.default_rng(seed).random(int(self.customers.max(initial=0)) + 1) < 0.5
        rows = to_judge[self.customers]
        return self.keep(rows), [self.keep(~rows)]

    def gains(self, log_odds: Floats) -> Floats:
        """NDCG@5 of each customer who bought any of their candidates."""
        rows, places = ordered(self.customers, log_odds, most=JUDGED_PLACES)
        many = int(self.customers.max(initial=0)) + 1
        got = np.bincount(self.customers[rows], self.bought[rows] / np.log2(places + 2), minlength=many)
        hits = np.bincount(self.customers, self.bought, minlength=many).astype(np.int64)
        best = np.cumsum(1 / np.log2(np.arange(2, JUDGED_PLACES + 2)))
        return np.asarray(got[hits > 0] / best[np.minimum(hits[hits > 0], JUDGED_PLACES) - 1])


class Recommender:
    """Chance that a product is in a customer's next basket, apart for what they know and for what is new.

    Two heads over the features of `candidates`, learnt from the first shopping day of each customer in `windows` past
    stretches of `horizon_days`, the last of which ends when `as_of` begins. Where too little was bought for that, or
    the heads of the earlier stretches don't order the last one better than habit and likeness do, those order.

    After `fit`: `known_` is what was learnt from, `again_` and `new_` the heads or None, `judged_` by kind what the
    last stretch says of both orders.
    """

    def __init__(
        self,
        *,
        horizon_days: int = HORIZON_DAYS,
        windows: int = WINDOWS,
        learners: int = LEARNERS,
        asked: int = ASKED,
        seed: int = 0,
    ) -> None:
        self.horizon_days, self.windows, self.learners = horizon_days, windows, learners
        self.asked, self.seed = asked, seed

    def fit(self, baskets: Baskets, as_of: int) -> Recommender:
        """Learn from what was known when the day `as_of` began. ValueError when nobody had bought anything."""
        sample = baskets.sample(self.learners, seed=self.seed)
        now = sample.before(as_of)
        if not now.rows:
            raise ValueError("Nobody has bought a product before that day.")
        self.again_, self.new_ = self._learnt(sample, self._days(now, as_of))
        self.known_ = Known.of(now, as_of)
        return self

    def know(self, baskets: Baskets) -> Known:
        """What is known of these customers on the same day, products judged as they were learnt."""
        as_of = self.known_.as_of
        return Known.of(baskets.before(as_of), as_of, goods=self.known_.goods, likeness=self.known_.likeness)

    def candidates(
        self, known: Known, chosen: Bools, *, for_sale: Bools | None = None
    ) -> Iterator[tuple[tuple[Candidates, Floats], tuple[Candidates, Floats]]]:
        """Candidates of the chosen customers [n] with their log odds: bought before, and new; some at a time."""
        for again, new in candidates(known, chosen, for_sale=for_sale):
            odds = again.plain if self.again_ is None else self.again_.log_odds(again.inputs)
            yield (again, odds), self._shortlisted(known, new)

    def _shortlisted(self, known: Known, found: Candidates) -> tuple[Candidates, Floats]:
        """The likeliest new products of each customer, with their log odds."""
        crowd = VARIETY * np.log1p(known.goods.sold_30[found.items])
        if self.new_ is None:
            return found, found.plain - crowd
        linear = self.new_.linear(found.inputs)
        rows = np.sort(ordered(found.customers, linear - crowd, most=SHORTLIST)[0])
        kept = found.keep(rows)
        return kept, self.new_.finished(linear[rows], kept.inputs) - crowd[rows]

    def _days(self, now: Baskets, as_of: int) -> list[int]:
        """Where the past windows begin; some history lies before each."""
        first = int(now.days.min())
        days = [as_of - self.horizon_days * (number + 1) for number in range(self.windows)]
        return [day for day in days if day - first >= self.horizon_days]

    def _learnt(self, sample: Baskets, days: list[int]) -> list[Head | None]:
        """The heads for what was bought before and for what was new."""
        self.judged_: dict[str, Judged] = {}
        windows = [found for day in days if (found := self._window(sample, day))]
        return [self._best(name, [window[kind] for window in windows]) for kind, name in enumerate((AGAIN, NEW))]

    def _best(self, name: str, parts: list[Examples]) -> Head | None:
        """A head of all windows, if one of the earlier ones is better in the latest than the plain order."""
        if not parts:
            return None
        latest, learnt = (parts[0], parts[1:]) if len(parts) > 1 else parts[0].halves(self.seed)
        head = _fit(learnt, self.seed)
        if head is None:
            return None
        ours, plain = (latest.gains(odds) for odds in (head.log_odds(latest.inputs), latest.plain))
        self.judged_[name] = Judged(len(ours), float(ours.mean()), float(plain.mean()))
        return _fit(parts, self.seed) if ours.mean() > plain.mean() else None

    def _window(self, sample: Baskets, day: int) -> list[Examples]:
        """Candidates of one past day, and whether they were in the next basket: known ones, and new ones."""
        past = sample.before(day)
        basket = next_baskets(sample, day, day + self.horizon_days)
        chosen = self._asked(past, np.unique(basket.customers))
        if not chosen.any():
            return []
        many = len(sample.item_ids)
        cells = basket.customers * many + basket.items
        kinds: tuple[list[Candidates], list[Candidates]] = ([], [])
        for found in candidates(Known.of(past, day), chosen):
            for kind, one in zip(kinds, found, strict=True):
                kind.append(one)
        return [_labelled(kind, cells, many) for kind in kinds]

    def _asked(self, past: Baskets, buyers: Ints) -> Bools:
        """Some of those who bought next and are known, with so many products that memory stays small."""
        products = np.bincount(past.customers[past.pair_starts], minlength=len(past))
        order = np.random.default_rng(self.seed).permutation(buyers[products[buyers] > 0])[: self.asked]
        chosen = np.zeros(len(past), dtype=bool)
        chosen[order[np.cumsum(products[order]) <= MOST_PAIRS]] = True
        return chosen


def next_baskets(baskets: Baskets, first: int, end: int) -> Baskets:
    """What each customer bought on their first shopping day among `first` … `end` - 1."""
    later = baskets.between(first, end)
    day = np.full(len(later), end)
    np.minimum.at(day, later.customers, later.days)
    return later.keep(later.days == day[later.customers])


def ordered(customers: Ints, log_odds: Floats, *, most: int) -> tuple[Ints, Ints]:
    """(rows of the best of each customer, best first; their places from 0), at most so many of each."""
    order = np.lexsort((-log_odds, customers))
    begins = np.flatnonzero(starts_new(customers[order]))
    place = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    return order[place < most], place[place < most]


def _labelled(found: list[Candidates], cells: Ints, many: int) -> Examples:
    bought = np.concatenate([np.isin(one.customers * many + one.items, cells) for one in found])
    customers, inputs, plain = (
        np.concatenate([getattr(one, name) for one in found]) for name in ("customers", "inputs", "plain")
    )
    return Examples(customers, inputs, plain, bought.astype(np.float64))


def _fit(parts: list[Examples], seed: int) -> Head | None:
    inputs, bought = (np.concatenate([getattr(part, name) for part in parts]) for name in ("inputs", "bought"))
    return fit_head(inputs, bought, seed=seed)

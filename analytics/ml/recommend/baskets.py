"""Baskets: which customer bought which product on which day, in sorted columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.ml.purchases import Floats, Ints

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Baskets:
    """One row for each customer, product and day, sorted by these.

    `customers` and `items` [rows] are positions in `customer_ids` and `item_ids`, which are sorted; `days` are days
    since 1970-01-01; `quantities` are net of what came back that day, negative where more came back.
    """

    customer_ids: NDArray[Any]
    item_ids: NDArray[Any]
    customers: Ints
    items: Ints
    days: Ints
    quantities: Floats

    @classmethod
    def from_rows(
        cls,
        customer_ids: ArrayLike,
        item_ids: ArrayLike,
        days: ArrayLike,
        quantities: ArrayLike | None = None,
        *,
        catalogue: NDArray[Any] | None = None,
    ) -> Baskets:
        """Columns of equal length in any order; `quantities` are 1 where not given.

        With `catalogue` (sorted) the items are positions in it, and rows of other items are left out. ValueError on
        unequal lengths.
        """
        ids, goods, day = np.asarray(customer_ids), np.asarray(item_ids), np.asarray(days, np.int64)
        many = np.ones(len(day)) if quantities is None else np.asarray(quantities, np.float64)
        if not len(ids) == len(goods) == len(day) == len(many):
            raise ValueError("The columns of the baskets have different lengths.")
        if catalogue is not None:
            known = np.isin(goods, catalogue)
            ids, goods, day, many = ids[known], goods[known], day[known], many[known]
        customers, buyers = np.unique(ids, return_inverse=True)
        if catalogue is None:
            catalogue, item = np.unique(goods, return_inverse=True)
        else:
            item = np.searchsorted(catalogue, goods)
        return cls(customers, catalogue, *_one_a_day(buyers, item, day, many))

    @classmethod
    def joined(cls, parts: Sequence[Baskets]) -> Baskets:
        """One container from several of different customers with one catalogue."""
        offsets = np.cumsum([0, *(len(part) for part in parts)])
        order = np.argsort(np.concatenate([part.customer_ids for part in parts]))
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        shifted = [place[part.customers + offset] for part, offset in zip(parts, offsets, strict=False)]
        columns = (
            np.concatenate(found)
            for found in (
                shifted,
                [part.items for part in parts],
                [part.days for part in parts],
                [part.quantities for part in parts],
            )
        )
        ids = np.concatenate([part.customer_ids for part in parts])[order]
        return cls(ids, parts[0].item_ids, *_one_a_day(*columns))

    def __len__(self) -> int:
        return len(self.customer_ids)

    @property
    def rows(self) -> int:
        """How many customer-product-days there are."""
        return len(self.days)

    def before(self, day: int) -> Baskets:
        """What was known when `day` began, without what came back by then."""
        known = self.keep(self.days < day)
        first = known.pair_starts
        net = np.add.reduceat(known.quantities, first) if known.rows else known.quantities
        is_kept = np.repeat(net > 0, np.diff(np.append(first, known.rows)))
        return known.keep(is_kept & (known.quantities > 0))

    def between(self, first: int, end: int) -> Baskets:
        """What was bought on the days first, first + 1, …, end - 1."""
        return self.keep((self.days >= first) & (self.days < end) & (self.quantities > 0))

    def of_customers(self, chosen: Bools) -> Baskets:
        """Only these customers [n]; they get new positions."""
        rows = chosen[self.customers]
        places = np.cumsum(chosen) - 1
        columns = (places[self.customers[rows]], self.items[rows], self.days[rows], self.quantities[rows])
        return Baskets(self.customer_ids[chosen], self.item_ids, *columns)

    def sample(self, customers: int, *, seed: int) -> Baskets:
        """At most so many customers, drawn without replacement."""
        if len(self) <= customers:
            return self
        chosen = np.zeros(len(self), dtype=bool)
        chosen[np.random.default_rng(seed).choice(len(self), customers, replace=False)] = True
        return self.of_customers(chosen)

    @property
    def pair_starts(self) -> Ints:
        """Where the rows of each customer and product begin."""
        return np.flatnonzero(starts_new(self.customers) | starts_new(self.items))

    def keep(self, rows: Bools) -> Baskets:
        """Only these rows [rows]; positions stay as they are."""
        columns = (self.customers[rows], self.items[rows], self.days[rows], self.quantities[rows])
        return Baskets(self.customer_ids, self.item_ids, *columns)


def starts_new(column: Ints) -> Bools:
    """Whether each value differs from the one before it [n]."""
    return np.concatenate((np.ones(min(len(column), 1), dtype=bool), column[1:] != column[:-1]))


def _one_a_day(customers: Ints, items: Ints, days: Ints, quantities: Floats) -> tuple[Ints, Ints, Ints, Floats]:
    order = np.lexsort((days, items, customers))
    customers, items, days, quantities = customers[order], items[order], days[order], quantities[order]
    first = np.flatnonzero(starts_new(customers) | starts_new(items) | starts_new(days))
    sums = np.add.reduceat(quantities, first) if len(first) else quantities
    return customers[first], items[first], days[first], sums

"""Customer-days: what each customer bought on each day, net of returns, in sorted columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

EPOCH = date(1970, 1, 1).toordinal()

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def day_date(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(int(number) + EPOCH)


@dataclass(frozen=True, eq=False)
class Purchases:
    """Customer-days sorted by customer, then day, one row each.

    `customer_ids` [n] are the caller's ids (integers or text), sorted; the rows of customer i are
    `starts[i]:starts[i + 1]` (`starts` has n + 1 entries). `days` are days since 1970-01-01, `amounts` the day's net
    money (negative where returns weigh more), `orders` how many orders were placed that day.
    """

    customer_ids: NDArray[Any]
    starts: Ints
    days: Ints
    amounts: Floats
    orders: Ints

    @classmethod
    def from_rows(
        cls,
        customer_ids: ArrayLike,
        days: ArrayLike,
        amounts: ArrayLike,
        orders: ArrayLike | None = None,
    ) -> Purchases:
        """Columns of equal length in any order; rows of one customer and day are added up.

        `days` are days since 1970-01-01 (`day_number`); `orders` defaults to one a row with a positive amount.
        Raises ValueError on unequal lengths or an amount that is not finite.
        """
        ids, day, money, count = _columns(customer_ids, days, amounts, orders)
        unique, codes = np.unique(ids, return_inverse=True)
        order = np.lexsort((day, codes))
        codes, day, money, count = codes[order], day[order], money[order], count[order]
        first = np.flatnonzero(_is_first(codes) | _is_first(day)) if len(day) else np.empty(0, np.int64)
        starts = np.searchsorted(codes[first], np.arange(len(unique) + 1))
        return cls(unique, starts, day[first], _sums(money, first), _sums(count, first))

    @classmethod
    def from_transactions(
        cls,
        customer_ids: ArrayLike,
        days: ArrayLike,
        amounts: ArrayLike,
        invoices: ArrayLike | None = None,
    ) -> Purchases:
        """Single lines or orders; with `invoices` the day's orders are its distinct invoices with money coming in."""
        ids, day, money, _ = _columns(customer_ids, days, amounts, None)
        if invoices is None:
            return cls.from_rows(ids, day, money)
        _, bill = np.unique(np.asarray(invoices), return_inverse=True)
        order = np.lexsort((bill, day, ids))
        ids, day, bill, money = ids[order], day[order], bill[order], money[order]
        first = np.flatnonzero(_is_first(ids) | _is_first(day) | _is_first(bill))
        return cls.from_rows(ids[first], day[first], _sums(money, first))

    @classmethod
    def joined(cls, parts: Sequence[Purchases]) -> Purchases:
        """One container from several, for rows that were read in chunks."""
        if not parts:
            return cls.from_rows([], [], [])
        return cls.from_rows(
            np.concatenate([np.repeat(part.customer_ids, part.row_counts) for part in parts]),
            np.concatenate([part.days for part in parts]),
            np.concatenate([part.amounts for part in parts]),
            np.concatenate([part.orders for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.customer_ids)

    @property
    def row_counts(self) -> Ints:
        """How many customer-days each customer has [n]."""
        return np.diff(self.starts)

    @property
    def codes(self) -> Ints:
        """The position in `customer_ids` of each row's customer [rows]."""
        return np.repeat(np.arange(len(self)), self.row_counts)

    @property
    def first_day(self) -> int:
        """The earliest day; ValueError when there is no row."""
        return int(self.days.min())

    @property
    def last_day(self) -> int:
        """The latest day; ValueError when there is no row."""
        return int(self.days.max())

    def keep(self, rows: NDArray[np.bool_]) -> Purchases:
        """Only these rows [rows]; customers left without a row are dropped."""
        if rows.all():
            return self
        counts = np.bincount(self.codes[rows], minlength=len(self))
        left = counts > 0
        starts = np.concatenate(([0], np.cumsum(counts[left])))
        return Purchases(self.customer_ids[left], starts, self.days[rows], self.amounts[rows], self.orders[rows])

    def of(self, customer_ids: ArrayLike) -> Purchases:
        """Only these customers; of others nothing is made up."""
        return self.keep(np.isin(self.customer_ids, customer_ids)[self.codes])

    def before(self, day: int) -> Purchases:
        """What was known when `day` began."""
        return self.keep(self.days < day)

    def between(self, first: int, end: int) -> Purchases:
        """The days first, first + 1, …, end - 1."""
        return self.keep((self.days >= first) & (self.days < end))

    def buys(self) -> Purchases:
        """Only the days on which more came in than went back."""
        return self.keep(self.amounts > 0)

    def without_cancelled(self) -> Purchases:
        """Without the days whose whole money went back on one later day: a cancelled order is no order."""
        codes = self.codes
        giving_back = np.zeros(len(self), dtype=bool)
        giving_back[codes[self.amounts < 0]] = True
        rows = np.flatnonzero(giving_back[codes])
        cents = np.round(np.abs(self.amounts[rows]) * 100)
        rows = rows[np.lexsort((self.days[rows], cents, codes[rows]))]
        came, went = rows[:-1], rows[1:]
        is_pair = (self.amounts[came] > 0) & (self.amounts[went] < 0) & (codes[came] == codes[went])
        is_pair &= np.round((self.amounts[came] + self.amounts[went]) * 100) == 0
        kept = np.ones(len(self.days), dtype=bool)
        kept[came[is_pair]] = kept[went[is_pair]] = False
        return self.keep(kept)

    def bought_before(self, day: int) -> Purchases:
        """The purchases that were known when `day` began; a cancelled order is none."""
        return self.before(day).without_cancelled().buys()

    def slice(self, first: int, end: int) -> Purchases:
        """The customers at positions first … end - 1."""
        low, high = self.starts[first], self.starts[end]
        starts = self.starts[first : end + 1] - low
        columns = (self.days[low:high], self.amounts[low:high], self.orders[low:high])
        return Purchases(self.customer_ids[first:end], starts, *columns)

    def chunks(self, customers: int) -> Iterator[Purchases]:
        """Slices of at most so many customers, so that memory stays flat; few enough are one slice, as they are."""
        if 0 < len(self) <= customers:
            yield self
            return
        for first in range(0, len(self), customers):
            yield self.slice(first, min(first + customers, len(self)))

    def sample(self, customers: int, *, seed: int) -> Purchases:
        """At most so many customers, drawn without replacement."""
        if len(self) <= customers:
            return self
        chosen = np.zeros(len(self), dtype=bool)
        chosen[np.random.default_rng(seed).choice(len(self), customers, replace=False)] = True
        return self.keep(np.repeat(chosen, self.row_counts))


def _columns(
    customer_ids: ArrayLike, days: ArrayLike, amounts: ArrayLike, orders: ArrayLike | None
) -> tuple[NDArray[Any], Ints, Floats, Ints]:
    ids, day = np.asarray(customer_ids), np.asarray(days, dtype=np.int64)
    money = np.asarray(amounts, dtype=np.float64)
    count = (money > 0).astype(np.int64) if orders is None else np.asarray(orders, dtype=np.int64)
    if not len(ids) == len(day) == len(money) == len(count):
        raise ValueError("The columns of the purchases have different lengths.")
    if not np.isfinite(money).all():
        raise ValueError("Every amount must be a finite number.")
    return ids, day, money, count


def _is_first(column: NDArray[Any]) -> NDArray[np.bool_]:
    return np.concatenate((np.ones(min(len(column), 1), dtype=bool), column[1:] != column[:-1]))


def _sums(column: NDArray[Any], first: Ints) -> NDArray[Any]:
    return np.add.reduceat(column, first) if len(first) else column[:0]

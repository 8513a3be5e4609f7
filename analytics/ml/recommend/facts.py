"""What is known on a day of each product, each customer, and each product that a customer has bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ml.purchases import Floats, Ints
from analytics.ml.recommend.baskets import Baskets, starts_new

RECENT = (7, 30, 90)
YEAR, MONTH = 365, 30
TRUSTED_GAPS = 5.0  # a product's own rhythm counts as much as the shop's from so many gaps on
OWN_GAPS = 2.0  # the same for a customer's own rhythm beside the product's
DEFAULT_GAP = 60.0


@dataclass(frozen=True, eq=False)
class ItemFacts:
    """Of each product [m]: `columns` [m, 10] for the model, and the days after which it is usually bought again."""

    columns: Floats
    usual_gap: Floats
    sold_30: Floats
    buyers: Floats


@dataclass(frozen=True, eq=False)
class CustomerFacts:
    """Of each customer [n]: shopping days, the last of them, the usual days between them; `columns` [n, 6]."""

    days: Ints
    last_day: Ints
    columns: Floats


@dataclass(frozen=True, eq=False)
class Pairs:
    """Products that customers bought, sorted by customer [pairs]: how often, when, in what rhythm.

    `gap` are the usual days between two purchases: the customer's own, drawn to those usual for the product.
    """

    customers: Ints
    items: Ints
    times: Ints
    first_day: Ints
    last_day: Ints
    shopped_since: Ints
    shopped_from: Ints
    own_gap: Floats
    gap: Floats
    columns: Floats


def item_facts(known: Baskets, as_of: int) -> ItemFacts:
    """`known` is what was known when `as_of` began."""
    many = len(known.item_ids)
    day, item = known.days, known.items
    sold = _count(item, many)
    recent = [_count(item[day >= as_of - days], many) for days in RECENT]
    before = _count(item[(day < as_of - MONTH) & (day >= as_of - 2 * MONTH)], many)
    starts = known.pair_starts
    pair_item, times = item[starts], np.diff(np.append(starts, known.rows))
    buyers, again = _count(pair_item, many), _count(pair_item[times > 1], many)
    usual = again.sum() / max(buyers.sum(), 1.0)
    rebought = (again + 2 * usual) / (buyers + 2)
    first, last = np.full(many, as_of), np.full(many, as_of - YEAR)
    np.minimum.at(first, item, day)
    np.maximum.at(last, item, day)
    gap = _usual_gaps(known, starts, times)
    logs = [np.log1p(column) for column in (*recent, sold, buyers)]
    trend = np.log1p(recent[1]) - np.log1p(before)
    ages = [np.log1p(as_of - first), np.log1p(np.clip(as_of - last, 0, YEAR))]
    columns = np.column_stack([*logs, trend, rebought, *ages, _season(known, as_of)])
    return ItemFacts(columns, gap, recent[1], buyers)


def customer_facts(known: Baskets, as_of: int) -> CustomerFacts:
    """`known` is what was known when `as_of` began."""
    many = len(known)
    buyer, day = _shopping_days(known)
    days = np.bincount(buyer, minlength=many)
    first, last = np.full(many, as_of), np.zeros(many, np.int64)
    np.minimum.at(first, buyer, day)
    np.maximum.at(last, buyer, day)
    gap = (last - first + MONTH) / np.maximum(days, 1)
    since = np.where(days > 0, as_of - last, YEAR)
    lines = np.bincount(known.customers, minlength=many)
    different = np.bincount(known.customers[known.pair_starts], minlength=many)
    columns = np.column_stack(
        [
            np.log1p(days), np.log1p(since), np.log(np.maximum(gap, 1.0)), np.log1p(lines / np.maximum(days, 1)),
            np.clip(since / np.maximum(gap, 1.0), 0, 10), np.log1p(different),
        ]
    )  # fmt: skip
    return CustomerFacts(days, last, columns)


def pairs_of(known: Baskets, as_of: int, goods: ItemFacts, buyers: CustomerFacts) -> Pairs:
    """`known` may be of other customers than `goods` were counted from."""
    starts = known.pair_starts
    ends = np.append(starts, known.rows)[1:] - 1
    customer, item, times = known.customers[starts], known.items[starts], ends - starts + 1
    first, last = known.days[starts], known.days[ends]
    place = _places(known)
    since = buyers.days[customer] - 1 - place[ends]
    shopped_from = buyers.days[customer] - place[starts]
    spread = last - first
    gap = (spread + OWN_GAPS * goods.usual_gap[item]) / (times - 1 + OWN_GAPS)
    own_gap = np.where(times > 1, spread / np.maximum(times - 1, 1), np.nan)
    due = np.clip((as_of - last) / np.maximum(gap, 1.0), 0, 10)
    columns = np.column_stack(
        [
            np.minimum(times, 30), np.log(times), times / shopped_from, np.log1p(since), np.log1p(as_of - last),
            np.log(np.maximum(gap, 1.0)), due, np.log(due + 0.05), np.log1p(as_of - first),
            times / np.maximum(buyers.days[customer], 1), since == 0,
        ]
    )  # fmt: skip
    return Pairs(customer, item, times, first, last, since, shopped_from, own_gap, gap, columns)


def _count(items: Ints, many: int) -> Floats:
    return np.bincount(items, minlength=many).astype(np.float64)


def _usual_gaps(known: Baskets, starts: Ints, times: Ints) -> Floats:
    """Days between two purchases of one customer, by product; drawn to the shop's where there are few."""
    ends = starts + times - 1
    spread = (known.days[ends] - known.days[starts]).astype(np.float64)
    items, many = known.items[starts], len(known.item_ids)
    gaps = np.bincount(items, times - 1, minlength=many)
    days = np.bincount(items, spread, minlength=many)
    usual = days.sum() / gaps.sum() if gaps.sum() else DEFAULT_GAP
    return np.asarray((days + TRUSTED_GAPS * usual) / (gaps + TRUSTED_GAPS))


def _season(known: Baskets, as_of: int) -> Floats:
    """How much more than its mean each product sold a year ago in the month that is coming; 0 in the first year."""
    many = len(known.item_ids)
    ahead = (known.days >= as_of - YEAR) & (known.days < as_of - YEAR + MONTH)
    if not known.rows or known.days.min() > as_of - YEAR:
        return np.zeros(many)
    whole = _count(known.items[(known.days >= as_of - YEAR - MONTH)], many)
    return np.asarray(np.log1p(_count(known.items[ahead], many)) - np.log1p(whole * MONTH / (YEAR + MONTH)))


def _shopping_days(known: Baskets) -> tuple[Ints, Ints]:
    """(customer, day) of each shopping day, sorted."""
    order = np.lexsort((known.days, known.customers))
    customer, day = known.customers[order], known.days[order]
    first = starts_new(customer) | starts_new(day)
    return customer[first], day[first]


def _places(known: Baskets) -> Ints:
    """Of each row the number of its day among its customer's shopping days, from 0 [rows]."""
    buyer, day = _shopping_days(known)
    begins = np.flatnonzero(starts_new(buyer))
    number = np.arange(len(buyer)) - np.repeat(begins, np.diff(np.append(begins, len(buyer))))
    shift = int(day.max()) + 1 if len(day) else 1
    return np.asarray(number[np.searchsorted(buyer * shift + day, known.customers * shift + known.days)])

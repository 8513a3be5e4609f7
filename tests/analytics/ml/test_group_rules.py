"""Groups by rules, and found groups that stay from night to night."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.ml.features import Features, build_features
from analytics.ml.purchases import Purchases
from analytics.ml.segments.rules import KEYS, Rules
from analytics.ml.segments.standing import Standing, find_groups
from analytics.ml.transactions import read_transactions
from tests.data import shared_data

NOW = 20_000


def bought(days_ago: list[int], *, amount: float = 50.0, customer: int = 1) -> tuple[list[int], list[int], list[float]]:
    return [customer] * len(days_ago), [NOW - ago for ago in days_ago], [amount] * len(days_ago)


def features(*customers: tuple[list[int], list[int], list[float]], as_of: int = NOW) -> Features:
    ids, days, amounts = ([cell for customer in customers for cell in customer[i]] for i in range(3))
    return build_features(Purchases.from_rows(ids, days, amounts), as_of)


RULES = Rules(gap_days=30, much=400)


def group(days_ago: list[int], *, amount: float = 50.0) -> str:
    return KEYS[int(RULES.groups(features(bought(days_ago, amount=amount)))[0])]


@pytest.mark.parametrize(
    ("days_ago", "amount", "key"),
    [
        ([10, 40, 70, 100, 130], 100.0, "best"),
        ([10, 40, 70, 100], 50.0, "loyal"),
        ([10, 40], 50.0, "returning"),
        ([10], 50.0, "new"),
        ([10], 5000.0, "new"),
        ([70, 100, 130, 160], 50.0, "slipping_good"),
        ([60, 90], 50.0, "slipping"),
        ([60], 50.0, "slipping"),
        ([300, 330, 360, 390], 50.0, "gone_good"),
        ([300], 50.0, "gone"),
    ],
)
def test_a_group_follows_from_ones_own_rhythm(days_ago: list[int], amount: float, key: str) -> None:
    assert group(days_ago, amount=amount) == key


def test_who_orders_seldom_by_habit_is_not_slipping() -> None:
    assert group([100, 300, 500, 700]) == "loyal"


def test_lines_stay_while_they_are_near() -> None:
    rows = features(*(bought([10 + n, 40 + n, 70 + n], customer=n) for n in range(20)))
    before = Rules(gap_days=28, much=160)
    assert Rules.learn(rows, before) == before
    assert Rules.learn(rows, Rules(gap_days=5, much=5)) == Rules.learn(rows)


def test_without_customers_there_are_lines_all_the_same() -> None:
    nobody = build_features(Purchases.from_rows([], [], []), NOW)
    assert Rules.learn(nobody).gap_days == 60
    assert len(RULES.groups(nobody)) == 0


def test_found_groups_of_the_night_before_stay() -> None:
    rng = np.random.default_rng(0)
    people = [
        bought([int(day) for day in rng.integers(1, 900, rng.integers(1, 12))], amount=float(rng.integers(5, 90)),
               customer=n)
        for n in range(200)
    ]  # fmt: skip
    first = find_groups(features(*people))
    assert first is not None
    again = find_groups(features(*people, as_of=NOW + 1), first)
    assert again is first
    assert Standing.of(first.as_json()).keys == first.keys


def test_a_refit_hands_the_keys_on_to_whoever_shares_most() -> None:
    rng = np.random.default_rng(0)
    people = [bought([int(day) for day in rng.integers(1, 900, 5)], customer=n) for n in range(60)]
    people += [bought([1, 2, 3], amount=5000.0, customer=n) for n in range(60, 120)]
    rows = features(*people)
    first = find_groups(rows)
    assert first is not None
    bad = replace(first, centres=first.centres + 9, keys=tuple(f"g{n + 5}" for n in range(len(first.keys))))
    second = find_groups(rows, bad)
    assert second is not None
    assert second is not bad
    assert len(set(second.keys)) == len(second.keys)


def test_too_few_customers_have_no_found_groups() -> None:
    assert find_groups(features(*(bought([n + 1], customer=n) for n in range(20)))) is None


def test_most_customers_of_a_real_shop_keep_their_group_over_a_month() -> None:
    purchases = read_transactions(shared_data("online_retail/transactions.csv.gz")).purchases
    end = purchases.last_day + 1
    earlier, now = build_features(purchases, end - 30), build_features(purchases, end)
    then = Rules.learn(earlier)
    lines = Rules.learn(now, then)
    old = dict(zip(earlier.customer_ids.tolist(), then.groups(earlier).tolist(), strict=True))
    again = dict(zip(earlier.customer_ids.tolist(), lines.groups(earlier).tolist(), strict=True))
    same = np.mean([old[pk] == again[pk] for pk in old])
    assert same >= 0.9  # by the lines alone nobody moves


def test_found_groups_of_a_real_shop_are_the_same_a_month_later() -> None:
    purchases = read_transactions(shared_data("online_retail/transactions.csv.gz")).purchases
    end = purchases.last_day + 1
    earlier, now = build_features(purchases, end - 30), build_features(purchases, end)
    first = find_groups(earlier)
    assert first is not None
    second = find_groups(now, first)
    assert second is not None
    ours, then = second.groups(earlier), first.groups(earlier)
    named = np.array(first.keys)[then] == np.array(second.keys)[ours]
    assert named.mean() >= 0.9

from typing import Any

import numpy as np

from analytics.ml.features import NAMES, TIMING, build_features, build_timing
from analytics.ml.purchases import Purchases
from tests.analytics.ml.shops import shop


def one(days: Any, amounts: Any, as_of: Any) -> Any:
    features = build_features(Purchases.from_rows([1] * len(days), days, amounts), as_of)
    return {name: features.column(name)[0] for name in NAMES}


def test_moving_later_events_changes_no_feature() -> None:
    rows = shop(100)
    as_of = rows.first_day + 250
    later = rows.days >= as_of
    moved = Purchases.from_rows(
        rows.customer_ids[rows.codes], rows.days + 37 * later, rows.amounts * np.where(later, 9, 1), rows.orders
    )
    assert np.array_equal(build_features(rows, as_of).values, build_features(moved, as_of).values)


def test_moving_the_clock_back_gives_what_was_known_then() -> None:
    rows = shop(100)
    as_of = rows.first_day + 250
    assert np.array_equal(build_features(rows, as_of).values, build_features(rows.before(as_of), as_of).values)


def test_one_customer_alone_has_the_features_of_the_batch() -> None:
    rows = shop(60)
    batch = build_features(rows, rows.last_day + 1)
    for row, customer in enumerate(batch.customer_ids):
        alone = build_features(rows.keep(rows.customer_ids[rows.codes] == customer), rows.last_day + 1)
        assert np.array_equal(alone.values[0], batch.values[row])


def test_timing_alone_is_that_of_all_features() -> None:
    rows = shop(60)
    for day in (rows.first_day, rows.first_day + 150, rows.last_day + 1):
        whole, timing = build_features(rows, day), build_timing(rows, day)
        assert np.array_equal(whole.customer_ids, timing.customer_ids)
        assert np.array_equal(whole.values[:, : len(TIMING)], timing.values)
        assert timing.names == TIMING == NAMES[: len(TIMING)]


def test_the_own_rhythm_is_the_median_gap() -> None:
    known = one([0, 10, 30, 60], [10.0, 20.0, 30.0, 40.0], as_of=100)
    assert known["usual_gap_days"] == 20
    assert known["recency_days"] == 40
    assert known["overdue"] == 2
    assert known["last_gap_days"] == 30
    assert known["purchases"] == 4
    assert known["usual_spend"] == 25
    assert (known["purchases_90"], known["spend_90"]) == (3, 90)


def test_a_single_purchase_is_never_overdue() -> None:
    known = one([0], [10.0], as_of=80)
    assert (known["recency_days"], known["usual_gap_days"], known["overdue"]) == (80, 80, 1)


def test_returns_count_but_are_no_purchases() -> None:
    known = one([0, 10, 12], [100.0, 50.0, -30.0], as_of=20)
    assert known["recency_days"] == 10
    assert known["purchases"] == 2
    assert known["returns"] == 1
    assert np.isclose(known["returned_share"], 0.2)


def test_a_cancelled_order_is_no_purchase() -> None:
    known = one([0, 10, 12, 15], [100.0, 70.1, -70.1, 30.0], as_of=20)
    assert (known["purchases"], known["spend"], known["returns"]) == (2, 130, 0)


def test_a_cancelled_order_counts_until_it_is_cancelled() -> None:
    days, amounts = [0, 10, 12], [100.0, 70.0, -70.0]
    assert one(days, amounts, as_of=12)["purchases"] == 2
    assert one(days, amounts, as_of=13)["purchases"] == 1


def test_what_was_cancelled_of_one_customer_is_not_taken_from_another() -> None:
    rows = Purchases.from_rows([1, 2, 2], [0, 1, 2], [70.0, 50.0, -70.0])
    assert len(rows.without_cancelled().days) == 3


def test_somebody_who_only_returned_has_no_features() -> None:
    rows = Purchases.from_rows([1, 2], [0, 1], [-5.0, 5.0])
    assert build_features(rows, 10).customer_ids.tolist() == [2]


def test_no_feature_is_ever_missing_or_infinite() -> None:
    features = build_features(shop(200), shop(200).last_day + 400)
    assert np.isfinite(features.values).all()


def test_nobody_known_gives_an_empty_matrix() -> None:
    rows = shop(5)
    assert build_features(rows, rows.first_day).values.shape == (0, len(NAMES))

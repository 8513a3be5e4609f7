import numpy as np

from analytics.ml.features import build_features
from analytics.ml.heads import BG_NBD, LOGISTIC, TREES
from analytics.ml.ladder import Sufficiency, rule_of_thumb, rungs
from analytics.ml.purchases import Purchases
from tests.analytics.ml.shops import shop


def test_rungs_follow_the_number_of_customers() -> None:
    assert rungs(60, 30) == [(BG_NBD,)]
    assert rungs(600, 300) == [(BG_NBD,), (BG_NBD, LOGISTIC)]
    assert rungs(6000, 3000)[-1] == (BG_NBD, LOGISTIC, TREES)
    assert rungs(6000, 20)[-1] == (BG_NBD, LOGISTIC)


def test_what_is_missing_is_counted() -> None:
    rows = Purchases.from_rows([1, 1, 2], [0, 5, 5], [1.0, 1.0, 1.0])
    found = Sufficiency.of(build_features(rows, 10))
    assert not found.is_enough
    assert (found.missing_customers, found.missing_repeat_buyers) == (28, 9)


def test_enough_customers_without_a_second_purchase_are_not_enough() -> None:
    rows = Purchases.from_rows(np.arange(50), np.zeros(50), np.ones(50))
    assert not Sufficiency.of(build_features(rows, 10)).is_enough
    assert Sufficiency.of(build_features(shop(60), shop(60).last_day)).is_enough


def test_the_rule_of_thumb_compares_the_quiet_with_the_own_rhythm() -> None:
    rows = Purchases.from_rows([1, 1, 2, 2, 3], [0, 10, 60, 90, 95], [1.0] * 5)
    found = rule_of_thumb(build_features(rows, 100), shop_gap_days=20)
    assert found.usual_days.tolist() == [10, 30, 20]
    assert found.bands.tolist() == ["high", "low", "low"]

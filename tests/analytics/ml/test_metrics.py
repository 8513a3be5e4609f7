from typing import Any

import numpy as np
import pytest

from analytics.ml.measuring import drawn_first, plain_gain
from analytics.ml.metrics import (
    Gain,
    auc,
    bootstrap_gain,
    churn_metrics,
    covered,
    ece,
    ece_by_chance,
    lift,
    paired_gain,
    pr_auc,
    ranks,
    spearman,
    top_share,
    value_metrics,
)


@pytest.fixture
def drawn() -> Any:
    rng = np.random.default_rng(8)
    chance = np.round(rng.random(500), 2)
    return (rng.random(500) < chance).astype(float), chance


def test_churn_measures_agree_with_scikit_learn(drawn: Any) -> None:
    measures = pytest.importorskip("sklearn.metrics")
    found = churn_metrics(*drawn)
    assert found["auc"] == pytest.approx(measures.roc_auc_score(*drawn))
    assert found["pr_auc"] == pytest.approx(measures.average_precision_score(*drawn))
    assert found["brier"] == pytest.approx(measures.brier_score_loss(*drawn))
    assert found["log_loss"] == pytest.approx(measures.log_loss(drawn[0], np.clip(drawn[1], 1e-12, 1 - 1e-12)))


def test_rank_correlation_agrees_with_scipy(drawn: Any) -> None:
    stats = pytest.importorskip("scipy.stats")
    assert spearman(*drawn) == pytest.approx(stats.spearmanr(*drawn)[0])
    assert np.array_equal(ranks(drawn[1]), stats.rankdata(drawn[1]))


def test_one_class_has_no_auc() -> None:
    assert np.isnan(auc(np.ones(5), np.arange(5.0)))
    assert np.isnan(pr_auc(np.zeros(5), np.arange(5.0)))


def test_few_customers_scatter_around_right_chances() -> None:
    chance = np.full(600, 0.6)
    assert 0.03 < ece_by_chance(chance) < 0.06  # ten bins of 60: sqrt(2 * .24 / (60 * pi)) is .05
    assert ece_by_chance(np.full(60_000, 0.6)) < 0.01


def test_a_range_covers_what_lies_on_its_edge() -> None:
    assert covered(np.array([0.0, 5.0, 9.0, 11.0]), np.array([0.0, 5.0, 1.0, 1.0]), np.full(4, 9.0)) == 0.75


def test_calibrated_chances_have_a_small_calibration_error(drawn: Any) -> None:
    assert ece(*drawn) < 0.08
    assert ece(drawn[0], 1 - drawn[1]) > 0.4


def test_lift_and_top_share_count_the_best_tenth() -> None:
    outcome = np.array([1.0, *[0.0] * 9, 1.0, *[0.0] * 9])
    score = np.arange(20.0)[::-1]
    assert lift(outcome, score) == 5
    assert top_share(np.arange(1.0, 21.0), score[::-1]) == pytest.approx(39 / 210)


def test_the_total_error_is_signed() -> None:
    found = value_metrics(np.array([10.0, 0.0]), np.array([4.0, 4.0]))
    assert found["total_error"] == pytest.approx(-0.2)
    assert found["spearman"] == 0


def test_a_gain_is_real_when_its_interval_excludes_nothing() -> None:
    rng = np.random.default_rng(1)
    theirs = rng.random(400)
    assert paired_gain(theirs - 0.1, theirs).is_real
    assert not paired_gain(rng.permutation(theirs), theirs).is_real


def test_an_interval_is_that_of_the_resamples_and_its_error_their_spread() -> None:
    rng = np.random.default_rng(2)
    chance = rng.random(300)
    came = (rng.random(300) < chance).astype(float)
    found = bootstrap_gain(lambda rows: ece(came[rows], chance[rows]), 300)
    again = np.random.default_rng(0)
    values = [ece(came[rows], chance[rows]) for rows in (again.integers(0, 300, 300) for _ in range(300))]
    assert (found.low, found.high) == pytest.approx(np.quantile(values, [0.025, 0.975]))
    assert found.error == pytest.approx(np.std(values))


def test_a_calibration_error_that_resamples_only_raise_is_outside_of_its_interval() -> None:
    chance = np.repeat(np.linspace(0.05, 0.95, 10), 20)
    came = np.concatenate([np.arange(20) < round(20 * part) for part in np.linspace(0.05, 0.95, 10)]).astype(float)
    found = bootstrap_gain(lambda rows: ece(came[rows], chance[rows]), 200)
    assert found.value < found.low


def test_only_a_printed_gain_reaches_to_its_value() -> None:
    assert plain_gain(Gain(0.1, 0.2, 0.3, 0.02)) == {"value": 0.1, "low": 0.1, "high": 0.3}
    assert not Gain(-0.1, 0.2, 0.3, 0.02).is_real


def test_others_are_drawn_only_where_the_first_are_fewer() -> None:
    first, others = np.arange(0, 40, 2), np.arange(1, 41, 2)
    assert set(drawn_first(first, others, 30, seed=0)) > set(first)
    assert len(drawn_first(first, others, 30, seed=0)) == 30
    assert set(drawn_first(first, others, 10, seed=0)) < set(first)
    assert drawn_first(first, others, 100, seed=0).tolist() == list(range(40))

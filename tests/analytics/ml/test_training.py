from typing import Any

import numpy as np
import pytest

from analytics.ml.artefact import ArtefactError
from analytics.ml.heads import BG_NBD, LOGISTIC, TREES
from analytics.ml.horizon import usual_horizon
from analytics.ml.metrics import auc
from analytics.ml.purchases import Purchases
from analytics.ml.training import Trained, challenge, train
from analytics.ml.windows import outcomes
from tests.analytics.ml.shops import shop


def test_leavers_that_were_put_in_are_found(trained_churn: Any) -> None:
    held = trained_churn.hold_out
    assert auc(held.actual, held.predicted) > 0.7
    assert trained_churn.is_servable


def test_expected_money_beats_the_simple_baselines(trained_value: Any) -> None:
    product = trained_value.hold_out.views()["all"]["product"]
    for name in ("mean", "own_mean", "last_window"):
        assert product["mae"] < trained_value.hold_out.views()["all"]["baselines"][name]["mae"], name


def test_later_orders_change_nothing_that_is_learned() -> None:
    rows = shop(120)
    as_of = rows.first_day + 350
    whole = train("churn", rows, as_of=as_of, horizon_days=60)
    assert whole.network == train("churn", rows.before(as_of), as_of=as_of, horizon_days=60).network


def test_every_window_of_training_is_closed(trained_churn: Any) -> None:
    card = trained_churn.card
    closed = np.datetime64(card["as_of"]) - np.timedelta64(card["learnt_days"], "D")
    assert all(np.datetime64(day) <= closed for day in card["cut_offs"])


@pytest.mark.parametrize("rows", [Purchases.from_rows([], [], []), shop(29), Purchases.from_rows([1], [5], [-3.0])])
def test_too_little_data_makes_no_model_and_says_what_is_missing(rows: Any, tmp_path: Any) -> None:
    trained: Any = train("churn", rows, as_of=25_000)
    assert trained.network is None
    assert not trained.is_servable
    assert trained.sufficiency.missing_customers > 0 or trained.sufficiency.missing_repeat_buyers > 0
    with pytest.raises(ArtefactError, match="too little data"):
        trained.save(tmp_path / "none")


def test_a_small_shop_is_served_by_four_parameters() -> None:
    rows = shop(60)
    trained: Any = train("churn", rows, as_of=rows.last_day + 1, horizon_days=60)
    assert trained.card["members"] == [BG_NBD]


def test_a_shop_of_one_month_is_scored_but_unmeasured() -> None:
    rows = shop(300, days=30, gap_days=8)
    trained: Any = train("cltv", rows, as_of=rows.last_day + 1)
    assert trained.card["members"] == [BG_NBD]
    assert trained.hold_out is None
    assert trained.card["hold_out"] is None


def test_a_year_ahead_is_learned_from_the_windows_that_did_close() -> None:
    rows = shop(700, days=300)
    trained: Any = train("cltv", rows, as_of=rows.last_day + 1, horizon_days=365)
    short = train("cltv", rows, as_of=rows.last_day + 1, horizon_days=90)
    assert trained.card["learnt_days"] < 365
    year, quarter = (
        model.model.predict(model.model_features)
        for model in (with_features(trained, rows), with_features(short, rows))
    )
    assert 1.5 < year.sum() / quarter.sum() < 4.5


def test_trees_need_a_larger_shop(trained_churn: Any) -> None:
    assert set(trained_churn.card["members"]) <= {BG_NBD, LOGISTIC, TREES}
    assert LOGISTIC in trained_churn.card["members"]


def test_the_same_seed_gives_the_same_model() -> None:
    rows = shop(700)
    first, second = (train("churn", rows, as_of=rows.last_day + 1, horizon_days=60, seed=3) for _ in range(2))
    assert first.network == second.network


def test_everybody_leaving_is_no_reason_to_fall_over() -> None:
    rows = Purchases.from_rows([n // 2 for n in range(400)], [n % 2 for n in range(400)], [10.0] * 400)
    trained: Any = train("churn", rows, as_of=300, horizon_days=60)
    assert trained.model.predict(trained.hold_out.features).mean() > 0.5


def test_progress_is_told_in_order() -> None:
    heard = []
    rows = shop(100)
    train("churn", rows, as_of=rows.last_day + 1, progress=lambda stage, share: heard.append((stage, share)))
    assert [stage for stage, _ in heard] == ["hold_out", "fit", "export", "export"]
    assert heard[-1][1] == 1.0


def test_the_horizon_of_a_shop_is_the_80th_percentile_of_its_gaps() -> None:
    rows = Purchases.from_rows([1] * 11, np.cumsum([0, *range(10, 110, 10)]), [1.0] * 11)
    assert usual_horizon(rows, 10_000) == 82


def test_a_challenger_that_learned_the_same_is_no_real_gain(trained_churn: Any, churn_scorer: Any) -> None:
    gain: Any = challenge(trained_churn, churn_scorer)
    assert abs(gain.value) < 0.05
    assert not gain.is_real


def test_outcomes_count_money_back_and_who_bought(purchases: Any) -> None:
    rows = Purchases.from_rows([1, 1, 2, 2, 3], [0, 12, 0, 13, 12], [5.0, 20.0, 5.0, -4.0, 9.0])
    from analytics.ml.features import build_features

    spend, left = outcomes(rows, build_features(rows, 10), 5)
    assert spend.tolist() == [20.0, -4.0]
    assert left.tolist() == [0.0, 1.0]


def with_features(trained: Trained, rows: Purchases) -> Any:
    from analytics.ml.features import build_features

    object.__setattr__(trained, "model_features", build_features(rows, rows.last_day + 1))
    return trained

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from analytics.ml.evaluate import main
from analytics.ml.forecast.evaluate import evaluate_forecast
from analytics.ml.forecast.forecaster import Forecaster
from analytics.ml.forecast.methods import product_forecasts
from analytics.ml.forecast.reading import read_sales
from analytics.ml.forecast.season import fit_season
from analytics.ml.forecast.smoothing import damped_trend, level_only, theta
from analytics.ml.forecast.units import DAY, MONTH, WEEK, whole_span
from analytics.ml.purchases import day_number
from analytics.ml.table_errors import TableError
from tests.data import shared_data

KEYS = ["mase", "smape", "cover80", "cover95", "msis"]
START = date(2021, 1, 4)


def seasonal(series: int = 12, steps: int = 72, *, seed: int = 3) -> Any:
    """Monthly sales that grow, swing with the year and vary by a twentieth."""
    rng = np.random.default_rng(seed)
    swing = 0.3 * np.sin(2 * np.pi * np.arange(steps) / 12) * rng.uniform(0.6, 1.4, (series, 1))
    growth = rng.uniform(0, 0.01, (series, 1)) * np.arange(steps)
    return 1000 * np.exp(swing + growth + rng.normal(0, 0.05, (series, steps)))


def write_months(path: Any, values: Any) -> Any:
    lines = [
        f"{name},{2015 + i // 12}-{i % 12 + 1:02d},{v:.2f}"
        for name, row in enumerate(values)
        for i, v in enumerate(row)
    ]
    path.write_text("\n".join(["unique_id,ds,y", *lines]), encoding="utf-8")
    return path


def write_days(path: Any, amounts: Any, *, start: date = START) -> Any:
    lines = [f"{start + timedelta(i)},{amount:.2f}" for i, amount in enumerate(amounts)]
    path.write_text("\n".join(["date,amount", *lines]), encoding="utf-8")
    return path


def test_the_last_thing_printed_is_one_object_as_promised(tmp_path: Any, capsys: Any) -> None:
    path = write_months(tmp_path / "months.csv", seasonal())
    assert main(["forecast", "--data", str(path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"task", "rows", "views", "refused", "fit_seconds", "peak_mb"} <= result.keys()
    assert set(result["views"]) == {"month", "month_by_group"}
    view = result["views"]["month_by_group"]
    assert list(view["product"]) == list(view["baselines"]["seasonal_naive"]) == KEYS
    assert {"metric", "value", "low", "high"} <= view["gain"].keys()


def test_a_season_is_learned_and_beats_every_simple_method(tmp_path: Any) -> None:
    view = evaluate_forecast(write_months(tmp_path / "months.csv", seasonal()))["views"]["month_by_group"]
    assert view["product"]["mase"] < min(other["mase"] for other in view["baselines"].values())
    assert view["gain"]["low"] > 0
    assert 0.7 <= view["product"]["cover80"] <= 0.92
    assert view["product"]["cover95"] >= 0.9


def test_the_same_file_gives_the_same_figures(tmp_path: Any) -> None:
    path = write_months(tmp_path / "months.csv", seasonal(4))
    assert evaluate_forecast(path)["views"] == evaluate_forecast(path)["views"]


def test_nothing_after_an_origin_moves_its_forecast() -> None:
    values = seasonal(5)
    known = Forecaster(MONTH, 6, share=True).fit(values[:, :60]).predict().middle
    changed = values.copy()
    changed[:, 60:] *= 9
    assert np.array_equal(known, Forecaster(MONTH, 6, share=True).fit(changed[:, :60]).predict().middle)


def test_a_series_that_begins_late_moves_no_other() -> None:
    values = seasonal(6)
    late = values.copy()
    late[5, :60] = np.nan
    found = product_forecasts(late, 6, MONTH, share=False)
    alone = product_forecasts(values[:5], 6, MONTH, share=False)
    assert all(np.allclose(found[name][:5], alone[name]) for name in alone)
    assert all(np.isfinite(forecast).all() for forecast in found.values())


def test_smoothing_follows_a_level_a_trend_and_half_a_trend() -> None:
    flat, line = np.full((1, 40), 7.0), np.arange(40.0)[None]
    assert level_only(flat, 3) == pytest.approx(np.full((1, 3), 7.0))
    assert damped_trend(line, 3)[0, 0] > 39
    assert theta(line, 2)[0, 1] - theta(line, 2)[0, 0] == pytest.approx(0.5)


def test_the_period_is_found_beside_a_trend_and_shared_where_noise_rules() -> None:
    rng = np.random.default_rng(1)
    wave = np.tile(np.sin(2 * np.pi * np.arange(12) / 12), 4)
    values = wave + 0.1 * np.arange(48) + rng.normal(0, 1.0, (20, 48))
    own, shared = (fit_season(values, 12, share=share).phases for share in (False, True))
    assert np.abs(shared - wave[:12]).mean() < np.abs(own - wave[:12]).mean()
    assert fit_season(values[:, :12], 12, share=True).phases == pytest.approx(0)


def test_half_weeks_at_the_edges_are_left_out_but_closed_sundays_are_not_missed() -> None:
    monday = day_number(START)
    open_days = np.array([monday + i for i in range(70) if i % 7 < 6])
    assert np.diff(whole_span(open_days, WEEK))[0] + 1 == 10
    assert np.diff(whole_span(open_days[2:-2], WEEK))[0] + 1 == 8


def test_days_without_orders_count_as_nothing_and_gaps_of_series_are_bridged(tmp_path: Any) -> None:
    days = tmp_path / "days.csv"
    days.write_text("date,amount\n2024-01-01,5\n2024-01-02,5\n2024-01-04,5\n2024-01-05,5\n", encoding="utf-8")
    assert read_sales(days).panel(DAY, by_group=False).values.tolist() == [[5, 5, 0, 5, 5]]
    months = tmp_path / "months.csv"
    months.write_text("month,sales\n2024-01,1\n2024-02,2\n2024-04,4\n2024 May,5\n", encoding="utf-8")
    assert read_sales(months).panel(MONTH, by_group=False).values.tolist() == [[1, 2, 3, 4, 5]]


def test_a_young_shop_is_told_that_its_season_is_unknown(tmp_path: Any) -> None:
    rng = np.random.default_rng(2)
    result = evaluate_forecast(write_days(tmp_path / "days.csv", rng.gamma(2, 50, 200)))
    assert set(result["views"]) == {"day", "week"}
    assert "less than two years" in result["notes"][0]


def test_a_horizon_and_a_cut_off_can_be_given(tmp_path: Any) -> None:
    path = write_days(tmp_path / "days.csv", np.random.default_rng(2).gamma(2, 50, 364))
    view = evaluate_forecast(path, horizon_days=14, cutoff=START + timedelta(299))["views"]["day"]
    assert (view["horizon"], view["windows"]) == (14, 1)
    with pytest.raises(TableError, match="can't be measured"):
        evaluate_forecast(path, horizon_days=14, cutoff=START + timedelta(360))


@pytest.mark.parametrize(
    ("amounts", "words"),
    [([5.0], "at least 16 whole days"), ([5.0] * 100, "nothing to learn"), ([0.0] * 100, "nothing to learn")],
)
def test_what_can_not_be_forecast_is_refused_in_words(tmp_path: Any, amounts: Any, words: Any) -> None:
    result = evaluate_forecast(write_days(tmp_path / "days.csv", amounts))
    assert result["views"] == {}
    assert words in result["refused"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("date,amount\n", "no lines"),
        ("date,amount\nsoon,5\n", "no readable date: 1"),
        ("date,amount\n2024-01-01,much\n", "no readable amount: 1"),
        ("date,amount\n2098-01-01,5\n", "date in the future: 1"),
        ("a,b\n1,2\n", "no column for: date"),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_in_words(tmp_path: Any, capsys: Any, content: Any, words: Any) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    status = main(["forecast", "--data", str(path), "--json"])
    assert status == (2 if "column" in words or "empty" in words else 0)
    assert words in json.loads(capsys.readouterr().out)["refused"]


def test_negative_and_jumping_sales_end_in_figures(tmp_path: Any) -> None:
    amounts = np.random.default_rng(4).normal(0, 50, 120)
    amounts[50] = 9e8
    result = evaluate_forecast(write_days(tmp_path / "days.csv", amounts))
    assert np.isfinite(list(result["views"]["day"]["product"].values())).all()


def test_the_goal_on_the_public_weekly_series_is_met() -> None:
    found = evaluate_forecast(shared_data("walmart_weekly/weekly.csv.gz"))["views"]["week_by_group"]
    assert found["product"]["mase"] <= 0.68
    assert found["gain"]["low"] > 0
    assert 0.75 <= found["product"]["cover80"] <= 0.86
    assert 0.92 <= found["product"]["cover95"] <= 0.98

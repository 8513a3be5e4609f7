from datetime import date

import numpy as np
import pytest

from analytics.ml.purchases import Purchases, day_number
from analytics.ml.season import Season, fit_season
from analytics.ml.study import Study


def seasonal_shop(*, peak: float, years: int = 3, seed: int = 2) -> Purchases:
    """Steady customers who buy `peak` times as often in July."""
    rng = np.random.default_rng(seed)
    start = day_number(date(2020, 1, 1))
    days = np.arange(start, start + 365 * years)
    july = np.array([(day - start) % 365 in range(181, 212) for day in days])
    bought = rng.random((200, len(days))) < np.where(july, 0.02 * peak, 0.02)
    who, when = np.nonzero(bought)
    return Purchases.from_rows(who, days[when], np.full(len(who), 10.0))


def test_an_average_year_has_the_factor_one() -> None:
    season = Season((0.5, 1.5) * 6)
    assert season.factor(day_number(date(2023, 1, 1)), 365) == pytest.approx(1.0, abs=0.02)
    assert season.factor(day_number(date(2023, 2, 1)), 28) == pytest.approx(1.5)


def test_the_same_quarter_counts_less_after_a_busy_one() -> None:
    busy_spring = Season((0.8, 0.8, 0.8, 1.6, 1.6, 1.6, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8))
    july, october = day_number(date(2023, 7, 1)), day_number(date(2023, 10, 1))
    assert busy_spring.swing(july, 90, 90) < busy_spring.swing(october, 90, 90)
    assert busy_spring.swing(july, 90, 0) == pytest.approx(busy_spring.factor(july, 90))


def test_the_own_busy_month_is_learned() -> None:
    rows = seasonal_shop(peak=2.0)
    as_of = rows.last_day + 1
    months = Study.of(rows, as_of, 60).serving.season.months
    assert int(np.argmax(months[:10])) == 6


def test_a_shop_without_a_season_bends_the_prior_flat() -> None:
    rows = seasonal_shop(peak=1.0)
    study = Study.of(rows, rows.last_day + 1, 60)
    young = fit_season(rows.before(rows.first_day + 60), rows.first_day + 60, study.serving.rhythm.buying)
    assert np.ptp(study.serving.season.months) < 0.6 * np.ptp(young.months)


def test_the_months_average_to_one() -> None:
    rows = seasonal_shop(peak=1.5, years=1)
    assert np.mean(Study.of(rows, rows.last_day + 1, 60).serving.season.months) == pytest.approx(1.0)

"""A shop's own weeks and months, and what is said of the coming ones."""

from __future__ import annotations

import numpy as np

from analytics.ml.forecast.outlook import Series, look_ahead, sees_season, series_of
from analytics.ml.forecast.units import MONTH, WEEK
from analytics.ml.purchases import Floats


def months(count: int, *, seed: int = 0) -> Floats:
    """Sales with a season and some noise."""
    noise = np.random.default_rng(seed).normal(0, 40, count)
    return np.asarray(1000 + 300 * np.sin(np.arange(count) * 2 * np.pi / 12) + noise)


def series(*rows: Floats) -> Series:
    return Series(MONTH, tuple(f"g{i}" for i in range(len(rows))), np.stack(rows), 500)


def test_only_whole_weeks_count_and_quiet_ones_are_nothing() -> None:
    days = np.array([*range(20000, 20100), 20140])
    found = series_of(days, np.ones(101), np.zeros(101, dtype=np.int64), [""], WEEK, known_until=20150)
    assert set(found.values[0][:14]) == {7.0, 0.0} or found.values[0][0] == 7
    assert found.values[0][-1] in (0.0, 1.0)
    assert int(WEEK.number(np.array([20150]))[0]) - 1 == found.last
    assert found.values.sum() == 101 - (np.asarray(WEEK.number(days)) < found.last + 1 - found.values.shape[1]).sum()


def test_a_group_begins_with_its_first_sale() -> None:
    days = np.arange(20000, 20200)
    codes = (days >= 20100).astype(np.int64)
    found = series_of(days, np.ones(200) * days, codes, ["old", "new"], WEEK, known_until=20200)
    assert np.isnan(found.values[1][0])
    assert not np.isnan(found.values[1][-1])


def test_what_is_said_lies_in_its_ranges_and_sees_the_season() -> None:
    found = look_ahead(series(months(60)))
    assert found is not None
    (low, high), (lowest, highest) = found.ranges[80], found.ranges[95]
    assert (lowest <= low).all()
    assert (low <= found.middle).all()
    assert (found.middle <= high).all()
    assert (high <= highest).all()
    coming = 1000 + 300 * np.sin(np.arange(60, 72) * 2 * np.pi / 12)
    assert np.abs(found.middle[0] - coming).mean() < 60
    assert found.simple[0, 0] == months(60)[48]


def test_too_little_or_always_the_same_says_nothing() -> None:
    assert look_ahead(series(months(11))) is None
    assert look_ahead(series(np.ones(40))) is None
    assert look_ahead(series(np.full(40, np.nan))) is None


def test_sales_that_never_fell_below_nothing_are_not_expected_to() -> None:
    rows = np.where(np.arange(40) % 5 == 0, 100.0, 0.0)
    found = look_ahead(series(rows))
    assert found is not None
    assert found.ranges[95][0].min() >= 0


def test_looking_back_knows_nothing_of_later_months() -> None:
    changed = months(60)
    changed[50:] = 9_999
    then, other = (look_ahead(series(rows).upto(500 - 10)) for rows in (months(60), changed))
    assert then is not None
    assert other is not None
    assert (then.middle == other.middle).all()


def test_under_two_years_no_season_is_seen() -> None:
    assert not sees_season(series(months(23)))
    assert sees_season(series(months(24)))

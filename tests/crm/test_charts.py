"""The geometry of charts."""

import pytest

from crm import charts
from crm.charts import Datum, bar_chart


def words(value: float) -> str:
    return f"{value:g}"


def bars(*values: float) -> charts.Chart:
    chart = charts.bar_chart([Datum(str(i), value) for i, value in enumerate(values)], title="T", words=words)
    assert chart is not None
    return chart


def test_bars_stand_on_zero_and_fill_the_width() -> None:
    chart = bars(10, 40, 20)
    assert all(mark.y + mark.height == pytest.approx(chart.base) for mark in chart.marks)
    assert [mark.height for mark in chart.marks] == pytest.approx([37, 148, 74])
    assert sum(mark.slot_width for mark in chart.marks) == pytest.approx(100, abs=0.1)


def test_negative_values_hang_below_the_base() -> None:
    loss = bars(10, -5).marks[1]
    assert loss.y == bars(10, -5).base
    assert loss.height > 0


def test_a_value_that_is_not_zero_is_seen() -> None:
    assert bars(1, 1_000_000).marks[0].height == 1
    assert bars(0, 1_000_000).marks[0].height == 0


def test_the_grid_ends_on_a_round_number() -> None:
    assert [line.words for line in bars(61_840).grid] == ["80000", "40000", "0"]


@pytest.mark.parametrize(
    ("highest", "ceiling"), [(0, 1), (7, 8), (8, 8), (8.1, 10), (0.21, 0.3), (1.01e9, 1.2e9), (13, 16)]
)
def test_ceilings_are_round(highest: float, ceiling: float) -> None:
    assert charts.nice_ceiling(highest) == pytest.approx(ceiling)


@pytest.mark.parametrize("count", [1, 4, 5, 12, 13, 24, 36, 40])
def test_names_under_the_base_never_crowd(count: int) -> None:
    ticks = [mark.tick for mark in bars(*range(1, count + 1)).marks]
    assert ticks[-1] == "major"
    assert sum(bool(tick) for tick in ticks) <= 12
    assert ticks.count("major") <= 4


def test_long_names_stand_further_apart() -> None:
    data = [Datum(f"Jan 20{i}", i) for i in range(10, 34)]
    chart = charts.bar_chart(data, title="T", words=words)
    assert chart is not None
    assert 1 < sum(bool(mark.tick) for mark in chart.marks) <= 6


def test_words_at_the_edge_lean_inwards() -> None:
    marks = bars(*range(24)).marks
    assert (marks[0].anchor, marks[0].words_x) == ("start", 0)
    assert (marks[-1].anchor, marks[-1].words_x) == ("end", 100)
    assert marks[10].anchor == "middle"


def test_the_newest_and_a_far_peak_are_labelled() -> None:
    assert [i for i, mark in enumerate(bars(9, 1, 1, 1, 1, 2).marks) if mark.is_direct] == [0, 5]
    assert [i for i, mark in enumerate(bars(1, 1, 1, 1, 1, 1, 9, 2).marks) if mark.is_direct] == [7]


def test_nothing_draws_nothing() -> None:
    assert charts.bar_chart([], title="T", words=words) is None
    assert charts.line_chart([Datum("a", 1)], title="T", words=words) is None
    assert charts.sparkline([1], title="T") is None
    assert charts.hbar_chart([], title="T", words=words) is None
    assert charts.funnel([], title="T", words=words, step_words=words) is None


def test_the_forecast_begins_where_the_known_line_ends() -> None:
    data = [Datum("a", 1), Datum("b", 2), Datum("c", 3, is_forecast=True, low=2, high=4)]
    chart = charts.line_chart(data, title="T", words=words)
    assert chart is not None
    end = chart.path.split("L")[-1]
    assert chart.forecast.startswith(f"M{end}")
    assert chart.band.startswith(f"M{end}")
    assert chart.band.endswith("Z")


def test_a_flat_series_is_a_flat_sparkline() -> None:
    spark = charts.sparkline([5, 5, 5], title="T")
    assert spark is not None
    assert spark.path == "M0 22 L50 22 L100 22"


def test_a_funnel_says_which_share_goes_on() -> None:
    chart = charts.funnel([Datum("a", 100), Datum("b", 25), Datum("c", 0)], title="T", words=words, step_words=words)
    assert chart is not None
    assert [(row.width, row.step) for row in chart.rows] == [(100, ""), (25, "0.25"), (0, "0")]


def test_short_words_stand_at_their_own_bar_however_high_the_one_before_is() -> None:
    newest = bars(*[10] * 12, 0).marks[-1]
    assert newest.words == "0"
    assert newest.words_y == newest.y


def test_the_newest_words_stand_above_the_neighbours_they_reach_over() -> None:
    data = [Datum(str(month), value) for month, value in enumerate([10.0] * 22 + [40.0, 20.0])]
    chart = bar_chart(data, title="Revenue", words=str)
    assert chart is not None
    newest, before = chart.marks[-1], chart.marks[-2]
    assert newest.words_y == before.y < newest.y

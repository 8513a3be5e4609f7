"""Measures the forecasts on any file of orders or of finished series, beside simple methods."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from analytics.ml.forecast.forecaster import Forecast, Forecaster, typical_change
from analytics.ml.forecast.measures import forecast_metrics
from analytics.ml.forecast.methods import MOVING_MEAN, NAIVE, SEASONAL_NAIVE, simple_forecasts
from analytics.ml.forecast.reading import Panel, Sales, read_sales
from analytics.ml.forecast.smoothing import known_mean
from analytics.ml.forecast.units import Unit, first_day
from analytics.ml.measuring import OF_ORDERS, EvaluatedTask, Options, Result, named_columns, peak_mb, plain_gain
from analytics.ml.metrics import paired_gain
from analytics.ml.purchases import Floats, day_number
from analytics.ml.table_errors import TableError

LEAST_UNITS = 16
MOST_WINDOWS = 4
FEWEST_BLOCKS = 12
UNEVEN = 0.05
NORMAL = {80: 1.2816, 95: 1.96}


@dataclass(frozen=True, eq=False)
class _Window:
    """What one origin gave: forecasts by method, what came [n, steps], the usual change of each series [n]."""

    forecasts: dict[str, Forecast]
    actual: Floats
    size: Floats
    methods: tuple[str, ...]


def evaluate_forecast(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    horizon_days: int | None = None,
    cutoff: date | None = None,
) -> Result:
    """Forecast the last stretches of the file from what came before each, by day, week and month.

    Views: `day`, `week`, `month` for all sales, `week_by_group` … where the file has groups or several series. Each
    starts at up to four origins one horizon apart, or at `cutoff` alone. Choice of methods and width of ranges use
    only what was known at the origin. TableError in clear words when the file can't be used.
    """
    start = time.perf_counter()
    with threadpool_limits(limits=1):
        sales = read_sales(path, mapping=mapping)
        views, notes = _views(sales, horizon_days, cutoff)
    took = time.perf_counter() - start
    return {
        "task": "forecast",
        "rows": sales.rows,
        "series": len(sales.groups),
        "views": views,
        "refused": None if views else " ".join(notes),
        "notes": notes,
        "skipped": dict(sales.skipped),
        "fit_seconds": round(took, 2),
        "peak_mb": round(peak_mb(), 1),
    }


def _views(sales: Sales, horizon_days: int | None, cutoff: date | None) -> tuple[dict[str, Any], list[str]]:
    views: dict[str, Any] = {}
    notes: list[str] = []
    for unit in sales.units:
        for name, panel in _panels(sales, unit).items():
            found = _view(panel, unit, horizon_days, cutoff)
            notes += [f"{name}: {found}"] if isinstance(found, str) else _season_note(name, panel, unit)
            if not isinstance(found, str):
                views[name] = found
    if not sales.units:
        notes = ["No forecast: the lines lie more than a quarter of a year apart."]
    return views, notes


def _panels(sales: Sales, unit: Unit) -> dict[str, Panel]:
    """All sales, and those of each group; no sum of series that begin or end at different times."""
    total = {unit.name: sales.panel(unit, by_group=False)}
    if len(sales.groups) == 1:
        return total
    groups = sales.panel(unit, by_group=True)
    is_even = not sales.is_series or (groups.same_end and np.isnan(groups.values).mean() < UNEVEN)
    return (total if is_even else {}) | {f"{unit.name}_by_group": groups}


def _season_note(name: str, panel: Panel, unit: Unit) -> list[str]:
    known = int((~np.isnan(panel.values)).sum(axis=1).max())
    year = {"day": 365, "week": 52}.get(unit.name, unit.period)
    if known >= 2 * year:
        return []
    return [f"{name}: {known} {unit.name}s are less than two years, so the season of the year can't be known."]


def _view(panel: Panel, unit: Unit, horizon_days: int | None, cutoff: date | None) -> dict[str, Any] | str:
    """The measured view, or why there is none."""
    panel = _long_enough(panel)
    if not len(panel.values):
        return f"no forecast: at least {LEAST_UNITS} whole {unit.name}s of sales are needed."
    if not _varies(panel.values):
        return f"no forecast: all {unit.name}s are the same, there is nothing to learn."
    width = panel.values.shape[1]
    steps = max(1, round(horizon_days / unit.days)) if horizon_days else min(unit.ahead, width // 4)
    origins = _origins(width, steps) if cutoff is None else [_cut(panel, unit, cutoff, steps)]
    if not origins:
        return f"no forecast: {width} {unit.name}s are too few for {steps} ahead."
    windows = [window for at in origins if (window := _window(panel, unit, at, steps))]
    return _measured(windows) | {"series": len(panel.values), "horizon": steps, "windows": len(windows)}


def _long_enough(panel: Panel) -> Panel:
    known = (~np.isnan(panel.values)).sum(axis=1) >= LEAST_UNITS if panel.values.size else np.zeros(0, dtype=bool)
    values = panel.values[known]
    longest = int((~np.isnan(values)).sum(axis=1).max(initial=0))
    return Panel(panel.names[known], values[:, values.shape[1] - longest :], panel.same_end, panel.last)


def _varies(values: Floats) -> bool:
    return bool((np.nanmax(values, axis=1) > np.nanmin(values, axis=1)).any())


def _origins(width: int, steps: int) -> list[int]:
    """Where the measured stretches begin: at least half of the history and a forecast's length lie before each."""
    least = max(LEAST_UNITS // 2, steps, width // 2)
    return list(range(width - steps, least - 1, -steps))[:MOST_WINDOWS]


def _cut(panel: Panel, unit: Unit, cutoff: date, steps: int) -> int:
    known_to = int(unit.number(np.array([day_number(cutoff) + 1]))[0])
    at = int(panel.values.shape[1] - (panel.last + 1 - known_to))
    if not panel.same_end or not LEAST_UNITS // 2 <= at <= panel.values.shape[1] - steps:
        last = first_day(unit, panel.last)
        raise TableError(
            f"{steps} {unit.name}s after {cutoff} can't be measured: the last {unit.name} begins on {last}."
        )
    return at


def _window(panel: Panel, unit: Unit, at: int, steps: int) -> _Window | None:
    """None where no series has a past that varies."""
    past = panel.values[:, :at]
    usable = (~np.isnan(past)).sum(axis=1) >= LEAST_UNITS // 2
    usable[usable] = np.nanmax(past[usable], axis=1) > np.nanmin(past[usable], axis=1)
    if not usable.any():
        return None
    past, actual = past[usable], panel.values[usable, at : at + steps]
    forecaster = Forecaster(unit, steps, share=panel.same_end).fit(past)
    simple = simple_forecasts(past, steps, unit)
    forecasts = {"product": forecaster.predict()} | {
        name: _with_ranges(name, middle, past, unit) for name, middle in simple.items()
    }
    return _Window(forecasts, actual, typical_change(past, unit), tuple(forecaster.weights_))


def _with_ranges(name: str, middle: Floats, past: Floats, unit: Unit) -> Forecast:
    """The textbook ranges of a simple method: normal, from its own misses so far."""
    steps = np.arange(middle.shape[1])
    period = unit.period if past.shape[1] >= 2 * unit.period else 1
    lag, growth = {
        NAIVE: (1, np.sqrt(steps + 1)),
        SEASONAL_NAIVE: (period, np.sqrt(steps // period + 1)),
        MOVING_MEAN: (0, np.ones(len(steps))),
    }[name]
    missed = past[:, lag:] - (past[:, :-lag] if lag else known_mean(past)[:, None])
    known = (~np.isnan(missed)).sum(axis=1)
    usual = np.sqrt(np.nansum(missed**2, axis=1) / np.maximum(known, 1))[:, None] * growth
    return Forecast(middle, {share: (middle - z * usual, middle + z * usual) for share, z in NORMAL.items()})


def _measured(windows: list[_Window]) -> dict[str, Any]:
    actual, sizes = [window.actual for window in windows], [window.size for window in windows]
    metrics = {
        name: forecast_metrics([window.forecasts[name] for window in windows], actual, sizes)
        for name in windows[0].forecasts
    }
    product = metrics.pop("product")
    best = min(metrics, key=lambda name: metrics[name]["mase"] or 0.0)
    return {
        "product": product,
        "baselines": metrics,
        "gain": _gain(windows, best),
        "methods": [list(window.methods) for window in windows],
    }


def _gain(windows: list[_Window], against: str) -> dict[str, Any]:
    """Less mase than the best baseline; whole stretches of a series are drawn, steps only where these are few."""
    ours, theirs = (np.concatenate([_misses(window, name) for window in windows]) for name in ("product", against))
    if len(ours) >= FEWEST_BLOCKS:
        ours, theirs = ours.mean(axis=1), theirs.mean(axis=1)
    return {"metric": "mase", "against": against, **plain_gain(paired_gain(ours.ravel(), theirs.ravel()))}


def _misses(window: _Window, name: str) -> Floats:
    return np.asarray(np.abs(window.forecasts[name].middle - window.actual) / window.size[:, None])


def _measure(options: Options) -> Result:
    return evaluate_forecast(
        options["data"],
        mapping=named_columns(options, {"target": "amount", "time": "date", "id": "group"}),
        horizon_days=options["horizon"],
        cutoff=options["cutoff"],
    )


def _head(result: Result) -> str:
    return f"forecast: {result['rows']} lines, {result['series']} series"


FORECAST = EvaluatedTask(
    "forecast", "sales by day, week and month, in all and by group, with ranges", _measure, _head, uses=OF_ORDERS
)

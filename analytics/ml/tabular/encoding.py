"""From columns to the matrix that the models see; the plan is learnt once and repeats itself for any later row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ml.inputs import logit
from analytics.ml.purchases import Floats, Ints
from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.strength import PRIOR_ROWS, bin_edges, crossed_rates, rates, strength

MOST_COLUMNS = 40
MOST_LEVELS = 25
FEW_LEVELS = 8  # below, flags say all that the outcome's rates could add for a regression
FEWEST_ROWS = 15
SHARE_OF_ROWS = 0.003
SPIKE_SHARE = 0.15
SKEWED = 2.0
HINGES = 4
BEYOND = 0.5  # how far past the usual range, as a share of it, a later number may reach: prices and rates move on
SEASON_DAYS = 700
OTHER = "\x00other"

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class NumberPlan:
    """A number, flag or date: clipped, perhaps on a logarithmic scale, missing as the median beside a flag for it."""

    name: str
    low: float
    high: float
    middle: float
    is_log: bool
    spikes: tuple[float, ...]
    hinges: tuple[float, ...]
    before: str = ""  # the column of dates that days are counted back from

    def columns(self, frame: Mapping[str, Column]) -> tuple[list[Floats], list[str]]:
        """The matrix's columns, and for whom each is: `both`, `linear` (the regression alone), `trees` or `none`."""
        values = _values(frame, self.name, self.before)
        missing = ~np.isfinite(values)
        scaled = self._scaled(np.clip(np.where(missing, self.middle, values), self.low, self.high))
        found, use = [scaled, missing.astype(np.float64)], ["both", "both"]
        found += [(values == spike).astype(np.float64) for spike in self.spikes]
        found += [np.maximum(scaled - self._scaled(np.array(at)), 0.0) for at in self.hinges]
        return found, use + ["linear"] * (len(self.spikes) + len(self.hinges))

    def _scaled(self, values: Floats) -> Floats:
        return np.asarray(np.log1p(values - self.low)) if self.is_log else values


@dataclass(frozen=True)
class CategoryPlan:
    """A category: a flag for each frequent level, one for all rare ones, and the outcome's rate at the level.

    Where the outcome `moves` in time the rates of the past mislead: trees then see one number instead, the place of
    the level by how frequent it is, and only the regression sees the flags.
    """

    name: str
    levels: tuple[str, ...]
    rates: tuple[float, ...]  # log odds by level, then of rare ones, then of missing
    moves: bool = False

    def columns(self, frame: Mapping[str, Column]) -> tuple[list[Floats], list[str]]:
        """As `NumberPlan.columns`."""
        at = self.cells(frame[self.name])
        flags = [(at == number).astype(np.float64) for number in range(len(self.levels) + 2)]
        rate = np.asarray(self.rates)[at]
        is_few = len(self.levels) < FEW_LEVELS
        if self.moves:
            uses = ["linear"] * len(flags) + ["none" if is_few else "linear", "trees"]
            return [*flags, rate, at.astype(np.float64)], uses
        return [*flags, rate], ["both"] * len(flags) + ["trees" if is_few else "both"]

    def cells(self, column: Column) -> Ints:
        """The place of each row's level in `levels`; then rare, then missing [n]."""
        return level_cells(column, self.levels)


@dataclass(frozen=True)
class CalendarPlan:
    """Day of the week of a date, and its month where the rows span enough years to know a season."""

    name: str
    has_month: bool

    def columns(self, frame: Mapping[str, Column]) -> tuple[list[Floats], list[str]]:
        """As `NumberPlan.columns`."""
        days = np.nan_to_num(frame[self.name].values).astype(np.int64)
        found = [((days + 3) % 7 == day).astype(np.float64) for day in range(7)]
        if self.has_month:
            months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
            found += [(months == month).astype(np.float64) for month in range(12)]
        return found, ["both"] * len(found)


Plan = NumberPlan | CategoryPlan | CalendarPlan


class Encoder:
    """Learns from rows with a known outcome how every column enters the matrix.

    `rows_each` is how many rows are of one thing: it takes so many times as many for a level to be frequent.
    With `bends` the regression may bend and jump along a number, which is rash where numbers move on in time.
    `fit` sets `plans_` (the strongest columns, at most 40) and `uses_` (who sees each of the k matrix columns).
    """

    def __init__(self, *, time: str | None = None, bends: bool = True, seed: int = 0, rows_each: float = 1.0) -> None:
        self.time = time
        self.rows_each = rows_each
        self.bends = bends
        self.seed = seed

    def fit(self, columns: Sequence[Column], outcome: Floats) -> Encoder:
        """Learn the plans from columns of n rows and outcomes [n] of 0 and 1."""
        frame = {column.name: column for column in columns}
        told = [column for column in columns if column.name != self.time]
        if len(told) > MOST_COLUMNS:
            told = sorted(told, key=lambda one: -abs(strength(one, outcome, seed=self.seed) - 0.5))[:MOST_COLUMNS]
        plans = [plan for column in told if (plan := self._plan(column, frame, outcome))]
        self.plans_: list[Plan] = [*plans, *self._calendar(frame)]
        self.uses_ = [use for plan in self.plans_ for use in plan.columns(_first_row(frame))[1]]
        return self

    def transform(self, columns: Sequence[Column]) -> Matrix:
        """The matrix [n, k] float32 of any rows with the same columns."""
        frame = {column.name: column for column in columns}
        parts = [part for plan in self.plans_ for part in plan.columns(frame)[0]]
        rows = len(columns[0]) if columns else 0
        return np.column_stack(parts).astype(np.float32) if parts else np.zeros((rows, 0), np.float32)

    def fit_transform(self, columns: Sequence[Column], outcome: Floats) -> Matrix:
        """The matrix to train on: rates of levels come from other rows, so that no row sees its own outcome."""
        matrix = self.fit(columns, outcome).transform(columns)
        frame = {column.name: column for column in columns}
        folds = np.random.default_rng(self.seed).permutation(len(outcome)) % 5
        at = 0
        for plan in self.plans_:
            width = len(plan.columns(_first_row(frame))[1])
            if isinstance(plan, CategoryPlan):
                cells = plan.cells(frame[plan.name])
                found = crossed_rates(cells, outcome, len(plan.rates), folds=folds)
                matrix[:, at + len(plan.rates)] = logit(found)
            at += width
        return matrix

    def as_json(self) -> dict[str, Any]:
        """Plain data for the card."""
        plans = [{"kind": type(plan).__name__} | asdict(plan) for plan in self.plans_]
        return {"time": self.time, "bends": self.bends, "seed": self.seed, "uses": self.uses_, "plans": plans}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Encoder:
        """The inverse of `as_json`; KeyError or TypeError when a field is missing or foreign."""
        kinds: dict[str, Any] = {kind.__name__: kind for kind in (NumberPlan, CategoryPlan, CalendarPlan)}
        encoder = cls(time=data["time"], bends=data["bends"], seed=data["seed"])
        encoder.uses_ = list(data["uses"])
        encoder.plans_ = [
            kinds[plan["kind"]](
                **{
                    key: tuple(value) if isinstance(value, list) else value
                    for key, value in plan.items()
                    if key != "kind"
                }
            )
            for plan in data["plans"]
        ]
        return encoder

    def _plan(self, column: Column, frame: Mapping[str, Column], outcome: Floats) -> Plan | None:
        if column.kind == "category":
            plan = plan_category(column, outcome, rows_each=self.rows_each)
            return plan and replace(plan, moves=not self.bends)
        before = self.time if column.kind == "date" and self.time in frame else ""
        number = _plan_number(column.name, column.kind, _values(frame, column.name, before or ""), before or "")
        return number if number is None or self.bends else replace(number, spikes=(), hinges=())

    def _calendar(self, frame: Mapping[str, Column]) -> list[Plan]:
        if self.time is None or self.time not in frame or frame[self.time].kind != "date":
            return []
        days = frame[self.time].values
        return [CalendarPlan(self.time, has_month=bool(np.nanmax(days) - np.nanmin(days) >= SEASON_DAYS))]


def level_cells(column: Column, levels: Sequence[str]) -> Ints:
    """The place of each row's level in `levels`; len(levels) for any other, len(levels) + 1 for missing [n]."""
    places = {level: at for at, level in enumerate(levels)}
    known = [places.get(level, len(levels)) for level in column.levels]
    return np.array([*known, len(levels) + 1])[column.codes]


def plan_category(column: Column, outcome: Floats, *, rows_each: float = 1.0) -> CategoryPlan | None:
    """Frequent levels and their rates; None where no level is frequent. `rows_each` rows are of about one thing."""
    counts = np.bincount(column.codes[column.filled], minlength=len(column.levels))
    least = max(FEWEST_ROWS * rows_each, SHARE_OF_ROWS * len(column))
    frequent = [int(at) for at in np.argsort(-counts, kind="stable")[:MOST_LEVELS] if counts[at] >= least]
    if not frequent:
        return None
    levels = tuple(column.levels[at] for at in frequent)
    prior = PRIOR_ROWS * rows_each
    found = logit(rates(level_cells(column, levels), outcome, len(levels) + 2, prior_rows=prior))
    return CategoryPlan(column.name, levels, tuple(found.tolist()))


def _plan_number(name: str, kind: str, values: Floats, before: str) -> NumberPlan | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    if kind == "flag":
        return NumberPlan(name, 0.0, 1.0, float(np.round(known.mean())), False, (), (), before)
    low, middle, high = (float(edge) for edge in np.quantile(known, [0.002, 0.5, 0.998]))
    distinct, counts = np.unique(known, return_counts=True)
    spikes = tuple(float(value) for value in distinct[counts >= SPIKE_SHARE * len(values)]) if len(distinct) > 2 else ()
    clipped = np.clip(known, low, high)
    spread = clipped.std()
    is_log = bool(spread > 0 and ((clipped - clipped.mean()) ** 3).mean() / spread**3 > SKEWED)
    inner = bin_edges(clipped, HINGES + 1) if len(distinct) > HINGES + 2 else np.empty(0)
    hinges = tuple(float(at) for at in inner if low < at < high)
    room = 0.0 if is_log else BEYOND * (high - low)
    return NumberPlan(name, low - room, high + room, middle, is_log, spikes, hinges, before)


def _values(frame: Mapping[str, Column], name: str, before: str) -> Floats:
    values = frame[name].values
    return frame[before].values - values if before else values


def _first_row(frame: Mapping[str, Column]) -> dict[str, Column]:
    return {name: column.keep(np.zeros(1, np.int64)) for name, column in frame.items()}

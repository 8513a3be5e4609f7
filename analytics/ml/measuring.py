"""What every evaluation shares: how a task is registered, a gain as plain numbers, the memory that it took."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.ml.metrics import Gain
from analytics.ml.purchases import Ints
from analytics.ml.table import read_mapping

Options = Mapping[str, Any]
Result = dict[str, Any]
OPTIONAL = ("horizon", "cutoff", "target", "time", "id", "positive", "keep", "drop", "allow_protected", "truth")
OF_ORDERS = ("horizon", "cutoff", "target", "time", "id")


@dataclass(frozen=True)
class EvaluatedTask:
    """A task of `manage.py evaluate`: `measure` takes the parsed options and returns the object that `--json` prints.

    `about` is its line in the help, `head` the first line of the table for people; `uses` are the options beside
    --data, --map and --json that mean something to it.
    """

    name: str
    about: str
    measure: Callable[[Options], Result]
    head: Callable[[Result], str]
    uses: tuple[str, ...] = ()

    def unused(self, options: Options) -> list[str]:
        """The options that were given and mean nothing here."""
        return [name for name in OPTIONAL if options.get(name) and name not in self.uses]


def named_columns(options: Options, fields: Mapping[str, str]) -> dict[str, str]:
    """What --map says, and --target, --time and --id by `fields` (option → field) where --map is silent."""
    found = {field: options[option] for option, field in fields.items() if options.get(option)}
    return found | read_mapping(options["map"])


def plain_gain(gain: Gain) -> dict[str, float | None]:
    """value, low and high; None where one is not defined.

    Where resamples lean so far that the interval misses the value, the nearer end is the value itself.
    """
    low, high = np.minimum(gain.low, gain.value), np.maximum(gain.high, gain.value)
    named = {"value": gain.value, "low": float(low), "high": float(high)}
    return {name: value if np.isfinite(value) else None for name, value in named.items()}


def peak_mb() -> float:
    """The most memory that this process has had, in megabytes of 1024² bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def drawn(rows: int, most: int, *, seed: int) -> Ints:
    """The positions of at most so many of `rows`, drawn by the seed, in their order."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def drawn_first(first: Ints, others: Ints, most: int, *, seed: int) -> Ints:
    """At most so many of both, drawn by the seed, in their order: `others` only where `first` are fewer."""
    if len(first) >= most:
        return np.asarray(first[drawn(len(first), most, seed=seed)])
    return np.sort(np.concatenate((first, others[drawn(len(others), most - len(first), seed=seed)])))


def sampled(used: int, rows: int, what: str) -> str | None:
    """In words that only some were measured; None where all were."""
    return f"{used} of {rows} {what}, drawn with the seed" if used < rows else None

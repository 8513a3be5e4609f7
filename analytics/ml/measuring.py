"""What every evaluation shares: how a task is registered, a gain as plain numbers, the memory that it took."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.ml.metrics import Gain

Options = Mapping[str, Any]
Result = dict[str, Any]


@dataclass(frozen=True)
class EvaluatedTask:
    """A task of `manage.py evaluate`: `measure` takes the parsed options and returns the object that `--json` prints.

    `about` is its line in the help, `head` the first line of the table for people.
    """

    name: str
    about: str
    measure: Callable[[Options], Result]
    head: Callable[[Result], str]


def plain_gain(gain: Gain) -> dict[str, float | None]:
    """value, low and high; None where one is not defined."""
    named = {"value": gain.value, "low": gain.low, "high": gain.high}
    return {name: value if np.isfinite(value) else None for name, value in named.items()}


def peak_mb() -> float:
    """The most memory that this process has had, in megabytes of 1024² bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)

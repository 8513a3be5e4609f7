"""What boosted trees learn from, drawn from closed windows, and who grows them: this process, or a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Floats
from analytics.ml.windows import Window


@dataclass(frozen=True, eq=False)
class Rows:
    """Inputs [n, k] and target [n]."""

    inputs: NDArray[np.float32]
    target: Floats

    @classmethod
    def stacked(cls, parts: Sequence[Rows]) -> Rows:
        """One under the other."""
        return cls(np.vstack([part.inputs for part in parts]), np.concatenate([part.target for part in parts]))


class Draw(Protocol):
    """Which rows of a window are learned from, and what from them: plain data, so that it can be sent elsewhere."""

    @property
    def objective(self) -> str:
        """`binary` (raw scores are log odds) or `regression`."""

    def rows(self, window: Window) -> Rows:
        """The rows of one closed window."""


@dataclass(frozen=True, eq=False)
class LeavingDraw:
    """Who stayed away."""

    objective: str = "binary"

    def rows(self, window: Window) -> Rows:
        return Rows(window.inputs, window.left)


@dataclass(frozen=True, eq=False)
class MoneyDraw:
    """Log money of those who bought: `factors` takes the season out of each window, `cap` and `within` tame giants."""

    factors: Mapping[int, float]
    cap: float
    within: tuple[float, float]
    objective: str = "regression"

    def spend(self, window: Window) -> Floats:
        """Money [n] of the window without season; 0 for who bought nothing."""
        return np.minimum(np.maximum(window.spend, 0.0) * self.factors[window.as_of], self.cap)

    def rows(self, window: Window) -> Rows:
        spend = self.spend(window)
        buyers = spend > 0
        return Rows(window.inputs[buyers], np.clip(np.log(spend[buyers]), *self.within))


class Grower(Protocol):
    """Who grows trees for what is drawn from the windows."""

    def grow(self, windows: Sequence[Window], draw: Draw, *, seed: int) -> Any:
        """A LightGBM booster. `windows` may be a sample: a cluster draws the same ones from everybody."""


class Here:
    """This process, from the windows at hand."""

    def grow(self, windows: Sequence[Window], draw: Draw, *, seed: int) -> Any:
        from analytics.ml.trees import fit_trees

        rows = Rows.stacked([draw.rows(window) for window in windows])
        return fit_trees(rows.inputs, rows.target, objective=draw.objective, seed=seed)


HERE = Here()

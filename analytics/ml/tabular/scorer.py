"""Chances from a served artefact, with reasons: numpy and onnxruntime only, the same path for one row and for all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ml.artefact import ArtefactError, read_artefact
from analytics.ml.inputs import sigmoid
from analytics.ml.purchases import Floats, Ints
from analytics.ml.reasons import DOWN, UP, Direction
from analytics.ml.session import Network
from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.encoding import Encoder, Matrix

YES = "yes"
OWN = "custom."
MOST_FOR, MOST_AGAINST = 3, 1
LEAST_EFFECT = 0.1  # in log odds: of a small chance a small part may be the reason
ODDS = 2.0  # high: twice the odds of all; low: half of them


@dataclass(frozen=True)
class Fact:
    """One thing that moves a chance, as the column that holds it: its number or word in this row, and what is usual.

    `weight` is by how much the log odds would differ without it: a number as usual, a yes that were a no, and of words
    an average one.
    """

    column: str
    direction: Direction
    weight: float
    value: float | None = None
    usual: float | None = None
    word: str = ""


class ChanceScorer:
    """A loaded artefact; `card` is what was written beside the network."""

    def __init__(self, network: Network, card: Mapping[str, Any]) -> None:
        self.card = card
        self.base_rate = float(card["base_rate"])
        self.trained_as_of = date.fromisoformat(card["as_of"])
        self.level = 0.0  # what the ledger taught since, added to the log odds
        self._network = network
        self._encoder = Encoder.from_json(card["encoder"])
        self._kinds: dict[str, str] = dict(card["columns"])
        self._usual: dict[str, float] = dict(card["usual"])
        self._centre = np.asarray(card["centre"], dtype=np.float32)
        if sum(place.stop - place.start for _, place in self._blocks()) != len(self._centre):
            raise ValueError("its columns are encoded in another way")

    def predict(self, columns: Sequence[Column]) -> Floats:
        """P(yes) [n]."""
        return self._chance(self._matrix(columns))

    def bands(self, chances: Floats) -> NDArray[np.str_]:
        """`high` from twice the odds of all, `low` up to half of them, else `medium`."""
        return bands(chances, self.base_rate)

    def facts(self, columns: Sequence[Column]) -> list[tuple[Fact, ...]]:
        """At most three that raise and one that lowers each row's chance, weightiest first within each."""
        matrix, found = self._matrix(columns), {column.name: column for column in columns}
        if not len(matrix):
            return []
        names, effects = self._effects(matrix, found)
        rows = np.argsort(-np.abs(effects), axis=1)
        return [
            self._row(at, [(names[place], effects[at, place]) for place in rows[at]], found)
            for at in range(len(matrix))
        ]

    def _matrix(self, columns: Sequence[Column]) -> Matrix:
        rows = len(columns[0]) if columns else 0
        there = {column.name for column in columns}
        lost = [_nothing(name, kind, rows) for name, kind in self._kinds.items() if name not in there]
        return self._encoder.transform([*columns, *lost])

    def _chance(self, matrix: Matrix) -> Floats:
        return sigmoid(self._network.margins(matrix)[YES] + self.level)

    def without(self, columns: Sequence[Column]) -> tuple[list[str], Floats, Floats]:
        """The names of k columns, P(yes) [n], and P(yes) without each column's fact [n, k]."""
        matrix = self._matrix(columns)
        now = self._network.margins(matrix)[YES]
        names, effects = self._effects(matrix, {column.name: column for column in columns})
        return names, sigmoid(now + self.level), sigmoid(now[:, None] - effects + self.level)

    def _effects(self, matrix: Matrix, columns: Mapping[str, Column]) -> tuple[list[str], Floats]:
        """By how much each column moves each row's log odds [n, columns], beside what it would be without."""
        names, worlds = [], [matrix]
        usual, yes, no = self._matrix(
            [_row_of(name, kind, self._usual.get(name)) for name, kind in self._kinds.items()]
        )
        for name, places in self._blocks():
            other = matrix.copy()
            kind = self._kinds[name]
            if kind == "flag" and name in columns:
                other[:, places] = np.where((columns[name].values > 0)[:, None], no[places], yes[places])
            else:
                other[:, places] = self._centre[places] if kind == "category" else usual[places]
            names.append(name)
            worlds.append(other)
        margins = self._network.margins(np.vstack(worlds))[YES].reshape(len(worlds), len(matrix))
        return names, (margins[0] - margins[1:]).T

    def _blocks(self) -> Iterator[tuple[str, slice]]:
        """The columns of the matrix that each column of the table fills."""
        at = 0
        one = {name: _nothing(name, kind, 1) for name, kind in self._kinds.items()}
        for plan in self._encoder.plans_:
            width = len(plan.columns(one)[1])
            yield plan.name, slice(at, at + width)
            at += width

    def _row(self, at: int, effects: Sequence[tuple[str, float]], columns: Mapping[str, Column]) -> tuple[Fact, ...]:
        facts: dict[Direction, list[Fact]] = {UP: [], DOWN: []}
        for name, effect in effects:
            column = columns.get(name)
            if abs(effect) < LEAST_EFFECT or column is None or column.codes[at] < 0:
                continue
            direction = UP if effect > 0 else DOWN
            facts[direction].append(self._fact(column, at, direction, abs(float(effect))))
        return (*facts[UP][:MOST_FOR], *facts[DOWN][:MOST_AGAINST])

    def _fact(self, column: Column, at: int, direction: Direction, weight: float) -> Fact:
        if column.kind == "category":
            return Fact(column.name, direction, weight, word=column.levels[column.codes[at]])
        return Fact(column.name, direction, weight, float(column.values[at]), self._usual.get(column.name))


def bands(chances: Floats, base_rate: float) -> NDArray[np.str_]:
    """See `ChanceScorer.bands`."""
    base = min(max(base_rate, 1e-4), 1 - 1e-4)
    odds = np.clip(chances, 1e-6, 1 - 1e-6)
    times = odds / (1 - odds) / (base / (1 - base))
    return np.select([times >= ODDS, times <= 1 / ODDS], ["high", "low"], "medium")


def _row_of(name: str, kind: str, usual: float | None) -> Column:
    """Three rows: what is usual, yes, and no; a number is always the usual one, and words are missing."""
    if kind == "category":
        return _nothing(name, kind, 3)
    values = np.array([usual, 1.0, 0.0] if kind == "flag" else [usual] * 3, dtype=np.float64)
    return Column(name, kind, np.where(np.isfinite(values), 0, -1).astype(np.int64), ("",), values)  # type: ignore[arg-type]


def _nothing(name: str, kind: str, rows: int) -> Column:
    """A column that holds nothing."""
    codes: Ints = np.full(rows, -1, dtype=np.int64)
    return Column(name, kind, codes, (), np.full(rows, np.nan))  # type: ignore[arg-type]


def load_chances(folder: Path, *, task: str, names: Collection[str] | None = None) -> ChanceScorer:
    """Check hashes, format, task and schema, then load; ArtefactError in clear words when anything is off.

    `names` are the columns that there are now, besides the business's own: a model of others must not serve.
    """
    content, card = read_artefact(folder)
    if card.get("task") != task:
        raise ArtefactError(f"The artefact {folder.name} was made for another task ({card.get('task')}).")
    gone = {name for name, _kind in card.get("columns", []) if not name.startswith(OWN)} - set(names or [])
    if names is not None and gone:
        raise ArtefactError(f"The artefact {folder.name} was made for other features: train it anew.")
    try:
        return ChanceScorer(Network(content, [YES], width=len(card["centre"])), card)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"The card in {folder.name} lacks what this version needs ({error}).") from error

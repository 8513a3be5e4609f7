"""Rows of what was known at a moment, with what became of them: what chances are learned from inside the product."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Floats, Ints
from analytics.ml.tabular.columns import Column

FRAME, LEVELS = "frame.npz", "levels.json"
OPEN = np.iinfo(np.int64).max  # the day on which the outcome of a row is known that is open


@dataclass(frozen=True, eq=False)
class Frame:
    """n rows. `groups` [n] are the ids of what they are about (several rows may be of one deal at different times).

    `days` [n] is the day of each row, `known_on` [n] the first day on which its outcome [n] (1 or 0) was known.
    """

    groups: Ints
    days: Ints
    known_on: Ints
    outcome: Floats
    columns: list[Column]

    def __len__(self) -> int:
        return len(self.groups)

    def keep(self, rows: Ints | NDArray[np.bool_]) -> Frame:
        """Only these rows."""
        columns = [column.keep(rows) for column in self.columns]
        return Frame(self.groups[rows], self.days[rows], self.known_on[rows], self.outcome[rows], columns)

    def decided(self) -> Frame:
        """The rows whose outcome is known."""
        return self.keep(self.known_on < OPEN)

    def first_of_each(self) -> Frame:
        """The earliest row of each group."""
        order = np.argsort(self.days, kind="stable")
        _groups, first = np.unique(self.groups[order], return_index=True)
        return self.keep(np.sort(order[first]))

    def counts(self) -> tuple[int, int]:
        """In how many groups the outcome ever was yes, and in how many it never was."""
        ever = len(np.unique(self.groups[self.outcome > 0]))
        return ever, len(np.unique(self.groups)) - ever

    def save(self, folder: Path) -> None:
        """Two files in this folder."""
        arrays: dict[str, Any] = {
            "groups": self.groups,
            "days": self.days,
            "known_on": self.known_on,
            "outcome": self.outcome,
        }
        for number, column in enumerate(self.columns):
            arrays |= {f"codes{number}": column.codes, f"values{number}": column.values}
        with (folder / FRAME).open("wb") as file:
            np.savez(file, **arrays)
        heads = [{"name": column.name, "kind": column.kind, "levels": column.levels} for column in self.columns]
        (folder / LEVELS).write_text(json.dumps(heads), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Frame:
        """What `save` wrote."""
        heads = json.loads((folder / LEVELS).read_text(encoding="utf-8"))
        with np.load(folder / FRAME, allow_pickle=False) as found:
            columns = [
                Column(head["name"], head["kind"], found[f"codes{at}"], tuple(head["levels"]), found[f"values{at}"])
                for at, head in enumerate(heads)
            ]
            return cls(found["groups"], found["days"], found["known_on"], found["outcome"], columns)


def number_column(name: str, values: Sequence[float | None]) -> Column:
    """A column of numbers; None is missing."""
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    codes = np.where(np.isfinite(numbers), 0, -1).astype(np.int64)
    return Column(name, "number", codes, ("",), np.where(np.isfinite(numbers), numbers, np.nan))


def flag_column(name: str, values: Sequence[bool]) -> Column:
    """A column of yes and no."""
    flags = np.array(values, dtype=np.float64)
    return Column(name, "flag", flags.astype(np.int64), ("no", "yes"), flags)


def word_column(name: str, values: Sequence[str]) -> Column:
    """A column of categories; an empty word is missing."""
    levels = sorted({value for value in values if value})
    places = {level: at for at, level in enumerate(levels)}
    codes = np.array([places.get(value, -1) for value in values], dtype=np.int64)
    return Column(name, "category", codes, tuple(levels), np.full(len(codes), np.nan))


def join_frames(parts: Sequence[Frame]) -> Frame:
    """The rows of all parts under each other; every part has the same columns in the same order."""
    return Frame(
        groups=np.concatenate([part.groups for part in parts]),
        days=np.concatenate([part.days for part in parts]),
        known_on=np.concatenate([part.known_on for part in parts]),
        outcome=np.concatenate([part.outcome for part in parts]),
        columns=[_joined(columns) for columns in zip(*(part.columns for part in parts), strict=True)],
    )


def _joined(columns: Sequence[Column]) -> Column:
    levels = sorted({level for column in columns for level in column.levels})
    places = {level: at for at, level in enumerate(levels)}
    codes = [np.array([*(places[level] for level in column.levels), -1])[column.codes] for column in columns]
    first = columns[0]
    values = np.concatenate([column.values for column in columns])
    return Column(first.name, first.kind, np.concatenate(codes), tuple(levels), values)

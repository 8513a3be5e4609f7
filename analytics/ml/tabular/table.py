"""A file as something to learn from: its outcome, its order in time, the columns to use, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.ml.metrics import auc
from analytics.ml.purchases import Floats, Ints, day_number
from analytics.ml.table import without_accents
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.tabular.columns import Column, is_called_id, read_columns
from analytics.ml.tabular.drift import MOVES, SURELY_MOVES, movement
from analytics.ml.tabular.leaks import LeftOut, find_left_out
from analytics.ml.tabular.target import CHURN_CONTRACT, Outcome, find_outcome, pick

# Names of the day on which a row was known as it stands, as `Column.words` gives them, best first.
TIME_WORDS = (
    *("as of", "as of date", "snapshot date", "observation date", "reference date", "created at", "created on"),
    *("created date", "create date", "creation date", "date created", "created", "lead date", "lead created"),
    *("engage date", "open date", "opened at", "opened on", "enquiry date", "inquiry date", "contact date"),
    *("call date", "received at", "received on", "registered at", "start date", "date", "timestamp", "month", "period"),
    *("erstellt am", "erstellt", "angelegt am", "erstelldatum", "eingangsdatum", "anfragedatum", "date de creation"),
    *(
        "cree le",
        "fecha de creacion",
        "creado el",
        "data de criacao",
        "criado em",
        "data creazione",
        "data di creazione",
    ),
    *("creato il", "aangemaakt op", "data utworzenia", "datum", "fecha", "data"),
)
SNAPSHOT_WORDS = (*TIME_WORDS[:5], "date", "month", "period", "timestamp")
NOT_TIME = ("birth", "dob", "founded", "established")
SORTED = 0.97
MANY_DAYS = 20


@dataclass(frozen=True)
class Choices:
    """What the user says about the columns; what is None is recognised."""

    target: str | None = None
    time: str | None = None
    id: str | None = None
    positive: str | None = None
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    allow_protected: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Examples:
    """n decided rows, in the order of `time` where there is one. `groups` [n] number rows of one id, else None."""

    task: str
    rows: int
    columns: list[Column]
    outcome: Floats
    target: Outcome
    time: str | None
    groups: Ints | None
    left_out: list[LeftOut]
    skipped: dict[str, int]
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def is_ordered(self) -> bool:
        """The rows stand in the order in which they became known."""
        return self.time is not None

    @property
    def calendar(self) -> str | None:
        """The column of dates that rows are dated by, where the order is one of dates."""
        return next((one.name for one in self.columns if one.name == self.time and one.kind == "date"), None)


def read_examples(task: str, path: Path, choices: Choices, *, today: date) -> Examples:
    """The file's rows and columns, judged for the task. TableError in clear words where it can't be learnt from."""
    columns = read_columns(path)
    rows = len(columns[0])
    target = find_outcome(task, columns, wanted=choices.target, positive=choices.positive)
    own = pick(columns, choices.id) if choices.id else None
    time = _time(task, columns, target, choices)
    usable, skipped = _usable(target, columns, own, time, today)
    if not usable.any():
        reasons = ", ".join(f"{why}: {count}" for why, count in skipped.items())
        raise NothingToLearnError(f"None of the {rows} rows of {path.name} can be used ({reasons}).", rows=rows)
    order = np.flatnonzero(usable) if time is None else _sorted(time, np.flatnonzero(usable))
    outcome, time = target.values[order], None if time is None else time.keep(order)
    apart = {target.column} if own is None else {target.column, own.name}
    kept = [column.keep(order) for column in columns if column.name not in apart]
    left_out = _left_out(task, kept, outcome, time, choices)
    gone = {one.column for one in left_out} | ({time.name} if time is not None and time.kind != "date" else set())
    return Examples(
        task=task,
        rows=rows,
        columns=[column for column in kept if column.name not in gone],
        outcome=outcome,
        target=target,
        time=None if time is None else time.name,
        groups=None if own is None else _groups(own.keep(order)),
        left_out=left_out,
        skipped=skipped,
        notes=_notes(target, time, outcome),
    )


def _left_out(
    task: str, columns: Sequence[Column], outcome: Floats, time: Column | None, choices: Choices
) -> list[LeftOut]:
    asked = (choices.keep, choices.drop, choices.allow_protected)
    kept, dropped, allowed = (frozenset(pick(columns, name).name for name in names) for names in asked)
    own = {time.name} if time is not None else set()
    return find_left_out(task, columns, outcome, time=time, kept=kept | own, dropped=dropped, allowed=allowed | own)


def _groups(own: Column) -> Ints | None:
    """A number for each id [n]; None where no id comes twice or some row has none."""
    if not own.filled.all() or len(np.unique(own.codes)) == len(own):
        return None
    return np.unique(own.codes, return_inverse=True)[1]


def _usable(
    target: Outcome, columns: Sequence[Column], own: Column | None, time: Column | None, today: date
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    usable, skipped = target.decided.copy(), {}
    skipped["outcome not decided"] = int((~usable).sum())
    if time is not None and time.kind == "date":
        future = usable & (time.values > day_number(today) + 1)
        undated = usable & ~np.isfinite(time.values)
        skipped |= {"dated in the future": int(future.sum()), "without a date": int(undated.sum())}
        usable &= ~future & ~undated
    again = _repeats(columns)
    if again.any() and (own is not None or _numbers_rows(columns, int((~again).sum()))):
        repeated = usable & again
        skipped["the same row again"] = int(repeated.sum())
        usable &= ~repeated
    return usable, {why: count for why, count in skipped.items() if count}


def _numbers_rows(columns: Sequence[Column], different: int) -> bool:
    """A column is called an id and has a word of its own for each of the different rows: a repeat is no coincidence."""
    return any(is_called_id(one.name) and one.filled.all() and len(one.levels) == different for one in columns)


def _repeats(columns: Sequence[Column]) -> NDArray[np.bool_]:
    """Rows that are in every cell like an earlier one [n]."""
    whole = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:  # the number of each different row so far
        whole = np.unique(whole * (len(column.levels) + 1) + column.codes + 1, return_inverse=True)[1]
    _, first = np.unique(whole, return_index=True)
    again = np.ones(len(whole), dtype=bool)
    again[first] = False
    return again


def _time(task: str, columns: Sequence[Column], target: Outcome, choices: Choices) -> Column | None:
    if choices.time:
        found = pick(columns, choices.time)
        if found.kind not in ("date", "number", "id") or not np.isfinite(found.values).any():
            raise TableError(f"The column {found.name!r} holds neither dates nor numbers to order the rows by.")
        return found
    wanted = SNAPSHOT_WORDS if task == CHURN_CONTRACT else TIME_WORDS
    dates = [column for column in columns if column.kind == "date" and column.filled.mean() > 0.9]
    dates = [column for column in dates if not any(word in column.words for word in NOT_TIME)]
    named = [column for word in wanted for column in dates if without_accents(column.words) == word]
    if named:
        return named[0]
    dates = [column for column in dates if len(column.levels) > MANY_DAYS and task != CHURN_CONTRACT]
    if dates:
        return min(dates, key=lambda column: float(np.nanmedian(column.values)))
    return _numbering(columns, target)


def _numbering(columns: Sequence[Column], target: Outcome) -> Column | None:
    """An id that only rises or only falls through the file, if the outcome moves along it but is not sorted by it."""
    for column in columns:
        if column.kind != "id" or not np.isfinite(column.values).all():
            continue
        steps = np.diff(column.values)
        if (steps > 0).all() or (steps < 0).all():
            rows = np.argsort(column.values)[target.decided[np.argsort(column.values)]]
            outcome = target.values[rows]
            place = np.arange(len(outcome), dtype=np.float64)
            alone = auc(outcome, place)
            if movement(outcome) > SURELY_MOVES and max(alone, 1 - alone) < SORTED:
                return column
    return None


def _sorted(time: Column, rows: Ints) -> Ints:
    known = rows[np.isfinite(time.values[rows])]
    return known[np.argsort(time.values[known], kind="stable")]


def _notes(target: Outcome, time: Column | None, outcome: Floats) -> list[str]:
    said = ", ".join(repr(word) for word in target.yes)
    notes = [f"Outcome: {target.column!r}, yes is {said} ({100 * outcome.mean():.1f} % of {len(outcome)} rows)."]
    if target.undecided:
        words = ", ".join(repr(word) for word in target.undecided[:5])
        notes.append(f"Not decided yet and left out: {words}.")
    if time is not None:
        tenth = max(1, len(outcome) // 10)
        first, last = 100 * outcome[:tenth].mean(), 100 * outcome[-tenth:].mean()
        moves = f"; yes goes from {first:.0f} % to {last:.0f} %" if movement(outcome) > MOVES else ""
        notes.append(f"In the order of {time.name!r}{moves}.")
    return notes

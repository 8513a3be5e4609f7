"""Which columns must not be learnt from: what is known only after the outcome, ids, and what holds nothing."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from analytics.ml.protected import protected_meaning
from analytics.ml.purchases import Floats
from analytics.ml.table import without_accents
from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.strength import strength
from analytics.ml.tabular.target import CHURN_CONTRACT, LEADS

# Headers (as `Column.words` gives them) that speak of what staff enter after contact, or of what is known at the end:
# those that are called so as a whole, and words within a longer header.
LATER_NAMES: dict[str, frozenset[str]] = {
    LEADS: frozenset(
        ("duration", "tags", "tag", "status", "stage", "result", "outcome", "won", "lost", "reason", "probability")
    ),
    CHURN_CONTRACT: frozenset(("status", "left", "exit", "exited", "ended", "reason", "outcome", "closed")),
}
LATER_WORDS: dict[str, tuple[str, ...]] = {
    LEADS: (
        *(
            "close date",
            "closed date",
            "close value",
            "closed value",
            "closed at",
            "closed on",
            "closing",
            "date closed",
        ),
        *("loss reason", "lost reason", "win reason", "won reason", "conversion", "converted", "is won", "is lost"),
        *("call duration", "call length", "talk time", "contact duration", "duration sec", "duration seconds"),
        *("lead quality", "lead profile", "lead score", "lead status", "lead stage", "deal stage", "deal status"),
        *("opportunity stage", "opportunity status", "disposition", "last notable activity", "invoice", "won at"),
        *("contract value", "contract signed", "order id", "order value", "sales cycle", "days to close"),
        *("abschlussdatum", "abgeschlossen am", "verlustgrund", "gewonnen am", "verloren am", "date de cloture"),
        *("motif de perte", "raison de la perte", "fecha de cierre", "motivo de perdida", "data de fechamento"),
        *("motivo da perda", "data di chiusura", "data chiusura", "motivo della perdita", "sluitingsdatum"),
        *("verliesreden", "data zamkniecia"),
    ),
    CHURN_CONTRACT: (
        *("churn", "churned", "attrition", "exit date", "exit reason", "cancel date", "cancellation date"),
        *("cancellation reason", "cancelled at", "cancelled on", "canceled at", "canceled on", "date cancelled"),
        *("termination", "terminated", "end date", "ended at", "ended on", "leaving", "naive bayes classifier"),
        *("win back", "winback", "customer status", "final bill", "deactivation", "resignation"),
        *("kundigungsdatum", "kundigungsgrund", "gekundigt", "kundigung am", "vertragsende am", "date de resiliation"),
        *("motif de resiliation", "resilie le", "fecha de baja", "motivo de baja", "fecha de cancelacion"),
        *("data de cancelamento", "motivo do cancelamento", "data disdetta", "motivo disdetta", "opzegdatum"),
    ),
}
# Headers that have such a word and are known before all the same.
EARLIER_WORDS = ("previous", "prior", "past", "contract end", "poutcome", "last campaign")
PERFECT = 0.97
FEW_LEVELS = 12  # values that may give away what a column tells of
FILLED_TELLS = 0.95
LEAST_TOLD = 0.9
LATER_SHARE = 0.95


@dataclass(frozen=True)
class LeftOut:
    """A column that is not learnt from, why as a key, and in words."""

    column: str
    key: str
    words: str


def find_left_out(
    task: str,
    columns: Sequence[Column],
    outcome: Floats,
    *,
    time: Column | None,
    kept: Set[str] = frozenset(),
    dropped: Set[str] = frozenset(),
    allowed: Set[str] = frozenset(),
) -> list[LeftOut]:
    """Judge every column by its name, its kind and these rows; the names in `kept` are spared all but emptiness.

    What says of people what they must not be judged by is left out unless it is in `allowed`, whatever is kept.
    """
    found = []
    for column in columns:
        reason = (
            _dropped(column, dropped)
            or _nothing(column)
            or _protected(column, allowed)
            or (None if column.name in kept else _leak(task, column, outcome, time))
        )
        if reason:
            found.append(LeftOut(column.name, *reason))
    return found


Reason = tuple[str, str] | None


def _dropped(column: Column, dropped: Set[str]) -> Reason:
    return ("asked", "left out as asked") if column.name in dropped else None


def _nothing(column: Column) -> Reason:
    if column.kind == "empty" or not column.filled.any():
        return "empty", "holds nothing"
    if column.kind == "constant" or (column.filled.all() and len(np.unique(column.codes)) == 1):
        return "constant", "is the same in every row"
    return None


def _protected(column: Column, allowed: Set[str]) -> Reason:
    meaning = protected_meaning(column.name, column.levels if len(column.levels) <= FEW_LEVELS else ())
    if not meaning or column.name in allowed:
        return None
    words = f"protected: tells of {meaning}, and nobody is to be judged by it (--allow-protected {column.name!r} does)"
    return "protected", words


def _leak(task: str, column: Column, outcome: Floats, time: Column | None) -> Reason:
    if column.kind == "id":
        return "id", "numbers or names the rows"
    if column.kind == "text":
        return "text", "free text, which is not read here"
    return _named(task, column) or _later(column, time) or _told(column, outcome)


def _named(task: str, column: Column) -> Reason:
    plain = without_accents(column.words)
    words = f" {plain} "
    if any(f" {word} " in words for word in EARLIER_WORDS):
        return None
    word = next((word for word in LATER_WORDS[task] if f" {word} " in words), None)
    word = plain if plain in LATER_NAMES[task] else word
    return ("later", f"by its name ({word!r}) known only at or after the outcome") if word else None


def _later(column: Column, time: Column | None) -> Reason:
    """A date that lies after the row's own time wherever it is filled."""
    if time is None or column.kind != "date" or column.name == time.name:
        return None
    both = np.isfinite(column.values) & np.isfinite(time.values)
    if not both.any():
        return None
    after = column.values[both] > time.values[both]
    never_before = (column.values[both] >= time.values[both]).mean() >= LATER_SHARE
    return ("later", f"lies after {time.name!r}: not known then") if never_before and after.mean() > 0.5 else None


def _told(column: Column, outcome: Floats) -> Reason:
    alone = strength(column, outcome)
    if alone >= PERFECT:
        return "perfect", f"tells the outcome nearly by itself (AUC {alone:.2f}): surely entered with or after it"
    filled = column.filled
    for value, said in ((1.0, "yes"), (0.0, "no")):
        own, other = filled[outcome == value].mean(), filled[outcome != value].mean()
        if own >= FILLED_TELLS * LEAST_TOLD and other <= 1 - FILLED_TELLS:
            return "later", f"is filled almost only where the outcome is {said}"
    return None

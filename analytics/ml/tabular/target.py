"""Which column tells the outcome, and which of its words mean yes, no, and not yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Floats
from analytics.ml.table import LONGEST_NAME, listed, plain_name, without_accents
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.tabular.columns import FALSE, TRUE, Column

LEADS, CHURN_CONTRACT = "leads", "churn_contract"
LONG_STEM = 5  # letters of an outcome's name that also count as part of a longer name

# As `plain_name` gives them, best first.
NAMES: dict[str, tuple[str, ...]] = {
    LEADS: (
        *("converted", "isconverted", "conversion", "convert", "won", "iswon", "win", "dealwon", "leadconverted"),
        *("success", "purchased", "bought", "subscribed", "deposit", "responded", "accepted", "qualified"),
        *("outcome", "result", "dealstage", "dealstatus", "leadstatus", "opportunitystage", "opportunitystatus"),
        *("opportunityresult", "stagename", "stage", "status", "response", "y", "target", "label", "class"),
        *("gewonnen", "konvertiert", "abgeschlossen", "ergebnis", "ausgang", "gagne", "gagnee", "converti", "resultat"),
        *("statut", "ganado", "ganada", "convertido", "resultado", "estado", "ganho", "ganha", "situacao", "desfecho"),
        *("vinto", "vinta", "convertito", "esito", "stato", "gewonnendeal", "resultaat", "wygrana", "wynik"),
    ),
    CHURN_CONTRACT: (
        *("churn", "churned", "ischurn", "ischurned", "churnvalue", "churnlabel", "churnflag", "churnstatus"),
        *("exited", "attrition", "attritionflag", "attrited", "left", "hasleft", "cancelled", "canceled", "iscanceled"),
        *("iscancelled", "terminated", "lapsed", "unsubscribed", "discontinued", "customerstatus", "contractstatus"),
        *("subscriptionstatus", "status", "gekuendigt", "gekündigt", "kuendigung", "resiliated", "resilie", "baja"),
        *(
            "abgewandert",
            "resiliation",
            "desabonne",
            "desabonnement",
            "cancelado",
            "cancelada",
            "cancelacion",
            "evasao",
        ),
        *("abandonado", "disdetta", "disdetto", "recesso", "opgezegd", "vertrokken", "rezygnacja", "statut", "estado"),
        *("situacao", "stato", "abandono", "target", "label", "class", "y"),
    ),
}
YES: dict[str, set[str]] = {
    LEADS: {
        *("won", "win", "closed won", "closedwon", "converted", "success", "successful", "purchased", "bought"),
        *("subscribed", "accepted", "customer", "sold", "positive", "gewonnen", "gagné", "ganado", "vinto", "deal won"),
        *(
            "gagne",
            "gagnee",
            "ganada",
            "ganho",
            "ganha",
            "vinta",
            "abgeschlossen",
            "konvertiert",
            "converti",
            "convertido",
        ),
        *("wygrana", "wygrany"),
    },
    CHURN_CONTRACT: {
        *("churn", "churned", "left", "leaver", "exited", "attrited", "attrited customer", "cancelled", "canceled"),
        *("terminated", "lapsed", "ended", "expired", "lost", "inactive", "closed", "gekundigt", "unsubscribed"),
        *(
            "resilie",
            "resiliee",
            "parti",
            "cancelado",
            "cancelada",
            "baja",
            "inactivo",
            "inativo",
            "disdetto",
            "opgezegd",
        ),
        *("abgewandert", "beendet", "inaktiv", "termine", "encerrado"),
    },
}
NO: dict[str, set[str]] = {
    LEADS: {
        *("lost", "lose", "loss", "closed lost", "closedlost", "not converted", "failure", "failed", "rejected"),
        *("declined", "unqualified", "disqualified", "dead", "negative", "verloren", "perdu", "perdido", "perso"),
        *("junk", "junk lead", "not interested", "deal lost", "abandoned"),
        *("perdue", "perdida", "persa", "perduto", "verlust", "abgelehnt", "refuse", "przegrana", "przegrany"),
    },
    CHURN_CONTRACT: {
        *("stayed", "stay", "active", "retained", "existing", "existing customer", "current", "not churned", "loyal"),
        *("no churn", "aktiv", "actif", "activo", "renewed", "running", "remained"),
        *(
            "activa",
            "ativo",
            "ativa",
            "attivo",
            "actief",
            "aktywny",
            "geblieben",
            "laufend",
            "en cours",
            "fidele",
            "alta",
        ),
    },
}


@dataclass(frozen=True, eq=False)
class Outcome:
    """`values` [n] are 1, 0, or nan for rows whose outcome is not decided; `yes` are the words that mean 1."""

    column: str
    yes: tuple[str, ...]
    values: Floats
    undecided: tuple[str, ...]

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Rows that can be learnt from and measured on [n]."""
        return np.isfinite(self.values)


def find_outcome(task: str, columns: Sequence[Column], *, wanted: str | None, positive: str | None) -> Outcome:
    """The outcome in the column `wanted`, or in the best named one; TableError in clear words when there is none."""
    if wanted is not None:
        return _readable(task, pick(columns, wanted), positive)
    problems = []
    for column in _named(task, columns):
        try:
            return _readable(task, column, positive)
        except TableError as error:
            problems.append(error)
    if problems:
        raise problems[0]
    names = listed([column.name for column in columns])
    raise TableError(f"No column is recognised as the outcome among {names}. Name it with --target COLUMN.")


def pick(columns: Sequence[Column], wanted: str) -> Column:
    """The column of this name, written in whatever way; TableError when there is none."""
    for column in columns:
        if column.name == wanted or plain_name(column.name) == plain_name(wanted):
            return column
    names = listed([column.name for column in columns])
    raise TableError(f"There is no column {wanted!r}; the columns are {names}.")


def _named(task: str, columns: Sequence[Column]) -> list[Column]:
    plain = {without_accents(plain_name(column.name)): column for column in reversed(columns)}
    names = list(dict.fromkeys(map(without_accents, NAMES[task])))
    exact = [plain[name] for name in names if name in plain]
    stems = [name for name in names if len(name) >= LONG_STEM]
    parts = [column for name in stems for key, column in plain.items() if key.startswith(name) or key.endswith(name)]
    return [*exact, *(column for column in dict.fromkeys(parts) if column not in exact)]


def _readable(task: str, column: Column, positive: str | None) -> Outcome:
    levels = [level.casefold() for level in column.levels]
    if len(levels) < 2:
        only = f"only {column.levels[0][:LONGEST_NAME]!r}" if levels else "nothing"
        raise NothingToLearnError(
            f"The column {column.name!r} holds {only}: two outcomes are needed to learn what sets them apart.",
            rows=len(column),
        )
    yes, no = _words(task, column, levels, positive)
    reading = np.array([1.0 if level in yes else 0.0 if level in no else np.nan for level in levels])
    undecided = tuple(level for level, value in zip(column.levels, reading, strict=True) if np.isnan(value))
    said = tuple(level for level, value in zip(column.levels, reading, strict=True) if value == 1)
    return Outcome(column.name, said, np.append(reading, np.nan)[column.codes], undecided)


def _words(task: str, column: Column, levels: list[str], positive: str | None) -> tuple[set[str], set[str]]:
    if positive is not None:
        if positive.casefold() not in levels:
            raise TableError(f"The column {column.name!r} never holds {positive!r}.")
        return {positive.casefold()}, set(levels) - {positive.casefold()}
    yes, no = _meant(levels, YES[task] | TRUE), _meant(levels, NO[task] | FALSE)
    if yes and no:
        return yes, no
    if len(levels) == 2:
        second = _second(column, levels, yes, no)
        return {second}, set(levels) - {second}
    shown = listed(column.levels[:5])
    raise TableError(
        f"The column {column.name!r} holds {len(levels)} different things ({shown}, …), not an outcome of yes or no."
        " Name another with --target COLUMN, or what counts as yes with --positive VALUE."
    )


def _meant(levels: list[str], words: set[str]) -> set[str]:
    """The levels that are one of these words, with or without its accents."""
    plain = {without_accents(word) for word in words}
    return {level for level in levels if without_accents(level) in plain}


def _second(column: Column, levels: list[str], yes: set[str], no: set[str]) -> str:
    """Of two words the one that means yes: the greater number, the known one, else the rarer one."""
    if column.kind == "number":
        return levels[int(np.nanargmax([column.values[column.codes == at][0] for at in (0, 1)]))]
    if yes or no:
        return next(iter(yes)) if yes else next(level for level in levels if level not in no)
    return levels[int(np.argmin(np.bincount(column.codes[column.codes >= 0])))]

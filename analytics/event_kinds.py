"""The event kinds of the analytics room, and the words of their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm import formats
from crm.extensions import EventKind

from .models import Score
from .reasons import CHANCES, band_words, chance_words, score_subject

_l = gettext_lazy


def crossed_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says the bands of a `score.crossed`."""
    task = str(data.get("task"))
    bands = {"from": data.get("old_band"), "to": data.get("new_band")}
    said = {name: band_words(task, str(band)) for name, band in bands.items()}
    return {"subject": score_subject(task), **said}


def changed_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says the numbers of a `score.changed`."""
    task = str(data.get("task"))
    numbers = {"from": float(data.get("old", 0)), "to": float(data.get("new", 0))}
    if task not in CHANCES:
        said = {name: formats.number(round(number)) for name, number in numbers.items()}
    elif data.get("by") == Score.Kind.RULE:
        said = {"from": _("lower"), "to": _("higher")}
        said = said if numbers["to"] > numbers["from"] else {"from": said["to"], "to": said["from"]}
    else:
        said = {name: chance_words(number) for name, number in numbers.items()}
    return {"subject": score_subject(task), **said}


def model_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says what a model foretold and what came."""
    from .queries.live import event_words

    return event_words(data)


def board_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says a role, and the name of a ready-made dashboard."""
    from .queries.boards.first import chosen_words

    return chosen_words(data)


KINDS = (
    EventKind(
        "score.crossed", _l("Risk or value crossed a line"), _l("%(subject)s: %(to)s (was %(from)s)"),
        "light-bulb", "insight", crossed_words,
    ),
    EventKind(
        "score.changed", _l("Risk or value moved"), _l("%(subject)s moved from %(from)s to %(to)s"),
        "light-bulb", "insight", changed_words,
    ),
    EventKind("group.renamed", _l("Group renamed"), _l("%(actor)s renamed a group of customers"), "users", "system"),
    EventKind(
        "product.declined", _l("Product not wanted"), _l("%(actor)s noted: not interested in “%(product)s”"),
        "no-symbol", "insight",
    ),
    EventKind(
        "product.allowed", _l("Product may be offered"), _l("%(actor)s noted: “%(product)s” may be offered again"),
        "arrow-uturn-left", "insight",
    ),
    EventKind(
        "training.exported", _l("Training table exported"),
        _l("%(rows)s customers without names were written to a table to learn from"), "arrow-down-tray", "system",
    ),
    EventKind(
        "field.allowed", _l("Protected field let in"),
        _l("%(actor)s let predictions read “%(name)s”: %(why)s"), "shield-exclamation", "system",
    ),
    EventKind(
        "field.protected", _l("Field protected"), _l("%(actor)s kept “%(name)s” from predictions"), "shield-check",
        "system",
    ),
    EventKind("report.saved", _l("Report saved"), _l("%(actor)s saved the report “%(name)s”"), "chart-pie", "system"),
    EventKind("report.deleted", _l("Report removed"), _l("%(actor)s removed the report “%(name)s”"), "trash", "system"),
    EventKind(
        "board.saved", _l("Dashboard saved"), _l("%(actor)s saved the dashboard “%(name)s”"), "squares-2x2", "system"
    ),
    EventKind(
        "board.changed", _l("Dashboard arranged"), _l("%(actor)s changed the tiles of “%(name)s”"), "squares-2x2",
        "system",
    ),
    EventKind(
        "board.deleted", _l("Dashboard removed"), _l("%(actor)s removed the dashboard “%(name)s”"), "trash", "system"
    ),
    EventKind(
        "board.chosen", _l("First dashboard chosen"), _l("%(actor)s chose which dashboard opens first"), "squares-2x2",
        "system",
    ),
    EventKind(
        "board.role_chosen", _l("First dashboard of a role chosen"),
        _l("%(actor)s let “%(name)s” open first for: %(role)s"), "squares-2x2", "system", board_words,
    ),
    EventKind("model.promoted", _l("Model put in use"), _l("“%(name)s” is in use now"), "academic-cap", "system"),
    EventKind(
        "model.refused", _l("Model refused"), _l("“%(name)s” is damaged and no longer in use: %(reason)s"),
        "exclamation-triangle", "system",
    ),
    EventKind(
        "model.returned", _l("Model sent back"),
        _l("“%(name)s” was wrong too often and was sent back. %(why)s Now in use: %(instead)s"),
        "arrow-uturn-left", "system", model_words,
    ),
    EventKind(
        "model.levelled", _l("Level of a model corrected"),
        _l("What “%(name)s” says was off in all: its level was corrected. %(why)s"), "academic-cap", "system",
        model_words,
    ),
    EventKind(
        "model.warned", _l("Frozen model is wrong"),
        _l("“%(name)s” is wrong too often and stays, since it is frozen. %(why)s"), "exclamation-triangle", "system",
        model_words,
    ),
    EventKind("model.frozen", _l("Model frozen"), _l("%(actor)s froze “%(name)s”"), "lock-closed", "system"),
    EventKind(
        "model.thawed", _l("Model no longer frozen"), _l("%(actor)s lets “%(name)s” be replaced again"),
        "lock-open", "system",
    ),
)  # fmt: skip

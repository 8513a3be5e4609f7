"""What somebody can do about a prediction, in words, and when it is worth saying that it would help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from .reasons import chance_words

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LEAST_CHANGE = 0.05  # of a chance: less is not worth anybody's effort

# What each stands for is declared beside the history that it changes: `LEVERS` in queries/*_changes.py.
WORDS: Mapping[str, _StrOrPromise] = {
    "order": _l("With an order today"),
    "step": _l("With a next step planned"),
    "touch": _l("With a message or call today"),
    "offer": _l("With an offer made to them"),
    "yearly": _l("Paid once a year"),
    "cheaper": _l("A tenth cheaper"),
}


def lever_words(key: str) -> str:
    """What somebody would do; nothing for a key of another version."""
    return str(WORDS.get(key, ""))


def is_worth_saying(before: float, after: float, card: Mapping[str, Any]) -> bool:
    """More than the model is usually off by, more than a small step, and another number as people count."""
    least = max(LEAST_CHANGE, usual_error(card))
    return abs(after - before) >= least and chance_words(after) != chance_words(before)


def usual_error(card: Mapping[str, Any]) -> float:
    """How far chances were off on average when the model was tested; nothing where it could not be measured."""
    views = (card.get("hold_out") or {}).get("views") or {}
    view = views.get("recent180") or views.get("all") or {}
    return float((view.get("product") or {}).get("ece") or 0.0)


def lever_line(lever: Mapping[str, Any] | None) -> str:
    """The line of a card about a stored lever; nothing without one."""
    words = lever_words(str(lever["key"])) if lever else ""
    return most_words(words, float(lever["value"])) if lever and words else ""


def most_words(label: str, after: float) -> str:
    """ "Would change it most: With an order today – then it would be 2 in 10." """
    return _("Would change it most: %(what)s – then it would be %(chance)s.") % {
        "what": label, "chance": chance_words(after),
    }  # fmt: skip

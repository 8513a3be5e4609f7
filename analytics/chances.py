"""The words of models that tell a chance: what is counted, what a hit is, and why there may be none yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from crm import formats

from .models import CONTRACTS, LEAD, WIN
from .reasons import chance_words

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class ChanceTask:
    """`learned`, `flagged` and `missing` are templates with %(n)s and the like; `unit` heads a column of counts.

    `report` is the key under which a training run notes how much there is: yes, no, needed, is_enough.
    """

    report: str
    unit: _StrOrPromise
    learned: Callable[[int], str]
    flagged: Callable[[int], str]
    base: _StrOrPromise
    ranks: _StrOrPromise
    missing_yes: _StrOrPromise
    missing_no: _StrOrPromise
    too_few: _StrOrPromise
    no_signal: _StrOrPromise


_TASKS: Mapping[str, ChanceTask] = {
    WIN: ChanceTask(
        report="win",
        unit=_l("Deals"),
        learned=lambda n: ngettext("learned from %(n)s deal", "learned from %(n)s deals", n),
        flagged=lambda n: ngettext(
            "of %(n)s deal with a good chance %(hits)s was won",
            "of %(n)s deals with a good chance %(hits)s were won",
            n,
        ),
        base=_l("Of all deals %(chance)s are won."),
        ranks=_l("Of a deal that was won and one that was lost: how often the one won had the higher chance. "
                 "Half of the times is guessing."),
        missing_yes=_l("%(have)s of the %(needed)s deals won that a prediction needs"),
        missing_no=_l("%(have)s of the %(needed)s deals lost that a prediction needs"),
        too_few=_l("Too few deals were closed to tell one from another."),
        no_signal=_l("Nothing yet tells the deals that are won from the others: of all, %(chance)s are won."),
    ),
    LEAD: ChanceTask(
        report="lead",
        unit=_l("People"),
        learned=lambda n: ngettext("learned from %(n)s person", "learned from %(n)s people", n),
        flagged=lambda n: ngettext(
            "of %(n)s person with a good chance %(hits)s ordered",
            "of %(n)s people with a good chance %(hits)s ordered",
            n,
        ),
        base=_l("Of all who have not ordered, %(chance)s do in that time."),
        ranks=_l("Of somebody who ordered and somebody who did not: how often the one who ordered had the higher "
                 "chance. Half of the times is guessing."),
        missing_yes=_l("%(have)s of the %(needed)s first orders that a prediction needs"),
        missing_no=_l("%(have)s of the %(needed)s people who did not order that a prediction needs"),
        too_few=_l("Too few people were here before their first order to tell one from another."),
        no_signal=_l("Nothing yet tells those who will order from the others: of all, %(chance)s do in three months."),
    ),
}  # fmt: skip
ENDING = ChanceTask(
    report="contract",
    unit=_l("Subscribers"),
    learned=lambda n: ngettext("learned from %(n)s subscriber", "learned from %(n)s subscribers", n),
    flagged=lambda n: ngettext(
        "of %(n)s subscription at high risk %(hits)s ended in time",
        "of %(n)s subscriptions at high risk %(hits)s ended in time",
        n,
    ),
    base=_l("Of all subscriptions %(chance)s end in that time."),
    ranks=_l(
        "Of a subscription that ended and one that went on: how often the one that ended had the higher risk. "
        "Half of the times is guessing."
    ),
    missing_yes=_l("%(have)s of the %(needed)s subscriptions ended that a prediction needs"),
    missing_no=_l("%(have)s of the %(needed)s subscriptions that went on that a prediction needs"),
    too_few=_l("Too few subscriptions have ended to tell one from another."),
    no_signal=_l("Nothing yet tells the subscriptions that end from the others: of all, %(chance)s end in that time."),
)
TASKS: Mapping[str, ChanceTask] = {**_TASKS, **dict.fromkeys(CONTRACTS, ENDING)}


@dataclass(frozen=True)
class NoChance:
    """Why no chance is shown; `have` of `needed` where there is too little to learn from.

    `is_to_come`: nothing stands against it. `is_being_learned`: a training works on it at this moment.
    """

    words: str
    have: int = 0
    needed: int = 0
    need_words: str = ""
    is_to_come: bool = False
    is_being_learned: bool = False


def learned_words(task: str, count: int) -> str:
    """ "learned from 412 deals"."""
    return TASKS[task].learned(count) % {"n": formats.number(count)}


def base_words(task: str, base_rate: float) -> str:
    """ "Of all deals 4 in 10 are won."."""
    return str(TASKS[task].base) % {"chance": chance_words(base_rate)}


def flagged_words(task: str, card: Mapping[str, Any]) -> str:
    """ "of 20 deals with a good chance 14 were won": from the ledger where time has told, else from the hold-out."""
    track, top = card.get("track") or {}, (card.get("hold_out") or {}).get("top_band") or {}
    flagged = int(track.get("flagged") or top.get("customers") or 0)
    hits = round((track.get("came_true") if track.get("flagged") else top.get("actual")) or 0)
    if not flagged:
        return ""
    return TASKS[task].flagged(flagged) % {"n": formats.number(flagged), "hits": formats.number(hits)}


def why_none(task: str, report: Mapping[str, Any] | None) -> NoChance:
    """From the report of the last training that looked at it."""
    words = TASKS[task]
    if report is None:
        return NoChance(_("Nothing has been learned yet; this happens tonight."), is_to_come=True)
    found, result = report[words.report], report.get("tasks", {}).get(task, {})
    if not found["is_enough"]:
        return _too_few(words, found)
    refused = result.get("refused")
    if refused and "auc" in refused:
        return NoChance(str(words.no_signal) % {"chance": chance_words(refused["base_rate"])})
    if refused:
        return NoChance(_("The history is still too short to prove a prediction right."))
    return NoChance(_("This is worked out with the next change, or tonight."), is_to_come=True)


def _too_few(words: ChanceTask, found: Mapping[str, Any]) -> NoChance:
    """The scarcer of the two outcomes; the chance of all is drawn towards one half while there are few."""
    yes, no, needed = found["yes"], found["no"], found["needed"]
    have, missing = (yes, words.missing_yes) if yes <= no else (no, words.missing_no)
    need_words = str(missing) % {"have": formats.number(have), "needed": formats.number(needed)}
    said = str(words.too_few)
    if yes + no:
        said += " " + str(words.base) % {"chance": chance_words((yes + 1) / (yes + no + 2))}
    return NoChance(said, have, needed, need_words)

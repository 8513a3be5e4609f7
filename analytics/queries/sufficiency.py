"""Whether there is enough to learn from, and what is missing, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from analytics.chances import TASKS, NoChance, why_none
from analytics.models import TrainingRun
from crm import formats

from .under_way import is_being_learned, learning_words


@dataclass(frozen=True)
class Missing:
    """The scarcer of the two things that a model needs; `have` of `needed`."""

    have: int
    needed: int
    words: str


def last_report(task: str) -> dict[str, Any] | None:
    """The report of the last training run that looked at what this task is learned from, in one query."""
    seen = TrainingRun.objects.filter(report__has_key=TASKS[task].report).order_by("-created_at")
    return seen.values_list("report", flat=True).first()


def what_is_missing() -> Missing | None:
    """From the last training run, in one query; None when there is enough or nobody has looked yet."""
    seen = TrainingRun.objects.filter(report__has_key="sufficiency").order_by("-created_at")
    report = seen.values_list("report", flat=True).first()
    found = report["sufficiency"] if report else None
    if found is None or found["is_enough"]:
        return None
    customers, repeat = found["customers"], found["repeat_buyers"]
    if customers < found["needed_customers"]:
        return _missing_customers(customers, found["needed_customers"])
    return _missing_repeats(repeat, found["needed_repeat_buyers"])


def why_unknown(task: str) -> NoChance:
    """Why there is no chance of this: it is being learned now, or what the last training found; two queries at most."""
    why = why_none(task, last_report(task))
    if why.is_to_come and is_being_learned(task):
        return NoChance(learning_words(), is_being_learned=True)
    return why


def missing_for(task: str) -> tuple[str, Missing | None]:
    """Why there is no model that tells this chance, and how much is missing where data is."""
    why = why_unknown(task)
    return why.words, Missing(why.have, why.needed, why.need_words) if why.needed else None


def _missing_customers(have: int, needed: int) -> Missing:
    words = ngettext(
        "%(have)s of the %(needed)s customer that learning needs",
        "%(have)s of the %(needed)s customers that learning needs",
        needed,
    )
    return Missing(have, needed, words % {"have": formats.number(have), "needed": formats.number(needed)})


def _missing_repeats(have: int, needed: int) -> Missing:
    words = ngettext(
        "%(have)s of the %(needed)s customer with a second order that learning needs",
        "%(have)s of the %(needed)s customers with a second order that learning needs",
        needed,
    )
    return Missing(have, needed, words % {"have": formats.number(have), "needed": formats.number(needed)})

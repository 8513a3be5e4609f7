"""The measures of a model's page: how each is called, what it means, and how its number is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from analytics.chances import TASKS
from analytics.models import ScoredTask
from analytics.reasons import money_words
from crm import formats

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Say = Callable[[float, str], str]
EXACT = 0.005


def share_words(value: float, currency: str = "") -> str:
    return formats.percent(value)


def signed_words(value: float, currency: str = "") -> str:
    if abs(value) < EXACT:
        return _("right to the percent")
    words = _("%(share)s too high") if value > 0 else _("%(share)s too low")
    return words % {"share": formats.percent(abs(value))}


def times_words(value: float, currency: str = "") -> str:
    return f"{formats.number(round(value, 1))} ×"


def number_words(value: float, currency: str = "") -> str:
    return number_format(value, 3)


@dataclass(frozen=True)
class Measure:
    """One metric: its name and what it means in plain words; `term` is what statisticians call it."""

    key: str
    label: _StrOrPromise
    meaning: _StrOrPromise
    say: Say
    term: str


CHURN_MEASURES = (
    Measure(
        "auc",
        _l("Ranks rightly"),
        _l("Of one customer who left and one who stayed: how often the one who left had the higher risk. "
           "Half of the times is guessing."),
        share_words,
        "AUC",
    ),
    Measure(
        "lift10",
        _l("Hits in the top tenth"),
        _l("How many more leave in the tenth with the highest risk than among all."),
        times_words,
        "lift",
    ),
    Measure(
        "ece",
        _l("Chances off by"),
        _l("How far the stated chances are from what happened, on average. Lower is better."),
        share_words,
        "ECE",
    ),
    Measure(
        "brier",
        _l("Mistakes in all"),
        _l("How far each chance was from what came; large mistakes weigh more. 0 is never wrong. Lower is better."),
        number_words,
        "Brier",
    ),
)  # fmt: skip
VALUE_MEASURES = (
    Measure(
        "mae",
        _l("Off per customer"),
        _l("How far the expected money of a customer is from what came, on average. Lower is better."),
        money_words,
        "MAE",
    ),
    Measure(
        "total_error",
        _l("Off in total"),
        _l("All customers together: expected against what came."),
        signed_words,
        "bias",
    ),
    Measure(
        "top10",
        _l("Found of the best"),
        _l("The share of all money that the tenth with the highest expectation brought."),
        share_words,
        "capture",
    ),
    Measure("spearman", _l("Ranks rightly"), _l("1 is the perfect order, 0 is guessing."), number_words, "Spearman"),
)

CHANCE_MEASURES = (
    Measure(
        "lift10",
        _l("Hits in the top tenth"),
        _l("How many more come true in the tenth with the highest chance than among all."),
        times_words,
        "lift",
    ),
    *CHURN_MEASURES[2:],
)


def measures_of(task: str) -> tuple[Measure, ...]:
    """What a model of this task is measured by."""
    if task in TASKS:
        return (Measure("auc", _l("Ranks rightly"), TASKS[task].ranks, share_words, "AUC"), *CHANCE_MEASURES)
    return CHURN_MEASURES if task == ScoredTask.CHURN else VALUE_MEASURES

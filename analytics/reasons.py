"""The words of predictions: reasons, bands and what they stand for. Models emit keys and numbers, never sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm import formats

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from crm.parts import Tone

Say = Callable[[float, str], str]


def days_words(value: float, currency: str = "") -> str:
    days = round(value)
    if days < 1:
        return _("less than a day")
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": formats.number(days)}


def orders_words(value: float, currency: str = "") -> str:
    orders = round(value)
    if not orders:
        return _("no orders")
    return ngettext("%(n)s order", "%(n)s orders", orders) % {"n": formats.number(orders)}


def returns_words(value: float, currency: str = "") -> str:
    returns = round(value)
    return ngettext("%(n)s return", "%(n)s returns", returns) % {"n": formats.number(returns)}


def money_words(value: float, currency: str) -> str:
    is_whole = abs(value) >= 100 or not value
    return formats.money_whole(value, currency) if is_whole else formats.money(value, currency)


def percent_words(value: float, currency: str = "") -> str:
    return formats.percent(value / 100)


@dataclass(frozen=True)
class Sentence:
    """A template and how each of its numbers is said."""

    text: _StrOrPromise
    numbers: Mapping[str, Say]

    def say(self, numbers: Mapping[str, Any], currency: str) -> str:
        said = {name: say(float(numbers[name]), currency) for name, say in self.numbers.items()}
        return capfirst(str(self.text) % said)


_l = gettext_lazy
_RHYTHM: dict[str, Say] = {"days": days_words, "usual_days": days_words}
_COUNTS: dict[str, Say] = {"purchases": orders_words, "typical": orders_words}
_MONEY: dict[str, Say] = {"amount": money_words, "typical": money_words}
_LAST: dict[str, Say] = {"amount": money_words, "average": money_words}

SENTENCES: dict[str, Sentence] = {
    "quiet_longer_than_usual": Sentence(_l("No order for %(days)s; usually one every %(usual_days)s"), _RHYTHM),
    "quiet_since_only_purchase": Sentence(
        _l("No order for %(days)s after the first; others come back after %(shop_days)s"),
        {"days": days_words, "shop_days": days_words},
    ),
    "bought_recently": Sentence(_l("Last order %(days)s ago; usually one every %(usual_days)s"), _RHYTHM),
    "first_purchase_recent": Sentence(_l("First order %(days)s ago"), {"days": days_words}),
    "bought_once": Sentence(_l("Has ordered only once"), {}),
    "buys_rarely": Sentence(_l("Only %(purchases)s so far; the usual customer has %(typical)s"), _COUNTS),
    "buys_often": Sentence(_l("%(purchases)s so far; the usual customer has %(typical)s"), _COUNTS),
    "buying_less": Sentence(
        _l("%(recent)s in the last 90 days, %(earlier)s in the 90 days before"),
        {"recent": orders_words, "earlier": orders_words},
    ),
    "buying_more": Sentence(
        _l("%(recent)s in the last 90 days, up from %(earlier)s in the 90 days before"),
        {"recent": orders_words, "earlier": orders_words},
    ),
    "gap_grew": Sentence(_l("The last pause was %(days)s; usually %(usual_days)s"), _RHYTHM),
    "gap_shrank": Sentence(_l("Came back after only %(days)s; usually %(usual_days)s"), _RHYTHM),
    "small_purchases": Sentence(_l("Spends %(amount)s on an order; the usual customer spends %(typical)s"), _MONEY),
    "large_purchases": Sentence(_l("Spends %(amount)s on an order; the usual customer spends %(typical)s"), _MONEY),
    "last_purchase_small": Sentence(_l("The last order was small: %(amount)s, usually %(average)s"), _LAST),
    "last_purchase_large": Sentence(_l("The last order was large: %(amount)s, usually %(average)s"), _LAST),
    "returns_much": Sentence(
        _l("%(returns)s, worth %(percent)s of what was bought"), {"returns": returns_words, "percent": percent_words}
    ),
    "new_customer": Sentence(_l("A customer for %(days)s"), {"days": days_words}),
    "few_in_long_time": Sentence(
        _l("%(purchases)s in the %(days)s since the first"), {"days": days_words, "purchases": orders_words}
    ),
    "bought_this_time_last_year": Sentence(
        _l("Ordered around this time last year: %(purchases)s"), {"purchases": orders_words}
    ),
}


def reason_words(reason: Mapping[str, Any], currency: str) -> str:
    """A reason {"key", "direction", "numbers"} as one line; nothing for a key of another version."""
    sentence = SENTENCES.get(str(reason.get("key")))
    numbers = reason.get("numbers") or {}
    if sentence is None or any(name not in numbers for name in sentence.numbers):
        return ""
    return sentence.say(numbers, currency)


RISK_WORDS = {
    "high": _l("High risk"), "medium": _l("Medium risk"), "low": _l("Low risk"), "lapsed": _l("Left long ago"),
}  # fmt: skip
VALUE_WORDS = {"high": _l("Top fifth"), "medium": _l("Middle"), "low": _l("Lower")}
RISK_TONES: dict[str, Tone] = {"high": "bad", "medium": "warn", "low": "good", "lapsed": ""}


def band_words(task: str, band: str) -> str:
    """A band as a badge says it."""
    return str((RISK_WORDS if task == "churn" else VALUE_WORDS).get(band, ""))


def score_subject(task: str) -> str:
    """What a score is about, at the beginning of a sentence."""
    return _("Risk of leaving") if task == "churn" else _("Expected value")


def chance_words(probability: float) -> str:
    """A probability as people count: "3 in 10"; near the ends "fewer than 1 in 20"."""
    if probability < 0.05:
        return _("fewer than 1 in 20")
    if probability > 0.95:
        return _("more than 19 in 20")
    tenths = round(probability * 10)
    if tenths in (0, 10):
        return _("%(n)s in 20") % {"n": 1 if tenths == 0 else 19}
    return _("%(n)s in 10") % {"n": tenths}


def horizon_words(days: int) -> str:
    """A stretch of time to come: "12 months", "3 months", "45 days"."""
    if days >= 60 and abs(days - round(days / 30.4) * 30.4) <= 3:
        months = round(days / 30.4)
        return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}
    return days_words(days)


DECISIONS = {
    "promoted": _l("the new model is in use"),
    "kept": _l("the model in use stays: the new one is not clearly better"),
    "no_better": _l("the new model was not used: simple methods do as well"),
    "too_little": _l("there is too little data to learn from: a rule of thumb is used"),
    "failed": _l("it could not be learned"),
}


def decision_words(result: Mapping[str, Any]) -> str:
    """What became of a training of one task."""
    words = str(DECISIONS.get(str(result.get("decision")), ""))
    return f"{words} ({result['problem']})" if result.get("problem") else words


MOOD_FITS = {
    "better": _l("better than the shipped model: in use"),
    "too_few": _l("too few messages were judged by colleagues"),
    "not_better": _l("not better than the shipped model, which stays in use"),
    "harms_others": _l("better here, but worse on messages in general: the shipped model stays in use"),
}


def mood_fit_words(outcome: str) -> str:
    """What became of a night's fit of the text model."""
    return str(MOOD_FITS.get(outcome, ""))

"""The words of predictions: reasons, bands and what they stand for. Models emit keys and numbers, never sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.cluster_words import cluster_words
from crm import formats
from crm.models import Event, Subscription

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from crm.extensions import News
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


def until_words(value: float, currency: str = "") -> str:
    if value < 0:
        return _("%(days)s ago") % {"days": days_words(-value)}
    return _("in %(days)s") % {"days": days_words(value)} if value >= 1 else _("today")


def planned_words(value: float, currency: str = "") -> str:
    return _("A next step is planned") if value else _("No next step is planned")


def share_words(value: float, currency: str = "") -> str:
    return formats.percent(value)


def company_words(value: float, currency: str = "") -> str:
    return _("Their company is known") if value else _("Their company is not known")


def job_words(value: float, currency: str = "") -> str:
    return _("Their job is known") if value else _("Their job is not known")


def opted_out_words(value: float, currency: str = "") -> str:
    return _("Wants no advertising") if value else _("Has not opted out of advertising")


def count_words(value: float, currency: str = "") -> str:
    return formats.number(round(value, 1))


@dataclass(frozen=True)
class Sentence:
    """A template and how each of its numbers is said. `word` and `label` are the business's own words."""

    text: _StrOrPromise
    numbers: Mapping[str, Say]

    def say(self, numbers: Mapping[str, Any], currency: str, **own: str) -> str:
        said = {name: say(float(numbers[name]), currency) for name, say in self.numbers.items()}
        return capfirst(str(self.text) % {**own, **said})


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


_VALUE_DAYS: dict[str, Say] = {"value": days_words, "usual": days_words}
_VALUE_COUNT: dict[str, Say] = {"value": count_words, "usual": count_words}
# Of chances: the task and the column that the fact stands in, as `NAMES` of each history lists them.
CHANCE_SENTENCES: dict[str, Sentence] = {
    "win.stage": Sentence(_l("Stage: %(word)s"), {}),
    "win.source": Sentence(_l("Came from: %(word)s"), {}),
    "win.owner": Sentence(_l("Looked after by %(word)s"), {}),
    "win.industry": Sentence(_l("Industry: %(word)s"), {}),
    "win.stage_share": Sentence(_l("%(value)s of the way through the pipeline"), {"value": share_words}),
    "win.stage_days": Sentence(_l("In this stage for %(value)s; usually %(usual)s"), _VALUE_DAYS),
    "win.age_days": Sentence(_l("Open for %(value)s; usually %(usual)s"), _VALUE_DAYS),
    "win.moves_back": Sentence(_l("Times moved back: %(value)s"), {"value": count_words}),
    "win.amount": Sentence(
        _l("Worth %(value)s; the usual deal is worth %(usual)s"), {"value": money_words, "usual": money_words}
    ),
    "win.close_in_days": Sentence(_l("Expected close: %(value)s"), {"value": until_words}),
    "win.postponed": Sentence(_l("Times the expected close was put off: %(value)s"), {"value": count_words}),
    "win.touches": Sentence(
        _l("Notes, tasks done and messages of ours in 30 days: %(value)s; usually %(usual)s"), _VALUE_COUNT
    ),
    "win.answers": Sentence(_l("Messages from them in 30 days: %(value)s; usually %(usual)s"), _VALUE_COUNT),
    "win.quiet_days": Sentence(_l("Nothing heard or done for %(value)s; usually %(usual)s"), _VALUE_DAYS),
    "win.orders_before": Sentence(_l("Orders before this deal: %(value)s"), {"value": count_words}),
    "win.deals_before": Sentence(_l("Deals with them before: %(value)s"), {"value": count_words}),
    "win.won_share": Sentence(_l("Of deals with them before, won: about %(value)s"), {"value": share_words}),
    "win.has_task": Sentence("%(value)s", {"value": planned_words}),
    "win.own": Sentence(_l("%(label)s: %(word)s"), {}),
    "contract.days": Sentence(_l("Subscribed for %(value)s; usually %(usual)s"), _VALUE_DAYS),
    "contract.yearly": Sentence(
        _l("Pays %(value)s a year; the usual subscriber pays %(usual)s"), {"value": money_words, "usual": money_words}
    ),
    "contract.to_renewal": Sentence(_l("Next payment in %(value)s"), {"value": days_words}),
    "contract.others": Sentence(_l("Other subscriptions: %(value)s"), {"value": count_words}),
    "contract.ended": Sentence(_l("Subscriptions ended before: %(value)s"), {"value": count_words}),
    "contract.heard": Sentence(_l("Messages from them in 90 days: %(value)s"), {"value": count_words}),
    "contract.unhappy": Sentence(_l("Unhappy messages in 90 days: %(value)s"), {"value": count_words}),
    "contract.orders": Sentence(_l("Orders in 90 days: %(value)s; usually %(usual)s"), _VALUE_COUNT),
    "contract.interval": Sentence(_l("Pays %(word)s"), {}),
    "contract.name": Sentence(_l("Subscription: %(word)s"), {}),
    "contract.country": Sentence(_l("Country: %(word)s"), {}),
    "contract.language": Sentence(_l("Language: %(word)s"), {}),
    "lead.own": Sentence(_l("%(label)s: %(word)s"), {}),
    "lead.age_days": Sentence(_l("Known for %(value)s; usually %(usual)s"), _VALUE_DAYS),
    "lead.heard": Sentence(_l("Messages from them: %(value)s; usually %(usual)s"), _VALUE_COUNT),
    "lead.heard_lately": Sentence(_l("Messages from them in 30 days: %(value)s; usually %(usual)s"), _VALUE_COUNT),
    "lead.done_lately": Sentence(
        _l("Notes, tasks done and messages of ours in 30 days: %(value)s; usually %(usual)s"), _VALUE_COUNT
    ),
    "lead.quiet_days": Sentence(_l("Nothing heard or done for %(value)s; usually %(usual)s"), _VALUE_DAYS),
    "lead.open_deals": Sentence(_l("Open deals: %(value)s"), {"value": count_words}),
    "lead.closed_deals": Sentence(_l("Closed deals: %(value)s"), {"value": count_words}),
    "lead.via": Sentence(_l("Added %(word)s"), {}),
    "lead.country": Sentence(_l("Country: %(word)s"), {}),
    "lead.language": Sentence(_l("Language: %(word)s"), {}),
    "lead.owner": Sentence(_l("Looked after by %(word)s"), {}),
    "lead.has_company": Sentence("%(value)s", {"value": company_words}),
    "lead.has_job": Sentence("%(value)s", {"value": job_words}),
    "lead.opted_out": Sentence("%(value)s", {"value": opted_out_words}),
}


def reason_words(reason: Mapping[str, Any], currency: str) -> str:
    """A reason {"key", "direction", "numbers"} as one line; nothing for a key of another version."""
    key = str(reason.get("key"))
    sentence = SENTENCES.get(key) or CHANCE_SENTENCES.get(key)
    numbers = reason.get("numbers") or {}
    if sentence is None or any(name not in numbers for name in sentence.numbers):
        return ""
    word = word_said(key, str(reason.get("word") or ""))
    word = word or count_words(float(numbers.get("value", 0)))
    return sentence.say(numbers, currency, word=word, label=str(reason.get("label", "")))


def word_said(key: str, word: str) -> str:
    """A code as people say it; the business's own words as they are."""
    if key == "lead.via" and word in Event.Via.values:
        return str(Event.Via(word).label)
    if key == "contract.interval" and word in Subscription.Interval.values:
        return str(Subscription.Interval(word).label)
    return formats.language_name(word) if key.endswith(".language") else word


CHANCES = {"churn", "win", "lead", "contract_30", "contract_90"}
WIN_WORDS = {"high": _l("Good chance"), "medium": _l("Usual chance"), "low": _l("Small chance")}
WIN_TONES: dict[str, Tone] = {"high": "good", "medium": "", "low": "warn"}
RISK_WORDS = {
    "high": _l("High risk"), "medium": _l("Medium risk"), "low": _l("Low risk"), "lapsed": _l("Left long ago"),
}  # fmt: skip
VALUE_WORDS = {"high": _l("Top fifth"), "medium": _l("Middle"), "low": _l("Lower")}
RISK_NEWS: Mapping[str, News] = {"high": "bad", "medium": "warn", "low": "good", "lapsed": "none"}  # in charts
RISK_TONES: dict[str, Tone] = {"high": "bad", "medium": "warn", "low": "good", "lapsed": ""}


def band_words(task: str, band: str) -> str:
    """A band as a badge says it."""
    if task.startswith("contract"):
        return str(RISK_WORDS.get(band, ""))
    return str({"churn": RISK_WORDS, "win": WIN_WORDS, "lead": WIN_WORDS}.get(task, VALUE_WORDS).get(band, ""))


def score_subject(task: str) -> str:
    """What a score is about, at the beginning of a sentence."""
    if task.startswith("contract"):
        return _("Risk that the subscription ends")
    return {"churn": _("Risk of leaving"), "win": _("Chance of winning"), "lead": _("Chance of a first order")}.get(
        task
    ) or _("Expected value")


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
    "frozen": _l("the model in use was frozen by a manager and stays"),
    "rests": _l("the new model was not used: one was sent back less than a month ago"),
    "too_little": _l("there is too little data to learn from: a rule of thumb is used"),
    "failed": _l("it could not be learned"),
}


def decision_words(result: Mapping[str, Any]) -> str:
    """What became of a training of one task."""
    words = str(DECISIONS.get(str(result.get("decision")), ""))
    added = result.get("problem") or cluster_words(result.get("cluster"))
    return f"{words} ({added})" if added else words


MOOD_FITS = {
    "better": _l("better than the shipped model: in use"),
    "kept": _l("what was learned before is still better: it stays in use"),
    "too_few": _l("too few messages were judged by colleagues or in rated conversations"),
    "not_better": _l("not better than the shipped model, which stays in use"),
    "harms_others": _l("better here, but worse on messages in general: the shipped model stays in use"),
}


def mood_fit_words(outcome: str) -> str:
    """What became of a night's fit of the text model."""
    return str(MOOD_FITS.get(outcome, ""))


TOPIC_FITS = {
    "better": _l("better than what was in use: in use"),
    "not_better": _l("no better than what is in use: left out"),
    "too_few": _l("too few examples"),
}


def topic_fit_words(outcome: str) -> str:
    """What became of a fit of the topics."""
    return str(TOPIC_FITS.get(outcome, ""))

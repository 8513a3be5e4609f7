"""How the numbers of the business are said: values with their units, and what a number is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm import formats
from crm.extensions import Metric

More = Mapping[str, Any]


def saying(metric: Metric, currency: str) -> Callable[[float], str]:
    """How a value of this metric is said."""
    say = KINDS.get(metric.kind, _number)
    return lambda value: say(value, currency)


def _money(value: float, currency: str) -> str:
    is_whole = value == 0 or abs(value) >= 1000
    return formats.money_whole(value, currency) if is_whole else formats.money(round(value, 2), currency)


def _share(value: float, currency: str) -> str:
    return formats.percent(value, digits=1 if abs(value) < 0.1 else 0)


def _number(value: float, currency: str) -> str:
    return formats.number(round(value) if abs(value) >= 10 else round(value, 1))


def _minutes(value: float, currency: str) -> str:
    minutes = round(value)
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": formats.number(minutes)}
    hours = round(value / 60, 1) if value < 600 else round(value / 60)
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", round(hours)) % {"n": formats.number(hours)}
    days = round(value / 1440)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": formats.number(days)}


def _points(value: float, currency: str) -> str:
    return _("%(points)s of 100") % {"points": formats.number(round(value))}


def _signed(value: float, currency: str) -> str:
    """ "+32", "−8"."""
    return formats.signed(round(value))


def points_words(change: int, than: str) -> str:
    """ "7 points more than Oct 2026"."""
    if not change:
        return _("as in %(than)s") % {"than": than}
    more = ngettext("%(n)s point more than %(than)s", "%(n)s points more than %(than)s", abs(change))
    less = ngettext("%(n)s point less than %(than)s", "%(n)s points less than %(than)s", abs(change))
    return (more if change > 0 else less) % {"n": formats.number(abs(change)), "than": than}


def _months(value: float, currency: str) -> str:
    months = round(value, 1) if value < 10 else round(value)
    return ngettext("%(n)s month", "%(n)s months", round(value)) % {"n": formats.number(months)}


KINDS: dict[str, Callable[[float, str], str]] = {
    "money": _money, "share": _share, "number": _number, "minutes": _minutes, "points": _points, "months": _months,
    "signed": _signed,
}  # fmt: skip


def parts_words(key: str, more: More, currency: str) -> list[str]:
    """What a number is made of, in short lines."""
    say = PARTS.get(key)
    return say(more, currency) if say is not None and more else []


def _returned(more: More, currency: str) -> list[str]:
    return [_("%(money)s went back") % {"money": _money(more["returned"], currency)}] if more.get("returned") else []


def _by_money(more: More, currency: str) -> list[str]:
    share = more.get("by_money")
    return [] if share is None else [_("%(share)s by money") % {"share": formats.percent(share)}]


def _nine_of_ten(more: More, currency: str) -> list[str]:
    return [_("nine of ten within %(time)s") % {"time": _minutes(more["p90"], "")}]


def _horizon(more: More, currency: str) -> list[str]:
    words = ngettext("in the next %(n)s day", "in the next %(n)s days", more.get("days", 0))
    return [words % {"n": formats.number(more["days"])}] if more.get("days") else []


def _all_won(more: More, currency: str) -> list[str]:
    return [_("%(money)s if all were won") % {"money": _money(more["money"], currency)}]


def _margin(more: More, currency: str) -> list[str]:
    part = more.get("margin", 1)
    return [_("at a margin of %(share)s") % {"share": formats.percent(part)}] if part != 1 else []


def _step(more: More, currency: str) -> list[str]:
    names = {"task": _("with a task done"), "note": _("with a note"), "answer": _("with an answer")}
    words = _("%(with)s; without: %(without)s")
    return [words % {"with": names.get(more["step"], more["step"]), "without": formats.percent(more["without"])}]


def _cost(more: More, currency: str) -> list[str]:
    lines = []
    if more["months"] > 1:
        lines.append(ngettext("of %(n)s month", "of %(n)s months", more["months"]) % {"n": more["months"]})
    for channel, spent, won in more["channels"]:
        each = _money(spent / won, currency) if won else "–"
        words = _("%(channel)s: %(spent)s for %(won)s new (%(each)s)")
        values = {"channel": channel, "spent": _money(spent, currency), "won": formats.number(won), "each": each}
        lines.append(words % values)
    return lines


def _recurring(more: More, currency: str) -> list[str]:
    names = {"new": _("new"), "back": _("came back"), "more": _("more"), "less": _("less"), "gone": _("lost")}
    lines = [f"{names[key]}: {_money(more[key], currency)}" for key in names if more.get(key)]
    return [_("%(money)s a year") % {"money": _money(more["year"], currency)}, *lines]


def _asked(more: More, currency: str) -> list[str]:
    """How many of those who were asked have answered."""
    if not more.get("asked"):
        return []
    values = {"came": formats.number(more["came"]), "asked": formats.number(more["asked"])}
    share = formats.percent(more["came"] / more["asked"])
    return [_("%(came)s of %(asked)s asked have answered (%(share)s)") % {**values, "share": share}]


def _recommend(more: More, currency: str) -> list[str]:
    values = {"above": formats.number(more["above"]), "below": formats.number(more["below"])}
    return [_("%(above)s would recommend you, %(below)s would not") % values, *_asked(more, currency)]


PARTS: dict[str, Callable[[More, str], list[str]]] = {
    "revenue": _returned, "win_rate": _by_money, "first_reply": _nine_of_ten, "resolution": _nine_of_ten,
    "churn_expected": _horizon, "pipeline": _all_won, "value": _margin, "value_expected": _margin, "best_step": _step,
    "cost": _cost, "mrr": _recurring, "csat": _asked, "nps": _recommend,
}  # fmt: skip

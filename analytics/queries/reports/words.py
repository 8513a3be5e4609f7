"""How the groups and figures of reports are said, and which list shows the rows behind one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from babel.units import format_unit
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analytics.models.reports import TIME
from analytics.queries.number_words import KINDS
from crm import formats
from crm.addresses import address
from crm.extensions import FilterField
from crm.filters import operators_of
from crm.queries.list_filters import rules_of

from .cells import BANDS, NONE, OTHER
from .periods import Days, next_step, step_words
from .questions import Dimension, Measure, Question

Rule = dict[str, Any]
MINUTES_A_DAY = 1440


def value_words(measure: Measure, currency: str) -> Callable[[float | None], str]:
    """How a figure of this measure is said; nothing to say it from is a dash."""
    kind = "minutes" if measure.kind == "days" else measure.kind
    factor = MINUTES_A_DAY if measure.kind == "days" else 1
    say = _exact if kind == "number" and measure.is_additive else KINDS[kind]
    return lambda value: "–" if value is None else say(value * factor, currency)


def _exact(value: float, currency: str) -> str:
    return formats.number(round(value) if value == round(value) else round(value, 2))


def axis_words(measure: Measure, currency: str) -> Callable[[float], str]:
    """The same in few characters, for the lines of a chart."""
    if measure.kind == "money":
        return lambda value: formats.money_short(value, currency)
    if measure.kind == "share":
        return formats.percent
    if measure.kind == "number":
        return lambda value: formats.number_short(round(value, 2))
    return lambda value: _short_time(value * (MINUTES_A_DAY if measure.kind == "days" else 1))


def _short_time(minutes: float) -> str:
    """A time in one unit: 3 hr."""
    unit, size = next(((u, s) for u, s in _TIMES if abs(minutes) >= 2 * s), _TIMES[-1])
    number = round(minutes / size, 1)
    number = round(number) if abs(number) >= 10 or number == round(number) else number
    return str(format_unit(number, f"duration-{unit}", length="short", locale=formats.reader_locale()))


_TIMES = (("day", 1440), ("hour", 60), ("minute", 1))


def labels_of(dimension: Dimension | None, unit: str) -> Callable[[str], str]:
    """How the key of a group is said."""
    if dimension is None:
        return lambda key: _("(none)") if key == NONE else step_words(date.fromisoformat(key[1:]), unit)
    options = {str(value): str(words) for value, words in (dimension.field.options or dict)().items()}
    options |= {"True": _("Yes"), "False": _("No"), "true": _("Yes"), "false": _("No")} if _is_yes_no(dimension) else {}

    def say(key: str) -> str:
        if key == OTHER:
            return pgettext("all the other groups of a report", "Other")
        if key == NONE:
            return _("(none)")
        return (
            band_words(int(key[1:]), is_whole=dimension.is_whole)
            if dimension.is_band
            else options.get(key[1:], key[1:])
        )

    return say


def tone_of(dimension: Dimension | None, key: str) -> str:
    """What news a group is; empty where nobody says."""
    return "" if dimension is None or dimension.is_band else dimension.field.tones.get(key[1:], "")


def _is_yes_no(dimension: Dimension) -> bool:
    return dimension.kind == "boolean"


def band_words(place: int, *, is_whole: bool = False) -> str:
    """A band of numbers: from its lower edge to below the upper one; of whole numbers to the last one in it."""
    if place == 0:
        return _("below 0")
    if place == len(BANDS):
        return _("%(number)s or more") % {"number": formats.number(BANDS[-1])}
    low, high = BANDS[place - 1], BANDS[place]
    if is_whole and high - low > 1:
        return f"{formats.number(low)}–{formats.number(high - 1)}"
    if is_whole:
        return formats.number(low)
    if high - low == 1 and low < 2:
        return formats.number(low) if low else _("0 to below 1")
    return _("%(low)s to below %(high)s") % {"low": formats.number(low), "high": formats.number(high)}


# --- links --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Links:
    """Leads from a cell to the list of the rows behind it, where their kind has a list that takes filters."""

    question: Question
    tree: Mapping[str, Any]
    days: Days
    unit: str

    def url(self, group: str = NONE, split: str = NONE, *, has_group: bool = False, has_split: bool = False) -> str:
        """The address, or nothing where no list can say it."""
        question = self.question
        base = address(question.source.list_url_name) if question.source.list_url_name else ""
        rules: list[Rule | None] = list(rules_of(self.tree)) if "any" not in self.tree else [dict(self.tree)]
        days = self.days
        if has_group and question.spec.group_by == TIME:
            days = self._step(group) if group != NONE else (None, None)
            rules.append({"field": question.date.key, "op": "is_empty"} if group == NONE else None)
            rules = [rule for rule in rules if rule is not None]
        elif has_group and question.group is not None:
            rules.append(rule_of(question.group.field, question.group, group))
        if has_split and question.split is not None:
            rules.append(rule_of(question.split.field, question.split, split))
        rules += _within(question.date.key, days)
        if not base or None in rules:
            return ""
        tree = json.dumps({"all": rules}, separators=(",", ":"), ensure_ascii=False) if rules else ""
        return f"{base}?{urlencode({'filter': tree})}" if tree else base

    def _step(self, key: str) -> Days:
        first = date.fromisoformat(key[1:])
        start, end = self.days
        after = next_step(first, self.unit)
        return max(first, start) if start else first, min(after, end) if end else after


def _within(field: str, days: Days) -> list[Rule | None]:
    start, end = days
    last = end - timedelta(days=1) if end else None
    if start and last:
        return [{"field": field, "op": "between", "value": [str(start), str(last)]}]
    if start:
        return [{"field": field, "op": "after", "value": str(start - timedelta(days=1))}]
    return [{"field": field, "op": "before", "value": str(end)}] if end else []


def rule_of(field: FilterField, dimension: Dimension, key: str) -> Rule | None:
    """The rule of the filter language that finds this group; None where no rule does."""
    if key == OTHER:
        return None
    if dimension.is_band and key != NONE:
        return _band_rule(dimension, int(key[1:]))
    rules: dict[str, Any] = {"is_empty": {}} if key == NONE else _equal(field, key[1:])
    op = next((op for op in rules if op in operators_of(field)), None)
    return {"field": dimension.key, "op": op, **rules[op]} if op is not None else None


def _equal(field: FilterField, text: str) -> dict[str, Any]:
    """The operators that find a value, with what they are given; none for an option that is no more."""
    value: Any = text.lower() == "true" if field.kind == "boolean" else text
    if field.options is not None:
        value = next((option for option in field.options() if str(option) == text), None)
    return {} if value is None else {"is": {"value": value}, "any_of": {"value": [value]}}


def _band_rule(dimension: Dimension, place: int) -> Rule:
    rules: list[Rule] = []
    if place > 0:
        rules.append({"field": dimension.key, "op": "at_least", "value": BANDS[place - 1]})
    if place < len(BANDS):
        rules.append({"field": dimension.key, "op": "less_than", "value": BANDS[place]})
    return rules[0] if len(rules) == 1 else {"all": rules}

"""The filter language: a filter is data, compiled to a `Q` from one registry of fields.

    {"all": [{"field": "last_order_at", "op": "older_than", "value": {"days": 90}}, {"any": […]}, {"not": {…}}]}

Saved views, groups, flow conditions, reports, exports and the API's `?filter=` are all this. Fields, operators and
values come from allow-lists; nothing of the input ever becomes an ORM path. See docs/adr/0003.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .extensions import FilterField, filter_fields
from .incoming import is_believable
from .models import CustomField
from .own_fields import own_date, own_number

MAX_DEPTH = 4
MAX_RULES = 100
MAX_LIST = 200
MAX_LENGTH = 50_000


class FilterError(ValueError):
    """The filter can't be understood; the message says which part and why."""


OPERATORS: dict[str, tuple[str, ...]] = {
    "text": ("is", "is_not", "contains", "starts_with", "is_empty", "is_set"),
    "number": ("is", "at_least", "at_most", "more_than", "less_than", "between", "is_empty", "is_set"),
    "date": ("is", "before", "after", "between", "in_last", "older_than", "in_next", "is_empty", "is_set"),
    "datetime": ("before", "after", "between", "in_last", "older_than", "in_next", "is_empty", "is_set"),
    "boolean": ("is",),
    "choice": ("is", "is_not", "any_of", "none_of", "is_empty", "is_set"),
    "many": ("any_of", "all_of", "none_of", "is_empty", "is_set"),
}

OPERATOR_WORDS: dict[str, Any] = {
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "contains": gettext_lazy("contains"),
    "starts_with": gettext_lazy("starts with"),
    "is_empty": gettext_lazy("is empty"),
    "is_set": gettext_lazy("is filled in"),
    "at_least": gettext_lazy("at least"),
    "at_most": gettext_lazy("at most"),
    "more_than": gettext_lazy("more than"),
    "less_than": gettext_lazy("less than"),
    "between": gettext_lazy("between"),
    "before": gettext_lazy("before"),
    "after": gettext_lazy("after"),
    "in_last": gettext_lazy("in the last … days"),
    "older_than": gettext_lazy("more than … days ago"),
    "in_next": gettext_lazy("in the next … days"),
    "any_of": gettext_lazy("is any of"),
    "all_of": gettext_lazy("has all of"),
    "none_of": gettext_lazy("is none of"),
}


@dataclass(frozen=True)
class Compiler:
    """Compiles filters of one target ("person", "company", …) as seen at one moment."""

    target: str
    now: datetime

    def compile(self, tree: object) -> Q:
        try:
            length = len(json.dumps(tree, default=str))
        except (ValueError, RecursionError):
            length = MAX_LENGTH + 1
        if length > MAX_LENGTH:
            raise FilterError(_("The filter is too long."))
        return self._node(tree, 1)

    def _node(self, node: object, depth: int) -> Q:
        if not isinstance(node, Mapping):
            raise FilterError(_("Each part of a filter is a rule or a group of rules."))
        if not node:
            return Q()
        if depth > MAX_DEPTH:
            raise FilterError(_("The filter is nested more than %(depth)s levels deep.") % {"depth": MAX_DEPTH})
        if "field" in node:
            return self._rule(node)
        if len(node) != 1:
            raise FilterError(_('A group has exactly one of "all", "any" and "not".'))
        [(word, inner)] = node.items()
        if word == "not":
            return ~self._node(inner, depth + 1)
        return self._group(word, inner, depth)

    def _group(self, word: object, rules: object, depth: int) -> Q:
        if word not in ("all", "any") or not isinstance(rules, list):
            raise FilterError(_('A group has exactly one of "all", "any" and "not".'))
        if len(rules) > MAX_RULES:
            raise FilterError(_("The filter has more than %(rules)s rules.") % {"rules": MAX_RULES})
        parts = [self._node(rule, depth + 1) for rule in rules]
        combined = Q()
        for part in parts:
            combined = combined & part if word == "all" else combined | part
        return combined

    def _rule(self, rule: Mapping[str, Any]) -> Q:
        field = find_field(self.target, str(rule["field"]))
        op = str(rule.get("op", "is"))
        if op not in operators_of(field):
            raise FilterError(_("“%(field)s” can't be compared with “%(op)s”.") % {"field": field.label, "op": op})
        value = None if op in ("is_empty", "is_set") else self._value(field, op, rule.get("value"))
        if field.compile is not None:
            return field.compile(op, value)
        return LOOKUPS[op](field.path, value, self, field)

    def _value(self, field: FilterField, op: str, raw: object) -> Any:
        if op in ("in_last", "older_than", "in_next"):
            return _days(raw)
        parse = PARSERS[field.kind]
        if op in ("any_of", "all_of", "none_of"):
            if not isinstance(raw, list) or not raw or len(raw) > MAX_LIST:
                raise FilterError(_("“%(field)s” needs a list of values.") % {"field": field.label})
            return _choices(field, raw) if parse is _choice else [parse(field, item) for item in raw]
        if op == "between":
            if not isinstance(raw, list) or len(raw) != 2:
                raise FilterError(_("“%(field)s” needs a lowest and a highest value.") % {"field": field.label})
            return [parse(field, item) for item in raw]
        return parse(field, raw)

    def midnight(self, day: date) -> datetime:
        """When this day begins in the user's zone."""
        return timezone.make_aware(datetime.combine(day, time.min))

    def today(self) -> date:
        return timezone.localdate(self.now)


def compile_filter(target: str, tree: object, *, now: datetime | None = None) -> Q:
    """The `Q` of a filter. Raises FilterError with words for the user."""
    return Compiler(target, now or timezone.now()).compile(tree)


def fields_of(target: str) -> list[FilterField]:
    """Every field that this target can be filtered by: built-in, from other apps, and the business's own."""
    own = CustomField.objects.filter(target=target, is_filterable=True, is_archived=False).order_by("position", "pk")
    return [field for field in filter_fields if field.target == target] + [custom_field(row) for row in own]


def find_field(target: str, key: str) -> FilterField:
    """The field under this key. Raises FilterError."""
    if key.startswith("custom."):
        row = CustomField.objects.filter(
            target=target, key=key.removeprefix("custom."), is_filterable=True, is_archived=False
        ).first()
        if row is not None:
            return custom_field(row)
    field = filter_fields.get(f"{target}.{key}")
    if field is None:
        raise FilterError(_("There is no field “%(field)s” here (any more).") % {"field": key})
    return field


def custom_field(row: CustomField) -> FilterField:
    options = {str(option): str(option) for option in row.options}
    path = f"custom__{row.key}"
    is_date = row.kind == CustomField.Kind.DATE
    compiler = {CustomField.Kind.DATE: own_date, CustomField.Kind.NUMBER: own_number}.get(CustomField.Kind(row.kind))
    return FilterField(
        key=f"{row.target}.custom.{row.key}",
        target=row.target,
        label=row.label,
        kind=str(row.kind),
        path=path,
        compile=partial(compiler, path) if compiler else None,
        options=(lambda: options) if row.kind == CustomField.Kind.CHOICE else None,
        operators=("is", "before", "after", "between", "is_empty", "is_set") if is_date else (),
        is_personal_data=row.is_personal_data,
    )


def operators_of(field: FilterField) -> tuple[str, ...]:
    return field.operators or OPERATORS[field.kind]


# --- values -------------------------------------------------------------------------------------------------------


def _refuse(field: FilterField, raw: object) -> FilterError:
    shown = str(raw)[:60]
    return FilterError(_("“%(value)s” is no value for “%(field)s”.") % {"value": shown, "field": field.label})


def _text(field: FilterField, raw: object) -> str:
    if not isinstance(raw, str) or len(raw) > 500 or "\0" in raw:
        raise _refuse(field, raw)
    return raw


def _number(field: FilterField, raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise _refuse(field, raw)
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        raise _refuse(field, raw) from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise _refuse(field, raw)
    return number


def _date(field: FilterField, raw: object) -> date:
    try:
        day = parse_date(raw) if isinstance(raw, str) else None
    except ValueError:
        day = None
    if day is None or not is_believable(day):
        raise _refuse(field, raw)
    return day


def _boolean(field: FilterField, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise _refuse(field, raw)
    return raw


def _choice(field: FilterField, raw: object) -> Any:
    return _choices(field, [raw])[0]


def _choices(field: FilterField, raws: list[Any]) -> list[Any]:
    """The values that are meant; the options are asked for once."""
    options = {str(value): value for value in (field.options() if field.options else {})}
    for raw in raws:
        if str(raw) not in options:
            raise _refuse(field, raw)
    return [options[str(raw)] for raw in raws]


def _days(raw: object) -> int:
    days = raw.get("days") if isinstance(raw, Mapping) else None
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 36_500:
        raise FilterError(_('A time span is written as {"days": 90}.'))
    return days


PARSERS: dict[str, Callable[[FilterField, object], Any]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "datetime": _date,
    "boolean": _boolean,
    "choice": _choice,
    "many": _choice,
}

# --- lookups ------------------------------------------------------------------------------------------------------


def _empty(path: str, value: object, compiler: Compiler, field: FilterField) -> Q:
    nothing = Q(**{f"{path}__isnull": True})
    return nothing | Q(**{path: ""}) if field.kind in ("text", "choice") and not path.endswith("_id") else nothing


def _days_from(path: str, start: date, end: date, compiler: Compiler, field: FilterField) -> Q:
    """From the beginning of `start` to before `end`, in days of the user's zone."""
    if field.kind == "date":
        return Q(**{f"{path}__gte": start, f"{path}__lt": end})
    return Q(**{f"{path}__gte": compiler.midnight(start), f"{path}__lt": compiler.midnight(end)})


def _is(path: str, value: Any, compiler: Compiler, field: FilterField) -> Q:
    return Q(**{f"{path}__iexact" if field.kind == "text" else path: value})


def _between(path: str, value: Any, compiler: Compiler, field: FilterField) -> Q:
    low, high = value
    if field.kind in ("date", "datetime"):
        return _days_from(path, low, high + timedelta(days=1), compiler, field)
    return Q(**{f"{path}__gte": low, f"{path}__lte": high})


def _edge(path: str, lookup: str, day: date, compiler: Compiler, field: FilterField) -> Q:
    edge = compiler.midnight(day) if field.kind == "datetime" else day
    return Q(**{f"{path}__{lookup}": edge})


Lookup = Callable[[str, Any, Compiler, FilterField], Q]
_day = timedelta(days=1)
LOOKUPS: dict[str, Lookup] = {
    "is": _is,
    "is_not": lambda p, v, c, f: ~_is(p, v, c, f),
    "contains": lambda p, v, c, f: Q(**{f"{p}__icontains": v}),
    "starts_with": lambda p, v, c, f: Q(**{f"{p}__istartswith": v}),
    "is_empty": _empty,
    "is_set": lambda p, v, c, f: ~_empty(p, v, c, f),
    "at_least": lambda p, v, c, f: Q(**{f"{p}__gte": v}),
    "at_most": lambda p, v, c, f: Q(**{f"{p}__lte": v}),
    "more_than": lambda p, v, c, f: Q(**{f"{p}__gt": v}),
    "less_than": lambda p, v, c, f: Q(**{f"{p}__lt": v}),
    "between": _between,
    "before": lambda p, v, c, f: _edge(p, "lt", v, c, f),
    "after": lambda p, v, c, f: _edge(p, "gte", v + _day, c, f),
    "in_last": lambda p, v, c, f: _days_from(p, c.today() - v * _day, c.today() + _day, c, f),
    "older_than": lambda p, v, c, f: _edge(p, "lt", c.today() - v * _day, c, f),
    "in_next": lambda p, v, c, f: _days_from(p, c.today(), c.today() + (v + 1) * _day, c, f),
    "any_of": lambda p, v, c, f: Q(**{f"{p}__in": v}),
    "none_of": lambda p, v, c, f: ~Q(**{f"{p}__in": v}),
}

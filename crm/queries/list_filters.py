"""Filters in words, and the small changes that chips and the filter builder make to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm import formats
from crm.extensions import FilterField
from crm.filters import FilterError, fields_of, find_field, operators_of
from crm.models import User

Tree = Mapping[str, Any]

# Whole sentences, so that each language puts its words where they belong.
SENTENCES: dict[str, Any] = {
    "is": gettext_lazy("%(field)s is %(value)s"),
    "is_not": gettext_lazy("%(field)s is not %(value)s"),
    "contains": gettext_lazy("%(field)s contains “%(value)s”"),
    "starts_with": gettext_lazy("%(field)s starts with “%(value)s”"),
    "is_empty": gettext_lazy("%(field)s is empty"),
    "is_set": gettext_lazy("%(field)s is filled in"),
    "at_least": gettext_lazy("%(field)s is at least %(value)s"),
    "at_most": gettext_lazy("%(field)s is at most %(value)s"),
    "more_than": gettext_lazy("%(field)s is more than %(value)s"),
    "less_than": gettext_lazy("%(field)s is less than %(value)s"),
    "between": gettext_lazy("%(field)s is between %(value)s"),
    "before": gettext_lazy("%(field)s is before %(value)s"),
    "after": gettext_lazy("%(field)s is after %(value)s"),
    "in_last": gettext_lazy("%(field)s in the last %(value)s"),
    "older_than": gettext_lazy("%(field)s more than %(value)s ago"),
    "in_next": gettext_lazy("%(field)s in the next %(value)s"),
    "any_of": gettext_lazy("%(field)s is any of %(value)s"),
    "all_of": gettext_lazy("%(field)s has all of %(value)s"),
    "none_of": gettext_lazy("%(field)s is none of %(value)s"),
}


@dataclass(frozen=True)
class FilterChip:
    """One rule in force, in words. `index` is its place among the outermost rules."""

    index: int
    label: str
    is_broken: bool = False
    is_plain: bool = True


def rules_of(tree: Tree) -> list[Any]:
    """The outermost rules and groups of a filter."""
    if not tree:
        return []
    for word in ("all", "any"):
        if len(tree) == 1 and isinstance(tree.get(word), list):
            return list(tree[word])
    return [tree]


def joined_by(tree: Tree) -> str:
    """Whether all of the outermost rules have to hold or any."""
    return "any" if len(tree) == 1 and isinstance(tree.get("any"), list) else "all"


def with_rule(tree: Tree, rule: Tree, index: int | None = None) -> dict[str, Any]:
    """The filter with one more rule, or with the rule at `index` replaced."""
    rules = rules_of(tree)
    if index is None or not 0 <= index < len(rules):
        rules.append(rule)
    else:
        rules[index] = rule
    return {joined_by(tree): rules}


def without_rule(tree: Tree, index: int) -> dict[str, Any]:
    rules = [rule for number, rule in enumerate(rules_of(tree)) if number != index]
    return {joined_by(tree): rules} if rules else {}


def with_other_join(tree: Tree) -> dict[str, Any]:
    return {"all" if joined_by(tree) == "any" else "any": rules_of(tree)}


def chips_of(target: str, tree: Tree, reader: User) -> list[FilterChip]:
    """Each outermost rule in words; one that can't be understood any more says so."""
    chips = []
    for index, rule in enumerate(rules_of(tree)):
        is_plain = isinstance(rule, Mapping) and "field" in rule
        try:
            chips.append(FilterChip(index, in_words(target, rule, reader), is_plain=is_plain))
        except FilterError as error:
            chips.append(FilterChip(index, str(error), is_broken=True, is_plain=False))
    return chips


def in_words(target: str, node: Any, reader: User, depth: int = 0) -> str:
    """A rule or group as a sentence. Raises FilterError."""
    if not isinstance(node, Mapping) or len(node) == 0 or depth > 4:
        raise FilterError(_("This part of the filter can't be understood."))
    if "field" in node:
        return _rule_words(target, node, reader)
    if "not" in node:
        return _("not (%(rule)s)") % {"rule": in_words(target, node["not"], reader, depth + 1)}
    inner = [in_words(target, rule, reader, depth + 1) for rule in rules_of(node)]
    return (_(" or ") if joined_by(node) == "any" else _(" and ")).join(inner)


def _rule_words(target: str, rule: Tree, reader: User) -> str:
    field = find_field(target, str(rule["field"]))
    op = str(rule.get("op", "is"))
    if op not in operators_of(field):
        raise FilterError(_("“%(field)s” can't be compared like this.") % {"field": field.label})
    return str(SENTENCES[op]) % {"field": field.label, "value": _value_words(field, op, rule.get("value"), reader)}


def _value_words(field: FilterField, op: str, value: Any, reader: User) -> str:
    if op in ("in_last", "older_than", "in_next"):
        days = value.get("days") if isinstance(value, Mapping) else None
        if not isinstance(days, int):
            raise FilterError(_("This part of the filter can't be understood."))
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    say = _sayer(field, value, reader)
    if isinstance(value, list):
        words = [say(item) for item in value[:4]]
        if op == "between":
            return _(" and ").join(words)
        more = [_("%(number)s more") % {"number": len(value) - 4}] if len(value) > 4 else []
        return ", ".join([*words, *more])
    return say(value)


def _sayer(field: FilterField, value: Any, reader: User) -> Callable[[Any], str]:
    """How one value of this field is said."""
    if field.key.endswith(".owner") and value == reader.pk:
        return lambda _mine: _("me")
    if field.options is not None:
        options = {str(value): str(label) for value, label in field.options().items()}
        if field.key.endswith(".owner"):
            options[str(reader.pk)] = _("me")
        return lambda value: options.get(str(value), str(value))
    if field.kind in ("date", "datetime"):
        return _date_words
    if field.kind == "boolean":
        return lambda value: _("yes") if value else _("no")
    return str


def _date_words(value: Any) -> str:
    try:
        day: date | None = parse_date(str(value))
    except ValueError:
        day = None
    return formats.date_words(day) if day else str(value)


@dataclass(frozen=True)
class FieldGroup:
    """Fields under one heading of the field picker: (key, label)."""

    label: str
    fields: Sequence[tuple[str, str]]


def field_groups(target: str) -> list[FieldGroup]:
    """What this target can be filtered by, for a picker; one query."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for field in fields_of(target):
        heading = str(field.group) or (_("Own fields") if ".custom." in field.key else "")
        groups.setdefault(heading, []).append((field.key.removeprefix(f"{target}."), str(field.label)))
    return [FieldGroup(label, fields) for label, fields in groups.items()]

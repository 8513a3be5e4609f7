"""The filter builder: a field, how to compare it, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.extensions import FilterField
from crm.filters import OPERATOR_WORDS, FilterError, compile_filter, find_field, operators_of
from crm.queries.list_filters import field_groups

from .fields import choice_field, day_field

DAYS = ("in_last", "older_than", "in_next")
LISTS = ("any_of", "all_of", "none_of")
NO_VALUE = ("is_empty", "is_set")


class RuleForm(forms.Form):
    """One rule of a filter. Which value fields there are depends on the chosen field and operator.

    `rule` is the rule to change; data wins over it.
    """

    field = forms.ChoiceField(label=_("Field"))
    op = forms.ChoiceField(label=_("Condition"), required=False)

    def __init__(self, target: str, data: Mapping[str, Any] | None, rule: Mapping[str, Any] | None = None) -> None:
        self.target = target
        super().__init__(data or None, initial=_initial(rule or {}))
        choices = [(group.label, group.fields) if group.label else group.fields for group in field_groups(target)]
        choice_field(self, "field").choices = _flat(choices)
        self.chosen = self._chosen_field()
        if self.chosen is None:
            del self.fields["op"]
            return
        operators = operators_of(self.chosen)
        choice_field(self, "op").choices = [(op, OPERATOR_WORDS[op]) for op in operators]
        self.condition = self._now("op") if self._now("op") in operators else operators[0]
        self.initial["op"] = self.condition
        self.fields.update(_value_fields(self.chosen, self.condition))

    def _now(self, name: str) -> str:
        return str(self.data.get(name) or self.initial.get(name) or "")

    def _chosen_field(self) -> FilterField | None:
        try:
            return find_field(self.target, self._now("field"))
        except FilterError:
            return None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors or self.chosen is None:
            return cleaned
        rule = {"field": cleaned["field"], "op": self.condition, **_value(self.chosen, self.condition, cleaned)}
        try:
            compile_filter(self.target, rule)
        except FilterError as error:
            raise forms.ValidationError(str(error)) from error
        return {**cleaned, "rule": rule}


def _flat(choices: list[Any]) -> list[Any]:
    """Groups with a heading stay groups; fields without one stand before them."""
    loose = [choice for group in choices if isinstance(group, list) for choice in group]
    return [("", _("Choose a field")), *loose, *(group for group in choices if isinstance(group, tuple))]


def _initial(rule: Mapping[str, Any]) -> dict[str, Any]:
    value = rule.get("value")
    initial = {"field": rule.get("field", ""), "op": rule.get("op", ""), "value": value}
    if isinstance(value, Mapping):
        initial["days"] = value.get("days")
    if isinstance(value, list) and rule.get("op") == "between":
        initial["value"], initial["highest"] = ([*value, "", ""])[:2]
    if isinstance(value, bool):
        initial["value"] = "yes" if value else "no"
    return initial


def _value_fields(field: FilterField, op: str) -> dict[str, forms.Field]:
    if op in NO_VALUE:
        return {}
    if op in DAYS:
        return {"days": forms.IntegerField(label=_("Days"), min_value=0, max_value=36_500)}
    if op in LISTS:
        options = [(str(value), str(label)) for value, label in (field.options() if field.options else {}).items()]
        widget = forms.CheckboxSelectMultiple
        return {"value": forms.MultipleChoiceField(label=_("Values"), choices=options, widget=widget)}
    if op == "between":
        return {"value": _one_value(field, _("From")), "highest": _one_value(field, _("to"))}
    return {"value": _one_value(field, _("Value"))}


def _one_value(field: FilterField, label: Any) -> forms.Field:
    if field.options is not None:
        return forms.ChoiceField(label=label, choices=[(str(v), str(words)) for v, words in field.options().items()])
    if field.kind == "boolean":
        return forms.ChoiceField(label=label, choices=[("yes", _("yes")), ("no", _("no"))])
    if field.kind == "number":
        return forms.DecimalField(label=label)
    if field.kind in ("date", "datetime"):
        return day_field(label=label)
    return forms.CharField(label=label, max_length=500)


def _value(field: FilterField, op: str, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The rule's value as JSON can hold it."""
    if op in NO_VALUE:
        return {}
    if op in DAYS:
        return {"value": {"days": cleaned["days"]}}
    if op == "between":
        return {"value": [_plain(cleaned["value"]), _plain(cleaned["highest"])]}
    if field.kind == "boolean":
        return {"value": cleaned["value"] == "yes"}
    return {"value": _plain(cleaned["value"])}


def _plain(value: Any) -> Any:
    return value if isinstance(value, list) else str(value)

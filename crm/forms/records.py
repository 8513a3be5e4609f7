"""Forms of records: all fields on one page, or a single field in its place, own fields included."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from crm.models import CustomField, Record, Team, User
from crm.queries.records import capitalised, custom_fields

from .fields import day_field, record_field
from .lists import colleagues

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm


class RecordForm(_ModelForm):
    """A form over a record and the business's own fields. It only parses: operations write.

    With `only` it holds that single field, for editing in place. What `reader` may not see is not offered.
    """

    target = ""

    def __init__(
        self,
        data: Any = None,
        *,
        instance: Record | None = None,
        only: str = "",
        reader: User | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, instance=instance, **kwargs)
        self.reader = reader
        self.own = custom_fields(self.target)
        values: Mapping[str, Any] = instance.custom if instance else {}
        for row in self.own:
            self.fields[f"custom.{row.key}"] = own_field(row)
            self.initial[f"custom.{row.key}"] = values.get(row.key)
        if only:
            self.fields = {name: field for name, field in self.fields.items() if name == only}
        for field in self.fields.values():
            field.label = capitalised(str(field.label or ""))
        self._limit_choices()

    def _limit_choices(self) -> None:
        owner, team = self.fields.get("owner"), self.fields.get("team")
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset, owner.empty_label = colleagues(), str(_("Nobody"))
        if isinstance(team, forms.ModelChoiceField):
            team.queryset, team.empty_label = Team.objects.order_by("name"), str(_("No team"))

    def _post_clean(self) -> None:
        """The instance stays as it is: the operation takes over what changed from `changes`."""

    def changes(self) -> dict[str, Any]:
        """What an operation is to set: model fields by name, own fields together under `custom`."""
        cleaned = {name: value for name, value in self.cleaned_data.items() if name in self.fields}
        own = {name.removeprefix("custom."): _plain(value) for name, value in cleaned.items() if "custom." in name}
        found = {name: value for name, value in cleaned.items() if not name.startswith("custom.")}
        if own:
            found["custom"] = {**self._known_custom(), **own}
        return found

    def _known_custom(self) -> dict[str, Any]:
        """Values of own fields that still exist; what an archived field held is not ours to write."""
        known = {row.key for row in self.own}
        return {key: value for key, value in (self.instance.custom or {}).items() if key in known}


def own_field(row: CustomField) -> forms.Field:
    """The form field of an own field."""
    options: dict[str, Any] = {"label": row.label, "required": row.is_required}
    if row.kind == CustomField.Kind.NUMBER:
        return forms.DecimalField(max_digits=19, decimal_places=4, **options)
    if row.kind == CustomField.Kind.DATE:
        return day_field(**options)
    if row.kind == CustomField.Kind.BOOLEAN:
        return forms.BooleanField(label=row.label, required=False)
    if row.kind == CustomField.Kind.CHOICE:
        choices = [("", "—"), *((str(option), str(option)) for option in row.options)]
        return forms.ChoiceField(choices=choices, **options)
    return forms.CharField(max_length=500, **options)


def _plain(value: Any) -> Any:
    """Numbers of own fields are kept as JSON numbers, so that filters compare them as such."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def language_choices() -> list[tuple[str, str]]:
    return [("", "—"), *settings.LANGUAGES]


class VersionForm(forms.Form):
    """The version of the record that the reader saw when they began to edit."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class NoteForm(forms.Form):
    body = forms.CharField(
        label=_("Note"), max_length=20_000, widget=forms.Textarea({"rows": 2, "placeholder": _("Write a note …")})
    )


class QuickTaskForm(forms.Form):
    title = forms.CharField(label=_("Task"), max_length=200)
    due_on = day_field(label=_("Due"), required=False)


class ShareForm(forms.Form):
    """Choose a colleague who does not see the record yet."""

    user = forms.ModelChoiceField(label=_("Colleague"), queryset=User.objects.none())

    def __init__(self, data: Any = None, *, without: list[int]) -> None:
        super().__init__(data)
        record_field(self, "user").queryset = colleagues().exclude(pk__in=without)

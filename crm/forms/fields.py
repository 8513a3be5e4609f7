"""Form fields of this product: a record found by typing, an amount as people write it, a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from babel.numbers import NumberFormatError, parse_decimal
from django import forms
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm import formats
from crm.incoming import FIRST_YEAR, LAST_YEAR, is_believable
from crm.search import found

LARGEST = Decimal(10) ** 15


def choice_field(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    """A declared field whose choices are known only when the form is made."""
    return cast(forms.ChoiceField, form.fields[name])


def record_field(form: forms.BaseForm, name: str) -> forms.ModelChoiceField[Any]:
    """A declared field whose records are known only when the form is made."""
    return cast("forms.ModelChoiceField[Any]", form.fields[name])


class RecordPicker(forms.Widget):
    """A text field that offers records while one types. Without scripts the exact name is enough."""

    template_name = "_picker.html"

    def __init__(self, target: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.target = target

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        pk, text = value if isinstance(value, tuple) else (value.pk, str(value)) if value else ("", "")
        url = reverse("crm:pick", args=[self.target])
        context["widget"] |= {"pk": pk, "text": text, "url": url, "text_name": f"{name}_text"}
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> tuple[str, str]:
        return str(data.get(name) or ""), str(data.get(f"{name}_text") or "").strip()

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and f"{name}_text" not in data


class RecordField(forms.Field):
    """One of `rows`, which the form narrows to what its user may see."""

    rows: QuerySet[Any]

    def __init__(self, target: str, **options: Any) -> None:
        super().__init__(widget=RecordPicker(target), **options)

    def clean(self, value: tuple[str, str]) -> Model | None:
        pk, text = value
        if not pk and not text:
            self._check_required()
            return None
        row: Model | None = self._by_id(pk) if pk else self._by_name(text)
        if row is None:
            raise forms.ValidationError(_("“%(text)s” was not found. Pick one from the list.") % {"text": text or pk})
        return row

    def _check_required(self) -> None:
        if self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def _by_id(self, pk: str) -> Model | None:
        row: Model | None = self.rows.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
        return row

    def _by_name(self, text: str) -> Model | None:
        hits = [row for row in found(self.rows, text)[:50] if str(row).casefold() == text.casefold()]
        return hits[0] if len(hits) == 1 else None


class AmountField(forms.CharField):
    """A sum of money or a quantity as the reader's language writes it: 1,200.50 or 1.200,50."""

    default_error_messages = {"invalid": gettext_lazy("Enter a number, like 1200.50.")}

    def __init__(self, *, lowest: Decimal | None = None, places: int = 4, **options: Any) -> None:
        self.lowest = lowest
        self.places = places
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=40, **options)

    def prepare_value(self, value: Any) -> Any:
        return formats.number(value.normalize() + 0) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        text = str(value or "").replace("\u00a0", " ").replace("\u202f", " ").strip()
        if not text:
            return None
        number = _number(text)
        if number is None or not number.is_finite() or abs(number) >= LARGEST:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        if self.lowest is not None and number < self.lowest:
            least = formats.number(self.lowest)
            raise forms.ValidationError(_("Enter at least %(least)s.") % {"least": least}, code="lowest")
        return round(number, self.places)

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)

    def run_validators(self, value: Any) -> None:
        """The length is that of the text, not of the number."""


def _number(text: str) -> Decimal | None:
    try:
        return parse_decimal(text, locale=formats.reader_locale(), strict=True)
    except NumberFormatError:
        pass
    try:
        return Decimal(text.replace(" ", ""))
    except InvalidOperation:
        return None


class DayField(forms.DateField):
    """A day that a business can mean: those at the ends of the calendar break every time zone."""

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and not is_believable(day):
            words = _("The year must be between %(first)d and %(last)d.")
            raise forms.ValidationError(words % {"first": FIRST_YEAR, "last": LAST_YEAR}, code="year")
        return day


def day_field(**options: Any) -> DayField:
    """A day, picked with the browser's own calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return DayField(widget=widget, **options)

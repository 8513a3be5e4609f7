"""The forms with which somebody confirms that a person is to be erased, or may come back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import ContactPoint, Person
from crm.operations.erasures import FEWEST, MOST
from crm.queries.erased import NUMBER


class EraseForm(forms.Form):
    """The name has to be typed: there is no way back."""

    name = forms.CharField(label=gettext_lazy("Type the name to confirm"), max_length=200)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["name"].help_text = escape(person.name)  # help texts are taken for markup
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "dir": "auto"}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if " ".join(name.split()).casefold() != " ".join(self.person.name.split()).casefold():
            raise forms.ValidationError(_("This is not the name of this person."))
        return name


class AllowBackForm(forms.Form):
    """By which address or number they are known, and why they may come back."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Known by"),
        choices=[*ContactPoint.Kind.choices, (NUMBER, gettext_lazy("Number in the other program"))],
    )
    value = forms.CharField(
        label=gettext_lazy("Their address or number"), max_length=254,
        help_text=gettext_lazy("Phone numbers with the country in front, as +49 30 1234567."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("From which program"), max_length=50, required=False,
        help_text=gettext_lazy("Only with a number in another program: its name, as it was given when importing."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    why = forms.CharField(
        label=gettext_lazy("Why may they come back?"), min_length=FEWEST, max_length=MOST,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("In a sentence, without names. It is kept with your name and the day."),
    )  # fmt: skip

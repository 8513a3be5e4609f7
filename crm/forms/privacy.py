"""The form with which somebody confirms that a person is to be erased."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import Person


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

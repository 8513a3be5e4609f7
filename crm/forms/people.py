"""Forms of the people pages."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contacts import ContactError, normalise
from crm.models import Company, ContactPoint, Person, User

from .records import RecordForm, language_choices

_NUMBERED = re.compile(r"#(\d+)\s*$")


class PersonForm(RecordForm):
    """Everything about a person but contact points, employers and tags."""

    target = "person"

    class Meta:
        model = Person
        fields: tuple[str, ...] = (
            "name", "given_name", "family_name", "job_title", "address", "postcode", "city", "country", "language",
            "owner", "team", "no_profiling",
        )  # fmt: skip
        widgets = {"address": forms.Textarea({"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            choices = language_choices()
            now = self.instance.language
            if now and now not in dict(choices):
                choices.append((now, now))
            self.fields["language"] = forms.ChoiceField(
                label=_("Language"), choices=choices, required=False, initial=now
            )


class CompanyField(forms.CharField):
    """A company by its name, as typed with suggestions; “Name #12” names one of several that are called the same.

    Cleans to None, to the company, or (where `new_company` is ticked) to the name of one to be made.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)
        self.widget.attrs |= {
            "list": "company-suggestions",
            "autocomplete": "off",
            "hx-get": reverse_lazy("crm:company-suggest"),
            "hx-trigger": "input changed delay:200ms",
            "hx-target": "#company-suggestions",
            "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
        }


def find_company(user: User, typed: str) -> Company | None:
    """The one company of this name that the user sees. Raises ValidationError when there are several."""
    visible = Company.objects.visible_to(user)
    if numbered := _NUMBERED.search(typed):
        return visible.filter(pk=int(numbered[1])).first()
    found = list(visible.filter(name__iexact=typed.strip()).order_by("pk")[:2])
    if len(found) > 1:
        raise forms.ValidationError(_("Several companies are called this. Pick one from the suggestions."))
    return found[0] if found else None


class WithCompany(forms.Form):
    """A field for the employer; `add_company` is asked only after a name that is not known."""

    company = CompanyField(label=gettext_lazy("Company"), required=False)
    add_company = forms.BooleanField(label=gettext_lazy("Add it as a new company"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.asks_to_add = bool(self.data.get("add_company"))
        if not self.asks_to_add:
            self.fields["add_company"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        typed = (cleaned.get("company") or "").strip()
        if not typed:
            return cleaned
        try:
            cleaned["found_company"] = find_company(self.user, typed)
        except forms.ValidationError as error:
            self.add_error("company", error)
            return cleaned
        if cleaned["found_company"] is None and not cleaned.get("add_company"):
            self.fields["add_company"].widget = forms.CheckboxInput()
            self.add_error("company", _("There is no company of this name yet. Tick the box to add it."))
        return cleaned


class ContactPointForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=ContactPoint.Kind.choices)
    value = forms.CharField(label=gettext_lazy("Address or number"), max_length=254)

    def __init__(self, *args: Any, country: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                normalise(cleaned["kind"], cleaned["value"], country=self.country)
            except ContactError as error:
                self.add_error("value", str(error))
        return cleaned


class EmploymentForm(WithCompany):
    role = forms.CharField(label=gettext_lazy("Role"), max_length=150, required=False)
    field_order = ("company", "add_company", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].required = True


class NewPersonForm(WithCompany, PersonForm):
    """The dialog for a new person: who it is and how to reach them; the rest is edited in place later."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=50, required=False)

    class Meta(PersonForm.Meta):
        fields = ("name", "job_title", "owner", "no_profiling")

    field_order = ("name", "email", "phone", "company", "add_company", "job_title", "owner", "no_profiling")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def clean_phone(self) -> str:
        return self._normal(ContactPoint.Kind.PHONE, self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return self._normal(ContactPoint.Kind.EMAIL, self.cleaned_data["email"])

    def _normal(self, kind: str, value: str) -> str:
        """The value as typed, if it is one. The operation brings it into its normal form."""
        if value:
            try:
                normalise(kind, value)
            except ContactError as error:
                raise forms.ValidationError(str(error)) from error
        return str(value)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not any(cleaned.get(name) for name in ("name", "email", "phone")):
            self.add_error("name", _("Give at least a name, an e-mail address or a phone number."))
        return cleaned

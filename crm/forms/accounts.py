"""Forms of the way in: sign-in, first run, profile."""

from __future__ import annotations

import zoneinfo
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_symbol
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crm.formats import reader_locale
from crm.models import DigestRhythm, Theme, User

REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
Choices = list[tuple[str, str]]


@lru_cache(maxsize=1)
def zone_choices() -> Choices:
    names = sorted(name for name in zoneinfo.available_timezones() if name.split("/")[0] in REGIONS)
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


def currency_choices() -> Choices:
    """Every currency in use today, by its name in the reader's language."""
    locale = reader_locale()
    named = ((code, _currency_words(code, locale)) for code in _currencies_in_use())
    return sorted(named, key=lambda choice: choice[1])


@lru_cache(maxsize=1)
def _currencies_in_use() -> frozenset[str]:
    uses = [use for uses in get_global("territory_currencies").values() for use in uses]
    return frozenset(code for code, _start, end, is_tender in uses if end is None and is_tender)


def _currency_words(code: str, locale: Locale) -> str:
    symbol = get_currency_symbol(code, locale=locale)
    name = locale.currencies.get(code, code)
    return f"{name} ({code})" if symbol == code else f"{name} ({code}, {symbol})"


class SignInForm(AuthenticationForm):
    """E-mail and password; paste and password managers welcome."""

    username = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput({"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )
    error_messages = {
        "invalid_login": _("This e-mail and this password do not belong together. Mind capital letters."),
        "inactive": _("This account is switched off. Ask the owner of your workspace."),
    }

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()


class FirstRunForm(forms.Form):
    """The owner, the business, and whether to begin with the demo business."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(label=_("Your e-mail"), widget=forms.EmailInput({"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Choose a password"),
        max_length=128,
        strip=False,
        help_text=_("At least 12 characters; a short sentence is easy to keep in mind."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    business = forms.CharField(
        label=_("Name of your business"), max_length=150, widget=forms.TextInput({"autocomplete": "organization"})
    )
    currency = forms.ChoiceField(label=_("Currency"), initial="EUR", choices=currency_choices)
    language = forms.ChoiceField(label=_("Language"), initial=get_language, choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), initial="UTC", widget=forms.Select({"data-guess-zone": ""}), choices=zone_choices
    )
    start = forms.ChoiceField(
        label=_("Start with"),
        initial="empty",
        choices=[
            ("empty", _("My own data: an empty workspace, ready for an import")),
            ("demo", _("The demo business: a shop with 2,000 customers to look around in; remove it at any time")),
        ],
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data:
            try:
                validate_password(data["password"], User(email=data.get("email", ""), name=data.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return data


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """How somebody is called and likes to read."""

    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("Like the browser")), *settings.LANGUAGES]
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=lambda: [("", _("Like the workspace")), *zone_choices()]
    )
    theme = forms.ChoiceField(label=_("Colours"), choices=Theme, widget=forms.RadioSelect)
    digest = forms.ChoiceField(
        label=_("Letter of what changed"), choices=DigestRhythm, required=False, widget=forms.RadioSelect,
        help_text=_("By e-mail, at seven in your time zone: sales, customers at risk, unhappy customers, your work. "
                    "Where there is nothing to say, nothing is sent."),
    )  # fmt: skip
    has_single_key_shortcuts = forms.BooleanField(
        label=_("Single-key shortcuts, like j and k in lists"),
        required=False,
        help_text=_("Switch them off if you speak to your computer or press keys by accident. Ctrl K always works."),
    )

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "theme", "digest", "has_single_key_shortcuts")
        labels = {"name": _("Your name")}

    def clean_digest(self) -> str:
        """Who says nothing of it keeps it."""
        chosen: str = self.cleaned_data["digest"] or self.instance.digest
        return chosen

"""What one says when a program is let in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.models import ApiToken

DAYS = ((30, _("A month")), (90, _("Three months")), (365, _("A year")))


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What is it for?"), max_length=100, help_text=_("So that you know later which program it was.")
    )
    scope = forms.ChoiceField(label=_("The program may"), choices=ApiToken.Scope.choices)
    days = forms.TypedChoiceField(label=_("It lives for"), choices=DAYS, coerce=int, initial=90)

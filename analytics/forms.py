"""What the pages of Insights send."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class GroupNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the group"), max_length=80, required=False,
        help_text=_("Leave it empty for the usual name."),
    )  # fmt: skip

"""The form with which a manager has predictions read a protected field."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics.operations.protected import FEWEST, MOST


class AllowFieldForm(forms.Form):
    """Why?"""

    why = forms.CharField(
        label=_("Why may predictions read it?"),
        min_length=FEWEST,
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text=_(
            "In a sentence. It is kept with your name, and shown on the page of every prediction that looks at it."
        ),
    )

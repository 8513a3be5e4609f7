"""What the pages of Insights send."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.incoming import is_believable


class GroupNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the group"), max_length=80, required=False,
        help_text=_("Leave it empty for the usual name."),
    )  # fmt: skip


class SpendForm(forms.Form):
    """What one channel cost in one month."""

    channel = forms.CharField(
        label=_("Where it was spent"), max_length=100,
        help_text=_("Like “Google” or “Fairs”. With the same name as the channel of orders it is compared with them."),
    )  # fmt: skip
    month = forms.DateField(
        label=_("Month"), input_formats=["%Y-%m", "%Y-%m-%d"], widget=forms.DateInput({"type": "month"}, "%Y-%m")
    )
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal(0), max_digits=12, decimal_places=2)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"{self.fields['amount'].label} ({currency})"
        self.fields["month"].initial = timezone.localdate

    def clean_month(self) -> date:
        day: date = self.cleaned_data["month"]
        if not is_believable(day):
            raise forms.ValidationError(_("This month can't be meant."))
        return day.replace(day=1)

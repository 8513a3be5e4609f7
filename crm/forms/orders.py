"""The form for an order that is written down by hand."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OrderForm(forms.Form):
    """One sum on one day. Cleans `placed_on` to `placed_at`: now for today, noon of an earlier day."""

    amount = forms.DecimalField(
        label=_("Amount"), max_digits=12, decimal_places=2, help_text=_("A minus in front makes it a return.")
    )
    placed_on = forms.DateField(label=_("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    description = forms.CharField(label=_("What"), max_length=200, required=False)
    number = forms.CharField(label=_("Order number"), max_length=60, required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"{self.fields['amount'].label} ({currency})"
        self.fields["placed_on"].initial = timezone.localdate

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError(_("An order of nothing is no order."))
        return amount

    def clean_placed_on(self) -> date:
        day: date = self.cleaned_data["placed_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day

    @property
    def placed_at(self) -> datetime:
        day, now = self.cleaned_data["placed_on"], timezone.localtime()
        return now if day == now.date() else datetime.combine(day, time(12), tzinfo=now.tzinfo)

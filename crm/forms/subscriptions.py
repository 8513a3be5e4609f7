"""Forms for subscriptions."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Subscription


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class SubscriptionForm(forms.Form):
    """What is paid, how often, and since when."""

    name = forms.CharField(label=_("What"), max_length=150)
    amount = forms.DecimalField(label=_("Amount each time"), max_digits=12, decimal_places=2, min_value=0)
    interval = forms.ChoiceField(label=_("How often"), choices=Subscription.Interval, initial="month")
    started_on = _day(_("Since"))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"{self.fields['amount'].label} ({currency})"
        self.fields["started_on"].initial = timezone.localdate

    def clean_started_on(self) -> date:
        return _not_to_come(self.cleaned_data["started_on"])


class EndForm(forms.Form):
    """The last day, and why."""

    ended_on = _day(_("Last day"))
    end_reason = forms.CharField(label=_("Reason for ending"), max_length=200, required=False)

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ended_on"].initial = timezone.localdate
        self._subscription = subscription

    def clean_ended_on(self) -> date:
        day = _not_to_come(self.cleaned_data["ended_on"])
        if day < self._subscription.started_on:
            raise forms.ValidationError(_("It can't end before it started."))
        return day


def _not_to_come(day: date) -> date:
    if day > timezone.localdate():
        raise forms.ValidationError(_("This day is still to come."))
    return day

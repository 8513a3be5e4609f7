"""What the page “What if?” of a deal asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from crm import formats
from crm.forms.deals import stage_choices
from crm.forms.fields import AmountField, day_field
from crm.models import Deal, Stage


class DealWhatIfForm(forms.Form):
    """Another stage, day or value. What is left as it is, or empty, is no change."""

    stage = forms.TypedChoiceField(label=_l("Stage"), coerce=int, required=False)
    close_on = day_field(label=_l("Expected close"), required=False)
    amount = AmountField(label=_l("Value"), required=False, lowest=Decimal(0))
    has_step = forms.BooleanField(label=_l("A next step is planned"), required=False)

    def __init__(
        self,
        data: QueryDict,
        *,
        deal: Deal,
        stages: Sequence[Stage],
        last_day: date,
        most: Decimal,
        is_planned: bool,
    ) -> None:
        is_asked = any(name in data for name in self.base_fields)
        initial = {"stage": deal.stage_id, "close_on": deal.expected_close_on, "amount": deal.amount}
        said = {"stage": deal.stage_id, **data.dict()} if is_asked else None
        super().__init__(said, initial=initial)
        self.deal, self.last_day, self.most = deal, last_day, most
        self.stages = {stage.pk: stage for stage in stages}
        fields: dict[str, Any] = self.fields
        fields["stage"].choices = stage_choices(stages)
        fields["amount"].label = f"{fields['amount'].label} ({deal.currency})"
        if is_planned:
            del fields["has_step"]

    def clean_close_on(self) -> date | None:
        day: date | None = self.cleaned_data["close_on"]
        if day is None or day == self.deal.expected_close_on:
            return None
        if not timezone.localdate() <= day <= self.last_day:
            words = _("Choose a day from today to %(last)s.") % {"last": formats.date_words(self.last_day)}
            raise forms.ValidationError(words)
        return day

    def clean_amount(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is None or amount == self.deal.amount:
            return None
        if amount > self.most:
            words = _("No deal near that value was learned from. Enter at most %(most)s.")
            raise forms.ValidationError(words % {"most": formats.money_whole(self.most, self.deal.currency)})
        return amount

    def clean_stage(self) -> Stage | None:
        chosen = self.cleaned_data["stage"]
        return self.stages[chosen] if chosen and chosen != self.deal.stage_id else None

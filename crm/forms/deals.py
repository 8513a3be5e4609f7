"""What the pages of deals send: a new deal, a change of some facts, a move, a person, a note on why."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import Company, Deal, Person, Stage, User
from crm.operations.workspace import current_workspace

from .fields import AmountField, RecordField, day_field
from .records import RecordForm

CURRENCIES = (
    "EUR USD GBP CHF AED ARS AUD BGN BRL CAD CLP CNY COP CZK DKK EGP HKD HUF IDR ILS INR ISK JPY KES KRW MAD MXN MYR "
    "NGN NOK NZD PEN PHP PKR PLN RON RSD SAR SEK SGD THB TRY TWD UAH VND ZAR"
).split()


def stage_choices(stages: Iterable[Stage]) -> list[Any]:
    """Stages as choices; with several pipelines each is a group."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for stage in stages:
        groups.setdefault(stage.pipeline.name, []).append((stage.pk, stage.name))
    return list(groups.items()) if len(groups) > 1 else [choice for group in groups.values() for choice in group]


class DealForm(RecordForm):
    """Everything about a deal but its stage, which is moved, and its tags."""

    target = "deal"

    person = RecordField("person", label=gettext_lazy("Person"), required=False)
    company = RecordField("company", label=gettext_lazy("Company"), required=False)
    amount = AmountField(label=gettext_lazy("Value"), required=False, lowest=Decimal(0))
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    rate = AmountField(label=gettext_lazy("Rate"), required=False, lowest=Decimal("0.00000001"), places=8)
    expected_close_on = day_field(label=gettext_lazy("Expected close"), required=False)
    probability = forms.IntegerField(
        label=gettext_lazy("Own estimate in percent"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=gettext_lazy("Empty takes the usual chance of the stage."),
    )

    class Meta:
        model = Deal
        fields: tuple[str, ...] = (
            "title", "person", "company", "amount", "currency", "probability", "expected_close_on",
            "next_step", "lead_source", "lost_reason", "owner", "team",
        )  # fmt: skip

    field_order = ("title", "person", "company", "amount", "currency", "rate", "stage", "probability")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.home = current_workspace().currency
        fields: dict[str, Any] = self.fields
        for name, model in (("person", Person), ("company", Company)):
            if name in fields:
                fields[name].rows = self._choosable(model, getattr(self.instance, f"{name}_id"))
                self.initial[name] = getattr(self.instance, name) or self.initial.get(name)
        if "currency" in fields:
            self._offer_currencies(fields)
        self._ask_for_reason()

    def _offer_currencies(self, fields: dict[str, Any]) -> None:
        """The business's own first, which the page tells by its place: it needs no rate."""
        now = self.instance.currency or self.home
        self.initial.update(currency=now, rate=self.instance.rate)
        fields["currency"].choices = [(code, code) for code in dict.fromkeys([self.home, now, *CURRENCIES])]
        fields["rate"].help_text = _("What one unit of that currency is worth in %(currency)s.") % {
            "currency": self.home
        }

    def _choosable(self, model: Any, current: int | None) -> QuerySet[Any]:
        """What the reader sees, and what the deal has already."""
        seen = model.objects.visible_to(self.reader) if self.reader else model.objects.none()
        return model.objects.filter(Q(pk__in=seen.order_by().values("pk")) | Q(pk=current))  # type: ignore[no-any-return]

    def _ask_for_reason(self) -> None:
        """Only a lost deal has a reason, and it can't do without."""
        if "lost_reason" in self.fields:
            if self.instance.pk and self.instance.stage.kind == Stage.Kind.LOST:
                self.fields["lost_reason"].required = True
            else:
                del self.fields["lost_reason"]

    def clean_amount(self) -> Decimal:
        return self.cleaned_data["amount"] or Decimal(0)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "rate" not in self.fields:
            return cleaned
        if cleaned.get("currency") == self.home:
            cleaned["rate"] = Decimal(1)
        elif cleaned.get("currency") and not cleaned.get("rate") and "rate" not in self.errors:
            words = {"currency": cleaned["currency"], "home": self.home}
            self.add_error("rate", _("Say what 1 %(currency)s is worth in %(home)s.") % words)
        return cleaned


class NewDealForm(DealForm):
    """A new deal: what it is about and whose it is; the rest is edited in place later."""

    stage = forms.TypedChoiceField(label=gettext_lazy("Stage"), coerce=int)

    class Meta(DealForm.Meta):
        fields = ("title", "person", "company", "amount", "currency", "expected_close_on", "owner")

    def __init__(self, *args: Any, stages: Iterable[Stage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stages = {stage.pk: stage for stage in stages}
        fields: dict[str, Any] = self.fields
        fields["stage"].choices = stage_choices(self.stages.values())
        del fields["probability"]
        for row in self.own:
            if not row.is_required:
                del fields[f"custom.{row.key}"]

    def changes(self) -> dict[str, Any]:
        found = super().changes()
        return {**found, "stage": self.stages[found["stage"]]}


class MoveForm(forms.Form):
    """Where a deal goes: a stage and, after a drag, the cards around it; what winning or losing it asks for."""

    stage = forms.TypedChoiceField(coerce=int)
    before = forms.IntegerField(required=False, min_value=1)
    after = forms.IntegerField(required=False, min_value=1)
    version = forms.IntegerField(required=False, min_value=1)

    def __init__(self, data: Any, *, stages: Iterable[Stage]) -> None:
        super().__init__(data)
        self.stages = {stage.pk: stage for stage in stages}
        self.fields["stage"].choices = [(pk, str(stage)) for pk, stage in self.stages.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Stage:
        return self.stages[self.cleaned_data["stage"]]


class WonForm(forms.Form):
    """What was sold in the end, and when."""

    amount = AmountField(label=gettext_lazy("Value"), lowest=Decimal(0))
    closed_on = day_field(label=gettext_lazy("Won on"))

    def clean_closed_on(self) -> Any:
        day = self.cleaned_data["closed_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day


class LostForm(forms.Form):
    """Why a deal was lost: one of the usual reasons, or other words."""

    reason = forms.ChoiceField(label=gettext_lazy("Why was it lost?"), widget=forms.RadioSelect)
    other = forms.CharField(label=gettext_lazy("In your own words"), required=False, max_length=200)

    OTHER = "other"

    def __init__(self, data: Any = None, *, usual: Iterable[str]) -> None:
        super().__init__(data)
        choices = [(words, words) for words in usual] + [(self.OTHER, _("Another reason"))]
        self.fields["reason"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason") == self.OTHER and not cleaned.get("other"):
            self.add_error("other", _("Say in a few words why this deal was lost."))
        return cleaned

    @property
    def words(self) -> str:
        return str(self.cleaned_data["other"] or self.cleaned_data["reason"])


class DealPersonForm(forms.Form):
    """One more person on a deal."""

    person = RecordField("person", label=gettext_lazy("Person"))
    role = forms.CharField(
        label=gettext_lazy("Part in this deal"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"list": "deal-roles"}),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.fields["person"].rows = Person.objects.visible_to(user)  # type: ignore[attr-defined]

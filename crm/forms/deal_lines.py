"""What the page of a deal sends about its products."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import Deal, DealLine, Product

from .fields import AmountField


class DealLineForm(forms.Form):
    """A product by name or in free words; a known product brings its price."""

    description = forms.CharField(label=gettext_lazy("Product"), max_length=255)
    quantity = AmountField(label=gettext_lazy("Quantity"))
    unit_price = AmountField(
        label=gettext_lazy("Price of one"),
        lowest=Decimal(0),
        required=False,
        help_text=gettext_lazy("Left empty, a product costs what its list says."),
    )

    def __init__(self, data: Any = None, *, deal: Deal, line: DealLine | None = None) -> None:
        initial = {"quantity": Decimal(1)}
        if line is not None:
            initial = {name: getattr(line, name) for name in ("description", "quantity", "unit_price")}
        super().__init__(data, initial=initial)
        self.deal = deal
        self.fields["description"].widget.attrs |= {
            "list": "product-suggestions",
            "autocomplete": "off",
            "dir": "auto",
            "hx-get": reverse_lazy("crm:product-suggest"),
            "hx-trigger": "input changed delay:200ms",
            "hx-target": "#product-suggestions",
            "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
        }

    def clean_quantity(self) -> Decimal:
        quantity: Decimal = self.cleaned_data["quantity"]
        if quantity <= 0:
            raise forms.ValidationError(_("Enter more than nothing."))
        return quantity

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        product = self._product(cleaned.get("description", ""))
        if cleaned.get("unit_price") is None and "unit_price" not in self.errors:
            if product is None or product.price is None or product.currency != self.deal.currency:
                self.add_error("unit_price", _("Say what one costs."))
            else:
                cleaned["unit_price"] = product.price
        return {**cleaned, "product": product}

    def _product(self, name: str) -> Product | None:
        return Product.objects.filter(name__iexact=name.strip(), is_active=True).order_by("pk").first()

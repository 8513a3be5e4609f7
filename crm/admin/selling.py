"""How the business sells: pipelines and stages, own fields, tags, products and what winning customers costs."""

from __future__ import annotations

import itertools
import re
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget

from crm.admin.base import SetUpAdmin
from crm.formats import money
from crm.models import CustomField, Pipeline, Product, Spend, Stage, Tag
from crm.operations.deals import follow_stage_kinds
from crm.operations.workspace import current_workspace
from crm.search import fold


class StageInline(TabularInline):
    model = Stage
    extra = 0
    ordering = ("position",)
    ordering_field = "position"
    hide_ordering_field = True
    fields = ("name", "kind", "probability", "rot_days", "position")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A stage with deals or history can't go: the deals would have nowhere to be."""
        return not isinstance(obj, Pipeline) or not obj.stages.filter(deals__isnull=False).exists()


@admin.register(Pipeline)
class PipelineAdmin(SetUpAdmin):
    list_display = ("name", "position")
    ordering = ("position", "pk")
    inlines = (StageInline,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        follow_stage_kinds(form.instance)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(obj, Pipeline) and not obj.stages.filter(deals__isnull=False).exists()


class CustomFieldForm(forms.ModelForm):  # type: ignore[type-arg]
    """An own field: its choices one a line, and a key made from its label, which nobody need think of."""

    choices = forms.CharField(
        label=_("choices"), required=False, help_text=_("One a line, for a field of the kind “Choice”."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )  # fmt: skip

    class Meta:
        model = CustomField
        fields = ("target", "label", "kind", "choices", "is_required", "is_filterable", "is_personal_data",
                  "feeds_models", "is_archived", "position")  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choices"].initial = "\n".join(str(choice) for choice in self.instance.options)

    def clean_choices(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["choices"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind = cleaned.get("kind") or self.instance.kind
        if kind == CustomField.Kind.CHOICE and not cleaned.get("choices") and "choices" not in self.errors:
            self.add_error("choices", gettext("Write down what can be chosen."))
        return cleaned

    def save(self, commit: bool = True) -> CustomField:
        self.instance.options = self.cleaned_data["choices"]
        if not self.instance.key:
            self.instance.key = _free_key(self.instance.target, self.instance.label)
        saved: CustomField = super().save(commit)
        return saved


def _free_key(target: str, label: str) -> str:
    """A key like shoe_size from a label in any language, that no other field of these records has."""
    bare = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:40]
    stem = bare if bare[:1].isalpha() else f"field_{bare}".strip("_")
    taken = set(CustomField.objects.filter(target=target).values_list("key", flat=True))
    numbered = (f"{stem}_{number}" for number in itertools.count(2))
    return next(key for key in itertools.chain([stem], numbered) if key not in taken)


@admin.register(CustomField)
class CustomFieldAdmin(SetUpAdmin):
    form = CustomFieldForm
    list_display = ("label", "target", "kind", "is_required", "is_filterable", "is_personal_data", "is_archived")
    list_filter = ("target", "is_archived")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Where values stand and what they are can't change once there are some."""
        return ("target", "kind") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A field is archived, so that its values are not lost."""
        return False


@admin.register(Tag)
class TagAdmin(SetUpAdmin):
    list_display = ("name", "hue")
    search_fields = ("name",)


@admin.register(Product)
class ProductAdmin(SetUpAdmin):
    list_display = ("name", "sku", "category", "price_in_words", "is_active")
    list_filter = ("is_active", "category")
    search_fields = ("name", "sku")
    readonly_fields = ("source", "external_id")

    @admin.display(description=_("price"), ordering="price")
    def price_in_words(self, product: Product) -> str | None:
        return None if product.price is None else money(product.price, product.currency or current_workspace().currency)


@admin.register(Spend)
class SpendAdmin(SetUpAdmin):
    list_display = ("channel", "month", "amount_in_words")
    list_filter = ("channel",)
    date_hierarchy = "month"

    @admin.display(description=_("amount"), ordering="amount")
    def amount_in_words(self, spend: Spend) -> str:
        return money(spend.amount, spend.currency)

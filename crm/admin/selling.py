"""How the business sells: pipelines and stages, own fields, tags, products and what winning customers costs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from crm.admin.base import SetUpAdmin
from crm.models import CustomField, Pipeline, Product, Spend, Stage, Tag


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

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(obj, Pipeline) and not obj.stages.filter(deals__isnull=False).exists()


@admin.register(CustomField)
class CustomFieldAdmin(SetUpAdmin):
    list_display = ("label", "target", "kind", "is_required", "is_filterable", "is_personal_data", "is_archived")
    list_filter = ("target", "is_archived")
    prepopulated_fields = {"key": ("label",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Where and under which key values stand can't change once there are some."""
        return ("target", "key", "kind") if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A field is archived, so that its values are not lost."""
        return False


@admin.register(Tag)
class TagAdmin(SetUpAdmin):
    list_display = ("name", "hue")
    search_fields = ("name",)


@admin.register(Product)
class ProductAdmin(SetUpAdmin):
    list_display = ("name", "sku", "category", "price", "currency", "is_active")
    list_filter = ("is_active", "category")
    search_fields = ("name", "sku")
    readonly_fields = ("source", "external_id")


@admin.register(Spend)
class SpendAdmin(SetUpAdmin):
    list_display = ("channel", "month", "amount", "currency")
    list_filter = ("channel",)
    date_hierarchy = "month"

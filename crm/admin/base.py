"""What the admin pages of all rooms share: operations write, the admin shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from crm.access import signed_in
from crm.forms.accounts import currency_choices, zone_choices
from crm.models import Scope

# Fields that hold a code: a manager chooses it by its name.
CODES: Mapping[str, Callable[[], Sequence[tuple[str, str]]]] = {
    "currency": currency_choices,
    "language": lambda: settings.LANGUAGES,
    "time_zone": zone_choices,
}


class SetUpAdmin(ModelAdmin):
    """A plain table that a manager edits."""

    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Customer data is seen here as everywhere: as far as the manager's scope reaches."""
        rows: Any = super().get_queryset(request)
        seen: QuerySet[Any] = rows.visible_to(signed_in(request)) if hasattr(rows, "visible_to") else rows
        return seen

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if choices := CODES.get(db_field.name):
            return forms.ChoiceField(
                label=capfirst(db_field.verbose_name), choices=choices, widget=UnfoldAdminSelectWidget(),
                required=not db_field.blank, initial=db_field.get_default(),
            )  # fmt: skip
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class ForAllScopeAdmin(SetUpAdmin):
    """A table that tells of everybody: only for managers who see all records."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return sees_all(request) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return sees_all(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return sees_all(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return sees_all(request) and super().has_delete_permission(request, obj)


def sees_all(request: HttpRequest) -> bool:
    return getattr(request.user, "scope", "") == Scope.ALL


class ReadOnlyAdmin(SetUpAdmin):
    """A table that operations own: to be looked at, and acted on by its actions."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

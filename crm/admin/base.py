"""What the admin pages of all rooms share: operations write, the admin shows."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from crm.access import signed_in
from crm.models import Scope


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

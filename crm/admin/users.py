"""Colleagues, teams, the workspace and the tokens of programs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from crm.access import signed_in
from crm.admin.base import ForAllScopeAdmin, ReadOnlyAdmin, SetUpAdmin
from crm.models import ApiToken, Role, Team, User, Workspace
from crm.operations.tokens import revoke_token

admin.site.unregister(Group)


class ColleagueForm(UserChangeForm):
    """Nobody may leave the business without an owner."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        owners = User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=self.instance.pk)
        stays = data.get("role") == Role.OWNER and data.get("is_active")
        was_owner = User.objects.filter(pk=self.instance.pk, role=Role.OWNER).exists()
        if was_owner and not stays and not owners.exists():
            raise forms.ValidationError(gettext("There must be at least one active owner."))
        return data


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ForAllScopeAdmin):  # type: ignore[type-arg]
    form = ColleagueForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("name", "email")
    list_display = ("email", "name", "role", "scope", "is_active", "last_login")
    list_filter = ("role", "is_active", "teams")
    search_fields = ("email", "name")
    filter_horizontal = ()
    autocomplete_fields = ("teams",)
    readonly_fields = ("last_login", "joined_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("What they may do"), {"fields": ("role", "scope", "teams", "is_active")}),
        (_("How they like it"), {"fields": ("language", "time_zone", "theme")}),
        (_("Dates"), {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "role", "scope", "password1", "password2")}),)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only an owner can make owners."""
        if db_field.name == "role" and signed_in(request).role != Role.OWNER:
            kwargs["choices"] = [choice for choice in Role.choices if choice[0] != Role.OWNER]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look has no use for a password's hash."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [
            (title, {"fields": [name for name in box["fields"] if name != "password"]}) for title, box in self.fieldsets
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.role != Role.OWNER or signed_in(request).role == Role.OWNER)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are made inactive: what they did keeps its name."""
        return False


@admin.register(Team)
class TeamAdmin(ForAllScopeAdmin):
    list_display = ("name",)
    search_fields = ("name",)


@admin.register(Workspace)
class WorkspaceAdmin(SetUpAdmin):
    list_display = ("name", "currency", "time_zone", "language_in_words")

    @admin.display(description=_("language"))
    def language_in_words(self, workspace: Workspace) -> str:
        return str(dict(settings.LANGUAGES).get(workspace.language, workspace.language))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin, ForAllScopeAdmin):
    list_display = ("name", "prefix", "user", "scope", "expires_at", "last_used_at")
    fields = ("name", "prefix", "user", "scope", "created_at", "expires_at", "last_used_at")
    actions = ("take_back",)

    @admin.action(description=_("Take back"))
    def take_back(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            revoke_token(token=token, actor=signed_in(request))
        self.message_user(request, gettext("Taken back. The next call with it is refused."), messages.SUCCESS)

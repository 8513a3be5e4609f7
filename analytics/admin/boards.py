"""Dashboards in the admin: looked at here, changed by their owners; which one a role opens first is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from analytics.models import Board, BoardTile, RoleBoard
from analytics.operations.role_boards import choose_for_role
from analytics.queries.boards.first import first_choices, ready_key, role_counts
from analytics.ready_boards import READY_BOARDS
from analytics.ready_reports import READY
from crm.access import signed_in
from crm.admin.base import ReadOnlyAdmin, SetUpAdmin
from crm.extensions import dashboard_tiles, metrics
from crm.forms.fields import choice_field


class BoardTileInline(TabularInline):
    """The tiles in their order, to be looked at."""

    model = BoardTile
    fields = ("kind", "what", "width")
    readonly_fields = fields
    ordering = ("position", "pk")
    extra = 0
    can_delete = False

    @admin.display(description=_("what"))
    def what(self, tile: BoardTile) -> str:
        names: Mapping[str, Any] = {"number": metrics, "ready": READY, "block": dashboard_tiles}
        found = names[tile.kind].get(tile.key) if tile.kind in names else None
        name = getattr(found, "label", "") or getattr(found, "name", "") or getattr(found, "title", "")
        return str(name or tile.key)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Board)
class BoardAdmin(ReadOnlyAdmin):
    """The dashboards that colleagues keep; what they show is each reader's own."""

    list_display = ("name", "owner", "shared_with", "number_of_tiles", "updated_at")
    list_filter = ("shared_with",)
    list_select_related = ("owner",)
    search_fields = ("name", "owner__name", "owner__email")
    ordering = ("name", "pk")
    fields = ("name", "owner", "shared_with", "created_at", "updated_at")
    inlines = (BoardTileInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Board]:
        seen: QuerySet[Board] = super().get_queryset(request)
        return seen.annotate(tile_count=Count("tiles"))

    @admin.display(description=_("tiles"), ordering="tile_count")
    def number_of_tiles(self, board: Any) -> int:
        return int(board.tile_count)


class RoleBoardForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role and what opens first for it; the operation writes it."""

    opens = forms.ChoiceField(
        label=_("opens first"), widget=UnfoldAdminSelectWidget(),
        help_text=_("Ready-made dashboards and those that are shared with the role or with everybody."),
    )  # fmt: skip
    for_choosers = forms.BooleanField(
        label=_("Also for those who chose another one themselves"), required=False, widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Their own choice is taken back; they can choose again."),
    )  # fmt: skip

    class Meta:
        model = RoleBoard
        fields = ("role",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        opens = choice_field(self, "opens")
        row = self.instance
        opens.choices = first_choices(row.board if row.role else None)
        if row.role:
            opens.initial = f"board:{row.board_id}" if row.board_id else f"ready:{ready_key(row, row.role)}"

    def clean(self) -> dict[str, Any]:
        """Writes nothing: what the role would not see is refused beside its field."""
        found = super().clean() or {}
        kind, _colon, key = str(found.get("opens", "")).partition(":")
        role = self.instance.role or found.get("role")
        board = Board.objects.filter(pk=int(key)).first() if kind == "board" else None
        if board is not None and role and not board.is_seen_by(role):
            self.add_error(
                "opens", ValidationError(_("This dashboard is not shared with the role: they would not see it."))
            )
        return {**found, "board": board, "ready": key if kind == "ready" else ""}


@admin.register(RoleBoard)
class RoleBoardAdmin(SetUpAdmin):
    """Which dashboard opens first for a role; who chose one themselves keeps it."""

    form = RoleBoardForm
    list_display = ("role", "opens", "people", "chosen_by", "chosen_at")
    list_select_related = ("board", "chosen_by")
    ordering = ("role",)
    fields = ("role", "opens", "for_choosers")

    @admin.display(description=_("opens first"))
    def opens(self, row: RoleBoard) -> str:
        if row.board is not None and row.board.is_seen_by(row.role):
            return row.board.name
        return str(READY_BOARDS[ready_key(row, row.role)].name)

    @admin.display(description=_("for"))
    def people(self, row: Any) -> str:
        return str(row.counts)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """People are counted once for all lines."""
        lines, counts = super().get_changelist_instance(request), role_counts()
        for row in lines.result_list:
            row.counts = counts[row.role]
        return lines

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("role",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: RoleBoard, form: Any, change: bool) -> None:
        found = form.cleaned_data
        choose_for_role(
            actor=signed_in(request), role=obj.role, board=found["board"], ready=found["ready"],
            for_choosers=found["for_choosers"],
        )  # fmt: skip

    def delete_model(self, request: HttpRequest, obj: RoleBoard) -> None:
        choose_for_role(actor=signed_in(request), role=obj.role)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[RoleBoard]) -> None:
        for row in queryset:
            self.delete_model(request, row)

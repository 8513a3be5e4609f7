"""The name of a dashboard, what it starts with, and who sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from analytics.models import Board
from analytics.models.boards import WIDEST
from analytics.ready_boards import BOARDS
from crm.forms.fields import choice_field, record_field


class NewBoardForm(forms.Form):
    """A dashboard from nothing, or with the tiles of a ready-made one."""

    name = forms.CharField(label=_("Name of the dashboard"), max_length=100)
    start = forms.ChoiceField(label=_("Start with"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice_field(self, "start").choices = [("", _("No tiles")), *((board.key, board.name) for board in BOARDS)]


class BoardForm(forms.Form):
    """Another name, and who sees it. `version` is what its reader saw."""

    name = forms.CharField(label=_("Name of the dashboard"), max_length=100)
    shared_with = forms.ChoiceField(
        label=_("Who sees it"), required=False, choices=Board.SHARED,
        help_text=_("Everybody sees the figures of what they may see themselves."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["shared_with"]


class RoleForm(forms.Form):
    """For which role a dashboard opens first. `choices` are roles with how many people have them."""

    role = forms.ChoiceField(
        label=_("Opens first for"),
        help_text=_("Everybody of this role comes to it first. Who chose another one themselves keeps that."),
    )  # fmt: skip
    for_choosers = forms.BooleanField(
        label=_("Also for those who chose another one themselves"), required=False,
        help_text=_("Their own choice is taken back; they can choose again."),
    )  # fmt: skip

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice_field(self, "role").choices = choices


class PinForm(forms.Form):
    """On which of the user's dashboards something goes; the empty choice is a new one."""

    board: Any = forms.ModelChoiceField(
        label=_("Dashboard"), queryset=Board.objects.none(), required=False, empty_label=_("A new dashboard")
    )

    def __init__(self, *args: Any, own: QuerySet[Board], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        record_field(self, "board").queryset = own


class MoveForm(forms.Form):
    """Where a tile goes: a word, or the tile beside which it was dropped."""

    to = forms.ChoiceField(choices=[(word, word) for word in ("first", "earlier", "later", "last")], required=False)
    before = forms.IntegerField(required=False, min_value=1)
    after = forms.IntegerField(required=False, min_value=1)
    version = forms.IntegerField(required=False)


class ResizeForm(forms.Form):
    """How many of the four columns a tile takes."""

    width = forms.IntegerField(min_value=1, max_value=WIDEST)
    version = forms.IntegerField(required=False)

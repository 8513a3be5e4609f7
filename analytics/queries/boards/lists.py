"""The list of all dashboards: own, shared and ready-made ones, and what opens first for each role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.models import Board
from analytics.ready_boards import BOARDS
from crm.access import Can, allows
from crm.models import User

from .first import RoleLine, first_url, has_own_choice, role_lines

MOST_NAMES = 200


@dataclass(frozen=True)
class BoardLine:
    """One dashboard in the list. `first` are the fields of the form that makes it open first."""

    name: str
    hint: str
    url: str
    tiles: int
    board: Board | None = None
    ready: str = ""
    is_mine: bool = False
    is_first: bool = False


@dataclass(frozen=True)
class BoardsPage:
    """The vocabulary of the list's template. `roles` are for who sets the workspace up; `is_own_choice`: the reader
    chose which one opens first, rather than their role."""

    own: Sequence[BoardLine]
    shared: Sequence[BoardLine]
    ready: Sequence[BoardLine]
    roles: Sequence[RoleLine]
    is_own_choice: bool


def boards_page(user: User) -> BoardsPage:
    """Own, shared and ready-made dashboards, and what opens first for each role; about eight queries."""
    first = first_url(user)
    rows = Board.objects.visible_to(user).select_related("owner").annotate(number=Count("tiles")).order_by("name", "pk")
    lines = [_line(board, user, first) for board in rows[:MOST_NAMES]]
    own = [line for line in lines if line.is_mine]
    taken = {line.board.ready for line in own if line.board}
    ready = [
        BoardLine(str(each.name), str(each.hint), url, len(each.tiles), ready=each.key, is_first=url == first)
        for each in BOARDS
        if each.key not in taken and (url := reverse("analytics:board-ready", args=[each.key]))
    ]
    roles = role_lines(user) if allows(user, Can.SET_UP) else []
    return BoardsPage(own, [line for line in lines if not line.is_mine], ready, roles, has_own_choice(user))


def _line(board: Any, user: User, first: str) -> BoardLine:
    url = reverse("analytics:board-detail", args=[board.pk])
    is_mine = board.owner_id == user.pk
    hint = shared_words(board) if is_mine else _("by %(name)s") % {"name": board.owner}
    return BoardLine(board.name, hint, url, board.number, board, is_mine=is_mine, is_first=url == first)


def shared_words(board: Board) -> str:
    """Who sees it, as its owner reads it."""
    if not board.shared_with:
        return _("Only you see it")
    if board.shared_with == "all":
        return _("Shared with all colleagues")
    return _("Shared with: %(role)s") % {"role": board.get_shared_with_display()}

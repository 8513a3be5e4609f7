"""Which dashboard opens first for everybody of a role; who chose one themselves keeps it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analytics.models import Board, FirstBoard, RoleBoard
from crm.access import Can, require
from crm.events import record_event
from crm.models import Role, User

from .boards import update_board


class NotSharedError(ValueError):
    """People of the role would not see this dashboard."""


@transaction.atomic
def choose_for_role(
    *, actor: User, role: str, board: Board | None = None, ready: str = "", for_choosers: bool = False
) -> int:
    """Let a dashboard open first for a role: one of the rows or a ready-made one; neither: what is ready for the role.

    An unshared dashboard of the actor is shared with the role. People who chose another one themselves keep it, unless
    `for_choosers`; returns how many choices were taken back. Records `board.role_chosen` and, where the dashboard is
    shared, `board.saved`. Raises NotSharedError, PermissionDenied.
    """
    require(actor, Can.SET_UP)
    if board is not None:
        _share(board, role, actor)
    if board is not None or ready:
        chosen: dict[str, Any] = {"board": board, "ready": "" if board else ready, "chosen_by": actor}
        RoleBoard.objects.update_or_create(role=role, defaults=chosen)
    elif not _forget(role) and not for_choosers:
        return 0
    choosers = FirstBoard.objects.filter(user__role=role) if for_choosers else FirstBoard.objects.none()
    taken_back = choosers.delete()[0]
    data = {"role": role, "board": board.pk if board else ready, "name": board.name if board else ""}
    record_event(kind="board.role_chosen", subject=board or actor, actor=actor, data={**data, "taken_back": taken_back})
    return taken_back


@transaction.atomic
def follow_role(*, actor: User) -> None:
    """Take the own choice back: what opens first for the role opens first again. Records `board.chosen`."""
    if FirstBoard.objects.filter(user=actor).delete()[0]:
        record_event(kind="board.chosen", subject=actor, actor=actor, data={"board": ""})


def _share(board: Board, role: str, actor: User) -> None:
    if board.is_seen_by(role):
        return
    if board.shared_with or board.owner_id != actor.pk:
        words = _("“%(name)s” is not shared with this role: they would not see it. Share it with everybody first.")
        raise NotSharedError(words % {"name": board.name})
    update_board(board=board, actor=actor, shared_with=Role(role))


def _forget(role: str) -> bool:
    """By the row itself, so that the history of fields hears of it; returns whether there was one."""
    row = RoleBoard.objects.filter(role=role).first()
    if row is not None:
        row.delete()
    return row is not None

"""Which dashboard opens first: the one a user chose, else the one of the role, else what is ready for the role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.models import Board, FirstBoard, RoleBoard
from analytics.ready_boards import BOARDS, READY_BOARDS, ready_for
from crm.models import Role, User

MOST_SHARED = 200


@dataclass(frozen=True)
class RoleLine:
    """What opens first for a role. `counts` says for how many people, and how many chose another one themselves.

    `is_chosen`: a manager chose it; `is_lost`: what was chosen is not shared with the role any more.
    """

    role: str
    label: str
    name: str
    url: str
    counts: str
    is_chosen: bool = False
    is_lost: bool = False


def first_url(user: User) -> str:
    """The dashboard that opens first for this user; at most four queries."""
    chosen = FirstBoard.objects.filter(user=user).first()
    if chosen is not None and chosen.board_id and Board.objects.visible_to(user).filter(pk=chosen.board_id).exists():
        return reverse("analytics:board-detail", args=[chosen.board_id])
    if chosen is not None and chosen.ready in READY_BOARDS:
        return reverse("analytics:board-ready", args=[chosen.ready])
    row = RoleBoard.objects.filter(role=user.role).select_related("board").first()
    if row is not None and row.board is not None and row.board.is_seen_by(user.role):
        return reverse("analytics:board-detail", args=[row.board.pk])
    key = ready_key(row, user.role)
    own = Board.objects.filter(owner=user, ready=key).values_list("pk", flat=True).first()
    return reverse("analytics:board-detail", args=[own]) if own else reverse("analytics:board-ready", args=[key])


def ready_key(row: RoleBoard | None, role: str) -> str:
    """The ready-made dashboard of a role: the one chosen for it, else its own."""
    return row.ready if row is not None and row.ready in READY_BOARDS else ready_for(role).key


def has_own_choice(user: User) -> bool:
    """Whether the user chose what opens first; one query."""
    return FirstBoard.objects.filter(user=user).exists()


def role_lines(user: User) -> list[RoleLine]:
    """What opens first for every role, as `user` may open it; three queries."""
    rows = {row.role: row for row in RoleBoard.objects.select_related("board")}
    counts = role_counts()
    return [_line(role, str(label), rows.get(role), counts[role], user) for role, label in Role.choices]


def _line(role: str, label: str, row: RoleBoard | None, counts: str, user: User) -> RoleLine:
    board = row.board if row is not None else None
    if board is not None and board.is_seen_by(role):
        is_open = board.owner_id == user.pk or board.is_seen_by(user.role)
        url = reverse("analytics:board-detail", args=[board.pk]) if is_open else ""
        return RoleLine(role, label, board.name, url, counts, is_chosen=True)
    ready = READY_BOARDS[ready_key(row, role)]
    url = reverse("analytics:board-ready", args=[ready.key])
    return RoleLine(role, label, str(ready.name), url, counts, is_chosen=row is not None, is_lost=board is not None)


def role_counts() -> Mapping[str, str]:
    """By role in words: how many people have it, and how many of them chose their first dashboard themselves."""
    active = Q(is_active=True)
    people = dict(User.objects.filter(active).order_by().values_list("role").annotate(n=Count("pk")))
    chose = FirstBoard.objects.filter(user__is_active=True).order_by()
    own = dict(chose.values_list("user__role").annotate(n=Count("pk")))
    return {role: _counts(people.get(role, 0), own.get(role, 0)) for role in Role.values}


def _counts(people: int, own: int) -> str:
    words = ngettext("%(n)s person", "%(n)s people", people) % {"n": people}
    if not own:
        return words
    kept = ngettext("%(n)s chose another one themselves", "%(n)s chose one themselves", own) % {"n": own}
    return _("%(people)s, %(own)s") % {"people": words, "own": kept}


def chosen_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Names the role and the dashboard of an event `board.role_chosen`."""
    role = str(data.get("role"))
    ready = READY_BOARDS.get(str(data.get("board"))) or ready_for(role)
    known = dict(Role.choices)
    return {"role": str(known.get(role, role)), "name": str(data.get("name") or ready.name)}


def first_choices(present: Board | None = None) -> list[tuple[str, Any]]:
    """What a manager can let open first: ready-made dashboards and those that are shared; one query.

    And the present one, also where it is not shared any more or stands too far down.
    """
    rows = Board.objects.exclude(shared_with="").select_related("owner").order_by("name", "pk")
    shared = list(rows[:MOST_SHARED])
    if present is not None and present not in shared:
        shared.append(present)
    return [
        *((f"ready:{ready.key}", str(ready.name)) for ready in BOARDS),
        *((f"board:{board.pk}", _shared_label(board)) for board in shared),
    ]


def _shared_label(board: Board) -> str:
    if not board.shared_with:
        return _("%(name)s (by %(owner)s, no longer shared)") % {"name": board.name, "owner": board.owner}
    shared = {"name": board.name, "owner": board.owner, "role": board.get_shared_with_display()}
    return _("%(name)s (by %(owner)s, shared with: %(role)s)") % shared

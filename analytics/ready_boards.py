"""The dashboards that every role finds ready. They are no rows until somebody makes one theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from analytics.models import TileKind
from crm.models import Role

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class TilePlace:
    """One tile where it stands: its kind, what of that kind, and how many of four columns it takes."""

    kind: str
    key: str
    width: int = 1


@dataclass(frozen=True)
class ReadyBoard:
    """A dashboard with a name and a line about it; the first one for these roles."""

    key: str
    name: _StrOrPromise
    hint: _StrOrPromise
    roles: Sequence[str]
    tiles: Sequence[TilePlace]


def _numbers(*keys: str) -> list[TilePlace]:
    return [TilePlace(TileKind.NUMBER, key) for key in keys]


def _ready(*keys: str) -> list[TilePlace]:
    return [TilePlace(TileKind.READY, key, 2) for key in keys]


def _blocks(*keys: str) -> list[TilePlace]:
    return [TilePlace(TileKind.BLOCK, key, 2) for key in keys]


BOARDS: tuple[ReadyBoard, ...] = (
    ReadyBoard(
        "owner", _("The business"), _("What is coming, what is answered, who may leave, where customers come from."),
        (Role.OWNER, Role.MANAGER, Role.READONLY),
        (
            *_numbers("revenue", "pipeline", "first_reply", "csat"), *_ready("revenue", "pipeline"),
            *_blocks("leavers"), *_ready("new-people"),
        ),
    ),
    ReadyBoard(
        "sales", pgettext_lazy("dashboard", "Sales"), _("Open deals, what should close, what was won and why not."),
        (Role.SALES,),
        (
            *_numbers("pipeline", "win_rate", "velocity", "new_customers"),
            *_ready("pipeline", "coming", "won", "lost"),
        ),
    ),
    ReadyBoard(
        "support", pgettext_lazy("dashboard", "Support"), _("How fast you answer, how much comes in, and the mood."),
        (Role.SUPPORT,),
        (
            *_numbers("first_reply", "resolution", "first_contact", "csat"),
            *_ready("tickets", "first-answer", "mood", "topics"),
        ),
    ),
    ReadyBoard(
        "marketing", pgettext_lazy("dashboard", "Marketing"), _("Who comes, from where, at what cost, who returns."),
        (Role.MARKETING,),
        (
            *_numbers("new_customers", "cost", "came_back", "repeat_rate"),
            *_ready("new-people", "revenue-by-channel", "loyalty", "groups"),
        ),
    ),
)  # fmt: skip

READY_BOARDS: dict[str, ReadyBoard] = {board.key: board for board in BOARDS}


def ready_for(role: str) -> ReadyBoard:
    """The dashboard that opens first for a role."""
    return next((board for board in BOARDS if role in board.roles), BOARDS[0])

"""What the page of one dashboard shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.models import Board
from analytics.models.boards import MOST_TILES
from analytics.ready_boards import BOARDS, ReadyBoard, TilePlace, ready_for
from crm.extensions import report_sources
from crm.models import Team, User
from crm.parts import Chip, Tab
from crm.queries.list_filters import chips_of, without_rule

from .first import first_url
from .narrowing import MINE, BoardPeriod, Narrowing, from_data
from .tiles import TileView, tile_views

MOST_TABS = 6
MOST_NAMES = 200


@dataclass(frozen=True)
class Option:
    """One entry of a select."""

    value: str
    label: str


@dataclass(frozen=True)
class OptionGroup:
    label: str
    options: Sequence[Option]


@dataclass(frozen=True)
class BoardPage:
    """One dashboard. `board` is None of a ready-made one; `is_mine` allows arranging.

    `url` is its page, `is_kept` says whether it opens with this narrowing anyway.
    """

    name: str
    url: str
    tiles: Sequence[TileView]
    tabs: Sequence[Tab]
    whose: Sequence[OptionGroup]
    chips: Sequence[Chip]
    narrowing: Narrowing
    board: Board | None = None
    ready: str = ""
    hint: str = ""
    is_mine: bool = False
    is_first: bool = False
    is_kept: bool = True
    is_full: bool = False
    left_out: int = 0
    filter_url: str = ""
    error: str = ""

    @property
    def periods(self) -> Sequence[tuple[Any, Any]]:
        return BoardPeriod.choices

    @property
    def done_url(self) -> str:
        """Its page as it is looked at; bare where it opens like that anyway."""
        return self.url if self.is_kept else self.url + self.narrowing.query()

    @property
    def arrange_url(self) -> str:
        return f"{self.done_url}{'?' if self.is_kept else '&'}arrange=1"

    @property
    def state_fields(self) -> Sequence[tuple[str, str]]:
        """The same as hidden fields of a form."""
        return list(self.narrowing.params().items())

    @property
    def hidden(self) -> Sequence[tuple[str, str]]:
        """What the form of period and owner carries along."""
        return [(key, value) for key, value in self.state_fields if key == "filter"]


def tiles_of(board: Board) -> list[tuple[int, TilePlace]]:
    """The tiles in their order, with their ids; one query."""
    rows = board.tiles.order_by("position", "pk")
    return [(row.pk, TilePlace(row.kind, row.key, row.width)) for row in rows]


def board_page(user: User, board: Board, narrowing: Narrowing, error: str = "") -> BoardPage:
    """About eight queries, whatever the number of tiles."""
    tiles = tiles_of(board)
    is_mine = board.owner_id == user.pk
    views = tile_views(tiles, user, narrowing, owner_ids(user, narrowing.whose))
    url = reverse("analytics:board-detail", args=[board.pk])
    return BoardPage(
        **_common(user, narrowing, url, f"board={board.pk}"),
        name=board.name,
        url=url,
        tiles=views,
        board=board,
        hint="" if is_mine else _("Shared by %(name)s") % {"name": board.owner},
        is_mine=is_mine,
        is_kept=narrowing == from_data(board.narrowing),
        is_full=len(tiles) >= MOST_TILES,
        error=error,
    )


def ready_page(user: User, ready: ReadyBoard, narrowing: Narrowing, error: str = "") -> BoardPage:
    """A ready-made dashboard: tiles that this reader can't have are left out."""
    views = tile_views([(0, tile) for tile in ready.tiles], user, narrowing, owner_ids(user, narrowing.whose))
    shown = [view for view in views if not view.missing]
    url = reverse("analytics:board-ready", args=[ready.key])
    return BoardPage(
        **_common(user, narrowing, url, f"ready={ready.key}"),
        name=str(ready.name),
        url=url,
        tiles=shown,
        ready=ready.key,
        hint=str(ready.hint),
        left_out=len(views) - len(shown),
        error=error,
    )


def _common(user: User, narrowing: Narrowing, url: str, which: str) -> dict[str, Any]:
    tabs, is_first = _tabs(user, url)
    return {
        "tabs": tabs, "is_first": is_first, "whose": _whose_choices(user, narrowing.whose), "narrowing": narrowing,
        "chips": _chips(user, narrowing, url, which),
        "filter_url": f"{reverse('analytics:board-filter')}{narrowing.query()}&{which}",
    }  # fmt: skip


def _tabs(user: User, url: str) -> tuple[list[Tab], bool]:
    """The nearest dashboards, the one that opens first before the others, and the open one in any case."""
    first = first_url(user)
    own = list(Board.objects.visible_to(user).order_by("pk")[:MOST_NAMES])
    found = {
        reverse("analytics:board-detail", args=[board.pk]): board.name for board in own if board.owner_id == user.pk
    }
    taken = {board.ready for board in own if board.owner_id == user.pk}
    ready = ready_for(user.role)
    if ready.key not in taken:
        found[reverse("analytics:board-ready", args=[ready.key])] = str(ready.name)
    found |= {
        reverse("analytics:board-detail", args=[board.pk]): board.name for board in own if board.owner_id != user.pk
    }
    found |= {
        reverse("analytics:board-ready", args=[board.key]): str(board.name)
        for board in BOARDS
        if board.key not in taken
    }
    order = sorted(found, key=lambda each: each != first)[:MOST_TABS]
    if url in found and url not in order:
        order[-1] = url
    return [Tab(found[each], each, is_current=each == url) for each in order], first == url


def owner_ids(user: User, whose: str) -> list[int] | None:
    """Whose rows are meant; None for everybody's. A user or a team that is gone is nobody."""
    if not whose:
        return None
    if whose == MINE:
        return [user.pk]
    kind, _dash, number = whose.partition("-")
    if kind == "user":
        return list(User.objects.filter(pk=int(number)).values_list("pk", flat=True))
    return list(
        User.objects.filter(teams=int(number), is_active=True).order_by("pk").values_list("pk", flat=True)[:200]
    )


def _whose_choices(user: User, chosen: str) -> list[OptionGroup]:
    """Everybody, the reader, teams and colleagues; two queries."""
    people = User.objects.filter(Q(is_active=True) | Q(pk=_number(chosen, "user"))).exclude(pk=user.pk)
    teams = [Option(f"team-{team.pk}", team.name) for team in Team.objects.order_by("name")[:MOST_NAMES]]
    names = [Option(f"user-{each.pk}", str(each)) for each in people.order_by("name", "email")[:MOST_NAMES]]
    groups = [
        OptionGroup("", [Option("", _("Everybody's records")), Option(MINE, _("My records"))]),
        OptionGroup(_("Teams"), teams),
        OptionGroup(_("Colleagues"), names),
    ]
    return [group for group in groups if group.options]


def _number(whose: str, kind: str) -> int:
    return int(whose.partition("-")[2]) if whose.startswith(f"{kind}-") else 0


def _chips(user: User, narrowing: Narrowing, url: str, which: str) -> list[Chip]:
    """Every rule of the filters in words, with what it is about."""
    found = []
    for target, tree in narrowing.filters.items():
        source = report_sources.get(target)
        label = str(source.label) if source else target
        for chip in chips_of(target, tree, user):
            rest = without_rule(tree, chip.index)
            filters = {**narrowing.filters, target: rest}
            without = replace(narrowing, filters={key: each for key, each in filters.items() if each})
            edit = f"{reverse('analytics:board-filter')}{narrowing.query()}&{which}&of={target}&index={chip.index}"
            words = f"{label}: {chip.label}"
            found.append(Chip(words, url + without.query(), chip.is_broken, edit if chip.is_plain else ""))
    return found

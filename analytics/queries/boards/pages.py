"""What the pages of dashboards show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.metrics import SECTIONS as METRIC_SECTIONS
from analytics.models import Board, Report, TileKind
from analytics.models.boards import MOST_TILES
from analytics.queries.places import sees_all
from analytics.ready_boards import BOARDS, ReadyBoard, TilePlace, ready_for
from analytics.ready_reports import SECTIONS
from crm.access import Can, allows
from crm.extensions import dashboard_tiles, metrics, report_sources
from crm.models import Team, User
from crm.parts import Chip, Tab
from crm.queries.list_filters import chips_of, without_rule

from .first import RoleLine, first_url, has_own_choice, role_lines
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


# --- the list of dashboards ---------------------------------------------------------------------------------------


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


# --- what can be added --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Addable:
    """Something that can become a tile."""

    kind: str
    key: str
    label: str
    hint: str = ""
    is_there: bool = False


@dataclass(frozen=True)
class AddableGroup:
    label: str
    items: Sequence[Addable]


def addable_groups(user: User, board: Board, q: str = "") -> list[AddableGroup]:
    """Everything this user may put on a dashboard whose name has these words; two queries."""
    there = set(board.tiles.values_list("kind", "key"))
    q = q.strip().casefold()[:100]
    groups = [
        AddableGroup(label, [
            Addable(item.kind, item.key, item.label, item.hint, (item.kind, item.key) in there)
            for item in items
            if q in f"{item.label} {item.hint}".casefold()
        ])
        for label, items in _everything(user)
    ]  # fmt: skip
    return [group for group in groups if group.items]


def _everything(user: User) -> list[tuple[str, list[Addable]]]:
    reports = Report.objects.visible_to(user).order_by("name", "pk")[:MOST_NAMES]
    found = [(_("Your reports and shared ones"), [Addable(TileKind.REPORT, str(row.pk), row.name) for row in reports])]
    if sees_all(user):
        names = {metric.section: METRIC_SECTIONS.get(metric.section, metric.section) for metric in metrics}
        found += [
            (
                _("Numbers: %(section)s") % {"section": label},
                [
                    Addable(TileKind.NUMBER, metric.key, str(metric.label), str(metric.formula))
                    for metric in metrics
                    if metric.section == section
                ],
            )
            for section, label in names.items()
        ]
    blocks = [tile for tile in dashboard_tiles if tile.capability is None or allows(user, tile.capability)]
    found.append((_("Blocks"), [Addable(TileKind.BLOCK, tile.key, str(tile.title)) for tile in blocks]))
    found += [
        (
            _("Ready-made reports: %(section)s") % {"section": section.label},
            [Addable(TileKind.READY, ready.key, str(ready.name), str(ready.hint)) for ready in section.reports],
        )
        for section in SECTIONS
    ]
    return found

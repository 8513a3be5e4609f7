"""Writes of the tiles of a dashboard: add, remove and put back, move, make wider, or set them all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analytics.models import Board, BoardTile, Report, TileKind
from analytics.models.boards import MOST_TILES, WIDEST
from analytics.ready_boards import TilePlace
from analytics.ready_reports import READY
from crm.events import record_event
from crm.extensions import dashboard_tiles, metrics
from crm.models import User
from crm.operations.editing import locked

USUAL_WIDTH = {TileKind.NUMBER: 1}


class UnknownTileError(ValueError):
    """There is no such number, report or block, or not for this user."""


class BoardFullError(ValueError):
    """A dashboard with more tiles is no longer looked at as a whole."""


class NoNeighbourError(ValueError):
    """The tile beside which another should go has been removed."""


def is_known(kind: str, key: str, user: User) -> bool:
    """Whether this user may put this on a dashboard."""
    if kind == TileKind.REPORT:
        is_id = key.isdecimal() and len(key) < 19
        return is_id and Report.objects.visible_to(user).filter(pk=int(key)).exists()
    known: Mapping[str, Any] = {TileKind.NUMBER: metrics, TileKind.READY: READY, TileKind.BLOCK: dashboard_tiles}
    return kind in known and known[kind].get(key) is not None


@transaction.atomic
def add_tile(
    *, board: Board, kind: str, key: str, actor: User, width: int | None = None, version: int | None = None
) -> BoardTile:
    """One more tile at the end; the same again is the one that is there. Records `board.changed`.

    Raises UnknownTileError, BoardFullError, EditConflictError.
    """
    board = locked(board, version)
    if not is_known(kind, key, actor):
        raise UnknownTileError(_("This can't be put on a dashboard (any more)."))
    tiles = _in_order(board)
    found = next((tile for tile in tiles if (tile.kind, tile.key) == (kind, key)), None)
    if found is not None:
        return found
    _check_room(len(tiles) + 1)
    width = width or USUAL_WIDTH.get(TileKind(kind), 2)
    place = tiles[-1].position + 1 if tiles else 0
    tile = BoardTile.objects.create(board=board, kind=kind, key=key, width=_width(width), position=place)
    _record_changed(board, actor, "added", tile)
    return tile


@transaction.atomic
def remove_tile(*, tile: BoardTile, actor: User) -> dict[str, Any]:
    """Take a tile away. Records `board.changed`; returns what `restore_tile` needs, as JSON."""
    board = locked(tile.board, None)
    before = [each.pk for each in _in_order(board) if each.position > tile.position]
    kept = {"id": tile.pk, "kind": tile.kind, "key": tile.key, "width": tile.width, "before": before}
    deleted, _each = BoardTile.objects.filter(pk=tile.pk).delete()
    if deleted:
        _record_changed(board, actor, "removed", tile)
    return kept


@transaction.atomic
def restore_tile(*, board: Board, kept: Mapping[str, Any], actor: User) -> BoardTile:
    """Put a removed tile back where it stood; done twice it is there once. Records `board.changed`.

    Raises BoardFullError.
    """
    board = locked(board, None)
    tiles = _in_order(board)
    found = next((tile for tile in tiles if (tile.kind, tile.key) == (kept["kind"], kept["key"])), None)
    if found is not None:
        return found
    _check_room(len(tiles) + 1)
    tile = BoardTile(pk=kept["id"], board=board, kind=kept["kind"], key=kept["key"], width=kept["width"])
    place = next((at for at, each in enumerate(tiles) if each.pk in kept["before"]), len(tiles))
    tile.position = place
    tile.save(force_insert=True)
    _renumber([*tiles[:place], tile, *tiles[place:]])
    _record_changed(board, actor, "added", tile)
    return tile


@transaction.atomic
def move_tile(
    *,
    tile: BoardTile,
    actor: User,
    to: str = "",
    before: int | None = None,
    after: int | None = None,
    version: int | None = None,
) -> Board:
    """Put a tile "first", "earlier", "later" or "last"; or in front of the tile `before`, or behind `after`.

    Records `board.changed` where that changes anything. Raises EditConflictError, NoNeighbourError.
    """  # fmt: skip
    board = locked(tile.board, version)
    tiles = _in_order(board)
    here = next((at for at, each in enumerate(tiles) if each.pk == tile.pk), None)
    if here is None:
        raise NoNeighbourError(_("This tile has been removed."))
    moved = tiles[here]
    order = [each for each in tiles if each.pk != tile.pk]
    steps = {"first": 0, "earlier": max(0, here - 1), "later": here + 1, "last": len(order)}
    order.insert(steps[to] if to in steps else _place(order, here, before, after), moved)
    if [each.pk for each in order] != [each.pk for each in tiles]:
        _renumber(order)
        _record_changed(board, actor, "moved", moved)
    return board


@transaction.atomic
def resize_tile(*, tile: BoardTile, width: int, actor: User, version: int | None = None) -> Board:
    """So many of four columns, at least one and at most all. Records `board.changed`. Raises EditConflictError."""
    board = locked(tile.board, version)
    width = _width(width)
    if BoardTile.objects.filter(pk=tile.pk).exclude(width=width).update(width=width):
        _record_changed(board, actor, "resized", tile)
    return board


@transaction.atomic
def set_tiles(*, board: Board, tiles: Sequence[TilePlace], actor: User, version: int | None = None) -> Board:
    """Exactly these tiles in this order; those that stay keep their ids. Records `board.changed` where that differs.

    Tiles that are there already may name what is gone. Raises UnknownTileError, BoardFullError, EditConflictError.
    """
    board = locked(board, version)
    wanted = {(tile.kind, tile.key): tile for tile in tiles}
    _check_room(len(wanted))
    there = {(tile.kind, tile.key): tile for tile in _in_order(board)}
    for kind, key in wanted:
        if (kind, key) not in there and not is_known(kind, key, actor):
            raise UnknownTileError(_("This can't be put on a dashboard (any more): %(key)s") % {"key": key[:60]})
    now = [(*name, tile.width) for name, tile in there.items()]
    if now == [(*name, _width(tile.width)) for name, tile in wanted.items()]:
        return board
    BoardTile.objects.filter(pk__in=[tile.pk for name, tile in there.items() if name not in wanted]).delete()
    for place, (name, tile) in enumerate(wanted.items()):
        values = {"width": _width(tile.width), "position": place}
        BoardTile.objects.update_or_create(board=board, kind=name[0], key=name[1], defaults=values)
    _record_changed(board, actor, "arranged")
    return board


def _in_order(board: Board) -> list[BoardTile]:
    return list(board.tiles.order_by("position", "pk"))


def _place(order: list[BoardTile], here: int, before: int | None, after: int | None) -> int:
    for neighbour, step in ((before, 0), (after, 1)):
        if neighbour is not None:
            found = next((at for at, each in enumerate(order) if each.pk == neighbour), None)
            if found is None:
                raise NoNeighbourError(_("The tile beside which it should go has been removed."))
            return found + step
    return here


def _renumber(order: list[BoardTile]) -> None:
    for place, tile in enumerate(order):
        tile.position = place
    BoardTile.objects.bulk_update(order, ["position"])


def _width(width: int) -> int:
    return max(1, min(WIDEST, width))


def _check_room(count: int) -> None:
    if count > MOST_TILES:
        raise BoardFullError(_("A dashboard has room for %(most)s tiles. Remove one first.") % {"most": MOST_TILES})


def _record_changed(board: Board, actor: User, change: str, tile: BoardTile | None = None) -> None:
    """A new version, and the event of what changed."""
    board.version += 1
    board.save(update_fields=["version", "updated_at"])
    data = {"name": board.name, "change": change, **({"kind": tile.kind, "key": tile.key} if tile else {})}
    record_event(kind="board.changed", subject=board, actor=actor, data=data)

"""Writes of dashboards as a whole: make, name, share, copy, remove and put back, and which one opens first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analytics.models import Board, BoardTile, FirstBoard, RoleBoard
from analytics.ready_boards import ReadyBoard, TilePlace
from crm.events import record_event
from crm.filters import FilterError, compile_filter
from crm.models import User
from crm.operations.editing import is_there, locked

MOST_OF_ONE = 50


class BoardNameTakenError(ValueError):
    """The user has a dashboard of this name already."""


class TooManyBoardsError(ValueError):
    """Nobody looks at so many."""


@transaction.atomic
def create_board(
    *,
    actor: User,
    name: str,
    tiles: Sequence[TilePlace] = (),
    narrowing: Mapping[str, Any] | None = None,
    shared_with: str = "",
    ready: str = "",
) -> Board:
    """A new dashboard of this user. Records `board.saved`.

    Raises BoardNameTakenError, TooManyBoardsError, and FilterError for a filter that nothing understands.
    """
    _alone(actor)
    check_filters(narrowing or {})
    own = Board.objects.filter(owner=actor)
    name = tidy(name)
    if own.filter(name=name).exists():
        raise _taken(name)
    if own.count() >= MOST_OF_ONE:
        raise TooManyBoardsError(_("You have %(most)s dashboards. Remove some first.") % {"most": MOST_OF_ONE})
    board = Board.objects.create(
        owner=actor, name=name, ready=ready, narrowing=dict(narrowing or {}), shared_with=shared_with
    )
    put_tiles(board, tiles)
    _record_saved(board, actor)
    return board


@transaction.atomic
def take_ready_board(*, ready: ReadyBoard, actor: User) -> Board:
    """The user's own version of a ready-made dashboard; asked again, the one that is there. Records `board.saved`.

    Where the ready-made one opened first, the own one does from now on.
    """
    _alone(actor)
    found = Board.objects.filter(owner=actor, ready=ready.key).first()
    if found is not None:
        return found
    board = create_board(actor=actor, name=free_name(actor, str(ready.name)), tiles=ready.tiles, ready=ready.key)
    FirstBoard.objects.filter(user=actor, ready=ready.key).update(board=board, ready="")
    return board


@transaction.atomic
def copy_board(*, board: Board, actor: User) -> Board:
    """A dashboard of this user with the same tiles, shared with nobody. Records `board.saved`."""
    tiles = [TilePlace(tile.kind, tile.key, tile.width) for tile in board.tiles.order_by("position", "pk")]
    _alone(actor)
    narrowing = board.narrowing
    try:
        check_filters(narrowing)
    except FilterError:  # about a field that is gone by now
        narrowing = {**narrowing, "filter": {}}
    return create_board(actor=actor, name=free_name(actor, board.name), tiles=tiles, narrowing=narrowing)


@transaction.atomic
def update_board(
    *,
    board: Board,
    actor: User,
    version: int | None = None,
    name: str | None = None,
    shared_with: str | None = None,
    narrowing: Mapping[str, Any] | None = None,
) -> Board:
    """Another name, other colleagues, another period to open with; what is None stays. Records `board.saved`.

    Raises BoardNameTakenError, EditConflictError, FilterError.
    """
    _alone(actor)
    check_filters(narrowing or {})
    board = locked(board, version)
    if name is not None:
        board.name = tidy(name)
        if Board.objects.filter(owner=board.owner_id, name=board.name).exclude(pk=board.pk).exists():
            raise _taken(board.name)
    if shared_with is not None:
        board.shared_with = shared_with
    if narrowing is not None:
        board.narrowing = dict(narrowing)
    board.version += 1
    board.save()
    _record_saved(board, actor)
    return board


@transaction.atomic
def delete_board(*, board: Board, actor: User) -> dict[str, Any]:
    """Remove a dashboard; reports stay. Records `board.deleted`; returns what `restore_board` needs, as JSON."""
    tiles = board.tiles.order_by("position", "pk").values("id", "kind", "key", "width")
    kept = {name: getattr(board, name) for name in ("id", "name", "shared_with", "ready", "narrowing", "version")}
    first_of = FirstBoard.objects.filter(board=board).order_by("user").values_list("user", flat=True)
    kept |= {"tiles": list(tiles), "first_of": list(first_of)}
    kept |= {"first_for": list(board.first_for.values("role", "chosen_by_id"))}
    if is_there(board):
        record_event(kind="board.deleted", subject=board, actor=actor, data={"name": board.name, **_counts(kept)})
        board.delete()
    return kept


@transaction.atomic
def restore_board(*, kept: Mapping[str, Any], actor: User) -> Board:
    """Put a removed dashboard back at its old address; done twice it is there once.

    It opens first again for whom it did, users and roles, where nothing else was chosen meanwhile. Records
    `board.saved`, and `board.role_chosen` for each role.
    """
    _alone(actor)
    found = Board.objects.filter(pk=kept["id"], owner=actor).first()
    if found is not None:
        return found
    ready = "" if Board.objects.filter(owner=actor, ready=kept["ready"]).exists() else kept["ready"]
    board = Board.objects.create(
        pk=kept["id"], owner=actor, name=free_name(actor, kept["name"]), ready=ready, version=kept["version"] + 1,
        shared_with=kept["shared_with"], narrowing=kept["narrowing"],
    )  # fmt: skip
    BoardTile.objects.bulk_create(
        BoardTile(board=board, position=place, **tile) for place, tile in enumerate(kept["tiles"])
    )
    _open_first_again(board, kept, actor)
    _record_saved(board, actor, **_counts(kept))
    return board


def _open_first_again(board: Board, kept: Mapping[str, Any], actor: User) -> None:
    """For the users and roles that are there and have chosen nothing else."""
    chose = FirstBoard.objects.values("user")
    of = User.objects.filter(pk__in=kept["first_of"]).exclude(pk__in=chose)
    FirstBoard.objects.bulk_create([FirstBoard(user=user, board=board) for user in of], ignore_conflicts=True)
    choosers = User.objects.in_bulk({each["chosen_by_id"] for each in kept["first_for"] if each["chosen_by_id"]})
    for each in kept["first_for"]:
        chosen: dict[str, Any] = {"board": board, "chosen_by": choosers.get(each["chosen_by_id"])}
        _row, is_new = RoleBoard.objects.get_or_create(role=each["role"], defaults=chosen)
        if is_new:
            data = {"role": each["role"], "board": board.pk, "name": board.name, "taken_back": 0}
            record_event(kind="board.role_chosen", subject=board, actor=actor, data=data)


@transaction.atomic
def choose_first(*, actor: User, board: Board | None = None, ready: str = "") -> None:
    """Which dashboard opens first for this user: one of the rows or a ready-made one. Records `board.chosen`."""
    FirstBoard.objects.update_or_create(user=actor, defaults={"board": board, "ready": "" if board else ready})
    record_event(kind="board.chosen", subject=actor, actor=actor, data={"board": board.pk if board else ready})


def _alone(actor: User) -> None:
    """Nothing else is done with this user's dashboards meanwhile: of two clicks at once the later sees the earlier."""
    User.objects.select_for_update().get(pk=actor.pk)


def check_filters(narrowing: Mapping[str, Any]) -> None:
    """Raises FilterError with words."""
    for target, tree in narrowing.get("filter", {}).items():
        compile_filter(target, tree)


def put_tiles(board: Board, tiles: Sequence[TilePlace]) -> None:
    """Tiles of a board that has none yet, in this order."""
    BoardTile.objects.bulk_create(
        BoardTile(board=board, kind=tile.kind, key=tile.key, width=tile.width, position=place)
        for place, tile in enumerate(tiles)
    )


def tidy(name: str) -> str:
    return " ".join(name.split())[:100]


def free_name(owner: User, name: str) -> str:
    """The name, or the first with a number after it that this user has not given yet."""
    taken = set(Board.objects.filter(owner=owner, name__startswith=name[:80]).values_list("name", flat=True))
    names = [name[:100], *(f"{name[:90]} ({number})" for number in range(2, MOST_OF_ONE + 3))]
    return next(each for each in names if each not in taken)


def _taken(name: str) -> BoardNameTakenError:
    return BoardNameTakenError(_("You have a dashboard called “%(name)s” already.") % {"name": name})


def _counts(kept: Mapping[str, Any]) -> dict[str, int]:
    """For how many users and roles it opened first."""
    return {"first_of": len(kept["first_of"]), "first_for": len(kept["first_for"])}


def _record_saved(board: Board, actor: User, **more: Any) -> None:
    data = {"name": board.name, "shared_with": board.shared_with, **more}
    record_event(kind="board.saved", subject=board, actor=actor, data=data)

"""Writes of the tiles of a dashboard."""

from __future__ import annotations

import pytest

from analytics.models import Board, BoardTile, ReportSpec, TileKind
from analytics.models.boards import MOST_TILES
from analytics.operations.board_tiles import (
    BoardFullError,
    NoNeighbourError,
    UnknownTileError,
    add_tile,
    move_tile,
    remove_tile,
    resize_tile,
    restore_tile,
    set_tiles,
)
from analytics.operations.boards import (
    create_board,
)
from analytics.operations.reports import save_report
from analytics.ready_boards import TilePlace
from crm.extensions import metrics
from crm.models import Event, User
from crm.operations.editing import EditConflictError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
REVENUE = TilePlace(TileKind.NUMBER, "revenue")
WON = TilePlace(TileKind.READY, "won", 2)
HAPPY = TilePlace(TileKind.BLOCK, "happy", 2)


@pytest.fixture
def board(owner: User) -> Board:
    return create_board(actor=owner, name="Mornings", tiles=[REVENUE, WON, HAPPY])


def keys(board: Board) -> list[str]:
    return list(board.tiles.order_by("position", "pk").values_list("key", flat=True))


def tile(board: Board, key: str) -> BoardTile:
    return board.tiles.select_related("board").get(key=key)


def changes() -> list[str]:
    return [event.data["change"] for event in Event.objects.filter(kind="board.changed").order_by("pk")]


def test_a_tile_is_added_once_and_at_the_end(board: Board, owner: User) -> None:
    added = add_tile(board=board, kind="number", key="churn", actor=owner)
    assert add_tile(board=board, kind="number", key="churn", actor=owner) == added
    assert keys(board) == ["revenue", "won", "happy", "churn"]
    assert (added.width, add_tile(board=board, kind="ready", key="lost", actor=owner).width) == (1, 2)
    assert changes() == ["added", "added"]
    board.refresh_from_db()
    assert board.version == 3


@pytest.mark.parametrize(
    ("kind", "key"),
    [("number", "nothing"), ("ready", "nothing"), ("block", ""), ("report", "7"), ("report", "x"), ("report", "9" * 30),
     ("what", "revenue"), ("", "")],
)  # fmt: skip
def test_what_is_not_there_can_not_be_added(board: Board, owner: User, kind: str, key: str) -> None:
    with pytest.raises(UnknownTileError):
        add_tile(board=board, kind=kind, key=key, actor=owner)


def test_a_report_of_somebody_else_can_not_be_added(board: Board, owner: User, manager: User) -> None:
    report = save_report(actor=manager, name="Secret", spec=ReportSpec())
    with pytest.raises(UnknownTileError):
        add_tile(board=board, kind="report", key=str(report.pk), actor=owner)
    save_report(actor=manager, name="Open", spec=ReportSpec(), is_shared=True, report=report)
    assert add_tile(board=board, kind="report", key=str(report.pk), actor=owner).key == str(report.pk)


def test_a_dashboard_has_room_for_so_many(owner: User) -> None:
    places = [TilePlace(TileKind.NUMBER, metric.key) for metric in metrics][:MOST_TILES]
    board = create_board(actor=owner, name="Full", tiles=places)
    with pytest.raises(BoardFullError):
        add_tile(board=board, kind="ready", key="won", actor=owner)
    kept = remove_tile(tile=board.tiles.select_related("board").order_by("pk")[3], actor=owner)
    add_tile(board=board, kind="ready", key="won", actor=owner)
    with pytest.raises(BoardFullError):
        restore_tile(board=board, kept=kept, actor=owner)


@pytest.mark.parametrize(
    ("to", "order"),
    [("first", "won revenue happy"), ("earlier", "won revenue happy"), ("later", "revenue happy won"),
     ("last", "revenue happy won")],
)  # fmt: skip
def test_a_tile_goes_where_it_is_sent(board: Board, owner: User, to: str, order: str) -> None:
    move_tile(tile=tile(board, "won"), actor=owner, to=to)
    assert " ".join(keys(board)) == order
    assert changes() == ["moved"]


def test_a_tile_at_the_edge_stays_and_nothing_is_noted(board: Board, owner: User) -> None:
    move_tile(tile=tile(board, "revenue"), actor=owner, to="earlier", version=1)
    move_tile(tile=tile(board, "happy"), actor=owner, to="last", version=1)
    move_tile(tile=tile(board, "happy"), actor=owner, version=1)
    assert keys(board) == ["revenue", "won", "happy"]
    assert changes() == []


def test_a_tile_is_dropped_beside_another(board: Board, owner: User) -> None:
    move_tile(tile=tile(board, "happy"), actor=owner, before=tile(board, "revenue").pk)
    assert keys(board) == ["happy", "revenue", "won"]
    move_tile(tile=tile(board, "happy"), actor=owner, after=tile(board, "won").pk)
    assert keys(board) == ["revenue", "won", "happy"]
    with pytest.raises(NoNeighbourError):
        move_tile(tile=tile(board, "happy"), actor=owner, before=999)


def test_an_old_version_changes_nothing(board: Board, owner: User) -> None:
    move_tile(tile=tile(board, "won"), actor=owner, to="first", version=1)
    for call in (
        lambda: move_tile(tile=tile(board, "won"), actor=owner, to="last", version=1),
        lambda: resize_tile(tile=tile(board, "won"), actor=owner, width=4, version=1),
        lambda: set_tiles(board=board, tiles=[], actor=owner, version=1),
        lambda: add_tile(board=board, kind="number", key="churn", actor=owner, version=1),
    ):
        with pytest.raises(EditConflictError):
            call()
    assert keys(board) == ["won", "revenue", "happy"]


def test_a_width_keeps_within_the_page(board: Board, owner: User) -> None:
    for asked, got in ((3, 3), (9, 4), (0, 1)):
        resize_tile(tile=tile(board, "won"), actor=owner, width=asked)
        assert tile(board, "won").width == got
    resize_tile(tile=tile(board, "won"), actor=owner, width=1)
    assert changes() == ["resized"] * 3


def test_a_tile_taken_away_comes_back_where_it_stood_and_once(board: Board, owner: User) -> None:
    pk = tile(board, "won").pk
    kept = remove_tile(tile=tile(board, "won"), actor=owner)
    assert keys(board) == ["revenue", "happy"]
    for _time in range(2):
        assert restore_tile(board=board, kept=kept, actor=owner).pk == pk
        assert keys(board) == ["revenue", "won", "happy"]
    assert changes() == ["removed", "added"]


def test_a_tile_comes_back_although_its_neighbours_are_gone(board: Board, owner: User) -> None:
    kept = remove_tile(tile=tile(board, "won"), actor=owner)
    remove_tile(tile=tile(board, "happy"), actor=owner)
    restore_tile(board=board, kept=kept, actor=owner)
    assert keys(board) == ["revenue", "won"]


def test_taking_away_twice_is_noted_once(board: Board, owner: User) -> None:
    gone = tile(board, "won")
    for _time in range(2):
        remove_tile(tile=gone, actor=owner)
    assert changes() == ["removed"]


def test_all_tiles_are_set_at_once_and_those_that_stay_keep_their_ids(board: Board, owner: User) -> None:
    pk = tile(board, "won").pk
    for _time in range(2):
        set_tiles(
            board=board,
            tiles=[TilePlace("ready", "won", 4), TilePlace("number", "churn"), TilePlace("number", "churn")],
            actor=owner,
        )
        assert keys(board) == ["won", "churn"]
    assert (tile(board, "won").pk, tile(board, "won").width) == (pk, 4)
    assert changes() == ["arranged"]
    with pytest.raises(UnknownTileError):
        set_tiles(board=board, tiles=[TilePlace("number", "nothing")], actor=owner)

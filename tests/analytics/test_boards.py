"""Writes of dashboards as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.models import Board, BoardTile, FirstBoard, TileKind
from analytics.models.boards import EVERYBODY
from analytics.operations.board_tiles import (
    is_known,
)
from analytics.operations.boards import (
    BoardNameTakenError,
    TooManyBoardsError,
    choose_first,
    copy_board,
    create_board,
    delete_board,
    restore_board,
    take_ready_board,
    update_board,
)
from analytics.queries.boards.first import first_url
from analytics.ready_boards import BOARDS, READY_BOARDS, TilePlace, ready_for
from crm.filters import FilterError
from crm.models import Event, Role, User
from crm.operations.editing import EditConflictError
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
REVENUE = TilePlace(TileKind.NUMBER, "revenue")
WON = TilePlace(TileKind.READY, "won", 2)
HAPPY = TilePlace(TileKind.BLOCK, "happy", 2)


@pytest.fixture
def board(owner: User) -> Board:
    return create_board(actor=owner, name="Mornings", tiles=[REVENUE, WON, HAPPY])


def keys(board: Board) -> list[str]:
    return list(board.tiles.order_by("position", "pk").values_list("key", flat=True))


# --- ready-made ones ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ready", BOARDS, ids=lambda ready: ready.key)
def test_ready_dashboards_name_what_is_there_and_stay_small(ready: Any, owner: User) -> None:
    assert all(is_known(place.kind, place.key, owner) for place in ready.tiles)
    assert len({(place.kind, place.key) for place in ready.tiles}) == len(ready.tiles) <= 8


def test_every_role_has_a_ready_dashboard_and_no_rows() -> None:
    assert {ready_for(role).key for role in Role.values} == {"owner", "sales", "support", "marketing"}
    assert not Board.objects.exists()


def test_a_ready_dashboard_is_taken_once(sales: User) -> None:
    mine = take_ready_board(ready=READY_BOARDS["sales"], actor=sales)
    assert keys(mine) == [place.key for place in READY_BOARDS["sales"].tiles]
    assert take_ready_board(ready=READY_BOARDS["sales"], actor=sales) == mine
    assert Event.objects.filter(kind="board.saved").count() == 1


def test_what_is_taken_does_not_touch_a_dashboard_of_that_name(sales: User) -> None:
    create_board(actor=sales, name="Sales")
    assert take_ready_board(ready=READY_BOARDS["sales"], actor=sales).name == "Sales (2)"


# --- as a whole ---------------------------------------------------------------------------------------------------


def test_names_are_tidied_and_unique_for_each_user(owner: User, sales: User) -> None:
    assert create_board(actor=owner, name="  My \n board ").name == "My board"
    with pytest.raises(BoardNameTakenError):
        create_board(actor=owner, name="My board")
    create_board(actor=sales, name="My board")


def test_nobody_has_more_than_they_look_at(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.operations.boards.MOST_OF_ONE", 2)
    create_board(actor=owner, name="A"), create_board(actor=owner, name="B")
    with pytest.raises(TooManyBoardsError):
        create_board(actor=owner, name="C")


def test_an_update_changes_what_it_names_and_nothing_else(board: Board, owner: User) -> None:
    changed = update_board(board=board, actor=owner, shared_with=Role.SALES)
    assert (changed.name, changed.shared_with, changed.version) == ("Mornings", "sales", 2)
    changed = update_board(board=changed, actor=owner, name="Evenings", version=2)
    assert (changed.name, changed.shared_with) == ("Evenings", "sales")
    with pytest.raises(EditConflictError):
        update_board(board=changed, actor=owner, name="Nights", version=2)
    create_board(actor=owner, name="Nights")
    with pytest.raises(BoardNameTakenError):
        update_board(board=changed, actor=owner, name="Nights")


def test_shared_dashboards_are_seen_by_those_they_are_shared_with(board: Board, owner: User) -> None:
    sales, support = make_user(Role.SALES), make_user(Role.SUPPORT)

    def readers() -> set[User]:
        return {user for user in (owner, sales, support) if Board.objects.visible_to(user).exists()}

    assert readers() == {owner}
    update_board(board=board, actor=owner, shared_with=Role.SALES)
    assert readers() == {owner, sales}
    update_board(board=board, actor=owner, shared_with=EVERYBODY)
    assert readers() == {owner, sales, support}
    sales.is_active = False
    assert readers() == {owner, support}


def test_a_copy_is_the_copiers_own(board: Board, owner: User, sales: User) -> None:
    update_board(board=board, actor=owner, shared_with=EVERYBODY, narrowing={"period": "month"})
    board.refresh_from_db()
    copy = copy_board(board=board, actor=sales)
    assert (copy.owner, copy.shared_with, copy.narrowing, keys(copy)) == (sales, "", {"period": "month"}, keys(board))
    assert copy_board(board=copy, actor=sales).name == "Mornings (2)"


def test_a_removed_dashboard_comes_back_at_its_address_and_once(board: Board, owner: User) -> None:
    choose_first(actor=owner, board=board)
    pk, before = board.pk, list(board.tiles.order_by("pk").values())
    kept = delete_board(board=board, actor=owner)
    assert not BoardTile.objects.exists()
    assert first_url(owner) == "/boards/ready/owner"
    for _time in range(2):
        back = restore_board(kept=kept, actor=owner)
        assert (back.pk, list(back.tiles.order_by("pk").values())) == (pk, before)
    assert first_url(owner) == f"/boards/{pk}"
    assert Event.objects.filter(kind="board.deleted").count() == 1
    assert Event.objects.filter(kind="board.saved").count() == 2


def test_a_dashboard_that_comes_back_leaves_newer_ones_alone(sales: User) -> None:
    kept = delete_board(board=take_ready_board(ready=READY_BOARDS["sales"], actor=sales), actor=sales)
    take_ready_board(ready=READY_BOARDS["sales"], actor=sales)
    back = restore_board(kept=kept, actor=sales)
    assert (back.name, back.ready) == ("Sales (2)", "")


def test_the_first_dashboard_is_the_chosen_one_then_the_own_one_then_the_roles(board: Board, sales: User) -> None:
    assert first_url(sales) == "/boards/ready/sales"
    mine = take_ready_board(ready=READY_BOARDS["sales"], actor=sales)
    assert first_url(sales) == f"/boards/{mine.pk}"
    choose_first(actor=sales, ready="support")
    assert first_url(sales) == "/boards/ready/support"
    choose_first(actor=sales, board=board)  # not shared with them (any more)
    assert first_url(sales) == f"/boards/{mine.pk}"
    assert FirstBoard.objects.count() == 1


def test_a_chosen_ready_dashboard_gives_way_to_the_own_one(sales: User) -> None:
    choose_first(actor=sales, ready="support")
    mine = take_ready_board(ready=READY_BOARDS["support"], actor=sales)
    assert first_url(sales) == f"/boards/{mine.pk}"


def test_only_filters_that_say_something_are_kept_and_copied(board: Board, owner: User) -> None:
    gone = {"period": "month", "filter": {"deal": {"all": [{"field": "gone", "op": "is", "value": 1}]}}}
    with pytest.raises(FilterError):
        update_board(board=board, actor=owner, narrowing=gone)
    with pytest.raises(FilterError):
        create_board(actor=owner, name="A", narrowing=gone)
    Board.objects.filter(pk=board.pk).update(narrowing=gone)
    board.refresh_from_db()
    assert copy_board(board=board, actor=owner).narrowing == {"period": "month", "filter": {}}

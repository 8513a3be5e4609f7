"""Writes of dashboards and their tiles, and what each reader gets on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from analytics.models import Board, BoardTile, FirstBoard, ReportSpec, TileKind
from analytics.models.boards import EVERYBODY, MOST_TILES
from analytics.operations.board_tiles import (
    BoardFullError,
    NoNeighbourError,
    UnknownTileError,
    add_tile,
    is_known,
    move_tile,
    remove_tile,
    resize_tile,
    restore_tile,
    set_tiles,
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
from analytics.operations.reports import delete_report, restore_report, save_report
from analytics.queries.boards.narrowing import BoardPeriod, Narrowing, from_data, read_narrowing
from analytics.queries.boards.pages import first_url, owner_ids
from analytics.queries.boards.tiles import OWNERS, owner_rule, tile_views
from analytics.queries.reports.questions import ReportError
from analytics.ready_boards import BOARDS, READY_BOARDS, TilePlace, ready_for
from crm.extensions import filter_fields, metrics, report_sources
from crm.filters import FilterError, compile_filter
from crm.models import Event, Role, Scope, Team, User
from crm.operations.editing import EditConflictError
from tests.factories import NOW, make_deal, make_user

pytestmark = pytest.mark.django_db
REVENUE = TilePlace(TileKind.NUMBER, "revenue")
WON = TilePlace(TileKind.READY, "won", 2)
HAPPY = TilePlace(TileKind.BLOCK, "happy", 2)


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def board(owner: User) -> Board:
    return create_board(actor=owner, name="Mornings", tiles=[REVENUE, WON, HAPPY])


def keys(board: Board) -> list[str]:
    return list(board.tiles.order_by("position", "pk").values_list("key", flat=True))


def tile(board: Board, key: str) -> BoardTile:
    return board.tiles.select_related("board").get(key=key)


def changes() -> list[str]:
    return [event.data["change"] for event in Event.objects.filter(kind="board.changed").order_by("pk")]


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


# --- tiles --------------------------------------------------------------------------------------------------------


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


# --- what each reader gets ----------------------------------------------------------------------------------------


def view(place: TilePlace, user: User, narrowing: Narrowing | None = None, owners: list[int] | None = None) -> Any:
    [found] = tile_views([(1, place)], user, narrowing or Narrowing(), owners)
    return found


def test_figures_of_the_whole_business_are_for_who_sees_all(owner: User, stranger: User) -> None:
    assert view(REVENUE, owner).url == "/insights/numbers/revenue?by=month&on=2026-06-15"
    assert "whole business" in view(REVENUE, stranger).missing
    assert not view(REVENUE, stranger).url


def test_a_report_that_was_deleted_or_is_not_shared_says_so_without_its_name(owner: User, sales: User) -> None:
    report = save_report(actor=owner, name="Secret plan", spec=ReportSpec())
    place = TilePlace(TileKind.REPORT, str(report.pk), 2)
    assert view(place, owner).title == "Secret plan"
    hidden = view(place, sales)
    assert (hidden.url, "Secret" in f"{hidden.title}{hidden.missing}") == ("", False)
    kept = delete_report(report=report, actor=owner)
    assert view(place, owner).missing == hidden.missing
    for _time in range(2):
        restore_report(kept=kept, actor=owner)
    assert view(place, owner).title == "Secret plan"


@pytest.mark.parametrize("place", [TilePlace(kind, "gone") for kind in TileKind.values], ids=lambda place: place.kind)
def test_what_is_gone_says_so_in_words(owner: User, place: TilePlace) -> None:
    assert len(view(place, owner).missing) > 10


def test_a_block_of_another_role_says_so(sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from crm.extensions import dashboard_tiles

    closed = replace(dashboard_tiles["happy"], capability="set_up")
    monkeypatch.setitem(dashboard_tiles._items, "happy", closed)
    assert "role" in view(HAPPY, sales).missing


@pytest.mark.parametrize(
    ("period", "query"),
    [("own", ""), ("month", "?from=2026-06-01&to=2026-06-15&unit=day"),
     ("last_month", "?from=2026-05-01&to=2026-05-31&unit=day"), ("30d", "?from=2026-05-17&to=2026-06-15&unit=day"),
     ("quarter", "?from=2026-04-01&to=2026-06-15&unit=week"), ("year", "?from=2026-01-01&to=2026-06-15&unit=month")],
)  # fmt: skip
def test_reports_follow_the_period_in_steps_that_fit(owner: User, period: str, query: str) -> None:
    assert view(TilePlace("ready", "revenue"), owner, Narrowing(period)).url == f"/reports/ready/revenue/figures{query}"


def test_reports_of_now_and_of_the_future_say_that_they_stay(owner: User) -> None:
    for key in ("pipeline", "coming"):
        found = view(TilePlace("ready", key), owner, Narrowing("month"))
        assert (found.url, len(found.notes)) == (f"/reports/ready/{key}/figures", 1)
        assert "Does not follow the period" in found.notes[0]


@pytest.mark.parametrize(
    ("narrowing", "span", "is_exact"),
    [
        (Narrowing(), ("month", date(2026, 6, 15)), True),
        (Narrowing("last_month"), ("month", date(2026, 5, 31)), True),
        (Narrowing("quarter"), ("quarter", date(2026, 6, 15)), True),
        (Narrowing("year"), ("year", date(2026, 6, 15)), True),
        (Narrowing("30d"), ("month", date(2026, 6, 15)), False),
        (Narrowing("custom"), ("month", date(2026, 6, 15)), True),
        (Narrowing("custom", date(2026, 2, 1), date(2026, 2, 28)), ("month", date(2026, 2, 1)), True),
        (Narrowing("custom", date(2025, 10, 1), date(2025, 12, 31)), ("quarter", date(2025, 10, 1)), True),
        (Narrowing("custom", date(2025, 1, 1), date(2025, 12, 31)), ("year", date(2025, 1, 1)), True),
        (Narrowing("custom", date(2025, 2, 1), date(2025, 4, 30)), ("month", date(2025, 4, 30)), False),
        (Narrowing("custom", date(2025, 4, 30), date(2025, 2, 3)), ("month", date(2025, 4, 30)), False),
    ],
)
def test_numbers_are_those_of_a_calendar_span(narrowing: Narrowing, span: Any, is_exact: bool) -> None:
    assert narrowing.span(NOW.date()) == (*span, is_exact)


def test_tiles_that_can_not_follow_say_so(owner: User) -> None:
    narrowing = Narrowing(
        "30d", whose="me", filters={"deal": {"all": [{"field": "state", "op": "is", "value": "won"}]}}
    )
    assert len(view(REVENUE, owner, narrowing, [owner.pk]).notes) == 3
    assert view(HAPPY, owner, narrowing, [owner.pk]).notes == ["Does not follow the filter: that is about Deals."]
    assert len(view(TilePlace(TileKind.BLOCK, "outlook"), owner, narrowing, [owner.pk]).notes) == 3
    assert view(WON, owner, narrowing, [owner.pk]).notes == []
    [note] = view(TilePlace("ready", "revenue"), owner, narrowing, [owner.pk]).notes
    assert note == "Does not follow the filter: that is about Deals."


def test_the_owner_narrows_every_target_that_has_one(owner: User) -> None:
    for source in report_sources:
        rule = owner_rule(source.key, [owner.pk])
        assert bool(rule) == any(filter_fields.get(f"{source.key}.{name}") for name in OWNERS)
        compile_filter(source.key, rule)
        compile_filter(source.key, owner_rule(source.key, [owner.pk, make_user().pk]))
    assert owner_rule("deal", [owner.pk])


def test_a_team_without_members_is_nobody(owner: User) -> None:
    from crm.models import Deal

    make_deal(owner=owner), make_deal(owner=None)
    nobody = owner_rule("deal", owner_ids(owner, f"team-{Team.objects.create(name='New').pk}") or [])
    assert not Deal.objects.filter(compile_filter("deal", nobody)).exists()


def test_whose_records_are_meant(owner: User) -> None:
    team, mate = Team.objects.create(name="North"), make_user(scope=Scope.TEAM)
    mate.teams.add(team)
    assert owner_ids(owner, "") is None
    assert owner_ids(owner, "me") == [owner.pk]
    assert owner_ids(owner, f"user-{mate.pk}") == [mate.pk]
    assert owner_ids(owner, f"team-{team.pk}") == [mate.pk]
    assert owner_ids(owner, "user-999999") == []


# --- the state in the address -------------------------------------------------------------------------------------


def test_a_state_survives_the_way_through_an_address_and_a_row() -> None:
    from django.http import QueryDict

    state = Narrowing("custom", date(2026, 1, 2), date(2026, 3, 4), "team-7", {"deal": {"all": [{"field": "title"}]}})
    assert read_narrowing(QueryDict(state.query()[1:]), {}) == state
    assert from_data(state.as_data()) == state
    assert read_narrowing({}, state.as_data()) == state
    assert read_narrowing({"period": "own"}, state.as_data()) == Narrowing()


@pytest.mark.parametrize("text", ["x", "[]", '{"nothing":{}}', '{"deal":[]}', '{"deal":7}', "9" * 5000])
def test_a_filter_that_can_not_be_read_is_said(text: str) -> None:
    with pytest.raises(ReportError):
        read_narrowing({"filter": text}, {})


@pytest.mark.parametrize(
    "data", [{"period": "soon"}, {"from": "2026-99-99"}, {"whose": "user-x"}, {"whose": "user-" + "9" * 30},
             {"filter": []}, {"filter": {"deal": 7}}, {"period": None, "from": "0001-01-01"}],
)  # fmt: skip
def test_nonsense_in_a_row_is_left_out(data: dict[str, Any]) -> None:
    assert from_data(data) == Narrowing(BoardPeriod.OWN)

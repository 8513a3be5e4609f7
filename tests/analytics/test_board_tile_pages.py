"""Pages on which tiles are added, arranged and taken away, by plain forms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from analytics.models import Board, ReportSpec, TileKind
from analytics.operations.boards import create_board, update_board
from analytics.operations.reports import delete_report, save_report
from analytics.ready_boards import READY_BOARDS, TilePlace
from crm.models import Event, User
from tests.pages import HTMX, page, part

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]


@pytest.fixture
def board(owner: User) -> Board:
    return create_board(actor=owner, name="Mornings", tiles=READY_BOARDS["owner"].tiles)


def keys(board: Board) -> list[str]:
    return list(board.tiles.order_by("position", "pk").values_list("key", flat=True))


def first_tile(board: Board) -> int:
    return board.tiles.order_by("position").values_list("pk", flat=True)[0]


def test_tiles_are_found_and_added(as_owner: Client, owner: User, board: Board) -> None:
    save_report(actor=owner, name="My own report", spec=ReportSpec())
    words = page(as_owner, f"/boards/{board.pk}/tiles/add")
    for said in ("My own report", "Numbers: Sales", "Blocks", "Ready-made reports: Team", "On it"):
        assert said in words
    found = part(as_owner, f"/boards/{board.pk}/tiles/add?q=lost")
    assert "Why deals are lost" in found
    assert "My own report" not in found
    assert "<html" not in found
    assert "Nothing of this name" in page(as_owner, f"/boards/{board.pk}/tiles/add?q=nothing+like+it")
    answer = as_owner.post(f"/boards/{board.pk}/tiles/add", {"tile": "ready:lost"}, follow=True)
    assert "The tile is on the dashboard" in answer.content.decode()
    assert keys(board)[-1] == "lost"
    answer = as_owner.post(f"/boards/{board.pk}/tiles/add", {"tile": "ready:nothing"}, follow=True)
    assert "put on a dashboard" in answer.content.decode()


def test_a_full_dashboard_offers_no_more(as_owner: Client, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("analytics.operations.board_tiles", "analytics.queries.boards.pages"):
        monkeypatch.setattr(f"{module}.MOST_TILES", 8)
    assert "Add tiles" not in page(as_owner, f"/boards/{board.pk}")
    answer = as_owner.post(f"/boards/{board.pk}/tiles/add", {"tile": "ready:lost"}, follow=True)
    assert "has room for 8 tiles" in answer.content.decode()


def test_without_scripts_tiles_are_moved_resized_and_taken_away(as_owner: Client, board: Board) -> None:
    url, pk = f"/boards/{board.pk}", first_tile(board)
    assert "data-arrange" not in page(as_owner, url)
    assert page(as_owner, f"{url}?arrange=1").count("board-tile__bar") == 8
    answer = as_owner.post(f"{url}/tiles/{pk}/move", {"to": "later", "version": 1})
    assert answer["Location"] == f"{url}?arrange=1#tile-{pk}"
    assert keys(board)[:2] == ["pipeline", "revenue"]
    as_owner.post(f"{url}/tiles/{pk}/resize", {"width": 2, "version": 2})
    assert board.tiles.get(pk=pk).width == 2
    came_from = f"http://testserver{url}?period=month&arrange=1"
    answer = as_owner.post(f"{url}/tiles/{pk}/remove", headers={"Referer": came_from})
    assert answer["Location"] == f"{url}?period=month&arrange=1"
    assert "The tile is off the dashboard" in page(as_owner, answer["Location"])
    as_owner.post(f"{url}/tiles/restore")
    assert keys(board)[:2] == ["pipeline", "revenue"]
    assert as_owner.post(f"{url}/tiles/restore").status_code == 404


@pytest.mark.parametrize(
    ("act", "data"),
    [("move", {"to": "away"}), ("move", {"before": "x"}), ("move", {"version": "x"}), ("resize", {}),
     ("resize", {"width": 9}), ("resize", {"width": "x"})],
)  # fmt: skip
def test_nonsense_moves_nothing(as_owner: Client, board: Board, act: str, data: dict[str, Any]) -> None:
    assert as_owner.post(f"/boards/{board.pk}/tiles/{first_tile(board)}/{act}", data).status_code == 400
    assert not Event.objects.filter(kind="board.changed").exists()


def test_a_move_over_a_newer_version_is_told_and_not_done(as_owner: Client, board: Board, owner: User) -> None:
    update_board(board=board, actor=owner, name="Meanwhile")
    url = f"/boards/{board.pk}/tiles/{first_tile(board)}"
    before = keys(board)
    for act, data in (("move", {"to": "last", "version": 1}), ("resize", {"width": 3, "version": 1}),
                      ("move", {"before": 999, "version": 2})):  # fmt: skip
        assert "was changed meanwhile" in as_owner.post(f"{url}/{act}", data, follow=True).content.decode()
        answer = as_owner.post(f"{url}/{act}", data, headers=HTMX)
        assert (answer.status_code, answer["HX-Redirect"]) == (204, f"/boards/{board.pk}?arrange=1")
    assert keys(board) == before


def test_scripts_hear_the_version_and_what_to_say(as_owner: Client, board: Board) -> None:
    url, pk = f"/boards/{board.pk}", first_tile(board)
    last = board.tiles.order_by("-position").values_list("pk", flat=True)[0]

    def heard(act: str, **data: object) -> dict[str, Any]:
        answer = as_owner.post(f"{url}/tiles/{pk}/{act}", data, headers=HTMX)
        assert answer.status_code == 204
        return dict(json.loads(answer["HX-Trigger"]))

    news = heard("move", after=last, version=1)["tiles-arranged"]
    assert news == {"version": 2, "words": "Now tile 8 of 8."}
    assert heard("resize", width=3, version=2)["tiles-arranged"]["words"] == "Three quarters wide."
    gone = heard("remove")
    assert gone["tiles-arranged"]["version"] == 4
    assert gone["toast"]["undo_url"] == f"{url}/tiles/restore"


def test_a_tile_of_another_dashboard_is_not_here(as_owner: Client, owner: User, board: Board) -> None:
    other = create_board(actor=owner, name="Other", tiles=[TilePlace(TileKind.READY, "won")])
    assert as_owner.post(f"/boards/{board.pk}/tiles/{first_tile(other)}/move", {"to": "last"}).status_code == 404


def test_a_tile_whose_report_is_gone_offers_to_be_taken_away(as_owner: Client, owner: User, board: Board) -> None:
    report = save_report(actor=owner, name="Short-lived", spec=ReportSpec())
    tile = board.tiles.create(kind="report", key=str(report.pk), position=50)
    delete_report(report=report, actor=owner)
    words = page(as_owner, f"/boards/{board.pk}")
    assert "Its report was deleted" in words
    assert f"/tiles/{tile.pk}/remove" in words


def test_the_owner_is_told_which_reports_colleagues_do_not_see(as_owner: Client, owner: User, board: Board) -> None:
    report = save_report(actor=owner, name="Mine", spec=ReportSpec())
    board.tiles.create(kind="report", key=str(report.pk), position=50)
    url = f"/boards/{board.pk}?arrange=1"
    assert "colleagues see an empty tile" not in page(as_owner, url)
    update_board(board=board, actor=owner, shared_with="all")
    assert "colleagues see an empty tile" in page(as_owner, url)
    save_report(actor=owner, name="Mine", spec=ReportSpec(), is_shared=True, report=report)
    assert "colleagues see an empty tile" not in page(as_owner, url)


def test_a_report_is_put_on_a_dashboard_from_its_own_page(as_owner: Client, owner: User, board: Board) -> None:
    report = save_report(actor=owner, name="Mine", spec=ReportSpec())
    for url, tile in ((f"/reports/{report.pk}", f"report:{report.pk}"), ("/reports/ready/lost", "ready:lost")):
        pin = f"/boards/pin?tile={tile}"
        assert pin in page(as_owner, url)
        assert "Mornings" in page(as_owner, pin)
        answer = as_owner.post(pin, {"board": board.pk})
        assert answer["Location"].startswith(f"/boards/{board.pk}#tile-")
    assert keys(board)[-2:] == [str(report.pk), "lost"]
    as_owner.post("/boards/pin?tile=ready:won", {"board": ""})
    new = Board.objects.get(owner=owner, name="My dashboard")
    assert keys(new) == ["won"]


def test_only_what_is_there_goes_on_a_dashboard_of_ones_own(
    client: Client, owner: User, board: Board, sales: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = save_report(actor=owner, name="Secret", spec=ReportSpec())
    client.force_login(sales)
    for tile in (f"report:{report.pk}", "report:x", "ready:nothing", "what", ""):
        page(client, f"/boards/pin?tile={tile}", 404)
        assert client.post(f"/boards/pin?tile={tile}").status_code == 404
    assert client.post("/boards/pin?tile=ready:won", {"board": board.pk}).status_code == 422
    mine = create_board(actor=sales, name="Mine", tiles=[TilePlace(TileKind.NUMBER, "revenue")])
    monkeypatch.setattr("analytics.operations.board_tiles.MOST_TILES", 1)
    answer = client.post("/boards/pin?tile=ready:won", {"board": mine.pk})
    assert (answer.status_code, "has room for" in answer.content.decode()) == (422, True)
    assert keys(board) == [place.key for place in READY_BOARDS["owner"].tiles]

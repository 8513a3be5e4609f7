"""The pages of dashboards: reading, narrowing, arranging without scripts and with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.models import Board, FirstBoard, MetricFigure, ReportSpec, TileKind
from analytics.operations.boards import create_board, update_board
from analytics.operations.reports import delete_report, save_report
from analytics.ready_boards import BOARDS, READY_BOARDS, TilePlace
from crm.models import Event, Role, Scope, User
from tests.factories import NOW, make_deal, make_order, make_person, make_user

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("x")</script>'
DEALS = {"deal": {"all": [{"field": "amount", "op": "at_least", "value": 100}]}}
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def as_owner(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def board(owner: User) -> Board:
    return create_board(actor=owner, name="Mornings", tiles=READY_BOARDS["owner"].tiles)


def page(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return str(answer.content.decode())


def part(client: Client, url: str) -> str:
    return str(client.get(url, headers=HTMX).content.decode())


def revenue_of_june() -> None:
    MetricFigure.objects.create(metric="revenue", span="month", starts_on=date(2026, 6, 1), value=120, sample=3)


def keys(board: Board) -> list[str]:
    return list(board.tiles.order_by("position", "pk").values_list("key", flat=True))


def first_tile(board: Board) -> int:
    return board.tiles.order_by("position").values_list("pk", flat=True)[0]


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "name"),
    [(Role.OWNER, "The business"), (Role.MANAGER, "The business"), (Role.SALES, "Sales"), (Role.SUPPORT, "Support"),
     (Role.MARKETING, "Marketing"), (Role.READONLY, "The business")],
)  # fmt: skip
def test_the_menu_leads_to_the_dashboard_of_the_role(client: Client, db: None, role: str, name: str) -> None:
    client.force_login(make_user(role))
    answer = client.get("/boards", follow=True)
    assert f"<title>{name}" in answer.content.decode()
    assert "Make it yours" in answer.content.decode()


@pytest.mark.parametrize("ready", BOARDS, ids=lambda ready: ready.key)
def test_every_tile_of_a_ready_dashboard_loads(as_owner: Client, ready: Any) -> None:
    make_order(make_person()), make_deal()
    words = page(as_owner, f"/boards/ready/{ready.key}")
    urls = [line.split('"')[0].replace("&amp;", "&") for line in words.split('hx-get="')[1:]]
    loaded = [url for url in urls if "/insights/" in url or "/figures" in url]
    assert len(loaded) == len(ready.tiles)
    for url in loaded:
        assert "card" in page(as_owner, url) or "report-figures" in page(as_owner, url)


def test_a_dashboard_asks_few_questions_whatever_is_on_it(
    as_owner: Client, owner: User, board: Board, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    reports = [save_report(actor=owner, name=f"Report {number}", spec=ReportSpec()) for number in range(12)]
    for report in reports:
        board.tiles.create(kind="report", key=str(report.pk), position=50)
    for number in range(9):
        create_board(actor=owner, name=f"Board {number}")
    page(as_owner, f"/boards/{board.pk}")
    with django_assert_max_num_queries(16):
        page(as_owner, f"/boards/{board.pk}?period=month&whose=me")
    with django_assert_max_num_queries(15):
        page(as_owner, "/boards/ready/owner")
    with django_assert_max_num_queries(14):
        page(as_owner, "/boards/all")


def test_a_number_stands_on_its_tile(as_owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    assert "being counted" in page(as_owner, "/insights/numbers/revenue")
    assert "not counted then" in page(as_owner, "/insights/numbers/revenue?by=year&on=2001-01-01")
    revenue_of_june()
    with django_assert_max_num_queries(9):
        words = page(as_owner, "/insights/numbers/revenue?by=month&on=2026-06-15")
    for said in ("Revenue", "Jun 2026, so far", "€120", "How is this counted?"):
        assert said in words
    assert "<html" not in words


def test_a_number_that_is_not_there_is_404(as_owner: Client) -> None:
    for url in ("/insights/numbers/nothing", "/insights/numbers/revenue?by=week"):
        page(as_owner, url, 404)
    assert "Revenue" in page(as_owner, "/insights/numbers/revenue?on=nonsense")


def test_who_sees_a_part_gets_no_figure_of_the_whole(client: Client, stranger: User) -> None:
    revenue_of_june()
    client.force_login(stranger)
    for url in ("/insights/numbers/revenue", "/insights/forecast/tile"):
        words = page(client, url)
        assert "a part of it" in words
        assert "120" not in words
    assert "4 tiles are left out" in page(client, "/boards/ready/sales")
    mine = create_board(actor=stranger, name="Mine", tiles=[TilePlace(TileKind.NUMBER, "revenue")])
    assert "your account sees a part of it" in page(client, f"/boards/{mine.pk}")


def test_a_dashboard_is_for_its_owner_until_it_is_shared(client: Client, board: Board, stranger: User) -> None:
    client.force_login(stranger)
    home = f"/boards/{board.pk}"
    tile = f"{home}/tiles/{first_tile(board)}"
    for url in (home, f"{home}/name", f"{home}/tiles/add", f"/boards/filter?board={board.pk}"):
        page(client, url, 404)
    for url in ("/boards/99", "/boards/ready/nothing", "/boards/filter?ready=nothing"):
        page(client, url, 404)
    own = ("copy", "keep", "delete", "tiles/add", "tiles/restore", "name")
    acts = [f"/boards/{board.pk}/{act}" for act in own] + [f"{tile}/{act}" for act in ("move", "resize", "remove")]
    for url in (*acts, "/boards/restore", "/boards/ready/nothing/take"):
        assert client.post(url).status_code == 404, url
    assert client.post("/boards/first", {"board": board.pk}).status_code == 404
    assert client.post("/boards/first", {"ready": "nothing"}).status_code == 404


def test_a_shared_dashboard_is_looked_at_and_copied_but_not_changed(
    client: Client, board: Board, owner: User, stranger: User
) -> None:
    report = save_report(actor=owner, name="Secret plan", spec=ReportSpec())
    board.tiles.create(kind="report", key=str(report.pk), position=50)
    update_board(board=board, actor=owner, shared_with=Role.SALES)
    client.force_login(stranger)
    words = page(client, f"/boards/{board.pk}?arrange=1")
    assert f"Shared by {owner}" in words
    assert "not shared with you" in words
    assert "Secret plan" not in words
    assert "data-arrange" not in words
    assert client.post(f"/boards/{board.pk}/delete").status_code == 404
    assert client.post(f"/boards/{board.pk}/tiles/{first_tile(board)}/remove").status_code == 404
    answer = client.post(f"/boards/{board.pk}/copy")
    copy = Board.objects.get(owner=stranger)
    assert answer["Location"] == f"/boards/{copy.pk}?arrange=1"
    assert keys(copy) == keys(board)


def test_wrong_methods_are_refused(as_owner: Client, board: Board) -> None:
    tile = f"/boards/{board.pk}/tiles/{first_tile(board)}"
    posts = [f"/boards/{board.pk}/{act}" for act in ("copy", "keep", "delete", "tiles/restore")]
    for url in (*posts, *(f"{tile}/{act}" for act in ("move", "resize", "remove")), "/boards/first", "/boards/restore",
                "/boards/ready/owner/take"):  # fmt: skip
        page(as_owner, url, 405)
    for url in ("/boards", "/boards/all", f"/boards/{board.pk}", "/boards/ready/owner", "/boards/filter"):
        assert as_owner.post(url).status_code == 405, url


def test_who_is_signed_out_is_sent_to_sign_in(client: Client, board: Board) -> None:
    for url in ("/boards", "/boards/all", f"/boards/{board.pk}", "/insights/numbers/revenue"):
        assert client.get(url).status_code == 302


def test_names_are_harmless(as_owner: Client, owner: User) -> None:
    board = create_board(actor=owner, name=HOSTILE)
    report = save_report(actor=owner, name=HOSTILE, spec=ReportSpec())
    board.tiles.create(kind="report", key=str(report.pk))
    for url in ("/boards/all", f"/boards/{board.pk}?arrange=1", f"/boards/{board.pk}/tiles/add"):
        words = page(as_owner, url)
        assert "<script>alert" not in words
        assert "&lt;script&gt;" in words


# --- making -------------------------------------------------------------------------------------------------------


def test_an_empty_dashboard_says_what_to_do(as_owner: Client) -> None:
    assert "Your own dashboards stand here" in page(as_owner, "/boards/all")
    answer = as_owner.post("/boards/new", {"name": "Mine", "start": ""}, follow=True)
    words = answer.content.decode()
    assert "An empty dashboard" in words
    assert "Arrange" not in words.split("<main")[1].split("</h1>")[1].split("dashboard-tools")[0].split("Add tiles")[0]


def test_a_dashboard_starts_with_what_is_ready(as_owner: Client, owner: User) -> None:
    as_owner.post("/boards/new", {"name": "Mine", "start": "support"})
    assert keys(Board.objects.get(owner=owner)) == [place.key for place in READY_BOARDS["support"].tiles]


def test_a_name_is_needed_and_not_taken_twice(as_owner: Client, board: Board) -> None:
    for name, words in (("", "required"), ("Mornings", "already"), ("x" * 101, "100")):
        answer = as_owner.post("/boards/new", {"name": name})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    as_owner.post("/boards/new", {"name": "Other"})
    answer = as_owner.post(f"/boards/{board.pk}/name", {"name": "Other", "version": 1})
    assert (answer.status_code, "already" in answer.content.decode()) == (422, True)


def test_naming_over_a_newer_version_is_told(as_owner: Client, board: Board, owner: User) -> None:
    update_board(board=board, actor=owner, name="Meanwhile")
    answer = as_owner.post(f"/boards/{board.pk}/name", {"name": "Late", "version": 1})
    assert (answer.status_code, "Somebody else changed" in answer.content.decode()) == (422, True)
    as_owner.post(f"/boards/{board.pk}/name", {"name": "Now", "shared_with": "all", "version": 2})
    board.refresh_from_db()
    assert (board.name, board.shared_with) == ("Now", "all")


def test_who_may_not_share_keeps_it_to_themselves(client: Client) -> None:
    marketing = make_user(Role.MARKETING)
    mine = create_board(actor=marketing, name="Mine")
    client.force_login(marketing)
    assert "Who sees it" not in page(client, f"/boards/{mine.pk}/name")
    client.post(f"/boards/{mine.pk}/name", {"name": "Ours", "shared_with": "all"})
    mine.refresh_from_db()
    assert (mine.name, mine.shared_with) == ("Ours", "")


def test_a_ready_dashboard_becomes_ones_own_and_opens_first(client: Client, readonly: User) -> None:
    client.force_login(readonly)
    for _time in range(2):
        answer = client.post("/boards/ready/owner/take")
    mine = Board.objects.get(owner=readonly)
    assert answer["Location"] == f"/boards/{mine.pk}?arrange=1"
    assert client.get("/boards")["Location"] == f"/boards/{mine.pk}"
    assert 'value="owner"' not in page(client, "/boards/all")


def test_another_dashboard_can_open_first(as_owner: Client, board: Board, owner: User) -> None:
    as_owner.post("/boards/first", {"board": board.pk})
    assert as_owner.get("/boards")["Location"] == f"/boards/{board.pk}"
    as_owner.post("/boards/first", {"ready": "sales"})
    assert as_owner.get("/boards")["Location"] == "/boards/ready/sales"
    assert FirstBoard.objects.count() == 1
    assert page(as_owner, "/boards/all").count("Opens first") == 1


def test_too_many_dashboards_are_refused_in_words(
    as_owner: Client, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.operations.boards.MOST_OF_ONE", 1)
    for url in (f"/boards/{board.pk}/copy", "/boards/ready/sales/take"):
        assert "Remove some first" in as_owner.post(url, follow=True).content.decode()


def test_a_removed_dashboard_can_be_put_back(as_owner: Client, board: Board) -> None:
    words = as_owner.post(f"/boards/{board.pk}/delete", follow=True).content.decode()
    assert "Removed: Mornings" in words
    assert "/boards/restore" in words
    answer = as_owner.post("/boards/restore", headers=HTMX)
    assert answer["HX-Redirect"] == f"/boards/{board.pk}"
    assert keys(Board.objects.get(pk=board.pk)) == [place.key for place in READY_BOARDS["owner"].tiles]
    assert as_owner.post("/boards/restore").status_code == 404


# --- tiles, by plain forms ----------------------------------------------------------------------------------------


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


# --- filters of the whole -----------------------------------------------------------------------------------------


def test_the_period_and_the_owner_stand_in_the_address_and_reach_the_tiles(as_owner: Client, board: Board) -> None:
    words = part(as_owner, f"/boards/{board.pk}?period=last_month&whose=me")
    assert "<html" not in words
    assert "/insights/numbers/revenue?by=month&amp;on=2026-05-31" in words
    assert "from=2026-05-01&amp;to=2026-05-31" in words
    assert "person_owner" in words
    assert "Does not follow the choice of owner" in words
    assert "Show everything" in words
    assert "Show everything" not in page(as_owner, f"/boards/{board.pk}")


def test_days_are_asked_for_once_they_are_wanted(as_owner: Client, board: Board) -> None:
    assert 'name="from"' not in page(as_owner, f"/boards/{board.pk}")
    words = page(as_owner, f"/boards/{board.pk}?period=custom&from=2026-01-01&to=2026-02-28")
    assert 'value="2026-01-01"' in words
    assert "the month in which the period ends" in words


def test_nonsense_in_the_address_is_harmless(as_owner: Client, board: Board) -> None:
    page(as_owner, f"/boards/{board.pk}?period=soon&whose=user-x&from=9999-99-99&to=x&arrange=")
    words = page(as_owner, f"/boards/{board.pk}?filter=nonsense")
    assert "can&#x27;t be read" in words
    broken = json.dumps({"deal": {"all": [{"field": "gone", "op": "is", "value": 1}]}})
    assert "chip--broken" in page(as_owner, f"/boards/{board.pk}?{urlencode({'filter': broken})}")


def test_a_filter_is_built_step_by_step_and_taken_away(as_owner: Client, board: Board) -> None:
    start = page(as_owner, f"/boards/filter?board={board.pk}&period=month")
    assert "What is the filter about?" in start
    assert "of=deal" in start
    assert "of=task" not in start  # nothing here counts them
    field = page(as_owner, f"/boards/filter?board={board.pk}&period=month&of=deal")
    assert 'name="field"' in field
    asked: dict[str, Any] = {"board": board.pk, "period": "month", "of": "deal", "field": "amount", "op": "at_least"}
    assert 'name="value"' in part(as_owner, f"/boards/filter?{urlencode({**asked, 'ask': 1})}")
    assert as_owner.get("/boards/filter", {**asked, "value": "x", "apply": 1}).status_code == 422
    answer = as_owner.get("/boards/filter", {**asked, "value": "100", "apply": 1})
    words = page(as_owner, answer["Location"])
    assert "Deals: Amount is at least 100" in words
    assert "Does not follow the filter: that is about Deals." in words
    assert "period=month" in answer["Location"]
    remove = words.split('class="chip chip--on')[1].split('<a href="')[2].split('"')[0]
    assert remove == f"/boards/{board.pk}?period=month"


def test_ready_dashboards_are_filtered_too(as_owner: Client) -> None:
    asked: dict[str, Any] = {
        "ready": "sales",
        "of": "deal",
        "field": "amount",
        "op": "at_least",
        "value": "100",
        "apply": 1,
    }
    answer = as_owner.get("/boards/filter", asked)
    assert answer["Location"].startswith("/boards/ready/sales?")
    assert "Deals: Amount is at least 100" in page(as_owner, answer["Location"])


def test_a_dashboard_without_reports_says_that_nothing_follows(as_owner: Client, owner: User) -> None:
    board = create_board(actor=owner, name="Numbers", tiles=[TilePlace(TileKind.NUMBER, "revenue")])
    assert "Only reports follow a filter" in page(as_owner, f"/boards/filter?board={board.pk}")


def test_what_is_filtered_can_be_kept(as_owner: Client, board: Board) -> None:
    url = f"/boards/{board.pk}"
    state = {"period": "quarter", "whose": "me", "filter": json.dumps(DEALS)}
    assert "Open it like this" in page(as_owner, f"{url}?{urlencode(state)}")
    as_owner.post(f"{url}/keep", state)
    words = page(as_owner, url)
    assert "Deals: Amount is at least 100" in words
    assert '<option value="quarter" selected>' in words
    assert "Open it like this" not in words
    assert '<option value="own" selected>' in page(as_owner, f"{url}?period=own")
    answer = as_owner.post(f"{url}/keep", {"filter": "nonsense"}, follow=True)
    assert "can&#x27;t be read" in answer.content.decode()
    gone = json.dumps({"deal": {"all": [{"field": "gone"}]}})
    answer = as_owner.post(f"{url}/keep", {"filter": gone}, follow=True)
    assert "There is no field" in answer.content.decode()
    as_owner.post(f"{url}/keep", {"period": "own"})
    assert "Show everything" not in page(as_owner, url)


def test_my_records_are_the_readers_own(client: Client, owner: User, board: Board, sales: User) -> None:
    update_board(board=board, actor=owner, shared_with="all", narrowing={"period": "own", "whose": "me"})
    client.force_login(sales)
    assert f"value%22%3A{sales.pk}" in page(client, f"/boards/{board.pk}").replace("+", "")


def test_filtered_figures_are_still_those_that_the_reader_may_see(client: Client, owner: User) -> None:
    make_deal(title="Mine", owner=owner, amount=500)
    reader = make_user(Role.SALES, Scope.OWN)
    client.force_login(reader)
    words = page(client, f"/boards/ready/sales?whose=user-{owner.pk}")
    [url] = [line.split('"')[0] for line in words.split('hx-get="')[1:] if "/ready/pipeline/" in line.split('"')[0]]
    assert "Nothing to show" in page(client, url.replace("&amp;", "&"))


def test_a_short_period_has_short_steps(as_owner: Client) -> None:
    make_order(make_person(), total="120", days_ago=1)
    words = page(as_owner, "/reports/ready/revenue/figures?from=2026-06-01&to=2026-06-15&unit=day")
    assert "Jun 14" in words
    assert "Jun 14" not in page(as_owner, "/reports/ready/revenue/figures?from=2026-06-01&to=2026-06-15&unit=nonsense")

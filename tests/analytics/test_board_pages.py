"""Pages of dashboards: who sees which, and what is done with them as a whole."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.models import Board, FirstBoard, MetricFigure, ReportSpec, TileKind
from analytics.operations.boards import create_board, update_board
from analytics.operations.reports import save_report
from analytics.ready_boards import BOARDS, READY_BOARDS, TilePlace
from crm.models import Role, User
from tests.factories import make_deal, make_order, make_person, make_user
from tests.pages import HTMX, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def board(owner: User) -> Board:
    return create_board(actor=owner, name="Mornings", tiles=READY_BOARDS["owner"].tiles)


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

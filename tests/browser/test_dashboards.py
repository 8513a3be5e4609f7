"""Dashboards in a real browser: arranged by keyboard alone and by pointer, filtered, and free of barriers."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from analytics.models import Board
from analytics.operations.board_tiles import move_tile
from analytics.operations.boards import create_board
from analytics.ready_boards import TilePlace
from crm.models import Role, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)
PLACES = [
    TilePlace("number", "revenue"), TilePlace("number", "churn"), TilePlace("ready", "won", 2),
    TilePlace("block", "happy", 2),
]  # fmt: skip
PAST_THE_EDGE = """width => document.documentElement.scrollWidth <= width ? [] :
  [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.right > width || box.left < 0;
  }).map((element) => element.outerHTML.slice(0, 200))"""


@pytest.fixture
def owner() -> User:
    return make_user(Role.OWNER, name="Ann Lee")


@pytest.fixture
def board(owner: User, sign_in: Callable[[object], None]) -> Board:
    sign_in(owner)
    return create_board(actor=owner, name="Mornings", tiles=PLACES)


@pytest.fixture
def arranging(page: Page, board: Board) -> Page:
    page.goto(f"/boards/{board.pk}?arrange=1")
    loaded(page)
    return page


def loaded(page: Page) -> None:
    expect(page.locator("[data-panel] [aria-busy]")).to_have_count(0)


def kept(board: Board) -> list[str]:
    return list(board.tiles.order_by("position").values_list("key", flat=True))


def shown(page: Page, board: Board) -> list[str]:
    ids = page.locator("[data-tile]").evaluate_all("all => all.map(tile => Number(tile.dataset.tile))")
    names = dict(board.tiles.values_list("pk", "key"))
    return [names[pk] for pk in ids]


def button(page: Page, words: str) -> None:
    """Focus the button of this name, as Tab does, and press it."""
    found = page.get_by_role("button", name=words, exact=True)
    found.focus()
    with page.expect_response("**/tiles/**"):
        page.keyboard.press("Enter")


def test_tiles_are_arranged_by_keyboard_alone_and_the_focus_stays(arranging: Page, board: Board) -> None:
    button(arranging, "Revenue: later")
    expect(arranging.get_by_role("button", name="Revenue: later", exact=True)).to_be_focused()
    expect(arranging.locator("[data-arrange-news]")).to_have_text("Now tile 2 of 4.")
    with arranging.expect_response("**/move"):
        arranging.keyboard.press("Enter")
    expect(arranging.locator("[data-arrange-news]")).to_have_text("Now tile 3 of 4.")
    button(arranging, "Revenue: wider")
    expect(arranging.locator("[data-arrange-news]")).to_have_text("Half as wide as the page.")
    assert shown(arranging, board) == kept(board) == ["churn", "won", "revenue", "happy"]
    button(arranging, "Are people happy?: to the start")
    assert shown(arranging, board) == kept(board) == ["happy", "churn", "won", "revenue"]
    expect(arranging.get_by_role("button", name="Are people happy?: earlier")).to_have_attribute(
        "aria-disabled", "true"
    )
    assert board.tiles.get(key="revenue").width == 2
    arranging.reload()
    assert shown(arranging, board) == kept(board)


def test_a_tile_taken_away_by_keyboard_can_be_put_back(arranging: Page, board: Board) -> None:
    button(arranging, "Customers lost: take it away")
    expect(arranging.locator("[data-tile]")).to_have_count(3)
    assert kept(board) == ["revenue", "won", "happy"]
    expect(arranging.get_by_role("button", name="Won deals by owner and month: take it away")).to_be_focused()
    with arranging.expect_navigation():
        arranging.get_by_role("button", name="Undo").press("Enter")
    assert shown(arranging, board) == kept(board) == ["revenue", "churn", "won", "happy"]


def test_a_tile_is_dragged_by_its_handle(arranging: Page, board: Board) -> None:
    handle = arranging.locator("[data-handle]").first.bounding_box()
    onto = arranging.locator("[data-tile]").nth(2).bounding_box()
    assert handle is not None
    assert onto is not None
    arranging.mouse.move(handle["x"] + 8, handle["y"] + 8)
    arranging.mouse.down()
    arranging.mouse.move(onto["x"] + onto["width"] * 0.9, onto["y"] + 60, steps=12)
    expect(arranging.locator(".is-dragged")).to_have_count(1)
    with arranging.expect_response("**/move"):
        arranging.mouse.up()
    assert shown(arranging, board) == ["churn", "won", "revenue", "happy"]
    assert kept(board) == ["churn", "won", "revenue", "happy"]


def test_escape_lets_go_of_a_tile(arranging: Page, board: Board) -> None:
    handle = arranging.locator("[data-handle]").first.bounding_box()
    assert handle is not None
    arranging.mouse.move(handle["x"] + 8, handle["y"] + 8)
    arranging.mouse.down()
    arranging.mouse.move(handle["x"] + 500, handle["y"] + 90, steps=6)
    arranging.keyboard.press("Escape")
    expect(arranging.locator(".is-dragged")).to_have_count(0)
    arranging.mouse.up()
    assert shown(arranging, board) == kept(board) == ["revenue", "churn", "won", "happy"]


@pytest.mark.parametrize("status", [0, 403, 404])
def test_a_refused_move_goes_back_and_says_so(arranging: Page, board: Board, status: int) -> None:
    arranging.route("**/move", lambda route: route.fulfill(status=status) if status else route.abort())
    arranging.get_by_role("button", name="Revenue: later", exact=True).press("Enter")
    expect(arranging.locator("#toasts")).to_contain_text("back where it was")
    assert shown(arranging, board) == ["revenue", "churn", "won", "happy"]


def test_a_dashboard_changed_elsewhere_is_shown_anew_and_says_so(arranging: Page, board: Board, owner: User) -> None:
    move_tile(tile=board.tiles.select_related("board").get(key="happy"), actor=owner, to="first")
    with arranging.expect_navigation():
        arranging.get_by_role("button", name="Revenue: later", exact=True).press("Enter")
    expect(arranging.locator("#toasts")).to_contain_text("was changed meanwhile")
    assert shown(arranging, board) == kept(board) == ["happy", "revenue", "churn", "won"]


def test_quick_presses_are_sent_one_after_the_other(arranging: Page, board: Board) -> None:
    later = arranging.get_by_role("button", name="Revenue: later", exact=True)
    later.focus()
    for _time in range(3):
        arranging.keyboard.press("Enter")
    expect(arranging.locator("[data-arrange-news]")).to_have_text("Now tile 4 of 4.")
    assert kept(board) == ["churn", "won", "happy", "revenue"]


def test_choosing_a_period_changes_the_tiles_and_the_address_and_keeps_the_focus(page: Page, board: Board) -> None:
    page.goto(f"/boards/{board.pk}")
    loaded(page)
    page.get_by_label("Period").focus()
    page.get_by_label("Period").select_option("last_month")
    page.wait_for_url("**period=last_month**")
    expect(page.get_by_role("link", name="Show everything")).to_be_visible()
    expect(page.locator("#dashboard")).to_contain_text("Nobody has answered here in this time.")
    expect(page.get_by_label("Period")).to_be_focused()
    loaded(page)
    page.go_back()
    expect(page.get_by_label("Period")).to_have_value("own")


def test_a_filter_is_added_in_the_dialog(page: Page, board: Board) -> None:
    page.goto(f"/boards/{board.pk}")
    loaded(page)
    page.get_by_role("link", name="Add filter").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("link", name="Deals").click()
    for label, choice in (("Field", "amount"), ("Condition", "at_least")):
        with page.expect_response("**/boards/filter**"):
            dialog.get_by_label(label).select_option(choice)
        expect(page.locator(".htmx-request")).to_have_count(0)  # what is typed before would go with the old form
    dialog.get_by_label("Value").fill("100")
    with page.expect_navigation():
        dialog.get_by_role("button", name="Add filter").click()
    expect(page.locator("#dashboard")).to_contain_text("Deals: Amount is at least 100")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_arranging_has_no_barrier_and_no_edge_past_the_window(
    page: Page, board: Board, owner: User, accessible: Callable[[Page], None], language: str
) -> None:
    User.objects.filter(pk=owner.pk).update(language=language)
    board.tiles.create(kind="report", key="999", position=50)
    for url in (f"/boards/{board.pk}?arrange=1&period=custom&whose=me", f"/boards/{board.pk}/tiles/add",
                f"/boards/filter?board={board.pk}", "/boards/all"):  # fmt: skip
        for width in (1440, 800, 390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(url)
            loaded(page) if width == 1440 else None
            assert page.evaluate(PAST_THE_EDGE, width) == [], (url, width)
        page.set_viewport_size({"width": 1440, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            accessible(page)


def test_without_scripts_every_tile_is_a_link(client: Client, board: Board, owner: User) -> None:
    client.force_login(owner)
    words = client.get(f"/boards/{board.pk}").content.decode()
    assert words.count("<noscript><a href=") == len(PLACES)

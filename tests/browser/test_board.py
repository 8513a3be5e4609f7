"""The board's script: a move shows at once, tells the server where the card lies, and goes back when it is refused."""

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route, expect

from crm.models import Deal, Role
from tests.factories import make_deal, make_stage, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def board(page: Page, sign_in: Callable[[object], None]) -> Page:
    sign_in(make_user(Role.OWNER))
    page.goto("/gallery")
    page.locator("[data-board]").scroll_into_view_if_needed()
    return page


def order(page: Page, column: int) -> list[str]:
    cards = page.locator(f"[data-column='{column}'] .deal-card")
    return [str(card) for card in cards.evaluate_all("all => all.map(card => card.id.slice(5))")]


def drag(page: Page, card: str, onto: str) -> None:
    """From the middle of a card to just above the middle of another, in small steps as a hand does."""
    start = page.locator(f"#deal-{card}").bounding_box()
    end = page.locator(f"#deal-{onto}").bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2 - 6, steps=12)
    page.mouse.up()


def test_a_dragged_card_lies_where_it_was_dropped_and_the_server_hears_it(board: Page) -> None:
    sent: list[dict[str, list[str]]] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        sent.append(parse_qs(route.request.post_data or "", keep_blank_values=True))
        return route.fulfill(status=204)

    board.route("**/gallery", answer)
    with board.expect_response("**/gallery"):
        drag(board, "11", "22")
    assert order(board, 1) == ["12", "13"]
    assert order(board, 2) == ["21", "11", "22", "23"]
    assert sent == [{"stage": ["2"], "before": ["22"], "after": ["21"], "version": ["1"]}]


def test_five_columns_fit_on_a_small_desk_and_only_the_cards_scroll(
    page: Page, sign_in: Callable[[object], None]
) -> None:
    owner = make_user(Role.OWNER)
    for number in range(12):
        make_deal(title=f"Mugs {number}", owner=owner)
    sign_in(owner)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/deals")
    assert page.locator(".board").evaluate("board => board.scrollWidth - board.clientWidth") == 0
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") == 0


def test_on_the_real_board_the_deal_moves_and_the_page_stays_quiet(
    page: Page, sign_in: Callable[[object], None]
) -> None:
    owner = make_user(Role.OWNER)
    moved = make_deal(title="Mugs", owner=owner)
    onto = make_deal(title="Tea", owner=owner, stage=make_stage("Talked"))
    sign_in(owner)
    page.goto("/deals")
    with page.expect_response("**/move"):
        drag(page, str(moved.pk), str(onto.pk))
    expect(page.locator(f"#head-{onto.stage_id}")).to_contain_text("2")
    assert order(page, onto.stage_id) == [str(moved.pk), str(onto.pk)]
    assert Deal.objects.get(pk=moved.pk).stage == onto.stage


@pytest.mark.parametrize("status", [0, 403, 404])
def test_a_refused_move_goes_back_and_says_so(board: Page, status: int) -> None:
    board.route("**/gallery", lambda route: route.fulfill(status=status) if status else route.abort())
    drag(board, "11", "22")
    expect(board.get_by_role("status")).to_contain_text("back where it was")
    expect(board.locator("[data-toast]")).to_have_count(1)
    assert order(board, 1) == ["11", "12", "13"]
    assert order(board, 2) == ["21", "22", "23"]


def test_escape_lets_go_of_a_card(board: Page) -> None:
    box = board.locator("#deal-11").bounding_box()
    assert box is not None
    board.mouse.move(box["x"] + 40, box["y"] + 20)
    board.mouse.down()
    board.mouse.move(box["x"] + 400, box["y"] + 60, steps=6)
    expect(board.locator(".is-dragged")).to_have_count(1)
    board.keyboard.press("Escape")
    expect(board.locator(".is-dragged")).to_have_count(0)
    board.mouse.up()
    assert order(board, 1) == ["11", "12", "13"]


def test_a_click_still_opens_the_deal(board: Page) -> None:
    board.locator("#deal-12 a").click()
    board.wait_for_url("**/gallery?")


def test_cards_are_walked_by_arrows(board: Page) -> None:
    board.locator("#deal-11 a").focus()
    board.keyboard.press("ArrowDown")
    expect(board.locator("#deal-12 a")).to_be_focused()
    board.keyboard.press("ArrowRight")
    expect(board.locator("#deal-22 a")).to_be_focused()
    board.keyboard.press("ArrowLeft")
    board.keyboard.press("ArrowUp")
    expect(board.locator("#deal-11 a")).to_be_focused()

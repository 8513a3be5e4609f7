"""By keys alone through dashboards, what-if and the pages of models: focus is seen, in order, and never caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from analytics.operations.boards import create_board
from analytics.ready_boards import READY_BOARDS
from crm.models import Role, User
from tests.analytics.shop import make_version
from tests.factories import make_deal, make_user

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 140
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  const at = document.elementFromPoint(box.x + Math.min(box.width / 2, 12), box.y + box.height / 2);
  return {
    what: `${element.tagName} ${element.id} ${(element.innerText || element.name || "").trim().slice(0, 40)}`,
    isDate: element.type === "date",
    isSeen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    isMarked: style.outlineStyle !== "none" || style.boxShadow !== "none",
    isFree: !at || element.contains(at) || at.contains(element) || Boolean(at.closest("label")),
    top: box.top + scrollY,
  };
}"""


@pytest.fixture
def ann(sign_in: Callable[[object], None]) -> User:
    user = make_user(Role.OWNER, name="Ann Lee")
    sign_in(user)
    return user


def walk(page: Page) -> list[dict[str, Any]]:
    """Every stop from the top of the page to its end, by Tab."""
    found: list[dict[str, Any]] = []
    for _press in range(MOST):
        page.keyboard.press("Tab")
        stop: dict[str, Any] | None = page.evaluate(FOCUSED)
        if stop is None:
            return found
        found.append(stop)
    raise AssertionError(f"No end after {MOST} stops: {found[-3:]}")


def tab_to(page: Page, selector: str) -> None:
    for _press in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached")


def open_whole(page: Page, path: str, width: int) -> None:
    """The page with every panel in it, also those that load when they are scrolled to."""
    page.set_viewport_size({"width": width, "height": 8000})
    page.goto(path)
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-panel] [aria-busy]")).to_have_count(0)
    page.set_viewport_size({"width": width, "height": 900})


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.innerText.trim()"))


@pytest.mark.parametrize("width", [1440, 390])
def test_every_stop_is_seen_and_marked_and_the_page_has_an_end(page: Page, ann: User, width: int) -> None:
    board = create_board(actor=ann, name="Mornings", tiles=READY_BOARDS["sales"].tiles)
    make_version()
    for path in (
        f"/boards/{board.pk}", f"/boards/{board.pk}?arrange=1", "/boards/all", f"/deals/{make_deal().pk}/what-if",
        "/insights/models/churn", "/insights/models/churn/groups",
    ):  # fmt: skip
        open_whole(page, path, width)
        stops = walk(page)
        assert len(stops) > 5, path
        for before, stop in zip([None, *stops], stops, strict=False):
            # The last part of a date is the button of its calendar, which the browser marks itself.
            is_part_of_date = stop["isDate"] and before is not None and before["isDate"]
            assert stop["isSeen"], (path, stop)
            assert stop["isFree"], (path, stop)
            assert stop["isMarked"] or is_part_of_date, (path, stop)


def test_the_search_field_is_passed_by_tab_and_opens_by_typing(page: Page, ann: User) -> None:
    page.goto("/boards")
    tab_to(page, "#search")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("New", use_inner_text=True)
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("da")
    expect(page.locator("#palette-input")).to_be_focused()
    expect(page.locator("#palette-input")).to_have_value("da")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette-input")).to_be_focused()


def test_what_an_input_method_composes_reaches_the_palette_whole_and_once(page: Page, ann: User) -> None:
    page.goto("/boards")
    page.locator("#search").focus()
    keys = page.context.new_cdp_session(page)
    for letters in ("に", "にほ", "にほん"):
        keys.send("Input.imeSetComposition", {"text": letters, "selectionStart": len(letters), "selectionEnd": 0})
        expect(page.locator("#palette")).to_be_hidden()
    keys.send("Input.insertText", {"text": "日本"})
    expect(page.locator("#palette-input")).to_be_focused()
    expect(page.locator("#palette-input")).to_have_value("日本")
    expect(page.locator("#search")).to_have_value("")


def test_a_role_is_given_its_first_dashboard_by_keys_alone(page: Page, ann: User) -> None:
    page.goto("/boards/ready/support")
    tab_to(page, "[popovertarget=board-menu]")
    page.keyboard.press("Enter")
    expect(page.locator("#board-menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#board-menu")).to_be_hidden()
    expect(page.locator(":focus")).to_have_text("More", use_inner_text=True)
    page.keyboard.press("Enter")
    while focused(page) != "Open it first for a role":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#id_role")).to_be_focused()
    expect(page.locator("#id_role")).to_have_value("support")
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator(":focus")).to_have_text("More", use_inner_text=True)


def test_choosing_keeps_its_place_while_the_page_follows(page: Page, ann: User) -> None:
    make_version()
    page.goto("/boards/ready/sales")
    tab_to(page, "#board-period")
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**period=month**")
    expect(page.locator("#board-period")).to_be_focused()
    page.goto("/insights/models/churn/groups")
    tab_to(page, "#groups-by")
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**by=**")
    expect(page.locator("#groups-by")).to_be_focused()

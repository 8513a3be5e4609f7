"""The shell in a real browser: palette, keys, menus, toasts with undo, rail, theme; mostly by keyboard."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.models import Role, Task, User
from tests.factories import make_person, make_task, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann(sign_in: Callable[[object], None]) -> User:
    user = make_user(Role.OWNER, name="Ann Lee")
    sign_in(user)
    return user


def test_the_palette_finds_a_person_by_keyboard_alone(page: Page, ann: User) -> None:
    make_person(name="Zoë Meier")
    page.goto("/today")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search people")
    expect(field).to_be_focused()
    page.keyboard.type("zoe")
    option = page.get_by_role("option", name="Zoë Meier")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(option.get_attribute("id")))
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()


def test_the_palette_goes_to_a_page_and_says_when_there_is_nothing(page: Page, ann: User) -> None:
    page.goto("/settings/me")
    page.keyboard.press("Control+k")
    page.keyboard.type("xyzzy")
    expect(page.get_by_text("Nothing found. Try fewer letters.")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("tod")
    expect(page.get_by_role("option", name="Today")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url("**/today")


def test_keys_are_listed_and_work(page: Page, ann: User) -> None:
    page.goto("/settings/me")
    page.locator("h1").click()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Search and commands")
    expect(dialog).to_contain_text("Today")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/today")


def test_single_keys_can_be_switched_off(page: Page, ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(has_single_key_shortcuts=False)
    page.goto("/settings/me")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search people")).to_be_focused()


def test_keys_rest_while_somebody_types(page: Page, ann: User) -> None:
    page.goto("/today")
    page.get_by_label("Add a task").fill("")
    page.get_by_label("Add a task").press_sequentially("g?c/")
    expect(page.get_by_label("Add a task")).to_have_value("g?c/")
    assert page.locator("dialog[open]").count() == 0


def test_rows_are_walked_with_j_and_k(page: Page, ann: User) -> None:
    for title in ("First", "Second"):
        make_task(title=title, owner=ann, due_on=timezone.localdate())
    page.goto("/today")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".is-current")).to_contain_text("Second")
    page.keyboard.press("k")
    expect(page.locator(".is-current")).to_contain_text("First")
    assert page.evaluate("document.activeElement.closest('.is-current') !== null")


def test_a_tick_can_be_taken_back_from_its_toast(page: Page, ann: User) -> None:
    task = make_task(title="Call the printer", owner=ann, due_on=timezone.localdate())
    page.goto("/today")
    page.get_by_role("button", name="Done: Call the printer").click()
    expect(page.locator(f"#task-{task.pk}")).to_have_class("task is-done")
    toast = page.get_by_role("status").get_by_text("Done: Call the printer")
    expect(toast).to_be_visible()
    with page.expect_response("**/undo"):
        page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#task-{task.pk}")).to_have_class("task")
    assert Task.objects.get().done_at is None


def test_a_fault_is_said_in_words_and_stays(page: Page, ann: User) -> None:
    task = make_task(title="Call the printer", owner=ann, due_on=timezone.localdate())
    page.goto("/today")
    Task.objects.all().delete()
    page.get_by_role("button", name="Done: Call the printer").click()
    expect(page.get_by_role("status")).to_contain_text("This is no longer there")
    expect(page.locator(f"#task-{task.pk}")).to_be_visible()


def test_a_lost_connection_is_said_in_words(page: Page, ann: User) -> None:
    make_task(title="Call the printer", owner=ann, due_on=timezone.localdate())
    page.goto("/today")
    page.route("**/tick", lambda route: route.abort())
    page.get_by_role("button", name="Done: Call the printer").click()
    expect(page.get_by_role("status")).to_contain_text("No connection")


def test_menus_open_at_their_button_and_are_walked_by_arrows(page: Page, ann: User) -> None:
    page.goto("/today")
    button = page.get_by_role("button", name="Your menu")
    button.focus()
    page.keyboard.press("Enter")
    menu = page.locator("#user-menu")
    expect(menu).to_be_visible()
    expect(page.get_by_role("link", name="Your profile")).to_be_focused()  # the last that opening does
    box, at = menu.bounding_box(), button.bounding_box()
    assert box is not None
    assert at is not None
    assert 0 <= box["y"] - (at["y"] + at["height"]) <= 8
    assert abs((box["x"] + box["width"]) - (at["x"] + at["width"])) <= 2
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Light or dark")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()


def test_the_folded_rail_stays_folded(page: Page, ann: User) -> None:
    page.goto("/today")
    page.get_by_role("button", name="Fold").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-rail", "folded")
    rail = page.locator(".rail").bounding_box()
    assert rail is not None
    assert rail["width"] == 56
    page.get_by_role("button", name="Fold").click()
    page.reload()
    assert page.locator("html").get_attribute("data-rail") is None


def test_the_theme_is_kept_in_the_profile(page: Page, ann: User) -> None:
    page.goto("/today")
    page.get_by_role("button", name="Your menu").click()
    with page.expect_response("**/settings/me/theme"):
        page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    ann.refresh_from_db()
    assert ann.theme == "dark"


def test_the_skip_link_comes_first_and_leads_to_the_content(page: Page, ann: User) -> None:
    page.goto("/today")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_forms_work_without_scripts(browser: object, ann: User, context: object, live_server: object) -> None:
    make_task(title="Call the printer", owner=ann, due_on=timezone.localdate())
    cookies = context.cookies()  # type: ignore[attr-defined]
    plain = browser.new_context(java_script_enabled=False, base_url=str(live_server))  # type: ignore[attr-defined]
    plain.add_cookies(cookies)
    page = plain.new_page()
    page.goto("/today")
    with page.expect_navigation():
        page.get_by_role("button", name="Done: Call the printer").click()
    assert Task.objects.get().done_at is not None
    page.goto("/search?q=printer")
    expect(page.locator("h1")).to_contain_text("printer")
    plain.close()

"""The inbox in a real browser: by keyboard alone, on a phone, and without a reload when a customer writes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from crm.models import Role, User
from inbox.models import Channel, Conversation, Draft, Message
from inbox.operations.conversations import reply
from tests.browser.conftest import PATIENCE_MS, PHONE
from tests.inbox.test_receive_message import receive

pytestmark = [pytest.mark.django_db(transaction=True)]

SignIn = Callable[[object], None]
Accessible = Callable[[Page], None]


@pytest.fixture(autouse=True)
def channels(transactional_db: None) -> None:
    """These tests empty the tables, and the channels that every business starts with go, too."""
    for kind, slug in (("form", "contact"), ("api", "api")):
        Channel.objects.get_or_create(slug=slug, defaults={"kind": kind, "name": slug})


@pytest.fixture
def parcel(sign_in: SignIn, support: User) -> Conversation:
    receive("m0", subject="Invoice", from_address="bob@example.net", from_name="Bob")
    sign_in(support)
    return receive().conversation


def open_it(page: Page, conversation: Conversation) -> None:
    page.goto(f"/inbox/open/{conversation.pk}")
    page.wait_for_load_state("networkidle")


def wake(page: Page, selector: str) -> None:
    """As if the time between two looks had passed."""
    page.evaluate("selector => htmx.trigger(selector, 'seen')", selector)


def arrived(conversation: Conversation, draft: str) -> None:
    """What a page sends as it is left is on its way beside the page that follows."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not Draft.objects.filter(conversation=conversation, text=draft).exists():
        assert time.monotonic() < end, "the draft did not arrive"
        time.sleep(0.05)


def test_it_is_worked_by_keyboard_alone(page: Page, parcel: Conversation, support: User) -> None:
    page.goto("/inbox/open")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Parcel")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("She is a good customer")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--note")).to_contain_text("She is a good customer")
    page.keyboard.press("r")
    page.keyboard.type("It is on its way")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message--ours").last).to_contain_text("It is on its way")
    page.keyboard.press("e")
    expect(page.get_by_text("Closed: Parcel")).to_be_visible()
    parcel.refresh_from_db()
    assert (parcel.status, parcel.assignee) == ("closed", support)
    assert parcel.messages.count() == 3


def test_it_is_taken_given_and_walked_by_keys(page: Page, parcel: Conversation, support: User, sales: User) -> None:
    open_it(page, parcel)
    page.keyboard.press("m")
    expect(page.locator("[popovertarget=assign-menu]")).to_contain_text(str(support))
    page.keyboard.press("a")
    page.locator("#assign-menu").get_by_text(str(sales)).click()
    expect(page.locator("[popovertarget=assign-menu]")).to_contain_text(str(sales))
    page.keyboard.press("]")
    expect(page.get_by_role("heading", name="Invoice")).to_be_visible()
    page.keyboard.press("[")
    expect(page.get_by_role("heading", name="Parcel")).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator(f"#conversation-{parcel.pk}")).to_be_visible()
    parcel.refresh_from_db()
    assert parcel.is_unread


def test_a_new_message_comes_without_a_reload(page: Page, parcel: Conversation, support: User) -> None:
    open_it(page, parcel)
    page.locator("#composer textarea").fill("Half an ans")
    receive("m2", text="Never mind, it is here!")
    wake(page, "#messages")
    expect(page.locator("#messages")).to_contain_text("Never mind, it is here!")
    assert page.locator("#composer textarea").input_value() == "Half an ans"
    receive("m3", subject="Something else", from_address="bob@example.net")
    wake(page, "#inbox-rows")
    expect(page.locator("#inbox-rows")).to_contain_text("Something else")
    expect(page.locator("#inbox-tabs")).to_contain_text("3")
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_role("alert")).to_contain_text("A new message came in")
    page.get_by_role("button", name="Send answer").click()
    expect(page.locator(".message--ours")).to_contain_text("Half an ans")


def test_a_draft_is_there_again_when_one_comes_back(page: Page, parcel: Conversation) -> None:
    open_it(page, parcel)
    page.locator("#composer textarea").fill("Half an ans")
    expect(page.locator("[data-draft-state]")).to_have_text("Draft kept")
    page.get_by_text("Internal note").click()
    page.locator("#composer textarea").fill("He called, too")
    page.goto("/today")  # at once: the page that is left sends the draft
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    arrived(parcel, "He called, too")
    open_it(page, parcel)
    expect(page.locator("#composer textarea")).to_have_value("He called, too")
    expect(page.locator("#kind-note")).to_be_checked()


def test_a_long_thread_opens_at_its_newest_message(page: Page, parcel: Conversation, support: User) -> None:
    for number in range(20):
        reply(conversation=parcel, actor=support, text=f"Answer {number}\n" * 5)
    open_it(page, parcel)
    expect(page.locator(".message").last).to_be_in_viewport()


def test_on_a_phone_it_is_a_list_then_a_thread_and_back(page: Page, parcel: Conversation) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/inbox/open")
    expect(page.locator(".inbox__thread")).to_be_hidden()
    page.locator(f"#conversation-{parcel.pk}").click()
    expect(page.locator("#inbox-rows")).to_be_hidden()
    page.locator("#composer textarea").fill("On its way")
    page.get_by_role("button", name="Send answer").click()
    expect(page.locator(".message--ours")).to_contain_text("On its way")
    page.get_by_title("Back to the list").or_(page.get_by_role("link", name="Back to the list")).first.click()
    expect(page).to_have_url(re.compile("/inbox/open$"))
    expect(page.locator("#inbox-rows")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 320])
def test_every_page_is_without_barrier_and_fits(
    page: Page, parcel: Conversation, support: User, accessible: Accessible, width: int
) -> None:
    User.objects.filter(pk=support.pk).update(role=Role.OWNER)
    Message.objects.filter(conversation=parcel).update(text="Donaudampfschifffahrtsgesellschaft" * 20)
    page.set_viewport_size({"width": width, "height": 700})
    for address in (f"/inbox/open/{parcel.pk}", "/inbox/snoozed", "/settings/mail", "/f/contact"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_customer_writes_on_a_phone(page: Page, db: None) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/f/contact")
    page.get_by_label("Your e-mail address").fill("ann@example.org")
    page.get_by_label("Your message").fill("Where is my parcel?")
    page.wait_for_timeout(2100)  # nobody writes faster
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_role("status").filter(has_text="arrived")).to_contain_text("ann@example.org")
    assert Message.objects.get().text == "Where is my parcel?"

"""Topics in a real browser: said by keyboard, for ticked rows together, chosen as a filter, and without barriers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from crm.models import User
from inbox.models import Channel, Conversation, Topic
from inbox.operations.topics import add_topic
from tests.browser.conftest import PHONE
from tests.inbox.test_receive_message import receive

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rows(transactional_db: None, sign_in: Callable[[object], None], support: User) -> list[Conversation]:
    for kind, slug in (("form", "contact"), ("api", "api")):
        Channel.objects.get_or_create(slug=slug, defaults={"kind": kind, "name": slug})
    add_topic(actor=support, name="Delivery")
    add_topic(actor=support, name="Invoice")
    sign_in(support)
    return [
        receive(f"m{at}", subject=f"Matter {at}", from_address=f"p{at}@example.org").conversation for at in range(3)
    ]


def test_a_topic_is_said_by_keyboard(page: Page, rows: list[Conversation]) -> None:
    page.goto(f"/inbox/open/{rows[0].pk}")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("t")
    menu = page.get_by_label("What it is about")
    expect(menu).to_be_visible()
    menu.get_by_role("button", name="Delivery").press("Enter")
    expect(page.locator(".topic--button")).to_contain_text("Delivery")
    page.locator(".topic--button").click()
    page.get_by_role("button", name="Not this").click()
    expect(page.locator(".topic--button")).to_contain_text("No topic")


def test_ticked_rows_get_a_topic_together_and_the_list_is_narrowed(page: Page, rows: list[Conversation]) -> None:
    page.goto("/inbox/open")
    bar = page.locator("#topic-of-many")
    expect(bar).to_be_hidden()
    for at in (0, 2):
        page.get_by_label(f"Choose “Matter {at}”").check()
    expect(bar).to_be_visible()
    page.get_by_label("They are about").select_option(label="Invoice")
    bar.get_by_role("button", name="Save").click()
    expect(page.locator(".conversation .topic")).to_have_count(2)
    page.get_by_label("Topic", exact=True).select_option(label="Invoice")
    expect(page.locator(".conversation")).to_have_count(2)
    assert f"topic={Topic.objects.get(name='Invoice').pk}" in page.url


def test_topics_have_no_barrier(page: Page, rows: list[Conversation], accessible: Callable[[Page], None]) -> None:
    for path in ("/inbox/open", f"/inbox/open/{rows[0].pk}", "/insights/topics"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        accessible(page)
    page.set_viewport_size(PHONE)
    page.goto("/insights/topics")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    Topic.objects.all().delete()
    page.goto("/insights/topics")
    accessible(page)

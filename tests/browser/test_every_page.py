"""Every page of the product, with a small demo business in it: no barrier, no error, nothing past the window's edge."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.test import Client
from playwright.sync_api import Page, expect

from crm.addresses import address
from crm.demo import make_demo
from crm.extensions import nav_items
from crm.models import Company, Deal, Person, Role, User
from inbox.models import Channel
from tests.config.addresses import ADDRESSES, addresses, make_world
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1280, 390, 320)
ADMIN = ("/admin/", "/admin/health/")  # its pages are Unfold's: looked at for errors and edges alone


@pytest.fixture
def ann(sign_in: Callable[[object], None]) -> User:
    user = make_user(Role.OWNER, name="Ann Lee")
    Channel.objects.get_or_create(
        slug="contact", defaults={"kind": "form", "name": "Web form"}
    )  # a test before cleared
    make_demo(people=60, say=lambda _words: None)
    sign_in(user)
    return user


def main_pages() -> Iterator[str]:
    """Those of the menu, and a record of each kind."""
    for item in nav_items:
        if url := address(item.url_name):
            yield url
    for name, model in (("person", Person), ("company", Company), ("deal", Deal)):
        yield address(f"crm:{name}-detail", model._default_manager.order_by("pk").values_list("pk", flat=True)[0])


def all_pages(user: User) -> list[str]:
    """Whatever answers this user's GET with a page: found by asking, so that none is forgotten."""
    client = Client()
    client.force_login(user)
    world = make_world(user)
    asked = [next(addresses(name, world)) for name in ADDRESSES if not name.startswith("api")]
    found = list(dict.fromkeys([*main_pages(), *(url for url in asked if is_page(client, url))]))
    client.force_login(user)  # one of the pages may be the way out
    return found


def is_page(client: Client, url: str) -> bool:
    response = client.get(url)
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return response.status_code == 200 and is_html and b"<html" in response.content[:200]


def barriers(page: Page, **options: object) -> list[str]:
    options = options or {"runOnly": {"type": "tag", "values": TAGS}}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def opened(page: Page, url: str) -> None:
    """The page with all its panels."""
    page.goto(url)
    expect(page.locator("[data-panel] [aria-busy]")).to_have_count(0)


def too_wide(page: Page) -> list[int]:
    """At which widths of the window the page is wider."""
    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(width)
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    return wide


def test_no_page_has_a_barrier_or_an_edge_past_the_window(page: Page, ann: User) -> None:
    found: dict[str, object] = {}
    pages, in_the_dark = all_pages(ann), set(main_pages())
    assert len(pages) > 40
    for url in [*pages, *ADMIN]:
        opened(page, url)
        troubles: list[object] = list(too_wide(page))
        if url not in ADMIN:
            troubles += barriers(page)
        if url in in_the_dark:
            page.emulate_media(color_scheme="dark")
            troubles += barriers(page, runOnly={"type": "rule", "values": ["color-contrast"]})
            page.emulate_media(color_scheme="light")
        if troubles:
            found[url] = troubles
    assert found == {}


def test_no_page_has_a_barrier_or_an_edge_past_the_window_from_right_to_left(page: Page, ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(language="ar")
    found = {}
    for url in main_pages():
        opened(page, url)
        if troubles := [*too_wide(page), *barriers(page)]:
            found[url] = troubles
    assert found == {}

"""Every page of the menu and every kind of record, with a small demo business in it: no barrier anywhere."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from crm.addresses import address
from crm.demo import make_demo
from crm.extensions import nav_items, new_items
from crm.models import Company, Deal, Person, Role, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def ann(sign_in: Callable[[object], None]) -> User:
    user = make_user(Role.OWNER, name="Ann Lee")
    make_demo(people=60, say=lambda _words: None)
    sign_in(user)
    return user


def pages() -> Iterator[str]:
    for item in (*nav_items, *new_items):
        if url := address(item.url_name):
            yield url
    for name, model in (("person", Person), ("company", Company), ("deal", Deal)):
        if url := address(f"crm:{name}-detail", model._default_manager.order_by("pk").values_list("pk", flat=True)[0]):
            yield url


def barriers(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "en"), ("light", "ar")])
def test_every_page_is_without_barrier(page: Page, ann: User, scheme: str, language: str) -> None:
    User.objects.filter(pk=ann.pk).update(language=language)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = {}
    for url in pages():
        page.goto(url)
        page.wait_for_load_state("networkidle")
        if trouble := barriers(page):
            found[url] = trouble
    assert found == {}


def test_no_page_scrolls_sideways_on_a_small_phone(page: Page, ann: User) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    widths = {}
    for url in pages():
        page.goto(url)
        page.wait_for_load_state("networkidle")
        widths[url] = page.evaluate("document.documentElement.scrollWidth")
    assert {url: width for url, width in widths.items() if width > 320} == {}

"""The shell around every page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from crm.extensions import Banner, BannerSource, NavItem, nav_items, page_banners
from crm.models import User

TEMPLATES = [
    path
    for path in sorted((Path(__file__).parents[2] / "templates").rglob("*.html"))
    # Programs that show mails know no style sheets, and what a person gets of their data is one file.
    if path.parent.name != "mail" and path.name not in ("mail_base.html", "privacy_data.html")
]


@pytest.fixture
def plugin() -> Iterator[None]:
    nav_items.register(NavItem("plugin", "Plug-in", "crm:gallery", "puzzle-piece", 99, badge=lambda user: 3))
    nav_items.register(NavItem("gone", "Gone", "plugin:gone", "x-mark", 98))
    nav_items.register(NavItem("closed", "Closed", "crm:gallery", "x-mark", 97, capability="set_up"))
    page_banners.register(BannerSource("test", lambda user: [Banner("Sending is paused")]))
    yield
    for key in ("plugin", "gone", "closed"):
        nav_items.unregister(key)
    page_banners.unregister("test")


def test_rooms_and_plugins_stand_in_the_navigation(client: Client, sales: User, plugin: None) -> None:
    client.force_login(sales)
    page = client.get("/today").content.decode()
    assert "Plug-in" in page
    assert '<span class="rail__badge">3</span>' in page
    assert "Sending is paused" in page
    assert ">Gone<" not in page
    assert ">Closed<" not in page


def test_only_managers_see_settings(client: Client, sales: User, manager: User) -> None:
    client.force_login(sales)
    assert "/admin/" not in client.get("/today").content.decode()
    client.force_login(manager)
    assert "/admin/" in client.get("/today").content.decode()


def test_the_page_in_view_is_marked_once(client: Client, sales: User) -> None:
    client.force_login(sales)
    page = client.get("/today").content.decode()
    rail = page[page.index('class="rail') : page.index('class="topbar')]
    assert rail.count('aria-current="page"') == 1


def test_arabic_pages_run_from_right_to_left(client: Client, sales: User) -> None:
    User.objects.filter(pk=sales.pk).update(language="ar")
    client.force_login(sales)
    assert '<html lang="ar" dir="rtl"' in client.get("/today").content.decode()


def test_a_folded_rail_is_drawn_folded(client: Client, sales: User) -> None:
    client.force_login(sales)
    client.cookies["rail"] = "folded"
    assert 'data-rail="folded"' in client.get("/today").content.decode()


def test_the_gallery_is_for_those_who_set_up(client: Client, sales: User, owner: User) -> None:
    client.force_login(sales)
    assert client.get("/gallery").status_code == 404
    client.force_login(owner)
    assert client.get("/gallery").status_code == 200


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|hx-on|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)


def test_an_address_with_a_slash_too_many_leads_to_its_page(client: Client, owner: User) -> None:
    client.force_login(owner)
    for typed, page in (("/deals/?q=a", "/deals?q=a"), ("/today/", "/today"), ("/people", "/people/")):
        assert client.get(typed)["Location"] == page
    assert client.get("/nowhere/").status_code == 404
    assert client.post("/deals/").status_code == 404

"""The gallery of parts in a real browser: accessible, inside the strict policy, and photographed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from crm.models import Role, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gallery(page: Page, sign_in: Callable[[object], None]) -> Page:
    sign_in(User.objects.create_user("ann@example.org", name="Ann Lee", role=Role.OWNER))
    page.goto("/gallery")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_has_no_barrier(gallery: Page, accessible: Callable[[Page], None], scheme: str) -> None:
    gallery.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    accessible(gallery)


def test_the_gallery_does_not_scroll_sideways_at_320_pixels(gallery: Page) -> None:
    gallery.set_viewport_size({"width": 320, "height": 640})
    assert gallery.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_gallery_is_photographed(gallery: Page, screenshots: Callable[..., list[Path]]) -> None:
    assert all(path.stat().st_size > 10_000 for path in screenshots(gallery, "gallery"))

"""The health page of the admin in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from crm.models import User


def test_the_health_page_has_no_barriers(
    page: Page, sign_in: Callable[[object], None], accessible: Callable[[Page], None], owner: User,
    screenshots: Callable[..., object],
) -> None:  # fmt: skip
    sign_in(owner)
    page.goto("/admin/health/")
    assert page.get_by_role("heading", name="Scheduler").is_visible()
    accessible(page)
    screenshots(page, "admin-health")

"""Every page of the shell: no barrier in light, dark and from right to left, no sideways scroll, and a photograph."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from crm.models import Role, User
from tests.factories import make_company, make_deal, make_person, make_task, make_user

pytestmark = pytest.mark.django_db(transaction=True)

INSIDE = ["/today", "/settings/me", "/search?q=printer", "/no-such-page"]
OUTSIDE = ["/sign-in", "/password/forgotten", "/password/sent"]


@pytest.fixture
def ann(sign_in: Callable[[object], None]) -> User:
    user = make_user(Role.OWNER, name="Ann Lee")
    today = timezone.localdate()
    company = make_company(name="Donaudampfschifffahrtsgesellschaftskapitänswitwenvereinigung")
    make_task(title="Call the printer", owner=user, due_on=today - timedelta(days=2))
    make_task(title="مكالمة مع المورد", owner=user, due_on=today, company=company)
    make_deal(title="Spring order", owner=user, amount=1_234_567, company=company, expected_close_on=today)
    sign_in(user)
    return user


def check(page: Page, accessible: Callable[[Page], None]) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        accessible(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    accessible(page)


@pytest.mark.parametrize(("path", "language"), [*((path, "en") for path in INSIDE), ("/today", "ar")])
def test_pages_inside_have_no_barrier(
    page: Page, ann: User, accessible: Callable[[Page], None], path: str, language: str
) -> None:
    User.objects.filter(pk=ann.pk).update(language=language)
    page.goto(path)
    check(page, accessible)


@pytest.mark.parametrize("path", OUTSIDE)
def test_pages_outside_have_no_barrier(page: Page, accessible: Callable[[Page], None], path: str) -> None:
    make_user(Role.OWNER)
    page.goto(path)
    check(page, accessible)


def test_the_first_page_has_no_barrier_and_sets_up_the_workspace(
    page: Page, accessible: Callable[[Page], None], screenshots: Callable[..., list[Path]]
) -> None:
    page.goto("/")
    page.wait_for_url("**/welcome")
    check(page, accessible)
    screenshots(page, "welcome")
    page.get_by_label("Your name").fill("Ann Lee")
    page.get_by_label("Your e-mail").fill("ann@shop.example")
    page.get_by_label("Choose a password").fill("short")
    page.get_by_label("Name of your business").fill("Lee & Daughters")
    page.get_by_role("button", name="Create workspace").click()
    page.get_by_role("link", name="Choose a password").click()
    page.get_by_label("Choose a password").fill("correct horse battery")
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_text("Nothing is waiting for you")).to_be_visible()


@pytest.mark.parametrize(("path", "name"), [("/today", "today"), ("/settings/me", "profile"), ("/search", "search")])
def test_pages_are_photographed(
    page: Page, ann: User, screenshots: Callable[..., list[Path]], path: str, name: str
) -> None:
    page.goto(path)
    assert all(shot.stat().st_size > 5_000 for shot in screenshots(page, name, is_full=False))


def test_from_right_to_left_a_latin_name_stands_beside_its_picture(page: Page, ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(language="ar")
    page.goto(f"/people/{make_person(name='Umar Moretti').pk}/")
    words_end = """heading => {
        const words = document.createRange();
        words.selectNodeContents(heading);
        return Math.abs(words.getBoundingClientRect().right - heading.getBoundingClientRect().right);
    }"""
    assert page.locator("h1").evaluate(words_end) < 2

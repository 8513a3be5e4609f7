"""A real browser against a live server: sign-in, axe, screenshots. Skips with a reason where there is no Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

CHROMIUM = os.environ.get("RAPPORT_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
PATIENCE_MS = 30_000  # costs a test that passes nothing: on two cores another browser works beside this one
IS_STRICT = os.environ.get("RAPPORT_TESTS_STRICT") == "1"
SCREENSHOTS = Path(settings.BASE_DIR) / "build" / "screenshots"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        (pytest.fail if IS_STRICT else pytest.skip)("no Chromium: install it or set RAPPORT_CHROMIUM to its path")
    # Playwright runs an event loop in this thread; Django must not take that for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, timeout=4 * PATIENCE_MS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser, live_server: object) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport=DESKTOP, reduced_motion="reduce", base_url=str(live_server))
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test when the browser reports an error, a refused script or a broken policy."""
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    yield opened
    # Refusals and a cut line are part of tests; faults of the server and of our scripts are not.
    expected = ("status of 4", "Status Error Code 4", "htmx:sendError", "htmx:afterRequest", "net::ERR_FAILED")
    assert [trouble for trouble in troubles if not any(words in trouble for words in expected)] == []


@pytest.fixture
def sign_in(context: BrowserContext, live_server: object) -> Callable[[object], None]:
    """Signs a user in without the form: `sign_in(owner)`."""

    def run(user: object) -> None:
        client = Client()
        client.force_login(user)  # type: ignore[arg-type]
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": str(live_server)}])

    return run


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Fails with axe's findings on WCAG 2.2 A and AA."""

    def check(page: Page) -> None:
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
        assert found.violations_count == 0, found.generate_report()

    return check


@pytest.fixture
def screenshots() -> Callable[..., list[Path]]:
    """Takes a page at desktop and phone size, light and dark, into build/screenshots."""

    def take(page: Page, name: str, *, is_full: bool = True) -> list[Path]:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        return [
            _shot(page, f"{name}-{size}-{scheme}.png", viewport, scheme, is_full=is_full)
            for size, viewport in (("desktop", DESKTOP), ("phone", PHONE))
            for scheme in ("light", "dark")
        ]

    return take


def _shot(page: Page, name: str, viewport: ViewportSize, scheme: str, *, is_full: bool) -> Path:
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    path = SCREENSHOTS / name
    page.screenshot(path=path, full_page=is_full)
    return path

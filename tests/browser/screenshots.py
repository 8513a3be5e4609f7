"""`make screenshots`: the pictures of the README, taken in a browser of the demo business after it has learned.

Not part of the test suite: it trains on 2,000 customers and writes into docs/img.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from analytics.models import Score, ScoredTask
from analytics.operations.metrics import count_metrics
from analytics.operations.retrain import run_training
from analytics.operations.runs import request_training
from analytics.tasks import tidy
from crm.demo import make_demo
from crm.events import due_events, handle_events
from crm.models import Person, Role, User
from crm.operations.workspace import set_up
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PICTURES = Path(settings.BASE_DIR) / "docs" / "img"
WIDTH, HEIGHT, DENSITY = 1280, 800, 1.5
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LIMIT = 200_000  # bytes of one picture
AT_RISK = {"all": [{"field": "risk", "op": "is", "value": "high"}]}
LIST = {"sort": "-value", "columns": "last_order,orders,spent,risk,value", "filter": json.dumps(AT_RISK)}


@pytest.fixture
def ada(sign_in: Callable[[object], None]) -> User:
    """The owner of the demo business, signed in, when it has learned from its orders."""
    owner = set_up(
        email="ada@harbour.example", password="sails-and-lanterns", name="Ada Lind", business="Harbour & Lind"
    )
    make_user(Role.SALES, name="Bo Reyes")
    make_demo()
    while ids := due_events(timezone.now()):
        handle_events(ids)
    run_training(request_training().pk)
    tidy()
    count_metrics()
    sign_in(owner)
    return owner


@pytest.fixture
def context(browser: Browser, live_server: object) -> BrowserContext:
    viewport = {"width": WIDTH, "height": HEIGHT}
    return browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        device_scale_factor=DENSITY,
        reduced_motion="reduce",
        base_url=str(live_server),
    )


def dearest_at_risk() -> Person:
    """Of the ten customers with the most at stake the one with the most reasons to show."""
    risky = Score.objects.filter(task=ScoredTask.CHURN, band="high").select_related("person").order_by("-stake")
    return max(risky[:10], key=lambda score: len(score.reasons or ())).person


def shrink(picture: bytes) -> bytes:
    """The picture in 256 colours, which is all that flat pages need."""
    shrunk = io.BytesIO()
    few_colours = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few_colours.save(shrunk, "PNG", optimize=True)
    return shrunk.getvalue()


def take(page: Page, name: str, url: str) -> None:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.goto(url)
        page.wait_for_load_state("networkidle")
        picture = shrink(page.screenshot())
        assert len(picture) < LIMIT, f"{name} in {scheme} has {len(picture)} bytes"
        (PICTURES / f"{name}-{scheme}.png").write_bytes(picture)


def test_the_pictures_of_the_readme(page: Page, ada: User) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    take(page, "people", f"{reverse('crm:person-list')}?{urlencode(LIST)}")
    take(page, "person", reverse("crm:person-detail", args=[dearest_at_risk().pk]))
    take(page, "insights", reverse("analytics:insights"))
    take(page, "model", reverse("analytics:model-detail", args=[ScoredTask.CHURN]))
    take(page, "dashboard", reverse("analytics:board-ready", args=["owner"]))
    take(page, "deals", reverse("crm:deal-board"))

"""The Insights page, a model's page and the insight card: no barrier in light and dark, no sideways scroll."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from analytics.ml.parts import save_part
from analytics.models import Score
from analytics.operations.forecasts import forecast_sales
from analytics.operations.grouping import GroupNight
from analytics.operations.losses import LossCount
from analytics.operations.metrics import count_metrics
from analytics.operations.risk import recount_risk
from analytics.operations.sales import recount_all_months
from analytics.queries.clock import read_clock
from analytics.queries.frames import purchases_in_chunks
from crm.events import handle_events
from crm.models import Event, Person, Role
from crm.operations.spend import enter_spend
from tests.analytics.shop import make_version
from tests.analytics.test_person_insight import QUIET, score
from tests.factories import make_order, make_person, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann(sign_in: Callable[[object], None]) -> Person:
    """A good customer at risk in a shop with two years of orders."""
    person = make_person(name="Donaudampfschifffahrtsgesellschaft Lee", phone="+44 20 7946 0018")
    now = timezone.now()
    for days_ago in range(20, 700, 30):
        make_order(person, placed_at=now - timedelta(days=days_ago), total=str(100_000 + days_ago))
    score(person, model_version=make_version())
    recount_all_months()
    recount_risk()
    sign_in(make_user(Role.OWNER))
    return person


def check(page: Page, accessible: Callable[[Page], None]) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        accessible(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", ["/insights", "/insights/models/churn", "/insights/models/value"])
def test_insights_have_no_barrier(page: Page, ann: Person, accessible: Callable[[Page], None], path: str) -> None:
    page.goto(path)
    check(page, accessible)


@pytest.fixture
def learned(ann: Person, tmp_path: Path) -> Person:
    """The same shop after a night: forecasts, groups and numbers."""
    clock = read_clock()
    path = tmp_path / "part-00000.npz"
    [part] = purchases_in_chunks(clock, before=clock.as_of)
    save_part(part, path)
    groups, losses = GroupNight(clock, [path]), LossCount(clock, files=1)
    groups.add(part)
    losses.add(part)
    groups.finish()
    losses.write()
    forecast_sales(clock)
    enter_spend(channel="W" * 60, month=clock.as_of, amount=Decimal(10), currency="EUR", actor=None)
    count_metrics()
    return ann


LEARNED = ["forecast", "forecast?unit=week", "groups", "groups/rules/gone_good", "numbers", "numbers?by=year", "spend"]


@pytest.mark.parametrize("path", LEARNED)
def test_what_a_night_brings_has_no_barrier(
    page: Page, learned: Person, accessible: Callable[[Page], None], path: str
) -> None:
    page.goto(f"/insights/{path}")
    expect(page.get_by_role("main")).not_to_contain_text("Import orders")
    check(page, accessible)


def test_the_step_of_the_card_becomes_a_task_in_one_click(page: Page, ann: Person) -> None:
    page.goto(f"/people/{ann.pk}/")
    card = page.locator(".insight")
    card.get_by_role("button", name="Plan a call").click()
    expect(card.get_by_role("link", name="Planned for")).to_be_visible()
    assert ann.tasks.count() == 1


def work() -> None:
    """What the worker does."""
    handle_events(list(Event.objects.filter(handled_at=None).values_list("pk", flat=True)))


def test_an_order_noted_on_the_page_is_in_the_score_a_moment_later(page: Page, ann: Person) -> None:
    work()
    Score.objects.filter(task="churn").update(reasons=[QUIET])
    page.goto(f"/people/{ann.pk}/")
    expect(page.locator(".insight")).to_contain_text("No order for 94 days")
    page.locator("#record-side").get_by_role("link", name="Add").last.click()
    page.get_by_label("Amount").fill("125")
    page.get_by_role("button", name="Note the order").click()
    expect(page.locator(".insight[aria-busy]")).to_be_visible()
    work()
    expect(page.locator(".insight[aria-busy]")).to_have_count(0)
    expect(page.locator(".insight")).not_to_contain_text("No order for 94 days")


def test_a_thumb_is_noted(page: Page, ann: Person) -> None:
    page.goto(f"/people/{ann.pk}/")
    page.get_by_role("button", name="This helps").click()
    expect(page.get_by_text("Thank you, noted.")).to_be_visible()

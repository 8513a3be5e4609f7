"""The demo business from the page, and the banners above every page."""

from datetime import timedelta
from time import monotonic
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from crm import banners, tasks
from crm.models import Heartbeat, User
from tests.factories import make_person


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    for name in ("fill_demo", "remove_demo"):
        monkeypatch.setattr(tasks, name, SimpleNamespace(delay=lambda name=name: names.append(name)))
    return names


def test_who_sets_up_fills_the_demo_in_and_takes_it_out(client: Client, manager: User, started: list[str]) -> None:
    client.force_login(manager)
    assert b"Fill in the demo business" in client.get("/demo").content
    client.post("/demo")
    make_person(source="demo", external_id="1")
    assert b"Remove the demo data" in client.get("/demo").content
    client.post("/demo")
    assert started == ["fill_demo", "remove_demo"]


def test_nobody_else_does(client: Client, sales: User, started: list[str]) -> None:
    client.force_login(sales)
    assert client.get("/demo").status_code == 403
    assert client.post("/demo").status_code == 403
    assert started == []


def test_demo_data_is_announced_on_every_page(client: Client, sales: User, manager: User) -> None:
    make_person(source="demo", external_id="1")
    client.force_login(sales)
    page = client.get("/today").content.decode()
    assert "figures are made up" in page
    assert 'href="/demo"' not in page
    client.force_login(manager)
    assert 'href="/demo"' in client.get("/today").content.decode()


@pytest.mark.parametrize(
    ("seen", "since_start", "is_said"),
    [
        (("worker", 1), 900, False), (("worker", 6), 900, True), (("worker", 600), 5, False),
        (("heavy", 45), 900, False), (("heavy", 70), 900, True),
    ],
)  # fmt: skip
def test_a_silent_worker_is_announced_and_one_that_learns_is_not_silent(
    sales: User, monkeypatch: pytest.MonkeyPatch, seen: tuple[str, int], since_start: float, is_said: bool
) -> None:
    monkeypatch.setattr(banners, "STARTED", monotonic() - since_start)
    name, minutes = seen
    Heartbeat.objects.create(name=name, seen_at=timezone.now() - timedelta(minutes=minutes))
    assert bool(banners.own_banners(sales)) is is_said

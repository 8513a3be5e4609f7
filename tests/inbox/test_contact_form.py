"""The public form: open to people, closed to programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from inbox.models import Channel, Message
from inbox.views.contact import MOST_AN_HOUR

pytestmark = pytest.mark.django_db
TEXT = {"name": "Ann Lee", "email": "ann@example.org", "subject": "Parcel", "text": "Where is my parcel?"}


@pytest.fixture(autouse=True)
def fresh_limits(settings: Any) -> Iterator[None]:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    yield
    cache.clear()


def filled(client: Client, **changes: str) -> dict[str, str]:
    form = client.get("/f/contact").context["form"]
    return {**TEXT, "made": form.initial["made"], "key": form.initial["key"], **changes}


def send(client: Client, *, seconds: float = 10, **changes: str) -> Any:
    with time_machine.travel("2026-06-15T12:00:00Z", tick=False) as clock:
        data = filled(client, **changes)
        clock.shift(seconds)
        return client.post("/f/contact", data)


def test_a_message_arrives_without_signing_in(client: Client) -> None:
    assert "has arrived" in send(client).content.decode()
    assert Message.objects.get().conversation.subject == "Parcel"


def test_the_same_form_sent_twice_is_one_message(client: Client) -> None:
    with time_machine.travel("2026-06-15T12:00:00Z", tick=False) as clock:
        data = filled(client)
        clock.shift(10)
        client.post("/f/contact", data)
        client.post("/f/contact", data)
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("seconds", "changes"),
    [(10, {"website": "http://spam.example"}), (0.5, {}), (10, {"made": "x"}), (90_000, {})],
    ids=["trap", "too fast", "forged", "stale"],
)
def test_a_program_is_thanked_and_leaves_nothing(client: Client, seconds: float, changes: dict[str, str]) -> None:
    assert "has arrived" in send(client, seconds=seconds, **changes).content.decode()
    assert not Message.objects.exists()


def test_a_mistake_is_shown_at_its_field(client: Client) -> None:
    answer = send(client, email="nobody")
    assert answer.status_code == 422
    assert "Where is my parcel?" in answer.content.decode()


def test_an_address_that_sends_too_much_has_to_wait(client: Client) -> None:
    for _time in range(MOST_AN_HOUR):
        assert send(client).status_code == 200
    assert send(client).status_code == 429
    assert Message.objects.count() == MOST_AN_HOUR


def test_a_closed_channel_is_not_there(client: Client) -> None:
    Channel.objects.update(is_active=False)
    assert client.get("/f/contact").status_code == 404

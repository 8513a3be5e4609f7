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


def test_a_program_is_thanked_and_leaves_nothing(client: Client) -> None:
    assert "has arrived" in send(client, website="http://spam.example").content.decode()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("seconds", "changes"),
    [(0.5, {}), (10, {"made": "x"}), (10, {"made": ""}), (90_000, {})],
    ids=["too fast", "forged", "missing", "stale"],
)
def test_what_a_person_may_have_sent_is_never_lost(client: Client, seconds: float, changes: dict[str, str]) -> None:
    with time_machine.travel("2026-06-15T12:00:00Z", tick=False) as clock:
        data = filled(client, **changes)
        clock.shift(seconds)
        again = client.post("/f/contact", data)
        assert again.status_code == 422
        assert "once more" in again.content.decode()
        form = again.context["form"]
        assert (form["text"].value(), Message.objects.count()) == (TEXT["text"], 0)
        clock.shift(2)
        data = {name: form[name].value() for name in form.fields}
        assert "has arrived" in client.post("/f/contact", data).content.decode()
    assert Message.objects.get().text == TEXT["text"]


def test_a_form_posted_from_elsewhere_without_a_key_is_a_message_each(client: Client) -> None:
    for _time in range(2):
        assert "has arrived" in send(client, key="").content.decode()
    assert Message.objects.count() == 2


def test_a_customer_who_refuses_cookies_can_write(client: Client) -> None:
    client.handler.enforce_csrf_checks = True
    with time_machine.travel("2026-06-15T12:00:00Z", tick=False) as clock:
        data = filled(client)
        client.cookies.clear()
        clock.shift(10)
        assert "has arrived" in client.post("/f/contact", data).content.decode()


def test_hostile_words_stay_words(client: Client) -> None:
    bad = "<script>alert(1)</script>"
    page = send(client, name=bad, subject=bad, text=bad, email=f"{bad}@example.org").content.decode()
    assert "<script>alert" not in page
    assert "<script>alert" not in send(client, name=bad, subject=bad, text=bad).content.decode()


def test_a_letter_too_long_is_refused_in_words(client: Client) -> None:
    answer = send(client, text="a" * 20_001)
    assert answer.status_code == 422
    assert "at most 20000 characters" in answer.content.decode()


def test_a_mistake_is_shown_at_its_field(client: Client) -> None:
    answer = send(client, email="nobody")
    assert answer.status_code == 422
    assert "Where is my parcel?" in answer.content.decode()


def test_an_address_that_sends_too_much_has_to_wait(client: Client) -> None:
    for _time in range(MOST_AN_HOUR):
        assert send(client).status_code == 200
    answer = send(client)
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert TEXT["text"] in answer.content.decode()
    assert Message.objects.count() == MOST_AN_HOUR


def test_a_closed_channel_is_not_there(client: Client) -> None:
    Channel.objects.update(is_active=False)
    assert client.get("/f/contact").status_code == 404

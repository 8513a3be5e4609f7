"""Logs: one JSON object a line, and no canary of personal data in any of them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from celery import shared_task
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from config.logs import REMOVED, without_personal_data
from crm.models import User

MAIL, PHONE, NAME = "canary.bird@example.org", "+44 20 7946 0958", "Canary McBird"
TOKEN = "rapport_" + "Q" * 43


def failing(_request: HttpRequest) -> HttpResponse:
    raise ValueError(f"no such person: '{NAME}' <{MAIL}> {PHONE} {TOKEN}")


urlpatterns = [path("failing/<int:pk>", lambda request, pk: failing(request), name="failing")]


@shared_task(name="tests.fail")
def fail(name: str) -> None:
    raise KeyError(name)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the real formatter writes, as text."""
    stream = io.StringIO()
    formatter = settings.LOGGING["formatters"]["structured"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=formatter["processors"], foreign_pre_chain=formatter["foreign_pre_chain"]
        )
    )
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def parsed(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def assert_no_canary(stream: io.StringIO) -> None:
    for canary in (MAIL, PHONE, NAME, TOKEN, "canary", "7946"):
        assert canary.lower() not in stream.getvalue().lower()


@override_settings(ROOT_URLCONF=__name__)
def test_a_failing_page_is_logged_with_its_request_id_and_nobody(
    lines: io.StringIO, client: Client, owner: User
) -> None:
    client.raise_request_exception = False
    client.force_login(owner)
    answer = client.post(f"/failing/7?q={MAIL}", {"email": MAIL, "phone": PHONE, "name": NAME})
    assert answer.status_code == 500
    error, request = parsed(lines)
    assert error["exception"].startswith("ValueError: no such person: …")
    assert any("test_logs.py" in frame for frame in error["frames"])
    assert (request["route"], request["status"], request["user_id"]) == ("failing", 500, owner.pk)
    assert request["request_id"] == error["request_id"] == answer["X-Request-ID"]
    assert_no_canary(lines)


def test_words_about_people_are_removed_wherever_they_stand(lines: io.StringIO) -> None:
    structlog.get_logger("a").warning("sent", to=MAIL, customer_email="x", headers={"Authorization": TOKEN})
    logging.getLogger("b").warning("mail from %s, call %s, key %s", MAIL, PHONE, TOKEN)
    logging.getLogger("c").warning("connect to redis://user:hunter22@cache:6379/0")
    assert len(parsed(lines)) == 3
    assert_no_canary(lines)
    assert "hunter22" not in lines.getvalue()


def test_a_failing_task_is_logged_without_its_arguments(lines: io.StringIO) -> None:
    with pytest.raises(KeyError):
        fail(name=NAME)
    try:
        fail(name=NAME)
    except KeyError:
        logging.getLogger("celery.app.trace").exception("Task failed")
    assert parsed(lines)[-1]["exception"] == "KeyError: …"
    assert_no_canary(lines)


@pytest.mark.parametrize(
    "kept", ["2026-11-22T10:00:00Z", "127.0.0.1:8000", "order 1234567", "0.0123456789", "deal.stage_changed", 42, None]
)
def test_times_counts_and_names_of_things_stay(kept: object) -> None:
    assert without_personal_data("note", kept) == kept


@pytest.mark.parametrize("key", ["password", "Cookie", "customer_email", "api-key", "search", "phones"])
def test_values_under_telling_keys_are_removed(key: str) -> None:
    assert without_personal_data(key, "anything") == REMOVED

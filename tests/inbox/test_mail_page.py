"""The page that says how mail gets out, for people who run no servers."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from config.environment import Environment, mail
from crm.models import User
from inbox.models import Post

pytestmark = pytest.mark.django_db
FORM = {
    "host": "smtp.example.com", "security": "smtps", "user": "ann@example.com", "password": "p@ss:w/ord#1 %",
    "sender": "Mill Street Gifts <hello@example.com>",
}  # fmt: skip


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_without_a_server_it_says_that_nothing_is_lost(desk: Client, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    page = desk.get("/settings/mail").content.decode()
    assert "Mail does not go out yet" in page
    assert "Nothing is lost" in page


def test_the_lines_are_read_as_they_were_meant(desk: Client) -> None:
    context = desk.post("/settings/mail", FORM).context
    lines = dict(line.split("=", 1) for line in context["lines"])
    words = shlex.split(context["command"])
    assert dict(word.split("=", 1) for word in words[:2]) == lines
    server = mail(Environment(lines), urlsplit("http://localhost:8000"))
    assert (server.host, server.port, server.user) == ("smtp.example.com", 465, "ann@example.com")
    assert (server.password, server.address) == (FORM["password"], "hello@example.com")


@pytest.mark.parametrize("wrong", [{"host": "smtp example"}, {"host": "a\nb"}, {"sender": "nobody"}, {"user": ""}])
def test_a_mistake_is_shown_at_its_field(desk: Client, wrong: dict[str, str]) -> None:
    answer = desk.post("/settings/mail", FORM | wrong)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(wrong)


def test_a_letter_to_oneself_takes_the_way_of_every_answer(desk: Client, manager: User, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    desk.post("/settings/mail/test")
    assert Post.objects.get().to_address == manager.email
    Post.objects.update(state=Post.State.FAILED, error="550 Sender refused", due_at=None)
    page = desk.get("/settings/mail").content.decode()
    assert "550 Sender refused" in page
    assert "1 could not be sent" in page


def test_it_is_not_for_everybody(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert client.get("/settings/mail").status_code == 403
    assert client.post("/settings/mail/test").status_code == 403

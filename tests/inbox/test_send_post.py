"""A mail goes out at most once, and its state always says what is known."""

from __future__ import annotations

import smtplib
import socket
from asyncio import WriteTransport
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone

from crm.models import ContactPoint, Event, User
from inbox.models import Conversation, Post
from inbox.operations import posting
from inbox.operations.conversations import NewerMessageError, NoAddressError, close, reply
from tests.inbox.test_receive_message import receive

pytestmark = pytest.mark.django_db


class Server:
    """A real mail server that can be told to misbehave."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.rcpt_answer = "250 OK"
        self.data_answer = "250 OK"
        self.hang_up = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(envelope)
        if self.hang_up:
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
        return self.data_answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    handler = Server()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    controller = Controller(handler, hostname=settings.EMAIL_HOST, port=settings.EMAIL_PORT, ready_timeout=60)
    controller.start()
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = ""
    yield handler
    controller.stop()


@pytest.fixture
def post(owner: User) -> Post:
    return reply(conversation=receive().conversation, actor=owner, text="On its way – grüße").post


def again(post: Post) -> str:
    """As if its time had come."""
    Post.objects.filter(pk=post.pk).exclude(due_at=None).update(due_at=timezone.now() - timedelta(seconds=1))
    return posting.send_post(post_id=post.pk)


def test_an_answer_is_sent_once_however_often_the_task_runs(server: Server, post: Post) -> None:
    for _time in range(3):
        again(post)
    [mail] = server.mails
    assert mail.rcpt_tos == ["Ann@Example.org"]
    assert b"Subject: Re: Parcel" in (mail.content or b"")
    post.refresh_from_db()
    assert post.state == Post.State.SENT


def test_without_a_mail_server_the_mail_waits_however_long_it_takes(server: Server, settings: Any, post: Post) -> None:
    host, settings.EMAIL_HOST = settings.EMAIL_HOST, ""
    for _attempt in range(len(posting.BACK_OFF) + 2):
        assert again(post) == "no mail server"
        assert posting.due_posts() == []
    settings.EMAIL_HOST = host
    assert posting.due_posts() == [post.pk]
    assert again(post) == Post.State.SENT


def test_a_server_that_is_away_means_try_again_later(settings: Any, post: Post) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert again(post) == Post.State.QUEUED
    post.refresh_from_db()
    assert post.due_at is not None
    assert post.due_at > timezone.now()


def test_a_temporary_refusal_is_tried_again(server: Server, post: Post) -> None:
    server.rcpt_answer = "450 later"
    assert again(post) == Post.State.QUEUED
    server.rcpt_answer = "250 OK"
    assert again(post) == Post.State.SENT


def test_a_final_refusal_fails_and_is_told(server: Server, post: Post) -> None:
    server.rcpt_answer = "550 no such user"
    assert again(post) == Post.State.FAILED
    assert Event.objects.filter(kind="message.not_sent").count() == 1
    posting.send_again(post=post)
    server.rcpt_answer = "250 OK"
    assert again(post) == Post.State.SENT


@pytest.mark.parametrize("state", [Post.State.SENDING, Post.State.TRANSMITTING])
def test_an_answer_that_did_not_arrive_is_work_again(server: Server, post: Post, state: str) -> None:
    assert post.message is not None
    close(conversation=post.message.conversation, actor=None)
    Post.objects.update(state=state)
    server.rcpt_answer = "550 no such user"
    again(post)
    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.is_unread, conversation.closed_at) == ("open", True, None)


def test_a_connection_lost_after_the_body_is_not_sent_again(server: Server, post: Post) -> None:
    server.hang_up = True
    assert again(post) == Post.State.UNKNOWN
    assert again(post) == "not due"
    assert len(server.mails) == 1


def test_a_worker_that_died_before_the_body_leaves_a_mail_that_is_sent(server: Server, post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(state=Post.State.SENDING, attempts=1)
    assert again(post) == Post.State.SENT


def test_a_worker_that_died_in_the_body_leaves_a_mail_of_unknown_fate(server: Server, post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(state=Post.State.TRANSMITTING, attempts=1)
    assert again(post) == "not due"
    post.refresh_from_db()
    assert (post.state, server.mails) == (Post.State.UNKNOWN, [])


def test_it_gives_up_after_the_last_attempt(settings: Any, post: Post) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for _attempt in range(len(posting.BACK_OFF) + 1):
        state = again(post)
    assert state == Post.State.FAILED


def test_a_mail_that_brings_its_worker_down_every_time_is_given_up(server: Server, post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(state=Post.State.SENDING, attempts=len(posting.BACK_OFF) + 1)
    assert again(post) == "not due"
    post.refresh_from_db()
    assert (post.state, post.error) == (Post.State.FAILED, "Sending broke off every time.")


def test_a_domain_with_letters_beyond_ascii_is_named_as_servers_know_it(server: Server, post: Post) -> None:
    Post.objects.update(to_address="ann@münchen.example")
    assert again(post) == Post.State.SENT
    [mail] = server.mails
    assert mail.rcpt_tos == ["ann@xn--mnchen-3ya.example"]
    assert b"To: ann@xn--mnchen-3ya.example" in (mail.content or b"")


def test_an_address_that_no_server_takes_fails_and_says_so(server: Server, post: Post) -> None:
    Post.objects.update(to_address="ännchen@example.org")
    assert again(post) == Post.State.FAILED
    assert server.mails == []


def test_a_waiting_mail_is_tried_now_when_somebody_asks(server: Server, post: Post) -> None:
    Post.objects.update(due_at=timezone.now() + timedelta(hours=4), attempts=5)
    assert posting.send_again(post=post)
    assert posting.send_post(post_id=post.pk) == Post.State.SENT
    assert not posting.send_again(post=post)


def test_a_line_break_in_a_header_is_refused() -> None:
    with pytest.raises(posting.HeaderInjectionError):
        posting.post_mail(once_key="x", to="ann@example.org", subject="Hi\r\nBcc: eve@example.net", body="x")


def test_the_same_key_queues_one_mail() -> None:
    first = posting.post_mail(once_key="x", to="ann@example.org", subject="Hi", body="x")
    assert posting.post_mail(once_key="x", to="ann@example.org", subject="Hi", body="x") == first


def test_an_answer_written_before_a_newer_message_is_held_back(owner: User) -> None:
    first = receive("m1")
    receive("m2", text="Never mind!")
    with pytest.raises(NewerMessageError):
        reply(conversation=first.conversation, actor=owner, text="Hm", seen_message=first.pk)


def test_without_an_address_there_is_no_answer(owner: User) -> None:
    conversation = receive().conversation
    ContactPoint.objects.all().delete()
    with pytest.raises(NoAddressError):
        reply(conversation=conversation, actor=owner, text="Hm")


def test_the_server_speaks_smtp(server: Server, settings: Any) -> None:
    with smtplib.SMTP("127.0.0.1", settings.EMAIL_PORT) as client:
        assert client.noop()[0] == 250

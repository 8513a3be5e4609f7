"""A customer's message arrives exactly once, at the right person, in the right conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Event, Person, User
from inbox.models import Channel, Conversation, Message
from inbox.operations.conversations import close, reply
from inbox.operations.receiving import MessageRefusedError, bare_subject, receive_message
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def receive(external_id: str = "m1", **fields: Any) -> Message:
    defaults = {"from_address": "Ann@Example.org", "text": "Where is my parcel?", "subject": "Parcel"}
    return receive_message(
        channel=Channel.objects.get(slug="contact"), external_id=external_id, **{**defaults, **fields}
    )


def test_a_known_sender_is_found_by_address_in_any_case() -> None:
    person = make_person(email="ann@example.org")
    assert receive().conversation.person == person


def test_an_unknown_sender_becomes_a_person() -> None:
    person = receive(from_name="Ann  Lee").conversation.person
    assert person is not None
    assert (person.name, person.contact_points.get().normalised) == ("Ann Lee", "ann@example.org")


def test_the_same_message_twice_is_kept_once() -> None:
    assert receive() == receive()
    assert (Message.objects.count(), Person.objects.count()) == (1, 1)
    assert Event.objects.filter(kind="message.received").count() == 1


def test_a_second_message_on_the_same_subject_joins_the_conversation() -> None:
    first, second = receive("m1"), receive("m2", subject="AW: Re: parcel")
    assert first.conversation == second.conversation


def test_another_subject_opens_another_conversation() -> None:
    assert receive("m1").conversation != receive("m2", subject="Invoice").conversation


def test_after_thirty_days_the_same_subject_is_a_new_matter() -> None:
    old = receive("m1").conversation
    Conversation.objects.filter(pk=old.pk).update(last_message_at=timezone.now() - timedelta(days=31))
    assert receive("m2").conversation != old


def test_somebody_elses_reference_does_not_open_a_foreign_conversation(owner: User) -> None:
    theirs = receive("m1").conversation
    sent = reply(conversation=theirs, actor=owner, text="On its way")
    intruder = receive("m2", from_address="eve@example.net", in_reply_to=(sent.post.mail_id,))
    assert intruder.conversation != theirs


def test_an_answer_to_our_mail_finds_its_conversation_under_any_subject(owner: User) -> None:
    conversation = receive("m1").conversation
    sent = reply(conversation=conversation, actor=owner, text="On its way")
    assert receive("m2", subject="thanks!", in_reply_to=(sent.post.mail_id,)).conversation == conversation


def test_a_message_reopens_a_closed_conversation(owner: User) -> None:
    conversation = close(conversation=receive("m1").conversation, actor=owner)
    receive("m2")
    conversation.refresh_from_db()
    assert (conversation.status, conversation.closed_at, conversation.is_unread) == ("open", None, True)


def test_quotation_and_signature_are_kept_apart_from_what_was_written() -> None:
    message = receive(text="It arrived broken.\n\nOn Mon, 1 June 2026 Shop wrote:\n> It is on its way.\n")
    assert message.text == "It arrived broken."
    assert "on its way" in message.quoted


@pytest.mark.parametrize(
    "fields", [{"text": "  \0 "}, {"from_address": "nobody"}, {"from_address": "a@b\r\nBcc: c@d.e"}]
)
def test_what_can_not_be_a_message_is_refused_and_leaves_nothing(fields: dict[str, str]) -> None:
    with pytest.raises(MessageRefusedError):
        receive(**fields)
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("subject", "bare"), [("Re: AW: Hello", "hello"), ("Re[2]: x", "x"), ("Note: keep", "note: keep"), ("", "")]
)
def test_answer_prefixes_do_not_count(subject: str, bare: str) -> None:
    assert bare_subject(subject) == bare


def test_a_stranger_sees_neither_conversation_nor_message(stranger: User, sales: User) -> None:
    receive()
    assert Conversation.objects.visible_to(sales).exists()
    assert not Conversation.objects.visible_to(stranger).exists()
    assert not Message.objects.visible_to(stranger).exists()

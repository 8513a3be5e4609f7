"""What the model read can be said better by a colleague, and stays said."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from crm.models import Event, User
from inbox.models import Message
from inbox.operations.readings import correct_reading, set_reading
from tests.inbox.test_inbox_page import shown_mood
from tests.inbox.test_receive_message import receive

pytestmark = pytest.mark.django_db
Reading = Message.Reading


def address(message: Message) -> str:
    return reverse("inbox:correct-mood", args=["open", message.conversation_id, message.pk])


def test_a_colleague_corrects_a_mood_by_page(client: Client, support: User) -> None:
    message = receive()
    set_reading(message=message, reading=Reading.READ, language="en", sentiment="positive", score=0.4)
    client.force_login(support)
    page = client.post(address(message), {"mood": "negative"}, follow=True).content.decode()
    message.refresh_from_db()
    assert (message.sentiment, message.corrected, message.conversation.sentiment) == ("negative",) * 3
    assert "Unhappy" in shown_mood(page)
    event = Event.objects.get(kind="message.corrected")
    assert (event.data["from"], event.data["to"], event.actor) == ("positive", "negative", support)


def test_what_was_said_is_not_read_over(support: User) -> None:
    message = receive()
    correct_reading(message=message, actor=support, mood="neutral")
    set_reading(message=message, reading=Reading.READ, language="en", sentiment="negative", score=-0.9)
    message.refresh_from_db()
    assert (message.sentiment, message.reading) == ("neutral", Reading.READ)


def test_saying_the_same_confirms_it(support: User) -> None:
    message = receive()
    set_reading(message=message, reading=Reading.READ, language="en", sentiment="negative", score=-0.9)
    correct_reading(message=message, actor=support, mood="negative")
    message.refresh_from_db()
    assert message.corrected == "negative"
    assert Event.objects.filter(kind="conversation.mood_changed").count() == 1


@pytest.mark.parametrize("mood", ["", "angry", "negative' --"])
def test_an_unknown_mood_changes_nothing(client: Client, support: User, mood: str) -> None:
    message = receive()
    client.force_login(support)
    client.post(address(message), {"mood": mood})
    message.refresh_from_db()
    assert (message.sentiment, message.corrected) == ("", "")
    with pytest.raises(ValueError, match=f"^{mood}$"):
        correct_reading(message=message, actor=support, mood=mood)


def test_only_who_answers_may_correct_and_only_what_they_see(client: Client, readonly: User, stranger: User) -> None:
    message = receive()
    client.force_login(readonly)
    assert client.post(address(message), {"mood": "negative"}).status_code == 403
    client.force_login(stranger)
    assert client.post(address(message), {"mood": "negative"}).status_code in (403, 404)
    message.refresh_from_db()
    assert message.corrected == ""


def test_a_message_of_another_conversation_is_not_there(client: Client, support: User) -> None:
    here, there = receive(), receive("m2", from_address="bo@example.org")
    client.force_login(support)
    url = reverse("inbox:correct-mood", args=["open", here.conversation_id, there.pk])
    assert client.post(url, {"mood": "negative"}).status_code == 404

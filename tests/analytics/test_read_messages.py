"""Messages get their language and mood on arrival, from the model that ships."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from analytics.ml.text import artefact
from analytics.operations.reading import read_left_behind, read_messages
from crm import events
from crm.models import Event, Person
from inbox.models import Message
from tests.inbox.test_receive_message import receive

pytestmark = pytest.mark.django_db
ANGRY = "Two of the mugs arrived broken and nobody answers me. I am very disappointed and angry."
HAPPY = "Die Teekanne ist wunderschön und war perfekt verpackt, ich bin sehr glücklich damit!"
Reading = Message.Reading


def read(text: str, **fields: Any) -> Message:
    message = receive(text=text, **fields)
    read_messages([message.pk])
    message.refresh_from_db()
    return message


@pytest.mark.parametrize(("text", "sentiment", "language"), [(ANGRY, "negative", "en"), (HAPPY, "positive", "de")])
def test_a_message_is_read(text: str, sentiment: str, language: str) -> None:
    message = read(text)
    assert (message.reading, message.sentiment, message.language) == (Reading.READ, sentiment, language)
    assert message.conversation.sentiment == sentiment
    assert message.sentiment_score is not None
    assert (message.sentiment_score < 0) == (sentiment == "negative")


def test_its_event_has_it_read(django_capture_on_commit_callbacks: Any) -> None:
    message = receive(text=ANGRY)
    with django_capture_on_commit_callbacks(execute=True):
        events.handle_events(list(Event.objects.values_list("pk", flat=True)))
    message.refresh_from_db()
    assert message.sentiment == "negative"


@pytest.mark.parametrize(
    ("text", "reading", "language"),
    [
        ("ok thanks", Reading.TOO_SHORT, "en"),
        ("👍👍👍 🎉", Reading.TOO_SHORT, ""),
        ("Siparişim hâlâ gelmedi ve kimse telefona cevap vermiyor.", Reading.UNSUPPORTED_LANGUAGE, "tr"),
        ("asdf qwer zxcv uiop jklö", Reading.UNKNOWN_LANGUAGE, ""),
    ],
)
def test_what_cannot_be_read_gets_no_mood(text: str, reading: str, language: str) -> None:
    message = read(text)
    assert (message.reading, message.language) == (reading, language)
    assert (message.sentiment, message.sentiment_score, message.conversation.sentiment) == ("", None, "")


def test_who_wants_no_profiling_is_not_read() -> None:
    receive("m0")
    Person.objects.update(no_profiling=True)
    message = read(ANGRY, external_id="m1")
    assert (message.reading, message.sentiment, message.language) == (Reading.UNWANTED, "", "")


def test_quotations_and_signatures_are_not_read() -> None:
    message = read(f"{HAPPY}\n\nOn Monday, Ann Lee wrote:\n> {ANGRY}\n> {ANGRY}\n> {ANGRY}\n")
    assert (message.sentiment, message.language) == ("positive", "de")


def test_the_conversation_sounds_like_its_newest_message_that_could_be_read() -> None:
    read(ANGRY, external_id="m1")
    assert read(HAPPY, external_id="m2").conversation.sentiment == "positive"
    assert read("ok", external_id="m3").conversation.sentiment == "positive"


def test_an_older_message_read_later_changes_nothing() -> None:
    older = receive("m1", text=ANGRY)
    newer = read(HAPPY, external_id="m2")
    read_messages([older.pk])
    newer.conversation.refresh_from_db()
    assert newer.conversation.sentiment == "positive"


def test_a_change_of_mood_is_told_once() -> None:
    for number, text in enumerate((ANGRY, ANGRY, HAPPY)):
        read(text, external_id=f"m{number}")
    told = Event.objects.filter(kind="conversation.mood_changed").order_by("pk")
    assert [(event.data["from"], event.data["to"]) for event in told] == [("", "negative"), ("negative", "positive")]


def test_a_damaged_model_leaves_messages_unread_until_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = receive(text=ANGRY)
    Message.objects.update(created_at=timezone.now() - timedelta(hours=1))
    with monkeypatch.context() as damaged:
        damaged.setattr(artefact, "_load", lambda: artefact.SentimentModel(tmp_path))
        assert read_messages([message.pk]) == read_left_behind() == 0
    message.refresh_from_db()
    assert (message.reading, message.sentiment) == ("", "")
    assert read_left_behind() == 1
    assert read_left_behind() == 0


def test_a_message_that_just_came_is_left_to_its_event() -> None:
    receive(text=ANGRY)
    assert read_left_behind() == 0

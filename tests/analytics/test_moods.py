"""The text model learns from what colleagues said of messages, and serves only where that is better."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics.ml.artefact import ArtefactError
from analytics.ml.text.adapt import Outcome, adapt
from analytics.ml.text.artefact import shipped_model
from analytics.models import MoodFit
from analytics.operations import moods, reading
from analytics.operations.moods import learn_moods
from analytics.operations.reading import read_messages
from crm.models import Event, Person, User
from inbox.models import Channel, Conversation, Message, Rating
from tests.analytics.ml.text.test_adapt import blame, praise, shop
from tests.factories import make_person
from tests.inbox.test_receive_message import receive

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def better() -> Outcome:
    """What is learnt from 120 messages of slang; learnt once, since it takes seconds."""
    return adapt(shop(120), model=shipped_model())


@pytest.fixture
def learnt(judged: Conversation, better: Outcome, monkeypatch: pytest.MonkeyPatch) -> MoodFit:
    with monkeypatch.context() as quick:
        quick.setattr(moods, "_adapted", lambda: better)
        fit = learn_moods()
    assert fit is not None
    return fit


@pytest.fixture
def judged(db: None) -> Conversation:
    """A conversation of slang of which a colleague said how it sounds."""
    conversation = receive("first", text="Hello there").conversation
    channel = Channel.objects.get(slug="contact")
    Message.objects.bulk_create(
        Message(
            conversation=conversation, channel=channel, direction="in", external_id=f"s{number}",
            text=(blame if number % 2 else praise)(number), reading="read", sentiment=mood, corrected=mood,
        )
        for number in range(120)
        for mood in ["negative" if number % 2 else "positive"]
    )  # fmt: skip
    return conversation


@pytest.mark.slow
def test_what_was_learnt_reads_the_next_message(judged: Conversation) -> None:
    fit = learn_moods()
    assert fit is not None
    assert (fit.outcome, fit.is_used, fit.said_count) == ("better", True, 120)
    assert fit.figures["after"] > fit.figures["before"]
    assert Event.objects.get(kind="model.promoted").data["task"] == "mood"
    message = receive("next", text=praise(6))
    read_messages([message.pk])
    message.refresh_from_db()
    assert message.sentiment == "positive"


def test_a_thread_that_gives_memory_back_takes_no_fit_from_one_that_reads(
    learnt: MoodFit, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgotten(dict[int, Any]):
        """As if another thread let go at once."""

        def __setitem__(self, key: int, value: Any) -> None:
            self.clear()

    monkeypatch.setattr(reading, "_fitted", Forgotten())
    message = receive("next", text=praise(6))
    assert read_messages([message.pk]) == 1


def test_without_news_nothing_is_learnt_again(learnt: MoodFit) -> None:
    assert learn_moods() is None


def test_a_fit_that_is_no_longer_better_leaves(learnt: MoodFit) -> None:
    keep = list(Message.objects.exclude(corrected="").values_list("pk", flat=True)[:10])
    Message.objects.exclude(pk__in=keep).delete()
    fit = learn_moods()
    assert fit is not None
    assert (fit.outcome, fit.is_used) == ("too_few", False)
    assert not MoodFit.objects.filter(is_used=True).exists()


def test_who_wants_no_profiling_is_not_learnt_from(judged: Conversation) -> None:
    Person.objects.update(no_profiling=True)
    assert learn_moods() is None


def rated(person: Person, value: int, *texts: str, **fields: Any) -> Conversation:
    """A conversation of these messages that its person rated."""
    channel = Channel.objects.get(slug="contact")
    row = Conversation.objects.create(channel=channel, person=person)
    for number, text in enumerate(texts):
        Message.objects.create(
            conversation=row, channel=channel, direction="in", external_id=f"r{row.pk}:{number}", text=text,
            **{"reading": "read", "sentiment": "neutral", **fields},
        )  # fmt: skip
    Rating.objects.create(kind="csat", person=person, conversation=row, value=value, answered_at=timezone.now())
    return row


def labels() -> list[tuple[str, str, float]]:
    return [(one.text, one.mood, one.weight) for one in moods.labelled_messages()]


def test_the_last_messages_of_rated_conversations_are_learnt_from_with_less_weight() -> None:
    rated(make_person(), 1, "first", "second", "third")
    rated(make_person(), 5, "lovely")
    rated(make_person(), 3, "so so")
    assert labels() == [("second", "negative", 1.0), ("third", "negative", 1.0), ("lovely", "positive", 1.0)]


def test_a_colleague_who_read_the_message_knows_better_than_a_rating() -> None:
    row = rated(make_person(), 1, "It is fine")
    row.messages.update(corrected="neutral")
    assert labels() == [("It is fine", "neutral", 3.0)]


def test_who_rates_a_hundred_conversations_counts_three_times() -> None:
    angry = make_person()
    for number in range(100):
        rated(angry, 1, f"bad {number}")
    rated(make_person(), 5, "good")
    assert [mood for _text, mood, _weight in labels()] == ["negative"] * 3 + ["positive"]


def test_ratings_of_who_wants_no_profiling_and_of_unread_messages_teach_nothing() -> None:
    rated(make_person(no_profiling=True), 1, "bad")
    rated(make_person(), 1, "hm", reading="too_short")
    assert labels() == []


def test_a_changed_rating_is_news(judged: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moods, "_adapted", lambda: Outcome(None, "not_better", {}))
    rated(make_person(), 1, "bad")
    assert learn_moods() is not None
    assert learn_moods() is None
    Rating.objects.update(value=5, changed_at=timezone.now())
    assert learn_moods() is not None


@pytest.mark.parametrize("change", ["damaged", "of another network"])
def test_a_fit_that_does_not_belong_is_left_out(learnt: MoodFit, change: str) -> None:
    whole = change == "of another network"
    network, content = ("another", learnt.content) if whole else (learnt.network, b"PK\x03\x04nothing")
    learnt.delete()
    MoodFit.objects.create(outcome="better", is_used=True, network=network, content=content)
    message = receive("next", text=praise(6))
    assert read_messages([message.pk]) == 1
    message.refresh_from_db()
    assert message.sentiment == "negative", "as the shipped model reads it"


def test_a_damaged_network_teaches_nothing(judged: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Outcome:
        raise ArtefactError("damaged")

    monkeypatch.setattr(moods, "_adapted", refuse)
    assert learn_moods() is None
    assert not MoodFit.objects.exists()


def test_the_admin_says_what_was_learnt(learnt: MoodFit, client: Client, manager: User) -> None:
    client.force_login(manager)
    words = client.get("/admin/analytics/moodfit/").content.decode()
    assert "better than the shipped model: in use" in words
    assert client.get(f"/admin/analytics/moodfit/{learnt.pk}/change/").status_code == 200

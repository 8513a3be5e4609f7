"""How a customer sounds of late: newer messages weigh more, and few say nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from crm.models import Person, User
from inbox.models import Channel, Conversation, Message, Rating
from inbox.mood_index import mood_index
from tests.factories import NOW, make_person

pytestmark = pytest.mark.django_db


def wrote(person: Person, *said: tuple[int, float], **fields: str) -> None:
    """Messages as (days ago, mood from -1 to 1)."""
    channel = Channel.objects.get(slug="api")
    row = Conversation.objects.create(channel=channel, person=person)
    for number, (days_ago, score) in enumerate(said):
        Message.objects.create(
            conversation=row, channel=channel, direction="in", external_id=f"{row.pk}:{number}", text="x",
            sentiment_score=score, created_at=NOW - timedelta(days=days_ago), **fields,
        )  # fmt: skip


def test_a_message_of_thirty_days_ago_weighs_half() -> None:
    person = make_person()
    wrote(person, (0, 1.0), (30, -1.0), (30, -1.0))
    found = mood_index(person, now=NOW)
    assert found is not None
    assert (found.points, str(found.words)) == (50, "Mixed")
    wrote(person, (30, -1.0), (0, -1.0))
    worse = mood_index(person, now=NOW)
    assert worse is not None
    assert worse.points == round(50 + 50 * (1 - 1 - 1.5) / 3.5)
    assert (str(worse.words), worse.tone) == ("Unhappy", "bad")


def test_two_messages_say_nothing_and_no_profiling_is_kept() -> None:
    person = make_person()
    wrote(person, (0, 1.0), (1, 1.0))
    assert mood_index(person, now=NOW) is None
    wrote(person, (2, 1.0))
    assert mood_index(person, now=NOW) is not None
    person.no_profiling = True
    assert mood_index(person, now=NOW) is None


def test_it_says_whether_it_got_better() -> None:
    person = make_person()
    wrote(person, (90, -1.0), (80, -1.0), (70, -1.0), (2, 1.0), (1, 1.0))
    found = mood_index(person, now=NOW)
    assert found is not None
    assert (found.moved, found.tone) == ("up", "good")


def test_what_a_colleague_said_counts() -> None:
    person = make_person()
    wrote(person, (0, -1.0), (0, -1.0), (0, -1.0), corrected="positive")
    found = mood_index(person, now=NOW)
    assert found is not None
    assert found.points == 100


def test_the_card_of_a_person_says_it(client: Client, owner: User, stranger: User) -> None:
    person = make_person(owner=owner)
    wrote(person, (0, 1.0), (0, 1.0), (0, 1.0))
    Rating.objects.create(kind="nps", person=person, value=10, comment="<i>yes</i>", answered_at=NOW)
    client.force_login(owner)
    words = client.get(f"/people/{person.pk}/_part/conversations").content.decode()
    for said in ("100 of 100, from 3 messages", "10 of 10", "&lt;i&gt;yes"):
        assert said in words
    client.force_login(stranger)
    assert client.get(f"/people/{person.pk}/_part/conversations").status_code == 404

"""Search finds what means the same, in any language, among what one may see; exact things are a matter of letters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client

from analytics.ml.text.meaning import MeaningModel, meaning_centre, meaning_model
from analytics.ml.text.search.sketch import SketchBook, likeness, sketches
from analytics.models import MessageVector
from analytics.operations.meanings import understand
from analytics.queries.likeness import like_text, similar_conversations
from crm.models import Person, Scope, User
from inbox.models import Conversation, Message
from inbox.operations.conversations import reply
from tests.factories import make_user
from tests.inbox.test_receive_message import receive
from tests.pages import HTMX, html

pytestmark = pytest.mark.django_db
TEXTS = (
    "Wann kommt mein Paket an? Ich warte seit Tagen darauf.",
    "Please send me the invoice with the name of our company, order R-4711.",
    "The candles smell wonderful, thank you so much!",
    "Vorrei restituire la coperta perché il colore è diverso.",
)
ASKED = "when does my parcel arrive"


@pytest.fixture
def letters(db: None) -> list[Message]:
    rows = [
        receive(f"l{at}", text=text, subject=f"S{at}", from_address=f"p{at}@example.org")
        for at, text in enumerate(TEXTS)
    ]
    assert understand([row.pk for row in rows]) == len(TEXTS)
    return rows


def test_the_same_meaning_is_found_in_another_language(owner: User, letters: list[Message]) -> None:
    assert like_text(owner, ASKED, 5)[0] == letters[0].conversation_id
    assert like_text(owner, "return a blanket because of its colour", 5)[0] == letters[3].conversation_id


@pytest.mark.parametrize(
    "asked", ["R-4711", "order R-4711", "parcel", "ann@example.org wrote", "#12 parcel", "", "a b"]
)
def test_exact_things_and_single_words_are_a_matter_of_letters(owner: User, letters: list[Message], asked: str) -> None:
    assert like_text(owner, asked, 5) == []


def test_what_is_like_nothing_finds_nothing(owner: User, letters: list[Message]) -> None:
    assert like_text(owner, "the moon landing of the astronauts", 5) == []


def test_the_inbox_shows_letters_first_and_meaning_below(client: Client, owner: User, letters: list[Message]) -> None:
    exact = receive("l9", text="Tell me when my parcel does arrive.", subject="X", from_address="x@example.org")
    client.force_login(owner)
    page = html(client.get("/inbox/all", {"q": ASKED}))
    first, _, second = page.partition("Similar in meaning")
    assert f"conversation-{exact.conversation_id}" in first
    assert f"conversation-{letters[0].conversation_id}" in second
    hits = html(client.get("/search", {"q": ASKED}, headers=HTMX))
    assert "similar in meaning" in hits


@pytest.mark.parametrize("asked", ["R-4711", "r-4711", "name of our", "company, order", "4711"])
def test_every_message_is_found_by_its_letters(client: Client, owner: User, letters: list[Message], asked: str) -> None:
    reply(conversation=letters[1].conversation, actor=owner, text="Here it is.")  # the preview is another one now
    client.force_login(owner)
    page = html(client.get("/inbox/all", {"q": asked}))
    assert f"conversation-{letters[1].conversation_id}" in page
    assert f"conversation-{letters[2].conversation_id}" not in page


@pytest.mark.parametrize("asked", ['"', 'a" OR 1=1 --', "NEAR(", "*", "%%%", "\0\0\0", "'; drop", "x" * 5000, "-- --"])
def test_hostile_words_find_nothing_and_break_nothing(
    client: Client, owner: User, letters: list[Message], asked: str
) -> None:
    client.force_login(owner)
    assert client.get("/inbox/all", {"q": asked}).status_code == 200
    assert client.get("/search", {"q": asked}).status_code == 200


def test_a_stranger_finds_nothing_by_letters_or_meaning(client: Client, stranger: User, letters: list[Message]) -> None:
    client.force_login(stranger)
    assert like_text(stranger, ASKED, 5) == []
    for asked in (ASKED, "R-4711", "Paket"):
        assert "conversation-" not in html(client.get("/inbox/all", {"q": asked}))


def test_somebody_with_few_conversations_finds_them_among_many(letters: list[Message]) -> None:
    colleague = make_user("sales", Scope.OWN)
    Conversation.objects.filter(pk=letters[0].conversation_id).update(assignee=colleague)
    assert like_text(colleague, ASKED, 5) == [letters[0].conversation_id]


def test_who_wants_no_profiling_is_not_found_by_meaning(owner: User, letters: list[Message]) -> None:
    assert like_text(owner, ASKED, 5)
    Person.objects.filter(conversations=letters[0].conversation_id).update(no_profiling=True)
    assert letters[0].conversation_id not in like_text(owner, ASKED, 5)


def test_what_was_deleted_is_not_found(owner: User, letters: list[Message]) -> None:
    assert like_text(owner, ASKED, 5)
    letters[0].conversation.delete()
    assert letters[0].conversation_id not in like_text(owner, ASKED, 5)


def test_a_damaged_vector_is_not_found_and_hurts_nobody(owner: User, letters: list[Message]) -> None:
    MessageVector.objects.filter(message=letters[0]).update(content=b"x", sketch=b"y")
    assert letters[0].conversation_id not in like_text(owner, ASKED, 5)
    assert like_text(owner, "return a blanket because of its colour", 5) == [letters[3].conversation_id]


def test_a_damaged_network_leaves_the_letters(
    client: Client, owner: User, letters: list[Message], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("analytics.ml.text.meaning._load", lambda: MeaningModel(tmp_path))
    client.force_login(owner)
    assert like_text(owner, ASKED, 5) == []
    assert f"conversation-{letters[1].conversation_id}" in html(client.get("/inbox/all", {"q": "R-4711"}))


def test_a_similar_conversation_shows_how_it_was_answered(
    client: Client, owner: User, letters: list[Message], django_assert_max_num_queries: Any
) -> None:
    answer = reply(conversation=letters[0].conversation, actor=owner, text="<b>It comes</b> tomorrow.")
    new = receive("new", text="When does my parcel arrive? I have been waiting for days.", from_address="n@example.org")
    understand([new.pk])
    client.force_login(owner)
    url = f"/conversations/{new.conversation_id}/similar"
    client.get(url)
    with django_assert_max_num_queries(14):
        page = html(client.get(url))
    assert f"/inbox/all/{letters[0].conversation_id}#message-{answer.pk}" in page
    assert "&lt;b&gt;It comes" in page
    assert "candles" not in page


def test_the_panel_of_an_unseen_conversation_is_not_there(
    client: Client, stranger: User, letters: list[Message]
) -> None:
    client.force_login(stranger)
    assert client.get(f"/conversations/{letters[0].conversation_id}/similar").status_code == 404


def test_the_panel_shows_only_what_its_reader_sees(letters: list[Message]) -> None:
    colleague = make_user("sales", Scope.OWN)
    new = receive("new", text="When does my parcel arrive? I have waited for days.", from_address="n@example.org")
    understand([new.pk])
    Conversation.objects.filter(pk=new.conversation_id).update(assignee=colleague)
    assert similar_conversations(colleague, new.conversation) == []


def test_a_conversation_without_meaning_has_no_panel(client: Client, owner: User) -> None:
    row = receive().conversation
    client.force_login(owner)
    assert "Similar" not in html(client.get(f"/conversations/{row.pk}/similar"))


def test_signs_find_nearly_what_a_full_comparison_finds() -> None:
    rng = np.random.default_rng(1)
    centre = meaning_centre()
    themes = rng.normal(size=(40, 384)) * 0.05
    many = np.vstack([centre + themes[at % 40] + rng.normal(size=384) * 0.04 for at in range(4000)]).astype(np.float32)
    book = SketchBook(most=10_000)
    book.add(list(range(1, 4001)), list(range(4000)), sketches(many, centre))
    asked = (centre + themes[3] + rng.normal(size=384) * 0.04).astype(np.float32)
    best = set((np.argsort(-likeness(many, asked, centre))[:10] + 1).tolist())
    near = book.nearest(sketches(asked[None], centre)[0], 300)
    assert len(best & set(near)) >= 9


def test_a_book_keeps_the_newest() -> None:
    book = SketchBook(most=3)
    for number in range(1, 6):
        book.add([number], [number], [bytes(48)])
    assert book.rows.tolist() == [3, 4, 5]
    assert book.nearest(bytes(48), 10, owners=np.array([5])) == [5]


def test_the_model_ships_with_its_centre() -> None:
    assert np.allclose(meaning_model().centre, meaning_centre())
    assert 0.5 < np.linalg.norm(meaning_centre()) < 1

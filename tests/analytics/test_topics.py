"""Rapport tells topics by itself after a few examples, says nothing where it is unsure, and keeps what it may."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.ml.artefact import ArtefactError
from analytics.ml.text import meaning
from analytics.ml.text.search.sketch import read_halves
from analytics.models import MessageVector, Score, TopicFit
from analytics.operations import meanings
from analytics.operations import topics as learning
from analytics.operations.meanings import read_topics, understand, understand_left_behind
from analytics.operations.reading import read_left_behind, read_messages
from analytics.operations.topics import is_due, learn_topics
from analytics.queries.topics import topics_page
from crm import events
from crm.models import Event, Person, User
from crm.operations.people import delete_person, update_person
from inbox.models import Conversation, Message, Topic, TopicSaid
from inbox.operations.topics import add_topic, say_topic
from tests.inbox.test_receive_message import receive
from tests.pages import html

pytestmark = pytest.mark.django_db
LATE = (
    "Where is my parcel? It should have arrived on Monday.",
    "The delivery is a week late and the tracking does not move.",
    "My order has not arrived yet, when will the carrier bring it?",
    "Still no parcel here. Can you ask the carrier where it is?",
    "Wann kommt mein Paket an? Ich warte seit Tagen.",
)
BILL = (
    "Please send me the invoice with the name of our company.",
    "The amount on the invoice is wrong, I paid less.",
    "I need the bill again, for our accountant.",
    "My invoice lacks the VAT number of our company.",
    "Können Sie mir bitte die Rechnung noch einmal schicken?",
)
NEW_LATE, NEW_BILL = "When does my parcel arrive? It is late.", "Could I get the invoice for our company again?"


def wrote(text: str, number: int) -> Message:
    return receive(f"n{number}", text=text, subject=f"Subject {number}", from_address=f"p{number}@example.org")


@pytest.fixture
def topics(support: User) -> tuple[Topic, Topic]:
    """Two topics with five examples each, said by a colleague."""
    late, bill = add_topic(actor=support, name="Delivery"), add_topic(actor=support, name="Invoice")
    for number, (topic, text) in enumerate([*((late, one) for one in LATE), *((bill, one) for one in BILL)]):
        say_topic(conversation=wrote(text, number).conversation, actor=support, topic=topic)
    return late, bill


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job runs in this process: a child takes a second to start."""

    def train(request: dict[str, Any], *, work: Path, alive: Any) -> dict[str, Any]:
        from analytics.ml.text.topics import job

        return job.learn(request, lambda stage, share: None)

    monkeypatch.setattr(learning, "train_in_child", train)


@pytest.fixture
def fit(topics: tuple[Topic, Topic], here: None) -> TopicFit:
    found = learn_topics()
    assert found is not None
    assert found.is_used
    return found


def told(text: str, number: int = 99) -> Message:
    message = wrote(text, number)
    read_messages([message.pk])
    return Message.objects.select_related("conversation__topic", "topic").get(pk=message.pk)


def test_a_child_process_learns_and_what_it_learnt_tells_the_next_messages(topics: tuple[Topic, Topic]) -> None:
    fit = learn_topics()
    assert fit is not None
    assert (fit.outcome, fit.is_used, fit.said_count) == ("better", True, 10)
    assert fit.figures["accuracy"] > fit.figures["largest"]
    assert Event.objects.get(kind="model.promoted").data["task"] == "topics"
    for text, number, topic in ((NEW_LATE, 90, topics[0]), (NEW_BILL, 91, topics[1])):
        message = told(text, number)
        assert message.topic == message.conversation.topic == topic
        assert message.topic_chance is not None
        assert 0.5 <= message.topic_chance <= 1


def test_a_message_of_no_topic_gets_none(fit: TopicFit) -> None:
    message = told("What is the name of the cat on your home page?")
    assert message.topic is None
    assert message.topic_chance is not None
    assert message.topic_chance < 0.5


def test_a_thread_that_opens_another_fit_takes_none_from_one_that_reads(
    fit: TopicFit, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgotten(dict[str, Any]):
        """As if another thread let go at once."""

        def __setitem__(self, key: str, value: Any) -> None:
            self.clear()

    monkeypatch.setattr(meanings, "_opened", Forgotten())
    assert meanings.tagger_in_use() is not None


def test_a_message_read_twice_is_one_vector_and_one_event(fit: TopicFit) -> None:
    message = told(NEW_LATE)
    Message.objects.filter(pk=message.pk).update(reading="")
    read_messages([message.pk])
    assert understand([message.pk]) == 0
    assert MessageVector.objects.filter(message=message).count() == 1
    assert Event.objects.filter(kind="conversation.topic_changed", person=message.conversation.person).count() == 1


def test_one_message_and_a_batch_are_read_alike(fit: TopicFit) -> None:
    rows = [told(text, 80 + at) for at, text in enumerate((NEW_LATE, NEW_BILL, "Thanks!"))]
    chances = [row.topic_chance for row in rows]
    Message.objects.update(topic_chance=None)
    read_topics([row.pk for row in rows])
    again = Message.objects.in_bulk([row.pk for row in rows])
    assert [again[row.pk].topic_chance for row in rows] == pytest.approx(chances, abs=1e-6)


def test_old_messages_are_read_again_by_a_new_fit_and_nobody_is_told(topics: tuple[Topic, Topic], here: None) -> None:
    message = told(NEW_LATE)
    assert not message.topic
    learn_topics()
    assert Message.objects.get(pk=message.pk).topic == topics[0]
    assert not Event.objects.filter(kind="conversation.topic_changed").exists()


def test_without_news_nothing_is_learnt_again(fit: TopicFit) -> None:
    assert learn_topics() is None
    assert not is_due()


def test_five_more_examples_are_learnt_from_at_once(
    fit: TopicFit, topics: tuple[Topic, Topic], support: User, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    woken: list[int] = []
    monkeypatch.setattr(learning, "wake_learner", lambda: woken.append(1))
    for number in range(5):
        say_topic(conversation=wrote(NEW_LATE, 60 + number).conversation, actor=support, topic=topics[0])
    with django_capture_on_commit_callbacks(execute=True):
        events.handle_events(list(Event.objects.filter(kind="conversation.topic_set").values_list("pk", flat=True)))
    assert woken
    second = learn_topics()
    assert second is not None
    assert (second.said_count, TopicFit.objects.filter(is_used=True).get()) == (15, second)


def test_one_topic_or_two_examples_are_too_few(support: User, here: None) -> None:
    late, bill = add_topic(actor=support, name="Delivery"), add_topic(actor=support, name="Invoice")
    for number, text in enumerate(LATE[:3]):
        say_topic(conversation=wrote(text, number).conversation, actor=support, topic=late)
    say_topic(conversation=wrote(BILL[0], 9).conversation, actor=support, topic=bill)
    assert not is_due()
    fit = learn_topics()
    assert fit is not None
    assert (fit.outcome, fit.is_used) == ("too_few", False)


def test_a_topic_out_of_use_is_told_no_more(fit: TopicFit, topics: tuple[Topic, Topic]) -> None:
    Topic.objects.filter(pk=topics[0].pk).update(is_active=False)
    assert told(NEW_LATE).topic is None
    again = learn_topics()
    assert again is not None
    assert not TopicFit.objects.filter(is_used=True).exists()


@pytest.mark.parametrize("damage", ["content", "digest", "network"])
def test_a_damaged_fit_tells_nothing_and_the_mood_is_read_all_the_same(fit: TopicFit, damage: str) -> None:
    changed = {"content": b"PK\x03\x04nothing", "digest": "0" * 64, "network": "another"}[damage]
    TopicFit.objects.update(**{damage: changed})
    meanings.forget_tagger()
    message = told(NEW_LATE)
    assert (message.topic, message.reading) == (None, "read")
    meanings.forget_tagger()


def test_a_damaged_vector_is_about_nothing(fit: TopicFit) -> None:
    message = told(NEW_LATE)
    MessageVector.objects.filter(message=message).update(content=b"short")
    assert not read_halves([b"short", b"\xff" * 768]).any()
    read_topics([message.pk])
    message.refresh_from_db()
    assert message.topic_chance is not None


def test_a_damaged_network_leaves_messages_without_a_meaning_until_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = receive()
    Message.objects.update(created_at=timezone.now() - timedelta(hours=1))
    with monkeypatch.context() as damaged:
        damaged.setattr(meaning, "_load", lambda: meaning.MeaningModel(tmp_path))
        assert understand([message.pk]) == 0
    assert read_left_behind() == 1
    assert MessageVector.objects.get().message == message
    assert understand_left_behind() == 0


def test_a_vector_is_384_halves_of_length_one() -> None:
    message = receive()
    understand([message.pk])
    kept = MessageVector.objects.get()
    assert (len(kept.content), len(kept.sketch)) == (768, 48)
    assert np.linalg.norm(read_halves([bytes(kept.content)])[0]) == pytest.approx(1, abs=1e-2)


def test_a_foreign_artefact_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError):
        meaning.MeaningModel(tmp_path)


def test_who_wants_no_profiling_has_no_meaning_and_teaches_nothing(topics: tuple[Topic, Topic], here: None) -> None:
    Person.objects.update(no_profiling=True)
    assert understand(list(Message.objects.values_list("pk", flat=True))) == 0
    assert not MessageVector.objects.exists()
    fit = learn_topics()
    assert fit is None or not fit.is_used


def test_the_wish_for_no_profiling_takes_meanings_away(
    fit: TopicFit, support: User, django_capture_on_commit_callbacks: Any
) -> None:
    message = told(NEW_LATE)
    person = message.conversation.person
    assert person is not None
    update_person(person=person, actor=support, no_profiling=True)
    handle(django_capture_on_commit_callbacks)
    message.refresh_from_db()
    assert not MessageVector.objects.filter(message=message).exists()
    assert (message.topic, Conversation.objects.get(pk=message.conversation_id).topic) == (None, None)


def test_meanings_go_with_the_person(support: User, django_capture_on_commit_callbacks: Any) -> None:
    message = told(NEW_LATE)
    assert message.conversation.person is not None
    delete_person(person=message.conversation.person, actor=support)
    handle(django_capture_on_commit_callbacks)
    assert not MessageVector.objects.exists()


def handle(capture: Any) -> None:
    with capture(execute=True):
        events.handle_events(list(Event.objects.filter(handled_at=None).values_list("pk", flat=True)))


def test_meanings_go_with_their_message() -> None:
    told(NEW_LATE).delete()
    assert not MessageVector.objects.exists()


@pytest.mark.parametrize("text", ["😀" * 300, "\u202e<img src=x onerror=alert(1)>", "a" * 50_000, "?"])
def test_hostile_text_is_read_like_any_other(fit: TopicFit, text: str) -> None:
    assert MessageVector.objects.filter(message=told(text)).exists()


def test_the_page_counts_topics_and_says_what_they_are_worth(
    client: Client, owner: User, fit: TopicFit, topics: tuple[Topic, Topic], django_assert_max_num_queries: Any
) -> None:
    person = Person.objects.get(conversations=told(NEW_LATE).conversation_id)
    today = timezone.localdate()
    Score.objects.create(person=person, task="churn", value=0.4, band="high", stake=600.0, horizon_days=90, as_of=today)
    client.force_login(owner)
    client.get("/insights/topics")
    with django_assert_max_num_queries(16):
        page = html(client.get("/insights/topics"))
    assert f"/inbox/all?topic={topics[0].pk}&amp;month=" in page
    assert "€600" in page
    Message.objects.update(created_at=timezone.now() - timedelta(days=40))
    assert "€600" not in html(client.get("/insights/topics"))  # beside "0 customers" there is no money
    Message.objects.update(created_at=timezone.now())
    assert "5 of 8 examples" in page
    assert "right in" in page


@pytest.mark.parametrize("who", ["owner", "stranger"])
def test_each_number_opens_just_what_it_counts(
    client: Client, request: pytest.FixtureRequest, support: User, who: str
) -> None:
    user = request.getfixturevalue(who)
    with time_machine.travel("2026-11-10T12:00:00+00:00", tick=False):
        topic = add_topic(actor=support, name="Delivery")
        messages = [wrote("Where is it?", number) for number in range(9)]
        messages.append(receive("again", text="Still nothing", in_reply_to="n1", from_address="p1@example.org"))
        whole = Message.objects.filter(pk__in=[message.pk for message in messages])
        whole.update(topic=topic, created_at="2026-11-03T12:00:00+00:00")
        Conversation.objects.update(topic=topic)
        Message.objects.filter(pk=messages[2].pk).update(created_at="2026-10-31T23:59:00+00:00")
        Message.objects.filter(pk=messages[3].pk).update(topic=None)  # the conversation's topic of before
        Person.objects.filter(conversations=messages[4].conversation).update(no_profiling=True)
        Conversation.objects.filter(pk=messages[5].conversation_id).update(person=None)
        Person.objects.filter(conversations=messages[6].conversation).update(owner=user)
        Conversation.objects.filter(pk=messages[7].conversation_id).update(assignee=user)
        page = topics_page(user)
        (line,) = page.lines
        client.force_login(user)
        shown = client.get(line.url)
        people = client.get(line.people_url)
        untold = client.get(page.untold_url) if page.untold_url else None
    assert (line.now, line.people) == (("6", "5") if who == "owner" else ("2", "1"))
    assert len(shown.context["listing"].rows) == int(line.now)
    assert len(people.context["page"].rows) == int(line.people)
    assert "Written in Nov 2026" in html(shown)
    assert untold is not None
    assert len(untold.context["listing"].rows) == (1 if who == "owner" else 0)


@pytest.mark.parametrize("month", ["2026-13", "x", "0000-01", "9999-12", "2026-1", "'--", "12026-11"])
def test_a_month_that_is_none_narrows_nothing(client: Client, owner: User, month: str) -> None:
    client.force_login(owner)
    assert client.get("/inbox/all", {"topic": "1", "month": month}).status_code == 200


def test_a_business_without_topics_is_offered_some(client: Client, support: User) -> None:
    client.force_login(support)
    page = html(client.get("/insights/topics"))
    assert "Return and refund" in page
    client.post("/insights/topics/start", {"topics": ["delivery", "return"]})
    assert Topic.objects.count() == 2
    client.post("/insights/topics/add", {"name": "Gift wrapping"})
    assert Topic.objects.filter(name="Gift wrapping").exists()
    assert client.post("/insights/topics/add", {"name": "gift wrapping"}).status_code == 422
    assert client.post("/insights/topics/add", {"name": ""}).status_code == 422


def test_who_does_not_answer_reads_but_adds_nothing(client: Client, readonly: User) -> None:
    client.force_login(readonly)
    assert client.get("/insights/topics").status_code == 200
    for name in ("add", "start"):
        assert client.post(f"/insights/topics/{name}", {"name": "X", "topics": ["delivery"]}).status_code == 403
        assert client.get(f"/insights/topics/{name}").status_code == 405
    assert not Topic.objects.exists()


def test_a_stranger_counts_only_what_they_see(client: Client, stranger: User, fit: TopicFit) -> None:
    told(NEW_LATE)
    client.force_login(stranger)
    page = html(client.get("/insights/topics"))
    assert "About none of these" not in page
    assert page.count(">0</a>") >= 2


def test_the_admin_says_how_well_topics_are_told(client: Client, manager: User, fit: TopicFit) -> None:
    client.force_login(manager)
    assert "better than what was in use" in client.get("/admin/analytics/topicfit/").content.decode()
    assert client.get(f"/admin/analytics/topicfit/{fit.pk}/change/").status_code == 200


@pytest.mark.parametrize(
    ("counts", "said"),
    [((3, 1, 0), ""), ((1, 0, 30), ""), ((12, 2, 0), "+500%"), ((0, 6, 0), "−100%"), ((5, 0, 9), "new")],
)
def test_a_change_is_named_only_where_it_is_more_than_chance(
    owner: User, support: User, counts: tuple[int, int, int], said: str
) -> None:
    """Against the same days of the month before: a month that has just begun is not a month with fewer messages."""
    with time_machine.travel("2026-11-10T12:00:00+00:00", tick=False):
        topic = add_topic(actor=support, name="Delivery")
        for day, count in zip(("11-05", "10-05", "10-20"), counts, strict=True):
            for number in range(count):
                message = wrote("Where is it?", int(day.replace("-", "")) * 100 + number)
                when = f"2026-{day}T12:00:00+00:00"
                Message.objects.filter(pk=message.pk).update(topic=topic, created_at=when, sentiment="negative")
        (line,) = topics_page(owner).lines
    now = counts[0]
    assert line.change == said
    assert line.unhappy == ("" if not now else "100%" if now >= 5 else f"{now} of {now}")
    assert line.is_unhappy == (now >= 5)


def test_a_newcomer_is_told_how_far_the_first_learning_is(
    client: Client,
    topics: tuple[Topic, Topic],
    support: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    understand([Message.objects.order_by("pk")[0].pk])
    client.force_login(support)
    page = html(client.get("/insights/topics"))
    assert "learning these topics from 10 examples" in page
    assert "1 of 10 messages are read" in page
    assert 'value="10"' in page
    assert 'hx-get="/insights/topics/progress"' in page
    with django_assert_max_num_queries(8):  # the session, the user and the business included
        asked = html(client.get("/insights/topics/progress"))
    assert "1 of 10 messages are read" in asked
    assert "<table" not in asked
    learn_topics()
    assert 'hx-select="#topic-lines"' in html(client.get("/insights/topics/progress"))
    page = html(client.get("/insights/topics"))
    assert "learning these topics" not in page
    assert "data-poll" not in page
    assert topics_page(support).progress is None


def test_a_first_learning_that_did_not_work_is_said_and_not_waited_for(
    client: Client, topics: tuple[Topic, Topic], support: User
) -> None:
    TopicSaid.objects.update(at=timezone.now() - timedelta(minutes=31))
    client.force_login(support)
    for url in ("/insights/topics", "/insights/topics/progress"):
        page = html(client.get(url))
        assert "did not work. Rapport tries again tonight." in page
        assert "data-poll" not in page
        assert "In a few minutes" not in page


def test_without_examples_nothing_is_said_of_learning(support: User) -> None:
    add_topic(actor=support, name="Delivery")
    assert topics_page(support).progress is None


def test_the_demo_learns_topics_before_everything_else(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """They wait in the same queue as the training, which takes minutes."""
    from celery import current_app

    from analytics.demo import learn_demo

    asked: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_more: asked.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        learn_demo(None)  # type: ignore[arg-type]
    assert asked.index("analytics.learn_topics") < asked.index("analytics.train")

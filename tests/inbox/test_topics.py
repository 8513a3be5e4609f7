"""Colleagues say what a conversation is about, by one click or for several at once; what they say stays."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from crm.filters import compile_filter
from crm.models import Event, Person, User, Workspace
from inbox.models import Conversation, Topic, TopicSaid
from inbox.operations.topics import (
    STARTERS,
    TopicTakenError,
    add_starters,
    add_topic,
    refuse_topic,
    say_topic,
    set_topic,
    starter_topics,
)
from tests.inbox.test_receive_message import receive

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def delivery(db: None) -> Topic:
    return add_topic(actor=None, name="Delivery")


@pytest.fixture
def invoice(db: None) -> Topic:
    return add_topic(actor=None, name="Invoice")


@pytest.fixture
def conversation(db: None) -> Conversation:
    return receive().conversation


def url(name: str, conversation: Conversation) -> str:
    return reverse(f"inbox:{name}", args=["open", conversation.pk])


def fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_related("topic").get(pk=conversation.pk)


def test_a_topic_is_said_by_one_click_and_becomes_an_example(
    client: Client, support: User, conversation: Conversation, delivery: Topic
) -> None:
    client.force_login(support)
    page = client.post(url("topic", conversation), {"topic": delivery.pk}, follow=True).content.decode()
    assert (fresh(conversation).topic, fresh(conversation).is_topic_said) == (delivery, True)
    said = TopicSaid.objects.get()
    assert (said.topic, said.is_it, said.by) == (delivery, True, support)
    assert conversation.messages.get().topic == delivery
    assert '<span dir="auto">Delivery</span>' in page
    event = Event.objects.get(kind="conversation.topic_set")
    assert (event.data["topic"], event.data["to"], event.actor) == ("Delivery", delivery.pk, support)


def test_saying_it_again_is_no_second_event(conversation: Conversation, delivery: Topic, support: User) -> None:
    for _ in range(2):
        say_topic(conversation=conversation, actor=support, topic=delivery)
    assert Event.objects.filter(kind="conversation.topic_set").count() == 1
    assert TopicSaid.objects.count() == 1


def test_another_topic_makes_the_first_a_counter_example(
    conversation: Conversation, delivery: Topic, invoice: Topic, support: User
) -> None:
    say_topic(conversation=conversation, actor=support, topic=delivery)
    say_topic(conversation=conversation, actor=support, topic=invoice)
    assert set(TopicSaid.objects.values_list("topic", "is_it")) == {(delivery.pk, False), (invoice.pk, True)}


def test_not_this_takes_the_topic_away_for_good(
    client: Client, support: User, conversation: Conversation, delivery: Topic
) -> None:
    message = conversation.messages.get()
    set_topic(message=message, topic=delivery, chance=0.8)
    client.force_login(support)
    client.post(url("topic-wrong", conversation))
    set_topic(message=message, topic=delivery, chance=0.9)
    assert (fresh(conversation).topic, fresh(conversation).is_topic_said) == (None, True)
    assert not TopicSaid.objects.get().is_it


def test_not_this_without_a_topic_is_nothing(conversation: Conversation, support: User) -> None:
    refuse_topic(conversation=conversation, actor=support)
    assert not Event.objects.filter(kind="conversation.topic_set").exists()


def test_what_was_read_stands_until_a_colleague_says_better(
    conversation: Conversation, delivery: Topic, invoice: Topic, support: User
) -> None:
    message = conversation.messages.get()
    set_topic(message=message, topic=delivery, chance=0.8)
    assert Event.objects.get(kind="conversation.topic_changed").data["topic"] == "Delivery"
    say_topic(conversation=conversation, actor=support, topic=invoice)
    set_topic(message=message, topic=delivery, chance=0.99)
    assert fresh(conversation).topic == invoice


def test_the_conversation_is_about_its_newest_message_with_a_topic(delivery: Topic, invoice: Topic) -> None:
    first, second, third = receive("m1"), receive("m2"), receive("m3")
    set_topic(message=first, topic=delivery, chance=0.8)
    set_topic(message=second, topic=invoice, chance=0.8)
    set_topic(message=third, topic=None, chance=0.2)
    assert fresh(first.conversation).topic == invoice


def test_a_new_topic_has_this_conversation_as_its_first_example(
    client: Client, support: User, conversation: Conversation
) -> None:
    client.force_login(support)
    page = client.post(url("topic-new", conversation), {"name": HOSTILE}, follow=True).content.decode()
    assert fresh(conversation).topic == Topic.objects.get(name=HOSTILE)
    assert HOSTILE not in page


@pytest.mark.parametrize("name", ["", "   ", "\0"])
def test_a_topic_needs_a_name(client: Client, support: User, conversation: Conversation, name: str) -> None:
    client.force_login(support)
    assert client.post(url("topic-new", conversation), {"name": name}, follow=True).status_code == 200
    with pytest.raises(TopicTakenError):
        add_topic(actor=support, name=name)
    assert not Topic.objects.exists()


def test_a_name_is_taken_once_and_comes_back_into_use(delivery: Topic) -> None:
    with pytest.raises(TopicTakenError, match="Delivery"):
        add_topic(actor=None, name="  delivery ")
    Topic.objects.update(is_active=False)
    assert add_topic(actor=None, name="DELIVERY") == delivery
    assert Topic.objects.get().is_active


def test_starters_speak_the_language_of_the_business_and_come_once() -> None:
    Workspace.objects.create(pk=1, name="Laden", language="en")
    made = add_starters(actor=None, keys=["delivery", "praise", "nonsense"])
    assert [topic.name for topic in made] == ["Delivery", "Praise"]
    assert add_starters(actor=None, keys=[one.key for one in STARTERS[:1]]) == []
    assert set(starter_topics()) == {"delivery", "praise"}


def test_several_ticked_ones_get_a_topic_together(client: Client, support: User, delivery: Topic) -> None:
    rows = [receive(f"m{at}", subject=f"S{at}").conversation for at in range(3)]
    client.force_login(support)
    asked = {"conversations": [rows[0].pk, rows[2].pk, 10**17, "x"], "topic": delivery.pk}
    client.post(reverse("inbox:topic-of-many", args=["open"]), asked)
    assert [fresh(row).topic for row in rows] == [delivery, None, delivery]


@pytest.mark.parametrize("topic", ["", "0", "1; drop", "99999999999999999999"])
def test_an_unknown_topic_changes_nothing(
    client: Client, support: User, conversation: Conversation, delivery: Topic, topic: str
) -> None:
    client.force_login(support)
    client.post(url("topic", conversation), {"topic": topic})
    client.post(reverse("inbox:topic-of-many", args=["open"]), {"conversations": [conversation.pk], "topic": topic})
    assert not fresh(conversation).is_topic_said


def test_only_who_answers_may_say_it_and_only_of_what_they_see(
    client: Client, readonly: User, stranger: User, conversation: Conversation, delivery: Topic
) -> None:
    Conversation.objects.update(assignee=readonly)
    data = {"topic": delivery.pk, "name": "New", "conversations": [conversation.pk]}
    addresses = [url(name, conversation) for name in ("topic", "topic-wrong", "topic-new")]
    client.force_login(readonly)
    for address in (*addresses, reverse("inbox:topic-of-many", args=["open"])):
        assert client.post(address, data).status_code == 403
        assert client.get(address).status_code == 405
    Person.objects.update(owner=readonly)
    client.force_login(stranger)
    for address in addresses:
        assert client.post(address, data).status_code == 404
    client.post(reverse("inbox:topic-of-many", args=["open"]), data)
    assert not fresh(conversation).is_topic_said
    assert Topic.objects.count() == 1


def test_the_list_shows_topics_and_is_narrowed_by_one(client: Client, support: User, delivery: Topic) -> None:
    about, other = receive("m1", subject="Parcel").conversation, receive("m2", subject="Cat").conversation
    say_topic(conversation=about, actor=support, topic=delivery)
    client.force_login(support)
    page = client.get(f"/inbox/open?topic={delivery.pk}").content.decode()
    assert (f"conversation-{about.pk}" in page, f"conversation-{other.pk}" in page) == (True, False)
    assert f"topic={delivery.pk}&amp;current" in page
    page = client.get("/inbox/open?topic=none").content.decode()
    assert (f"conversation-{about.pk}" in page, f"conversation-{other.pk}" in page) == (False, True)
    assert "Nothing found" in client.get("/inbox/open?topic=77777").content.decode()
    assert client.get("/inbox/open?topic=%00x'").status_code == 200


def test_filters_know_what_a_conversation_is_about_and_who_wrote_about_it(
    conversation: Conversation, delivery: Topic, support: User
) -> None:
    say_topic(conversation=conversation, actor=support, topic=delivery)
    rule = {"field": "topic", "op": "is", "value": str(delivery.pk)}
    assert Conversation.objects.filter(compile_filter("conversation", rule)).get() == conversation
    assert Person.objects.filter(compile_filter("person", rule)).get() == conversation.person
    for target, model in (("conversation", Conversation), ("person", Person)):
        for op in ("is_not", "is_empty"):
            assert not model.objects.filter(compile_filter(target, rule | {"op": op})).exists()


def test_the_api_tells_the_topic_and_is_narrowed_by_it(
    client: Client, manager: User, conversation: Conversation, delivery: Topic
) -> None:
    say_topic(conversation=conversation, actor=manager, topic=delivery)
    client.force_login(manager)
    found = client.get(f"/api/v1/conversations/?topic={delivery.pk}").json()["results"]
    assert [(row["topic"], row["topic_name"], row["is_topic_said"]) for row in found] == [
        (delivery.pk, "Delivery", True)
    ]
    tree = '{"field": "topic", "op": "is_empty"}'
    assert client.get("/api/v1/conversations/", {"filter": tree}).json()["results"] == []


def test_a_message_has_one_topic(conversation: Conversation, delivery: Topic, invoice: Topic) -> None:
    message = conversation.messages.get()
    TopicSaid.objects.create(message=message, topic=delivery, is_it=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        TopicSaid.objects.create(message=message, topic=invoice, is_it=True)


def test_the_admin_renames_topics_and_never_deletes_them(client: Client, manager: User, delivery: Topic) -> None:
    client.force_login(manager)
    assert "Delivery" in client.get("/admin/inbox/topic/").content.decode()
    client.post(f"/admin/inbox/topic/{delivery.pk}/change/", {"name": "Post", "description": "", "is_active": "on"})
    assert Topic.objects.get().name == "Post"
    assert client.post(f"/admin/inbox/topic/{delivery.pk}/delete/", {"post": "yes"}).status_code == 403

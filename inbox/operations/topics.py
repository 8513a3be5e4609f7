"""What conversations are about: topics, what was read, and what a colleague said instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from crm.events import record_event
from crm.models import User
from crm.operations.workspace import current_workspace
from inbox.models import Conversation, Message, Topic, TopicSaid

MOST_TOPICS = 100


class TopicTakenError(ValueError):
    """There is a topic of this name already, or there are as many as anybody can keep apart."""


@dataclass(frozen=True)
class Starter:
    """A topic that most shops know."""

    key: str
    name: Any
    description: Any


STARTERS: tuple[Starter, ...] = (
    Starter("delivery", _l("Delivery"), _l("Where is my parcel, when does it arrive, it is late or lost.")),
    Starter("invoice", _l("Invoice and payment"), _l("An invoice is missing or wrong, paying does not work.")),
    Starter("return", _l("Return and refund"), _l("Send something back, exchange it, get the money back.")),
    Starter("product", _l("Product question"), _l("Is it in stock, what size, material or colour does it have.")),
    Starter("quality", _l("Complaint about quality"), _l("It arrived broken, is faulty, or not as described.")),
    Starter("appointment", _l("Appointment"), _l("Book or move an appointment, opening hours, a visit.")),
    Starter("cancellation", _l("Cancellation"), _l("Cancel an order, a contract or a subscription.")),
    Starter("praise", _l("Praise"), _l("Thank you, everything was lovely, we are happy with it.")),
    Starter("technical", _l("Technical problem"), _l("The page, the app, the log-in or the voucher code fails.")),
)


@transaction.atomic
def add_topic(*, actor: User | None, name: str, description: str = "", source: str = "") -> Topic:
    """A new topic, or the old one of this name put in use again. Records `topic.added`. Raises TopicTakenError."""
    name = " ".join(name.replace("\0", "").split())[:60]
    if not name:
        raise TopicTakenError(_("Give the topic a name."))
    if Topic.objects.filter(is_active=True).count() >= MOST_TOPICS:
        raise TopicTakenError(_("There are %(most)s topics. Take one out of use first.") % {"most": MOST_TOPICS})
    known = Topic.objects.filter(name__iexact=name).first()
    if known is not None and known.is_active:
        raise TopicTakenError(_("There is a topic “%(name)s” already.") % {"name": known.name})
    if known is not None:
        Topic.objects.filter(pk=known.pk).update(is_active=True)
        return known
    topic = _created(name, " ".join(description.replace("\0", "").split())[:300], source)
    record_event(kind="topic.added", subject=topic, actor=actor, data={"name": topic.name})
    return topic


def _created(name: str, description: str, source: str) -> Topic:
    try:
        with transaction.atomic():
            return Topic.objects.create(name=name, description=description, source=source)
    except IntegrityError as error:  # two at once
        raise TopicTakenError(_("There is a topic “%(name)s” already.") % {"name": name}) from error


@transaction.atomic
def add_starters(*, actor: User | None, keys: Iterable[str], source: str = "") -> list[Topic]:
    """These of the topics that most shops know, in the language of the business; those that are there stay."""
    wanted = set(keys)
    with translation.override(current_workspace().language):
        chosen = [(str(one.name), str(one.description)) for one in STARTERS if one.key in wanted]
    taken = {name.casefold() for name in Topic.objects.values_list("name", flat=True)}
    return [
        add_topic(actor=actor, name=name, description=words, source=source)
        for name, words in chosen
        if name.casefold() not in taken
    ]


def starter_topics() -> dict[str, Topic]:
    """The topics that most shops know, as far as they are there, by key."""
    with translation.override(current_workspace().language):
        names = {str(one.name): one.key for one in STARTERS}
    return {names[topic.name]: topic for topic in Topic.objects.filter(name__in=names)}


@transaction.atomic
def say_topic(*, conversation: Conversation, actor: User, topic: Topic | None) -> Conversation:
    """What a conversation is about, said by a colleague; None says that it is about none of the topics.

    The message that tells it becomes an example, and what stood there before a counter-example. Saying the same again
    confirms it. Records `conversation.topic_set` where that is a change.
    """
    conversation = _locked(conversation)
    was, message = conversation.topic, telling_message(conversation)
    if message is not None:
        _note(message, topic, actor)
        if was is not None and was != topic:
            _note(message, was, actor, is_it=False)
        Message.objects.filter(pk=message.pk).update(topic=topic, topic_chance=None)
    is_news = was != topic or not conversation.is_topic_said
    conversation.topic, conversation.is_topic_said = topic, True
    conversation.save(update_fields=["topic", "is_topic_said"])
    if is_news:
        _record("conversation.topic_set", conversation, was, actor)
    return conversation


@transaction.atomic
def refuse_topic(*, conversation: Conversation, actor: User) -> Conversation:
    """The topic that was read is not it. Idempotent. Records `conversation.topic_set`."""
    conversation = _locked(conversation)
    if conversation.topic is None:
        return conversation
    return say_topic(conversation=conversation, actor=actor, topic=None)


def _note(message: Message, topic: Topic | None, actor: User, *, is_it: bool = True) -> None:
    """Keep what was said of a message; it has one topic at most."""
    if is_it:
        TopicSaid.objects.filter(message=message, is_it=True).exclude(topic=topic).delete()
    if topic is not None:
        fields = {"is_it": is_it, "by": actor, "at": timezone.now()}
        TopicSaid.objects.update_or_create(message=message, topic=topic, defaults=fields)


def telling_message(conversation: Conversation) -> Message | None:
    """The message that says what a conversation is about: the newest with its topic, else the customer's first."""
    incoming = conversation.messages.filter(direction=Message.Direction.IN)
    if conversation.topic_id is not None:
        newest = incoming.filter(topic=conversation.topic_id).order_by("-pk").first()
        if newest is not None:
            return newest
    return incoming.order_by("pk").first()


@transaction.atomic
def set_topic(*, message: Message, topic: Topic | None, chance: float | None, is_told: bool = True) -> None:
    """Keep what was read in one message, unless a colleague has said what its conversation is about.

    The conversation is about what its newest message with a topic is about. Records `conversation.topic_changed`
    when that becomes another topic, unless an old message is read again and nobody `is_told`.
    """
    conversation = _locked(message.conversation)
    if conversation.is_topic_said:
        return
    Message.objects.filter(pk=message.pk).update(topic=topic, topic_chance=chance)
    was = conversation.topic
    told = conversation.messages.filter(direction=Message.Direction.IN, topic__is_active=True)
    newest = told.select_related("topic").order_by("-pk").first()
    conversation.topic = newest.topic if newest else None
    if conversation.topic == was:
        return
    conversation.save(update_fields=["topic"])
    if conversation.topic is not None and is_told:
        _record("conversation.topic_changed", conversation, was, None)


def _locked(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("topic", "person")
    return rows.get(pk=conversation.pk)


def _record(kind: str, conversation: Conversation, was: Topic | None, actor: User | None) -> None:
    topic = conversation.topic
    record_event(
        kind=kind, subject=conversation, person=conversation.person, actor=actor,
        data={"conversation": conversation.pk, "subject": conversation.subject, "from": was.name if was else "",
              "topic": topic.name if topic else "", "to": topic.pk if topic else None},
    )  # fmt: skip

"""How messages sound: what the text model read, and what a colleague said instead."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from crm.events import record_event
from crm.models import User
from inbox.models import Conversation, Message, Mood

TOLD = (Mood.NEGATIVE, Mood.POSITIVE)  # worth a line on the timeline


@transaction.atomic
def set_reading(
    *, message: Message, reading: str, language: str = "", sentiment: str = "", score: float | None = None
) -> None:
    """Keep what was read in one message, unless a colleague has said how it sounds.

    Its conversation sounds like the newest message that could be read. Records `conversation.mood_changed` when that
    turns unhappy or happy.
    """
    Message.objects.filter(pk=message.pk, corrected="").update(
        reading=reading, language=language, sentiment=sentiment, sentiment_score=score
    )
    _settle(message)


@transaction.atomic
def correct_reading(*, message: Message, actor: User, mood: str) -> None:
    """Keep how a colleague says that a customer's message sounds; saying it again is confirming it.

    Records `message.corrected`. Raises ValueError for a message of ours or an unknown mood.
    """
    if message.direction != Message.Direction.IN or mood not in Mood.values:
        raise ValueError(mood)
    message = Message.objects.select_for_update(of=("self",)).select_related("conversation__person").get(pk=message.pk)
    was, message.sentiment, message.corrected = message.sentiment, mood, mood
    message.reading = Message.Reading.READ
    message.save(update_fields=["sentiment", "corrected", "reading"])
    record_event(
        kind="message.corrected", subject=message, person=message.conversation.person, actor=actor,
        data={"conversation": message.conversation_id, "subject": message.conversation.subject, "from": was,
              "to": mood},
    )  # fmt: skip
    _settle(message)


@transaction.atomic
def forget_readings(people: Iterable[int]) -> int:
    """Forget what was read in the messages of these people; what a colleague said of a message stays. How many.

    They are marked as not to be read. Idempotent.
    """
    theirs = Message.objects.filter(direction=Message.Direction.IN, conversation__person__in=people, corrected="")
    rows = list(theirs.exclude(reading__in=["", Message.Reading.UNWANTED]).values_list("pk", "conversation_id"))
    Message.objects.filter(pk__in=[pk for pk, _conversation in rows]).update(
        reading=Message.Reading.UNWANTED, language="", sentiment="", sentiment_score=None
    )
    for conversation in Conversation.objects.filter(pk__in={conversation for _pk, conversation in rows}):
        sentiment = _mood(conversation)
        if sentiment != conversation.sentiment:
            Conversation.objects.filter(pk=conversation.pk).update(sentiment=sentiment)
    return len(rows)


def _settle(message: Message) -> None:
    """The conversation follows its messages."""
    conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=message.conversation_id)
    was, conversation.sentiment = conversation.sentiment, _mood(conversation)
    if conversation.sentiment == was:
        return
    conversation.save(update_fields=["sentiment"])
    if conversation.sentiment in TOLD:
        record_event(
            kind="conversation.mood_changed", subject=conversation, person=conversation.person,
            data={"conversation": conversation.pk, "subject": conversation.subject, "from": was,
                  "to": conversation.sentiment},
        )  # fmt: skip


def _mood(conversation: Conversation) -> str:
    read = conversation.messages.filter(direction=Message.Direction.IN).exclude(sentiment="")
    return read.order_by("-pk").values_list("sentiment", flat=True).first() or ""

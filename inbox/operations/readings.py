"""What the text model read in a message is kept, on it and on its conversation."""

from __future__ import annotations

from django.db import transaction

from crm.events import record_event
from inbox.models import Conversation, Message

TOLD = ("negative", "positive")  # moods worth a line on the timeline


@transaction.atomic
def set_reading(
    *, message: Message, reading: str, language: str = "", sentiment: str = "", score: float | None = None
) -> None:
    """Keep the reading of one message; its conversation sounds like the newest message that could be read.

    Records `conversation.mood_changed` when the conversation turns unhappy or happy.
    """
    Message.objects.filter(pk=message.pk).update(
        reading=reading, language=language, sentiment=sentiment, sentiment_score=score
    )
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

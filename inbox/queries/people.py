"""What the page of a person shows of the inbox."""

from __future__ import annotations

from django.db.models import QuerySet

from crm.models import User
from inbox.models import Conversation, Rating

MOST_RATINGS = 3


def conversations_of(user: User, person_id: int, *, limit: int = 5) -> QuerySet[Conversation]:
    """A person's newest conversations that this user may see."""
    rows = Conversation.objects.visible_to(user).filter(person=person_id)
    return rows.select_related("assignee").order_by("-last_message_at", "-pk")[:limit]


def last_ratings(user: User, person_id: int) -> list[Rating]:
    """The newest answers of a person that this user may see."""
    rows = Rating.objects.visible_to(user).filter(person=person_id).answered()
    return list(rows.order_by("-answered_at", "-pk")[:MOST_RATINGS])

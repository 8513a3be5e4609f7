"""The right pane of the inbox: one open conversation with its messages, and who may take it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access import ROLE_ALLOWS, Can
from crm.formats import language_name, reader_locale
from crm.models import User
from inbox.models import Conversation, Draft, Message, Post
from inbox.queries.marks import mark_of

MOST_MESSAGES = 200


@dataclass(frozen=True)
class Bubble:
    """One message as it is shown: who wrote it, in which foreign language, and for an answer how its mail fares."""

    message: Message
    who: str
    language: str
    is_ours: bool
    is_note: bool
    post: Post | None

    @property
    def mark(self) -> tuple[object, ...]:
        """Changes with what is shown of it."""
        fate = self.post and (self.post.state, self.post.error)
        return self.message.pk, self.message.reading, self.message.sentiment, fate


@dataclass(frozen=True)
class Thread:
    """The right pane: a conversation, its messages oldest first, and who may take it over."""

    conversation: Conversation
    bubbles: Sequence[Bubble]
    has_earlier: bool
    last_incoming: int
    email: str
    others: int

    @property
    def mark(self) -> str:
        """Changes with a new message, a new reading of one, and whenever a mail's fate changes."""
        row, asked = self.conversation, self.conversation.question
        answer = asked and (asked.value, asked.comment, asked.asked_at, asked.declined_at)
        about = (row.topic_id, row.is_topic_said)
        return mark_of((row.status, row.assignee_id, about, answer), [bubble.mark for bubble in self.bubbles])


def thread(user: User, conversation: Conversation) -> Thread:
    newest = list(
        Message.objects.filter(conversation=conversation)
        .select_related("author", "post")
        .order_by("-created_at", "-pk")[: MOST_MESSAGES + 1]
    )
    shown = newest[:MOST_MESSAGES][::-1]
    incoming = [message.pk for message in shown if message.direction == Message.Direction.IN]
    return Thread(
        conversation=conversation,
        bubbles=[_bubble(message) for message in shown],
        has_earlier=len(newest) > MOST_MESSAGES,
        last_incoming=max(incoming, default=0),
        email=_email(conversation),
        others=_others(user, conversation),
    )


def _bubble(message: Message) -> Bubble:
    is_ours = message.direction != Message.Direction.IN
    return Bubble(
        message=message,
        who=str(message.author) if message.author else message.from_name or message.from_address or _("Somebody"),
        language=_foreign(message.language),
        is_ours=is_ours,
        is_note=message.direction == Message.Direction.NOTE,
        post=getattr(message, "post", None) if is_ours else None,
    )


def _foreign(language: str) -> str:
    """The name of a language that is not the reader's."""
    return language_name(language) if language and language != reader_locale().language else ""


def _email(conversation: Conversation) -> str:
    if conversation.person is None:
        return ""
    point = conversation.person.contact_points.filter(kind="email", invalid_at=None).order_by("-is_primary").first()
    return point.value if point else ""


def _others(user: User, conversation: Conversation) -> int:
    """How many other conversations this user sees with the same person."""
    if conversation.person_id is None:
        return 0
    return (
        Conversation.objects.visible_to(user).filter(person=conversation.person_id).exclude(pk=conversation.pk).count()
    )


def draft_of(user: User, conversation: Conversation) -> Draft | None:
    """What this user has begun to write here."""
    return Draft.objects.filter(conversation=conversation, user=user).first()


def colleagues() -> QuerySet[User]:
    """Who may take a conversation: everybody whose role answers customers."""
    roles = [role for role, rights in ROLE_ALLOWS.items() if Can.ANSWER in rights]
    return User.objects.filter(is_active=True, role__in=roles).order_by("name", "email")


def tomorrow_morning(now: datetime) -> datetime:
    """Nine o'clock on the next day in the user's zone: what "tomorrow" means when something is put off."""
    return (timezone.localtime(now) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)

"""What colleagues do with a conversation: answer, note, assign, snooze, close, reopen."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.events import record_event
from crm.models import ContactPoint, User
from inbox.models import Conversation, Message, Post
from inbox.operations.posting import post_mail


class NoAddressError(ValueError):
    """The person has no working e-mail address to answer to."""


class NewerMessageError(Exception):
    """The customer wrote again after the page was opened; the answer may no longer fit."""


@transaction.atomic
def reply(
    *,
    conversation: Conversation,
    actor: User,
    text: str,
    seen_message: int | None = None,
    close: bool = False,
    once_key: str = "",
) -> Message:
    """Answer the customer: the message and its outgoing mail are one write. Records `message.sent`.

    The same text under the same `once_key` again returns the answer of then: a button pressed twice sends one mail.
    Raises NoAddressError, and NewerMessageError if a message newer than `seen_message` has come in.
    """
    conversation = _locked(conversation)
    written = _written(conversation, once_key, text)
    if written is not None:
        return written
    incoming = conversation.messages.filter(direction=Message.Direction.IN)
    if seen_message is not None and incoming.filter(pk__gt=seen_message).exists():
        raise NewerMessageError
    message = _write(conversation, actor, text, Message.Direction.OUT, once_key)
    post_mail(
        once_key=f"message:{message.pk}", to=_address(conversation), body=message.text, message=message,
        subject=_reply_subject(conversation), thread=thread_of(conversation),
    )  # fmt: skip
    now = message.created_at
    conversation.first_reply_at = conversation.first_reply_at or now
    conversation.assignee = conversation.assignee or actor
    conversation.waiting_since, conversation.is_unread = None, False
    conversation.last_message_at, conversation.preview = now, " ".join(message.text.split())[:200]
    conversation.status = Conversation.Status.CLOSED if close else Conversation.Status.WAITING
    conversation.closed_at = now if close else None
    conversation.save()
    _record("message.sent", conversation, actor, text=message.text[:300])
    if close:
        _record("conversation.closed", conversation, actor)
    return message


@transaction.atomic
def add_internal_note(*, conversation: Conversation, actor: User, text: str, once_key: str = "") -> Message:
    """Write something only colleagues see; the same `once_key` writes it once. Records `conversation.noted`."""
    conversation = _locked(conversation)
    written = _written(conversation, once_key, text)
    if written is not None:
        return written
    message = _write(conversation, actor, text, Message.Direction.NOTE, once_key)
    _record("conversation.noted", conversation, actor, text=message.text[:300])
    return message


@transaction.atomic
def assign(*, conversation: Conversation, actor: User | None, assignee: User | None) -> Conversation:
    """Give it to a colleague, or to nobody. Records `conversation.assigned` if that is a change."""
    conversation = _locked(conversation)
    if conversation.assignee_id != (assignee.pk if assignee else None):
        conversation.assignee = assignee
        conversation.save(update_fields=["assignee"])
        _record("conversation.assigned", conversation, actor, to=str(assignee) if assignee else "")
    return conversation


@transaction.atomic
def close(*, conversation: Conversation, actor: User | None) -> Conversation:
    """Done. Idempotent. Records `conversation.closed`."""
    return _set_status(conversation, Conversation.Status.CLOSED, actor, "conversation.closed")


@transaction.atomic
def reopen(*, conversation: Conversation, actor: User | None) -> Conversation:
    """Not done after all. Idempotent. Records `conversation.reopened`."""
    return _set_status(conversation, Conversation.Status.OPEN, actor, "conversation.reopened")


def bring_back(*, conversation: Conversation) -> Conversation:
    """Somebody has to look at it again: open and unread. Records `conversation.reopened` if it was closed."""
    if conversation.status == Conversation.Status.CLOSED:
        conversation = reopen(conversation=conversation, actor=None)
    mark_unread(conversation=conversation)
    return conversation


@transaction.atomic
def snooze(*, conversation: Conversation, actor: User | None, until: datetime) -> Conversation:
    """Out of sight until then. Records `conversation.snoozed`. Raises ValueError for a moment that has passed."""
    if until <= timezone.now():
        raise ValueError(_("Choose a moment that is still to come."))
    conversation = _locked(conversation)
    conversation.snoozed_until = until
    return _set_status(conversation, Conversation.Status.SNOOZED, actor, "conversation.snoozed")


@transaction.atomic
def wake_snoozed(*, now: datetime) -> int:
    """Bring back what was put off until now; returns how many. Runs every minute."""
    due = Conversation.objects.filter(status=Conversation.Status.SNOOZED, snoozed_until__lte=now)
    rows = list(due.select_for_update(skip_locked=True)[:500])
    for conversation in rows:
        _set_status(conversation, Conversation.Status.OPEN, None, "conversation.reopened")
    return len(rows)


def mark_read(*, conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk, is_unread=True).update(is_unread=False)


def mark_unread(*, conversation: Conversation) -> None:
    """Leave it for later, as if nobody had opened it."""
    Conversation.objects.filter(pk=conversation.pk, is_unread=False).update(is_unread=True)


def _locked(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)


def _set_status(conversation: Conversation, status: str, actor: User | None, kind: str) -> Conversation:
    until = conversation.snoozed_until
    conversation = _locked(conversation)
    if conversation.status == status and status != Conversation.Status.SNOOZED:
        return conversation
    conversation.status = status
    conversation.closed_at = timezone.now() if status == Conversation.Status.CLOSED else None
    conversation.snoozed_until = until if status == Conversation.Status.SNOOZED else None
    conversation.save(update_fields=["status", "closed_at", "snoozed_until"])
    _record(kind, conversation, actor)
    return conversation


def own_ids(conversation: Conversation, once_key: str) -> str:
    """How the external ids begin of all that is written here under a composer's key."""
    return f"own:{conversation.pk}:{once_key}:"


def _own_id(conversation: Conversation, once_key: str, text: str) -> str:
    """Two texts under one key are two messages: somebody went back in the browser and wrote another one."""
    return own_ids(conversation, once_key or uuid4().hex) + sha256(_clean(text).encode()).hexdigest()[:16]


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()


def _written(conversation: Conversation, once_key: str, text: str) -> Message | None:
    """What was written under this key before."""
    if not once_key:
        return None
    return conversation.messages.filter(external_id=_own_id(conversation, once_key, text)).first()


def _write(conversation: Conversation, actor: User, text: str, direction: str, once_key: str) -> Message:
    text = _clean(text)
    if not text:
        raise ValueError(_("Write something first."))
    return Message.objects.create(
        conversation=conversation,
        channel=conversation.channel,
        direction=direction,
        external_id=_own_id(conversation, once_key, text),
        author=actor,
        from_name=str(actor),
        text=text,
    )


def _address(conversation: Conversation) -> str:
    points = ContactPoint.objects.filter(person=conversation.person_id, kind=ContactPoint.Kind.EMAIL, invalid_at=None)
    last = conversation.messages.filter(direction=Message.Direction.IN).order_by("-pk").first()
    if last is not None and points.filter(normalised=last.from_address.lower()).exists():
        return last.from_address
    point = points.order_by("-is_primary", "pk").first()
    if point is None:
        raise NoAddressError(_("There is no working e-mail address to answer to."))
    return point.value


def _reply_subject(conversation: Conversation) -> str:
    subject = conversation.subject or _("Your message")
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def thread_of(conversation: Conversation) -> list[str]:
    """Message ids of what we sent before in this conversation, oldest first."""
    own = Post.objects.filter(message__conversation=conversation).order_by("pk")
    return list(own.values_list("mail_id", flat=True))[-10:]


def _record(kind: str, conversation: Conversation, actor: User | None, **data: Any) -> None:
    about = {"conversation": conversation.pk, "subject": conversation.subject}
    record_event(kind=kind, subject=conversation, person=conversation.person, actor=actor, data={**about, **data})

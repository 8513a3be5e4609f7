"""A message comes in: find or make the person, find the conversation or open one, keep it exactly once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contacts import ContactError, normalise_email
from crm.events import acting, record_event
from crm.models import ContactPoint, Event, Person
from crm.operations.erasures import ErasedError, refuse_erased
from crm.operations.people import ContactTakenError, create_person, find_person
from crm.queries.erased import message_key
from inbox.models import Channel, Conversation, Message, Rating
from inbox.replies import split_reply

SAME_MATTER = timedelta(days=30)
MAX_TEXT = 100_000


class MessageRefusedError(ValueError):
    """The message can't be taken in; the words say why."""


def receive_message(
    *,
    channel: Channel,
    external_id: str,
    from_address: str,
    text: str,
    from_name: str = "",
    subject: str = "",
    raw: str = "",
    in_reply_to: tuple[str, ...] = (),
    written_at: datetime | None = None,
) -> Message:
    """Take in one message of a customer; a repeat of (channel, external id) returns the message of then.

    Whoever was erased and writes again is somebody new. What they wrote before that (`written_at`; now, where nobody
    says), and a message that was erased with them, is refused. Records `message.received` and, where it is so,
    `conversation.opened` or `conversation.reopened`. Raises MessageRefusedError.
    """
    text = text.replace("\0", "").strip()[:MAX_TEXT]
    if not text:
        raise MessageRefusedError(_("The message is empty."))
    known = Message.objects.filter(channel=channel, external_id=external_id[:255])
    existing = known.first()
    if existing is not None:
        return existing
    try:
        return _take_in(
            channel=channel, external_id=external_id, from_address=from_address, text=text, from_name=from_name,
            subject=subject, raw=raw, in_reply_to=in_reply_to, written_at=written_at or timezone.now(),
        )  # fmt: skip
    except ErasedError as error:
        raise MessageRefusedError(str(error)) from error
    except IntegrityError:  # the same message came in twice at once
        existing = known.first()
        if existing is None:
            raise
        return existing


@transaction.atomic
def _take_in(
    *,
    channel: Channel,
    external_id: str,
    from_address: str,
    text: str,
    from_name: str,
    subject: str,
    raw: str,
    in_reply_to: tuple[str, ...],
    written_at: datetime,
) -> Message:
    with acting(via=Event.Via.CHANNEL):
        refuse_erased([message_key(channel.pk, external_id)], came_at=None)
        person = _sender(from_address, from_name, written_at)
        conversation = _conversation(channel, person, _clean(subject), in_reply_to)
        reply = split_reply(text)
        message = Message.objects.create(
            conversation=conversation, channel=channel, direction=Message.Direction.IN, external_id=external_id[:255],
            from_name=_clean(from_name)[:200], from_address=from_address.strip()[:254], text=reply.text,
            quoted=reply.quoted, signature=reply.signature, raw=raw or text,
        )  # fmt: skip
        _touch(conversation, message)
        record_event(
            kind="message.received", subject=message, person=person,
            data={"conversation": conversation.pk, "channel": channel.name, "subject": conversation.subject,
                  "text": message.text[:300]},
        )  # fmt: skip
    return message


def _clean(subject: str) -> str:
    return " ".join(subject.replace("\0", "").split())[:255]


def _sender(address: str, name: str, written_at: datetime) -> Person:
    """Whose address it is; somebody new where it is nobody's. Raises ErasedError for a letter from before that."""
    try:
        email = normalise_email(address)
    except ContactError as error:
        raise MessageRefusedError(str(error)) from error
    refuse_erased([(ContactPoint.Kind.EMAIL.value, email)], came_at=written_at)
    person = find_person(kind=ContactPoint.Kind.EMAIL, value=email)
    if person is not None:
        return person
    try:
        with transaction.atomic():
            return create_person(actor=None, name=_clean(name)[:200], email=email, source="inbox", came_at=written_at)
    except ContactTakenError as taken:  # two first messages of one sender at once
        return taken.person


def _conversation(channel: Channel, person: Person, subject: str, in_reply_to: tuple[str, ...]) -> Conversation:
    """By what it answers, else the person's recent matter under the same subject, else a new one."""
    own = Conversation.objects.select_for_update().filter(person=person)
    if in_reply_to:
        answered = own.filter(_of_our_mail(in_reply_to)).order_by("-pk").first()
        if answered is not None:
            return answered
    bare = bare_subject(subject)
    recent = own.filter(channel=channel, last_message_at__gte=timezone.now() - SAME_MATTER).order_by("-last_message_at")
    for conversation in recent[:20]:
        if bare and bare_subject(conversation.subject) == bare:
            return conversation
    conversation = Conversation.objects.create(channel=channel, person=person, subject=subject, team=channel.team)
    record_event(
        kind="conversation.opened", subject=conversation, person=person,
        data={"conversation": conversation.pk, "subject": subject},
    )  # fmt: skip
    return conversation


def _of_our_mail(mail_ids: tuple[str, ...]) -> Q:
    """Conversations in which we sent one of these mails: an answer, or the question how it went."""
    answers = Message.objects.filter(post__mail_id__in=mail_ids).values("conversation_id")
    questions = Rating.objects.filter(post__mail_id__in=mail_ids).values("conversation_id")
    return Q(pk__in=answers) | Q(pk__in=questions)


_PREFIXES = ("re", "fw", "fwd", "aw", "wg", "sv", "vs", "tr", "rv", "rif", "antw", "odp", "enc", "res")


def bare_subject(subject: str) -> str:
    """The subject without "Re:", "AW:" and their like in other languages."""
    bare = subject.strip()
    while True:
        prefix, colon, rest = bare.partition(":")
        if not colon or prefix.strip().lower().rstrip("0123456789[]() ") not in _PREFIXES:
            return bare.casefold()
        bare = rest.strip()


def _touch(conversation: Conversation, message: Message) -> None:
    """The conversation comes (back) to the top, open and unread."""
    was = conversation.status
    conversation.status = Conversation.Status.OPEN
    conversation.is_unread = True
    conversation.preview = " ".join(message.text.split())[:200]
    conversation.last_message_at = message.created_at
    conversation.waiting_since = conversation.waiting_since or message.created_at
    conversation.closed_at = conversation.snoozed_until = None
    conversation.save()
    if was == Conversation.Status.CLOSED:
        record_event(
            kind="conversation.reopened", subject=conversation, person=conversation.person,
            data={"conversation": conversation.pk, "subject": conversation.subject},
        )  # fmt: skip

"""What the inbox holds of a person, for their data export; and its going with them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crm.models import ContactPoint, Person
from crm.operations.traces import words_of
from crm.queries.erased import Key, message_key
from crm.queries.privacy import Held, held
from inbox.models import Conversation, Draft, Message, Post, Rating, TopicSaid


def collect(person: Person) -> Iterable[Held]:
    """Conversations with every message as it came, how it was read, mails to them, and their answers."""
    theirs = Conversation.objects.filter(person=person).select_related("channel", "topic", "assignee")
    yield held(
        "conversations", _("Conversations"), theirs.order_by("pk"),
        {"id": _("Number in Rapport"), "subject": _("Subject"), "channel": _("Channel"), "status": _("Status"),
         "created_at": _("Begun"), "closed_at": _("Closed"), "assignee": _("Looked after by"),
         "sentiment": _("Sounds"), "topic": _("Is about"), "is_topic_said": _("A colleague said so")},
    )  # fmt: skip
    messages = Message.objects.filter(conversation__person=person).select_related("author", "topic")
    yield held(
        "messages", _("Messages"), messages.order_by("created_at", "pk"),
        {"conversation_id": _("Conversation"), "created_at": _("When"), "direction": _("Direction"),
         "from_name": _("From"), "from_address": _("Address"), "author": _("Written by"), "text": _("Text"),
         "quoted": _("Quoted"), "signature": _("Signature"), "raw": _("As it came"),
         "reading": _("Was it read by Rapport?"), "language": _("Language"), "sentiment": _("Sounds"),
         "sentiment_score": _("How surely"),
         "corrected": _("A colleague says it sounds"), "topic": _("Is about"), "topic_chance": _("How likely")},
    )  # fmt: skip
    said = TopicSaid.objects.filter(message__conversation__person=person).select_related("topic", "by").order_by("pk")
    yield held(
        "topics_said", _("What colleagues said your messages are about"), said,
        {"message_id": _("Message"), "topic": _("Topic"), "is_it": _("Is it that?"), "by": _("By"), "at": _("When")},
    )  # fmt: skip
    drafts = Draft.objects.filter(conversation__person=person).select_related("user").order_by("pk")
    yield held("drafts", _("Answers begun"), drafts, {"user": _("By"), "text": _("Text"), "saved_at": _("When")})
    yield held(
        "mails", _("Mails to you"), _posts(person).order_by("pk"),
        {"created_at": _("Written"), "to_address": _("To"), "subject": _("Subject"), "body": _("Text"),
         "state": _("State"), "sent_at": _("Sent")},
    )  # fmt: skip
    yield held(
        "ratings", _("What you were asked and answered"), Rating.objects.filter(person=person).order_by("pk"),
        {"kind": _("Question"), "asked_at": _("Asked"), "answered_at": _("Answered"), "value": _("Answer"),
         "comment": _("Comment"), "declined_at": _("No more questions since")},
    )  # fmt: skip


def _posts(person: Person) -> QuerySet[Post]:
    """Mails that belong to their messages and ratings, and those to their addresses whose message is gone."""
    emails = ContactPoint.objects.filter(person=person, kind=ContactPoint.Kind.EMAIL).values_list("normalised", "value")
    theirs = Q(message__conversation__person=person) | Q(rating__person=person)
    theirs |= Q(message=None, rating=None, to_address__in={address for pair in emails for address in pair})
    return Post.objects.filter(theirs).distinct()


def erase(person: Person) -> None:
    """Conversations go with all their messages; mails to them, too, and what letters to colleagues said of them."""
    Post.objects.filter(pk__in=list(_posts(person).values_list("pk", flat=True))).delete()
    Conversation.objects.filter(person=person).delete()
    letters = Post.objects.filter(message=None, rating=None, due_at=None)
    named = words_of(person).rows(letters, "subject", "body", "html")
    letters.filter(pk__in=named).update(subject="", body="", html="")


def remember(person: Person) -> Iterable[Key]:
    """A program that sends the same messages once more brings nobody back."""
    came = Message.objects.filter(conversation__person=person, direction=Message.Direction.IN).exclude(external_id="")
    return [message_key(channel, external_id) for channel, external_id in came.values_list("channel_id", "external_id")]

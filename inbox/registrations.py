"""What the inbox puts into the extension points of the crm room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from crm.addresses import address
from crm.extensions import (
    DemoPart,
    EventConsumer,
    EventKind,
    NavItem,
    PrivacyExporter,
    RecordPanel,
    SearchSource,
    demo_parts,
    event_consumers,
    event_kinds,
    filter_fields,
    nav_items,
    privacy_exporters,
    record_panels,
    report_sources,
    search_sources,
)
from crm.models import Event, User
from inbox import privacy, reporting
from inbox.demo import make_post, remove_post
from inbox.fields import FIELDS, SOURCES
from inbox.models import MOST, Conversation
from inbox.search import conversation_hits
from inbox.topic_fields import TOPIC_FIELDS


def mood_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says the mood of a `conversation.mood_changed` or `message.corrected`."""
    words = {"negative": _now("unhappy"), "neutral": _now("neutral"), "positive": _now("happy")}
    return {"mood": words.get(str(data.get("to")), "")}


def rating_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says the answer of a `rating.received` and what was asked."""
    most = MOST.get(str(data.get("question")), 5)
    said = _now("%(value)s of %(most)s") % {"value": data.get("value"), "most": most}
    asked = {
        "csat": _now("how it went"),
        "nps": _now("whether they would recommend you"),
    }.get(str(data.get("question")), "")
    subject = str(data.get("subject") or "")
    return {"said": said, "asked": f"{asked}: {subject}" if subject else asked}


def topic_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Says the topic of a `conversation.topic_set`."""
    return {"topic": str(data.get("topic") or "") or _now("no topic")}


def conversation_url(data: Mapping[str, Any]) -> str:
    """Where the conversation that an event is about can be read."""
    return address("inbox:conversation", "all", data["conversation"]) if "conversation" in data else ""


KINDS = (
    EventKind("message.received", _("Message"), _("Wrote: %(subject)s"), "envelope", "message"),
    EventKind("message.sent", _("Answer"), _("%(actor)s answered: %(subject)s"), "paper-airplane", "message"),
    EventKind("message.not_sent", _("Mail not sent"), _("A mail could not be sent"), "exclamation-triangle", "message"),
    EventKind("conversation.opened", _("Conversation"), _("New conversation: %(subject)s"), "inbox", "message"),
    EventKind("conversation.reopened", _("Reopened"), _("Open again: %(subject)s"), "arrow-path", "message"),
    EventKind("conversation.closed", _("Closed"), _("%(actor)s closed: %(subject)s"), "check-circle", "message"),
    EventKind("conversation.snoozed", _("Snoozed"), _("%(actor)s snoozed: %(subject)s"), "clock", "message"),
    EventKind("conversation.assigned", _("Assigned"), _("%(actor)s assigned: %(subject)s"), "user", "message"),
    EventKind(
        "conversation.mood_changed", _("Mood changed"), _("Sounds %(mood)s: %(subject)s"),
        "chat-bubble-oval-left-ellipsis", "message", mood_words,
    ),
    EventKind(
        "message.corrected", _("Mood corrected"), _("%(actor)s read %(subject)s as %(mood)s"),
        "chat-bubble-oval-left-ellipsis", "message", mood_words,
    ),
    EventKind(
        "conversation.topic_changed", _("Topic read"), _("About %(topic)s: %(subject)s"), "hashtag", "message",
    ),
    EventKind(
        "conversation.topic_set", _("Topic set"), _("%(actor)s put %(subject)s under %(topic)s"), "hashtag", "message",
        topic_words,
    ),
    EventKind("conversation.noted", _("Internal note"), _("%(actor)s noted on: %(subject)s"), "lock-closed", "note"),
    EventKind("rating.asked", _("Asked"), _("Was asked %(asked)s"), "question-mark-circle", "message", rating_words),
    EventKind("rating.received", _("Rating"), _("Answered %(said)s, asked %(asked)s"), "star", "message", rating_words),
    EventKind(
        "rating.changed", _("Rating changed"), _("Answers %(said)s now, asked %(asked)s"), "star", "message",
        rating_words,
    ),
    EventKind("rating.declined", _("Wants no questions"), _("Wants no more questions"), "bell-slash", "message"),
    EventKind(
        "asking.changed", _("Questions changed"), _("%(actor)s changed what customers are asked"),
        "question-mark-circle", "system",
    ),
)  # fmt: skip


def follow_closed(events: Sequence[Event]) -> None:
    """Questions follow the closing of conversations."""
    from inbox.operations.asking import follow_closed

    follow_closed(events)


def _unread(user: User) -> int:
    open_ones = Conversation.objects.visible_to(user).filter(status=Conversation.Status.OPEN, is_unread=True)
    return open_ones.order_by()[:100].count()


def register() -> None:
    event_kinds.register(*(replace(kind, url=conversation_url) for kind in KINDS))
    event_consumers.register(
        EventConsumer("inbox.questions", ("conversation.closed",), follow_closed, in_imports=False)
    )
    filter_fields.register(*FIELDS)
    report_sources.register(*SOURCES)
    nav_items.register(NavItem("inbox", _("Inbox"), "inbox:inbox", "inbox", 20, badge=_unread, on_phone=True))
    event_kinds.register(
        EventKind("topic.added", _("Topic added"), _("%(actor)s added the topic “%(name)s”"), "hashtag")
    )
    filter_fields.register(*TOPIC_FIELDS)
    record_panels.register(RecordPanel("inbox.conversations", "person", _("Conversations"), "inbox:person-panel", 40))
    search_sources.register(SearchSource("inbox.conversations", _("Conversations"), conversation_hits))
    reporting.register()
    privacy_exporters.register(
        PrivacyExporter(
            "inbox", _("Conversations with every message and how it was read, mails and answers to questions"), 20,
            privacy.collect, privacy.erase, privacy.remember,
        )
    )  # fmt: skip
    demo_parts.register(DemoPart("inbox.post", _("Conversations"), make_post, remove_post))

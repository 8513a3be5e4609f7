"""What reports can count in the inbox, and the fields of conversations and messages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.extensions import FilterField, News, ReportAmount, ReportShare, ReportSource, filter_fields, report_sources
from crm.models import Tag, User
from crm.reporting import gap
from inbox.models import Channel, Conversation, Message, Mood

MOOD_TONES: Mapping[str, News] = {
    Mood.NEGATIVE.value: "bad", Mood.NEUTRAL.value: "none", Mood.POSITIVE.value: "good",
}  # fmt: skip


def _channels() -> Mapping[Any, str]:
    return dict(Channel.objects.order_by("name").values_list("pk", "name"))


def _users() -> Mapping[Any, str]:
    return {user.pk: str(user) for user in User.objects.order_by("name", "email")}


def _tags() -> Mapping[Any, str]:
    return dict(Tag.objects.order_by("name").values_list("pk", "name"))


def _tagged(op: str, value: Any) -> Q:
    """Conversations with these tags, as sub-queries, so that none comes out twice."""
    rows = Conversation.objects.order_by()
    if op in ("is_empty", "is_set"):
        some = Q(pk__in=rows.filter(tags__isnull=False).values("pk"))
        return ~some if op == "is_empty" else some
    if op == "all_of":
        found = Q()
        for tag in value:
            found &= Q(pk__in=rows.filter(tags=tag).values("pk"))
        return found
    found = Q(pk__in=rows.filter(tags__in=value).values("pk"))
    return ~found if op == "none_of" else found


FIELDS = (
    FilterField("conversation.subject", "conversation", _("Subject"), "text", "subject", is_personal_data=True),
    FilterField("conversation.channel", "conversation", _("Channel"), "choice", "channel_id", options=_channels),
    FilterField(
        "conversation.status", "conversation", _("Status"), "choice", "status",
        options=lambda: dict(Conversation.Status.choices), is_ordered=True,
    ),
    FilterField("conversation.assignee", "conversation", _("Assigned to"), "choice", "assignee_id", options=_users),
    FilterField(
        "conversation.sentiment", "conversation", _("Mood"), "choice", "sentiment", options=lambda: dict(Mood.choices),
        is_ordered=True, tones=MOOD_TONES,
    ),
    FilterField(
        "conversation.tags", "conversation", _("Tags"), "many", compile=_tagged, options=_tags, by=lambda: F("tags")
    ),
    FilterField("conversation.created_at", "conversation", _("Opened"), "datetime", "created_at"),
    FilterField("conversation.first_reply_at", "conversation", _("First answer"), "datetime", "first_reply_at"),
    FilterField("conversation.closed_at", "conversation", _("Closed"), "datetime", "closed_at"),
    FilterField("conversation.last_message_at", "conversation", _("Last message"), "datetime", "last_message_at"),
    FilterField(
        "message.direction", "message", _("Direction"), "choice", "direction",
        options=lambda: dict(Message.Direction.choices),
    ),
    FilterField("message.channel", "message", _("Channel"), "choice", "channel_id", options=_channels),
    FilterField("message.sentiment", "message", _("Mood"), "choice", "sentiment", options=lambda: dict(Mood.choices),
        is_ordered=True, tones=MOOD_TONES,
    ),
    FilterField("message.language", "message", _("Language"), "text", "language"),
    FilterField("message.author", "message", _("Written by"), "choice", "author_id", options=_users),
    FilterField("message.created_at", "message", _("Written"), "datetime", "created_at"),
)  # fmt: skip

SOURCES = (
    ReportSource(
        "conversation", _("Conversations"), lambda: Conversation, "created_at", _("Number of conversations"),
        amounts=(
            ReportAmount(
                "reply", _("Time until the first answer"), "minutes", partial(gap, "created_at", "first_reply_at")
            ),
            ReportAmount("solved", _("Time until closed"), "minutes", partial(gap, "created_at", "closed_at")),
        ),
        shares=(
            ReportShare(
                "unhappy", _("Share of unhappy ones"), lambda: Q(sentiment=Mood.NEGATIVE), lambda: ~Q(sentiment="")
            ),
        ),
        icon="inbox",
    ),
    ReportSource(
        "message", _("Messages"), lambda: Message, "created_at", _("Number of messages"),
        shares=(
            ReportShare(
                "unhappy", _("Share of unhappy ones"), lambda: Q(sentiment=Mood.NEGATIVE), lambda: ~Q(sentiment="")
            ),
        ),
        icon="chat-bubble-left-right",
    ),
)  # fmt: skip


def register() -> None:
    filter_fields.register(*FIELDS)
    report_sources.register(*SOURCES)

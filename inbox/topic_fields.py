"""What conversations add to the filter language: their own topic, and people by what they wrote about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.extensions import FilterField
from inbox.models import Conversation, Message, Topic
from inbox.queries.written import from_customers, in_month, this_month


def topic_names() -> Mapping[Any, str]:
    """The topics in use by their ids."""
    return dict(Topic.objects.filter(is_active=True).order_by("name").values_list("pk", "name"))


def by_topic(op: str, value: Any) -> Q:
    """Conversations about one of these topics, or about none."""
    if op in ("is_empty", "is_set"):
        return Q(topic__isnull=op == "is_empty")
    found = Q(topic__in=_ids(value))
    return ~found if op in ("is_not", "none_of") else found


def by_topic_written(op: str, value: Any) -> Q:
    """People with a conversation about one of these topics, or about none."""
    rows = Conversation.objects.order_by().filter(topic__isnull=False, person__isnull=False)
    if op not in ("is_empty", "is_set"):
        rows = rows.filter(topic__in=_ids(value))
    found = Q(pk__in=rows.values("person_id"))
    return ~found if op in ("is_empty", "is_not", "none_of") else found


def by_topic_this_month(op: str, value: Any) -> Q:
    """People who wrote about one of these topics since the month began, as the page of topics counts them."""
    rows = from_customers(Message.objects.filter(in_month(this_month()), topic__isnull=False))
    if op not in ("is_empty", "is_set"):
        rows = rows.filter(topic__in=_ids(value))
    found = Q(pk__in=rows.order_by().values("conversation__person"))
    return ~found if op in ("is_empty", "is_not", "none_of") else found


def _ids(value: Any) -> list[int]:
    return [int(one) for one in (value if isinstance(value, list) else [value])]


TOPIC_FIELDS = (
    FilterField(
        "conversation.topic", "conversation", _("Topic"), "choice", compile=by_topic, options=topic_names,
        by=lambda: F("topic"),
    ),
    FilterField(
        "person.topic", "person", _("Wrote about"), "choice", compile=by_topic_written, options=topic_names,
        group=_("Conversations"),
    ),
    FilterField(
        "person.topic_this_month", "person", _("Topic this month"), "choice", compile=by_topic_this_month,
        options=topic_names, group=_("Conversations"),
    ),
)  # fmt: skip

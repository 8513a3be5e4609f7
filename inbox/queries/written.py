"""What customers wrote about in a month: one rule for the figures of topics and for the rows behind them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from crm.models import User
from crm.queries.zone import workspace_zone
from inbox.models import Message

NO_TOPIC = "none"
YEARS = range(1990, 2200)


def from_customers(rows: QuerySet[Message]) -> QuerySet[Message]:
    """What came in from people who may be counted."""
    return rows.filter(direction=Message.Direction.IN, conversation__person__no_profiling=False)


def about(topic: str) -> Q:
    """Messages, or conversations, about the topic of this id; "none" are those about no topic."""
    if topic == NO_TOPIC:
        return Q(topic=None)
    return Q(topic=int(topic)) if topic.isascii() and topic.isdecimal() and len(topic) < 19 else Q(pk=None)


def this_month() -> date:
    """The first day of the month that it is at the business."""
    return timezone.now().astimezone(workspace_zone()).date().replace(day=1)


def read_month(words: str) -> date | None:
    """ "2026-11"; None for anything else, and for years of which nothing can be known."""
    try:
        month = date.fromisoformat(f"{words}-01")
    except ValueError:
        return None
    return month if month.year in YEARS else None


def bounds(month: date) -> tuple[datetime, datetime]:
    """When a month begins and when the next one does, in the zone of the business."""
    zone, following = workspace_zone(), (month + timedelta(days=31)).replace(day=1)
    return datetime.combine(month, time.min, zone), datetime.combine(following, time.min, zone)


def month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def in_month(month: date) -> Q:
    """Messages of this month."""
    began, ended = bounds(month)
    return Q(created_at__gte=began, created_at__lt=ended)


def written(user: User, topic: str, month: date) -> Q:
    """Conversations in which a customer wrote about this topic in this month, as they are counted."""
    rows = from_customers(Message.objects.visible_to(user)).filter(about(topic), in_month(month))
    return Q(pk__in=rows.order_by().values("conversation"))

"""The left pane of the inbox: one list of conversations, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy

from crm import formats
from crm.models import User
from crm.parts import Tab
from crm.queries.keyset import Cursor, cut, read_cursor
from crm.search import query_words
from inbox.models import Conversation, Topic
from inbox.queries.marks import mark_of
from inbox.queries.written import about, read_month, written
from inbox.search import alike, matches

PAGE_SIZE = 30
Status = Conversation.Status
VIEWS: dict[str, Any] = {
    "open": (gettext_lazy("Open"), lambda user: Q(status=Status.OPEN)),
    "mine": (gettext_lazy("Mine"), lambda user: Q(assignee=user) & ~Q(status=Status.CLOSED)),
    "unassigned": (gettext_lazy("Unassigned"), lambda user: Q(assignee=None) & ~Q(status=Status.CLOSED)),
    "waiting": (gettext_lazy("Waiting"), lambda user: Q(status=Status.WAITING)),
    "snoozed": (gettext_lazy("Snoozed"), lambda user: Q(status=Status.SNOOZED)),
    "closed": (gettext_lazy("Closed"), lambda user: Q(status=Status.CLOSED)),
    "rated": (gettext_lazy("Rated"), lambda user: Q(rating__value__isnull=False)),
    "all": (gettext_lazy("All"), lambda user: Q()),
}
NOTHING: dict[str, Any] = {
    "mine": gettext_lazy("No open conversation is yours. Take one from those that nobody has yet."),
    "unassigned": gettext_lazy("Every open conversation has somebody who looks after it."),
    "waiting": gettext_lazy("When you have answered, a conversation waits here for the customer."),
    "snoozed": gettext_lazy("What you put off waits here until its time has come."),
    "rated": gettext_lazy("Conversations that customers have rated stand here."),
    "closed": gettext_lazy("What is done stands here. A new message of the customer opens it again."),
}
NOT_CLOSED = (Status.OPEN, Status.WAITING, Status.SNOOZED)
COUNTED = ("open", "mine", "unassigned")
MOST_COUNTED = 1000


@dataclass(frozen=True)
class InboxList:
    """The left pane: tabs, rows, and the link to older ones."""

    view: str
    tabs: Sequence[Tab]
    rows: Sequence[Conversation]
    next_url: str
    q: str
    is_first_page: bool
    topic: str = ""
    month: str = ""
    topics: Sequence[Topic] = ()
    alike: Sequence[Conversation] = ()

    @property
    def query(self) -> str:
        return _query(self.q, self.topic, self.month)

    @property
    def month_words(self) -> str:
        """Of which month the rows are, where of one."""
        month = read_month(self.month) if self.topic else None
        return formats.month_year_words(month) if month else ""

    @property
    def whenever_url(self) -> str:
        """The same of all time."""
        return f"{reverse('inbox:view', args=[self.view])}?{_query(self.q, self.topic, '')}"

    @property
    def nothing(self) -> str:
        """What an empty view says."""
        return str(NOTHING.get(self.view, ""))

    @property
    def mark(self) -> str:
        """Changes whenever something is shown that was not shown before."""
        shown = [
            (
                row.pk,
                row.last_message_at,
                row.is_unread,
                row.status,
                row.assignee_id,
                row.sentiment,
                row.topic_id,
                row.question and row.question.value,
            )
            for row in (*self.rows, *self.alike)
        ]
        return mark_of(shown, [tab.count for tab in self.tabs])


@dataclass(frozen=True)
class Neighbours:
    """The addresses of the conversations above and below in the same view; empty at the ends."""

    newer_url: str
    older_url: str


def inbox_list(user: User, view: str, *, q: str = "", topic: str = "", month: str = "", after: str = "") -> InboxList:
    """`topic` is the id of one, "none" for conversations about no topic, or "" for all; another one finds nothing.

    With `month` ("2026-11") those in which a customer wrote about the topic in that month.
    """
    seen = Conversation.objects.visible_to(user).filter(VIEWS[view][1](user))
    when = read_month(month)
    if topic:
        seen = seen.filter(written(user, topic, when) if when else about(topic))
    is_search = bool(query_words(q))
    rule = matches(user, q) if is_search else Q()
    rows = seen.filter(rule)
    order = f"inbox:{view}"
    page = cut(rows.order_by("-last_message_at", "-pk"), size=PAGE_SIZE, after=read_cursor(after, order))
    by_id = Conversation.objects.select_related("person", "assignee", "channel", "topic", "rating").in_bulk(page.ids)
    narrowed = _query(q, topic, month)
    return InboxList(
        view=view,
        tabs=_tabs(user, view, narrowed),
        rows=[by_id[pk] for pk in page.ids if pk in by_id],  # one may have been erased meanwhile
        next_url=_next_url(view, narrowed, page.next, order),
        q=q,
        is_first_page=not after,
        topic=topic,
        month=month,
        topics=topics_in_use(),
        alike=alike(user, q, seen, without=rule) if is_search and not after else (),
    )


def topics_in_use() -> list[Topic]:
    return list(Topic.objects.filter(is_active=True).order_by("name"))


def neighbours(listing: InboxList, conversation: Conversation) -> Neighbours:
    """Where one goes from here without the list, in its order; nowhere from what it does not show."""
    ids = [row.pk for row in listing.rows]
    if conversation.pk not in ids:
        return Neighbours("", "")
    here = ids.index(conversation.pk)
    beside = ids[max(here - 1, 0) : here], ids[here + 1 : here + 2]
    return Neighbours(*(reverse("inbox:conversation", args=[listing.view, *pk]) if pk else "" for pk in beside))


def next_after(user: User, view: str, conversation: Conversation) -> int | None:
    """The conversation that comes after this one in a view."""
    rows = Conversation.objects.visible_to(user).filter(VIEWS[view][1](user)).exclude(pk=conversation.pk)
    at = conversation.last_message_at
    older = rows.filter(Q(last_message_at__lt=at) | Q(last_message_at=at, pk__lt=conversation.pk))
    return older.order_by("-last_message_at", "-pk").values_list("pk", flat=True).first()


def _query(q: str, topic: str, month: str) -> str:
    return urlencode({name: value for name, value in (("q", q), ("topic", topic), ("month", month)) if value})


def _next_url(view: str, narrowed: str, cursor: Cursor | None, order: str) -> str:
    if cursor is None:
        return ""
    query = QueryDict(narrowed, mutable=True)
    query["after"] = cursor.sign(order)
    return f"{reverse('inbox:view', args=[view])}?{query.urlencode()}"


def _tabs(user: User, current: str, narrowed: str) -> list[Tab]:
    """Counted in one query, over a thousand that are not closed: found by their state, and read once."""
    alive = Conversation.objects.visible_to(user).filter(status__in=NOT_CLOSED).order_by()[:MOST_COUNTED]
    counts = alive.aggregate(**{view: Count("pk", filter=VIEWS[view][1](user)) for view in COUNTED})
    query = f"?{narrowed}" if narrowed else ""
    return [
        Tab(
            str(label),
            f"{reverse('inbox:view', args=[view])}{query}",
            is_current=view == current,
            count=_shown(counts.get(view, 0)),
        )
        for view, (label, _rule) in VIEWS.items()
    ]


def _shown(count: int) -> str:
    if count >= MOST_COUNTED:
        return f"{MOST_COUNTED}+"
    return str(count) if count else ""

"""What the inbox shows: one list of conversations and one open thread, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access import ROLE_ALLOWS, Can
from crm.formats import language_name, reader_locale
from crm.models import User
from crm.parts import Tab
from crm.queries.keyset import Cursor, cut, read_cursor
from crm.search import query_words
from inbox.models import Conversation, Draft, Message, Post, Rating, Topic
from inbox.search import alike, matches

PAGE_SIZE = 30
MOST_MESSAGES = 200
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
COUNTED = ("open", "mine", "unassigned")
MOST_COUNTED = 1000
MOST_RATINGS = 3
NO_TOPIC = "none"


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
    topics: Sequence[Topic] = ()
    alike: Sequence[Conversation] = ()

    @property
    def query(self) -> str:
        return _query(self.q, self.topic)

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
        return _mark(shown, [tab.count for tab in self.tabs])


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
        return _mark((row.status, row.assignee_id, about, answer), [bubble.mark for bubble in self.bubbles])


@dataclass(frozen=True)
class Neighbours:
    """The addresses of the conversations above and below in the same view; empty at the ends."""

    newer_url: str
    older_url: str


def _mark(*shown: object) -> str:
    return sha256(repr(shown).encode()).hexdigest()[:16]


def inbox_list(user: User, view: str, *, q: str = "", topic: str = "", after: str = "") -> InboxList:
    """`topic` is the id of one, "none" for conversations about no topic, or "" for all; another one finds nothing."""
    seen = Conversation.objects.visible_to(user).filter(VIEWS[view][1](user))
    if topic:
        seen = seen.filter(of_topic(topic))
    is_search = bool(query_words(q))
    rule = matches(user, q) if is_search else Q()
    rows = seen.filter(rule)
    order = f"inbox:{view}"
    page = cut(rows.order_by("-last_message_at", "-pk"), size=PAGE_SIZE, after=read_cursor(after, order))
    by_id = Conversation.objects.select_related("person", "assignee", "channel", "topic", "rating").in_bulk(page.ids)
    return InboxList(
        view=view,
        tabs=_tabs(user, view, _query(q, topic)),
        rows=[by_id[pk] for pk in page.ids],
        next_url=_next_url(view, _query(q, topic), page.next, order),
        q=q,
        is_first_page=not after,
        topic=topic,
        topics=topics_in_use(),
        alike=alike(user, q, seen, without=rule) if is_search and not after else (),
    )


def topics_in_use() -> list[Topic]:
    return list(Topic.objects.filter(is_active=True).order_by("name"))


def of_topic(topic: str) -> Q:
    """Conversations about the topic of this id; "none" are those about no topic."""
    if topic == NO_TOPIC:
        return Q(topic=None)
    return Q(topic=int(topic)) if topic.isascii() and topic.isdecimal() and len(topic) < 19 else Q(pk=None)


def _query(q: str, topic: str) -> str:
    return urlencode({name: value for name, value in (("q", q), ("topic", topic)) if value})


def _next_url(view: str, narrowed: str, cursor: Cursor | None, order: str) -> str:
    if cursor is None:
        return ""
    query = QueryDict(narrowed, mutable=True)
    query["after"] = cursor.sign(order)
    return f"{reverse('inbox:view', args=[view])}?{query.urlencode()}"


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


def _tabs(user: User, current: str, narrowed: str) -> list[Tab]:
    """Counted in one query, over the newest thousand that are not closed."""
    alive = Conversation.objects.visible_to(user).exclude(status=Status.CLOSED).order_by().values("pk")[:MOST_COUNTED]
    counts = Conversation.objects.filter(pk__in=alive).aggregate(
        **{view: Count("pk", filter=VIEWS[view][1](user)) for view in COUNTED}
    )
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


def conversations_of(user: User, person_id: int, *, limit: int = 5) -> QuerySet[Conversation]:
    """A person's newest conversations that this user may see."""
    rows = Conversation.objects.visible_to(user).filter(person=person_id)
    return rows.select_related("assignee").order_by("-last_message_at", "-pk")[:limit]


def last_ratings(user: User, person_id: int) -> list[Rating]:
    """The newest answers of a person that this user may see."""
    rows = Rating.objects.visible_to(user).filter(person=person_id).answered()
    return list(rows.order_by("-answered_at", "-pk")[:MOST_RATINGS])


@dataclass(frozen=True)
class MailState:
    """Whether mail goes out, by which server, what waits or failed, and the newest letter to oneself."""

    server: str
    waiting: int
    failed: int
    test: Post | None


def mail_state(test_key: str) -> MailState:
    is_failed = Q(state__in=(Post.State.FAILED, Post.State.UNKNOWN))
    counts = Post.objects.aggregate(
        waiting=Count("pk", filter=Q(due_at__isnull=False)), failed=Count("pk", filter=is_failed)
    )
    return MailState(
        server=f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}" if settings.EMAIL_HOST else "",
        waiting=counts["waiting"],
        failed=counts["failed"],
        test=Post.objects.filter(once_key__startswith=test_key).order_by("-pk").first(),
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

"""What people write about: topics with how often, how unhappy, by whom, and what those people are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.models import Score, ScoredTask, TopicFit
from analytics.queries.insights import people_url
from analytics.queries.person_insight import workspace_currency
from analytics.queries.topic_examples import FEWEST_EXAMPLES, GOOD_EXAMPLES, example_counts, said
from crm import formats
from crm.models import Person, Scope, User
from crm.parts import Tone
from inbox.models import Message, Topic
from inbox.operations.topics import STARTERS
from inbox.queries.written import NO_TOPIC, bounds, from_customers, month_before, this_month

UNHAPPY_SHARE = 0.5
FEWEST_FOR_SHARE = 5  # conversations; of fewer the numbers themselves are said
LOOKED_THROUGH = 2000  # newest messages over which progress is said
LATE = timedelta(minutes=30)  # learning takes a few, and may wait for a training
SURE = 1.96  # standard errors that a change has to stand out by


@dataclass(frozen=True)
class TopicLine:
    """One topic, in words; each number has the address of its rows."""

    name: str
    description: str
    url: str
    people_url: str
    now: str
    before: str
    change: str
    tone: Tone
    unhappy: str
    is_unhappy: bool
    people: str
    worth: str
    examples: int
    needed: int
    learnt: str


@dataclass(frozen=True)
class TopicProgress:
    """Topics are being learnt for the first time: how far that is, in words and in percent.

    `is_late`: so long after the last example nothing was learnt, and the night has to try.
    """

    words: str
    percent: int
    is_late: bool = False


@dataclass(frozen=True)
class TopicsPage:
    lines: Sequence[TopicLine]
    untold: str
    untold_url: str
    fit_words: str
    starters: Sequence[tuple[str, str, str]]
    month: str
    month_before: str
    progress: TopicProgress | None = None

    @property
    def is_empty(self) -> bool:
        return not self.lines


@dataclass(frozen=True)
class _Counted:
    now: int = 0
    before: int = 0
    same_days: int = 0
    unhappy: int = 0
    people: int = 0


def topics_page(user: User) -> TopicsPage:
    """Seven queries, over the messages of this month and the last that this user sees; three more at first."""
    topics = list(Topic.objects.filter(is_active=True).order_by("name"))
    month = this_month()
    before, began = bounds(month_before(month))
    counted = _counts(user, began, before)
    worth, currency = _worth(user, began), workspace_currency()
    examples = example_counts()
    topics.sort(key=lambda topic: -counted.get(topic.pk, _Counted()).now)
    lines = [
        _line(
            topic,
            counted.get(topic.pk, _Counted()),
            month=month,
            worth=worth.get(topic.pk, 0.0),
            examples=examples.get(topic.pk, 0),
            currency=currency,
        )
        for topic in topics
    ]
    untold = counted.get(None, _Counted()).now
    return TopicsPage(
        lines=lines,
        untold=ngettext("%(count)s conversation", "%(count)s conversations", untold) % {"count": untold}
        if untold
        else "",
        untold_url=_written_url(NO_TOPIC, month),
        fit_words=_fit_words(),
        progress=topic_progress(examples),
        starters=[] if topics else [(one.key, str(one.name), str(one.description)) for one in STARTERS],
        month=formats.month_year_words(month),
        month_before=formats.month_year_words(before.date()),
    )


def _written_url(topic: int | str, month: date) -> str:
    """The conversations that are counted."""
    return f"{reverse('inbox:view', args=['all'])}?topic={topic}&month={month:%Y-%m}"


def _messages(user: User) -> QuerySet[Message]:
    return from_customers(Message.objects.visible_to(user))


def _counts(user: User, began: datetime, before: datetime) -> dict[int | None, _Counted]:
    """Conversations of this month and the last by what was written in them; None are those about no topic.

    Of the people those whom this user sees: they are the rows that the number opens.
    """
    seen = Q() if user.scope == Scope.ALL else Q(conversation__person__in=Person.objects.visible_to(user))
    this = Q(created_at__gte=began)
    rows = _messages(user).filter(created_at__gte=before).order_by().values("topic")
    found = rows.annotate(
        now=Count("conversation", filter=this, distinct=True),
        before=Count("conversation", filter=~this, distinct=True),
        same_days=Count("conversation", filter=Q(created_at__lt=before + (timezone.now() - began)), distinct=True),
        unhappy=Count("conversation", filter=this & Q(sentiment="negative"), distinct=True),
        people=Count("conversation__person", filter=this & seen, distinct=True),
    )
    counted = found.values_list("topic", "now", "before", "same_days", "unhappy", "people")
    return {topic: _Counted(*numbers) for topic, *numbers in counted}


def _worth(user: User, began: datetime) -> dict[int, float]:
    """What those who wrote about each topic this month, and are counted beside it, may spend in a year if they stay."""
    wrote = (
        _messages(user)
        .filter(created_at__gte=began, topic__isnull=False)
        .order_by()
        .values_list("topic", "conversation__person")
        .distinct()
    )
    pairs = list(wrote[:20_000])
    people = {person for _topic, person in pairs}
    scores = Score.objects.filter(task=ScoredTask.CHURN, stake__isnull=False)
    scores = scores.filter(person__in=Person.objects.visible_to(user).filter(pk__in=people))
    stakes = dict(scores.order_by().values("person").annotate(worth=Sum("stake")).values_list("person", "worth"))
    found: dict[int, float] = {}
    for topic, person in pairs:
        found[topic] = found.get(topic, 0.0) + stakes.get(person, 0.0)
    return found


def _line(topic: Topic, counted: _Counted, *, month: date, worth: float, examples: int, currency: str) -> TopicLine:
    change, tone = _change(counted.now, counted.same_days)
    share = counted.unhappy / counted.now if counted.now else 0.0
    return TopicLine(
        name=topic.name,
        description=topic.description,
        url=_written_url(topic.pk, month),
        people_url=people_url(("topic_this_month", str(topic.pk))),
        now=formats.number(counted.now),
        before=formats.number(counted.before),
        change=change,
        tone=tone,
        unhappy=_unhappy_words(counted, share),
        is_unhappy=share >= UNHAPPY_SHARE and counted.now >= FEWEST_FOR_SHARE,
        people=formats.number(counted.people),
        worth=formats.money_whole(worth, currency) if worth >= 1 else "",
        examples=min(examples, GOOD_EXAMPLES),
        needed=GOOD_EXAMPLES,
        learnt=_learnt_words(examples),
    )


def _unhappy_words(counted: _Counted, share: float) -> str:
    if not counted.now:
        return ""
    if counted.now < FEWEST_FOR_SHARE:
        return _("%(part)s of %(all)s") % {"part": counted.unhappy, "all": counted.now}
    return formats.percent(share)


def _change(now: int, before: int) -> tuple[str, Tone]:
    """How much more than on the same days of the month before, where that is more than chance (Poisson counts)."""
    if abs(now - before) <= SURE * sqrt(now + before):
        return "", ""
    if before == 0:
        return _("new"), "info"
    share = formats.percent(abs(now - before) / before)
    return (f"+{share}", "warn") if now > before else (f"−{share}", "")


def _learnt_words(examples: int) -> str:
    if examples >= GOOD_EXAMPLES:
        return ngettext("%(count)s example", "%(count)s examples", examples) % {"count": examples}
    words = {"count": examples, "needed": GOOD_EXAMPLES}
    if examples >= FEWEST_EXAMPLES:
        return _("%(count)s of %(needed)s examples: told already, better with more") % words
    return _("%(count)s of %(needed)s examples") % words


def topic_progress(examples: Mapping[int, int] | None = None) -> TopicProgress | None:
    """None once something was learnt, and where there is nothing to learn from yet. Three or four queries."""
    counts = example_counts() if examples is None else examples
    ready = [count for count in counts.values() if count >= FEWEST_EXAMPLES]
    if len(ready) < 2 or TopicFit.objects.exists():
        return None
    newest_said = said().aggregate(at=Max("at"))["at"]
    if newest_said is not None and newest_said < timezone.now() - LATE:
        failed = _("The last try to learn these topics did not work. Rapport tries again tonight.")
        return TopicProgress(failed, 0, is_late=True)
    incoming = Message.objects.filter(direction=Message.Direction.IN, conversation__person__no_profiling=False)
    newest = incoming.order_by("-pk").values("pk")[:LOOKED_THROUGH]
    counted = Message.objects.filter(pk__in=newest).aggregate(all=Count("pk"), read=Count("vector"))
    words = {
        "examples": formats.number(sum(ready)),
        "read": formats.number(counted["read"]),
        "all": formats.number(counted["all"]),
    }
    return TopicProgress(
        _(
            "Rapport is learning these topics from %(examples)s examples of your colleagues: %(read)s of %(all)s"
            " messages are read. In a few minutes it tells the topics of all others by itself; you need not wait here."
        )
        % words,
        min(99, 100 * counted["read"] // max(counted["all"], 1)),
    )


def _fit_words() -> str:
    """How well topics are told now, in a sentence."""
    fit: Any = TopicFit.objects.filter(is_used=True).defer("content").first()
    if fit is None:
        return _("Rapport sorts messages by itself once two topics have three examples each, and better with eight.")
    figures = {
        "right": formats.percent(fit.figures.get("right_of_said", 0.0)),
        "said": formats.percent(fit.figures.get("said", 0.0)),
        "examples": fit.said_count,
    }
    return (
        _(
            "Of your %(examples)s examples, each judged without knowing it, Rapport tells a topic for %(said)s and is"
            " right in %(right)s of these. Where it is unsure it says nothing."
        )
        % figures
    )

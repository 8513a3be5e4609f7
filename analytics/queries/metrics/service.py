"""How customers are answered, and how they sound."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Avg, Case, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, StdDev, Value, When

from inbox.models import BAD_UNTIL, GOOD_FROM, Conversation, Message, Mood, Rating

from .figures import Figure, balance, mean, median, share
from .spans import Span, midnight

FEWEST = 10
MOST = 50_000  # moments that are looked at, the newest first
AGAIN = timedelta(days=7)
FEW_MESSAGES = 10
FEW_RATINGS = 10
FEW_RECOMMENDATIONS = 30
Answers = dict[str, dict[int, int]]  # by question and answer, how many gave it
SCORES = {Mood.NEGATIVE: -1.0, Mood.NEUTRAL: 0.0, Mood.POSITIVE: 1.0}


def _minutes(rows: Any, later: str, earlier: str) -> list[float]:
    moments = rows.order_by(f"-{earlier}").values_list(later, earlier)[:MOST]
    return [max((end - start).total_seconds(), 0.0) / 60 for end, start in moments]


def first_reply(span: Span) -> Figure:
    """From the first message to the first answer by a colleague, of conversations that began in it."""
    begun = Conversation.objects.filter(span.within("created_at"), first_reply_at__isnull=False)
    return median(_minutes(begun, "first_reply_at", "created_at"), needed=FEWEST)


def resolution(span: Span) -> Figure:
    """From the first message to the last closing, of conversations that were closed in it."""
    closed = Conversation.objects.filter(span.within("closed_at"), status=Conversation.Status.CLOSED)
    return median(_minutes(closed, "closed_at", "created_at"), needed=FEWEST)


def first_contact(span: Span) -> Figure:
    """Closed with one answer, and nothing more from the same person within seven days. Younger ones wait, and the time
    that they were closed in with them."""
    old_enough = midnight(span.today + timedelta(days=1), span.zone) - AGAIN
    done = Conversation.objects.filter(span.within("closed_at"), status=Conversation.Status.CLOSED)
    closed = done.filter(closed_at__lt=old_enough)
    again = Conversation.objects.filter(
        person=OuterRef("person"), created_at__gt=OuterRef("closed_at"), created_at__lte=OuterRef("closed_at") + AGAIN
    )
    answers = Count("messages", filter=Q(messages__direction=Message.Direction.OUT))
    once = closed.annotate(answers=answers).filter(answers=1).filter(~Exists(again))
    young = done.filter(closed_at__gte=old_enough).count()
    return share(once.count(), closed.count(), needed=FEWEST, waiting=young)


def mood(span: Span) -> Figure:
    """50 is neutral, 100 all happy, 0 all unhappy: the mean of the messages from customers, as colleagues said where
    they did."""
    return mood_of(Message.objects.filter(span.within("created_at")))


def mood_of(messages: QuerySet[Message]) -> Figure:
    """The same of the messages from customers among these."""
    read = messages.order_by().filter(direction=Message.Direction.IN)
    read = read.filter(Q(sentiment_score__isnull=False) | ~Q(corrected=""))
    said = [When(corrected=mood, then=Value(score)) for mood, score in SCORES.items()]
    index = 50 + 50 * Case(*said, default=F("sentiment_score"), output_field=FloatField())
    found = read.aggregate(mean=Avg(index), spread=StdDev(index), count=Count("pk"))
    return mean(found["mean"], found["spread"], found["count"], needed=FEW_MESSAGES)


def csat(span: Span) -> Figure:
    """How many who rated in it were happy; beside it how many of those asked in it have answered by now."""
    return csat_of(answers_of(Rating.objects.filter(span.within("answered_at"))), **_asked(Rating.Kind.CSAT, span))


def csat_of(answers: Answers, **more: int) -> Figure:
    """The share of happy ones of the counted answers."""
    counted = answers[Rating.Kind.CSAT]
    good = sum(number for value, number in counted.items() if value >= GOOD_FROM["csat"])
    return share(good, sum(counted.values()), needed=FEW_RATINGS, **more)


def nps(span: Span) -> Figure:
    """Those who recommend us minus those who would not, in points of a hundred."""
    return nps_of(answers_of(Rating.objects.filter(span.within("answered_at"))), **_asked(Rating.Kind.NPS, span))


def nps_of(answers: Answers, **more: int) -> Figure:
    """The same of the counted answers."""
    counted = answers[Rating.Kind.NPS]
    above = sum(number for value, number in counted.items() if value >= GOOD_FROM["nps"])
    below = sum(number for value, number in counted.items() if value <= BAD_UNTIL["nps"])
    return balance(above, below, sum(counted.values()), needed=FEW_RECOMMENDATIONS, **more)


def answers_of(ratings: QuerySet[Rating]) -> Answers:
    """How many gave each answer to each question; one query."""
    rows = ratings.order_by().values("kind", "value").annotate(count=Count("pk"))
    found: Answers = {kind: {} for kind in Rating.Kind.values}
    for kind, value, count in rows.values_list("kind", "value", "count"):
        if value is not None:
            found[kind][value] = count
    return found


def _asked(kind: str, span: Span) -> dict[str, int]:
    """How many were asked in this time, and how many of them have answered."""
    asked = Rating.objects.order_by().filter(span.within("asked_at"), kind=kind)
    return asked.aggregate(asked=Count("pk"), came=Count("answered_at"))

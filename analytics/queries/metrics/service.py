"""How customers are answered, and how they sound."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Avg, Case, Count, Exists, F, FloatField, OuterRef, Q, StdDev, Value, When

from inbox.models import BAD_UNTIL, GOOD_FROM, Conversation, Message, Mood, Rating

from .figures import Figure, balance, mean, median, share
from .spans import Span, midnight

FEWEST = 10
MOST = 50_000  # moments that are looked at, the newest first
AGAIN = timedelta(days=7)
FEW_MESSAGES = 10
FEW_RATINGS = 10
FEW_RECOMMENDATIONS = 30
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
    """Closed with one answer, and nothing more from the same person within seven days. Younger ones wait."""
    old_enough = midnight(span.until, span.zone) - AGAIN
    closed = Conversation.objects.filter(
        span.within("closed_at"), closed_at__lt=old_enough, status=Conversation.Status.CLOSED
    )
    again = Conversation.objects.filter(
        person=OuterRef("person"), created_at__gt=OuterRef("closed_at"), created_at__lte=OuterRef("closed_at") + AGAIN
    )
    answers = Count("messages", filter=Q(messages__direction=Message.Direction.OUT))
    once = closed.annotate(answers=answers).filter(answers=1).filter(~Exists(again))
    return share(once.count(), closed.count(), needed=FEWEST)


def mood(span: Span) -> Figure:
    """50 is neutral, 100 all happy, 0 all unhappy: the mean of the messages from customers, as colleagues said where
    they did."""
    read = Message.objects.order_by().filter(span.within("created_at"), direction=Message.Direction.IN)
    read = read.filter(Q(sentiment_score__isnull=False) | ~Q(corrected=""))
    said = [When(corrected=mood, then=Value(score)) for mood, score in SCORES.items()]
    index = 50 + 50 * Case(*said, default=F("sentiment_score"), output_field=FloatField())
    found = read.aggregate(mean=Avg(index), spread=StdDev(index), count=Count("pk"))
    return mean(found["mean"], found["spread"], found["count"], needed=FEW_MESSAGES)


def csat(span: Span) -> Figure:
    """How many who rated in it were happy; beside it how many of those asked in it have answered by now."""
    answers = _answers(Rating.Kind.CSAT, span)
    good = sum(number for value, number in answers.items() if value >= GOOD_FROM["csat"])
    return share(good, sum(answers.values()), needed=FEW_RATINGS, **_asked(Rating.Kind.CSAT, span))


def nps(span: Span) -> Figure:
    """Those who recommend us minus those who would not, in points of a hundred."""
    answers = _answers(Rating.Kind.NPS, span)
    count = sum(answers.values())
    above = sum(number for value, number in answers.items() if value >= GOOD_FROM["nps"])
    below = sum(number for value, number in answers.items() if value <= BAD_UNTIL["nps"])
    asked = _asked(Rating.Kind.NPS, span)
    return balance(above, below, count, needed=FEW_RECOMMENDATIONS, **asked)


def _answers(kind: str, span: Span) -> dict[int, int]:
    """How many gave each answer in this time."""
    rows = Rating.objects.order_by().filter(span.within("answered_at"), kind=kind)
    counted = rows.values("value").annotate(count=Count("pk")).values_list("value", "count")
    return {value: number for value, number in counted if value is not None}


def _asked(kind: str, span: Span) -> dict[str, int]:
    """How many were asked in this time, and how many of them have answered."""
    asked = Rating.objects.order_by().filter(span.within("asked_at"), kind=kind)
    return asked.aggregate(asked=Count("pk"), came=Count("answered_at"))

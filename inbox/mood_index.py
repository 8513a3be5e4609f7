"""How one customer sounds of late: newer messages count more, half as much for every 30 days of age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Person
from crm.parts import Tone
from inbox.models import Message, Mood

HALF_LIFE_DAYS = 30
FEWEST = 3
MOST = 200
BEFORE = timedelta(days=30)
UNHAPPY_BELOW, HAPPY_ABOVE = 40, 60
STILL = 5  # points
SCORES = {Mood.NEGATIVE: -1.0, Mood.NEUTRAL: 0.0, Mood.POSITIVE: 1.0}
Said = tuple[datetime, float]


@dataclass(frozen=True)
class MoodIndex:
    """0 all unhappy, 50 neutral, 100 all happy; `moved` is "up", "down" or "flat" against 30 days ago, or empty."""

    points: int
    words: Any
    tone: Tone
    messages: int
    moved: str


def mood_index(person: Person, *, now: datetime | None = None) -> MoodIndex | None:
    """From the customer's own text alone, as colleagues said where they did; None below three messages. One query."""
    if person.no_profiling:
        return None
    now = now or timezone.now()
    rows = Message.objects.filter(conversation__person=person, direction=Message.Direction.IN)
    read = rows.filter(Q(sentiment_score__isnull=False) | ~Q(corrected="")).order_by("-created_at", "-pk")
    newest = read.values_list("created_at", "sentiment_score", "corrected")[:MOST]
    said = [(at, SCORES[Mood(corrected)] if corrected else score or 0.0) for at, score, corrected in newest]
    points = _points(said, now)
    if points is None:
        return None
    before = _points([one for one in said if one[0] <= now - BEFORE], now - BEFORE)
    words, tone = _words(points)
    return MoodIndex(round(points), words, tone, len(said), _moved(points, before))


def _points(said: Sequence[Said], now: datetime) -> float | None:
    if len(said) < FEWEST:
        return None
    weights = [0.5 ** (max((now - at).total_seconds(), 0.0) / 86400 / HALF_LIFE_DAYS) for at, _score in said]
    whole = sum(weights)
    if not whole:  # so long ago that nothing of it counts
        return None
    mood = sum(weight * score for weight, (_at, score) in zip(weights, said, strict=True))
    return float(50 + 50 * mood / whole)


def _words(points: float) -> tuple[Any, Tone]:
    if points < UNHAPPY_BELOW:
        return _("Unhappy"), "bad"
    return (_("Happy"), "good") if points > HAPPY_ABOVE else (_("Mixed"), "")


def _moved(points: float, before: float | None) -> str:
    if before is None:
        return ""
    if abs(points - before) < STILL:
        return "flat"
    return "up" if points > before else "down"

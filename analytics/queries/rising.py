"""What customers write about more than usual, with counts and the revenue that hangs on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.ml.purchases import day_number
from analytics.ml.text.topics.rising import Rising, Written, joined_by_meaning, rising
from analytics.models import MessageVector, Score, ScoredTask
from analytics.queries.boards.blocks import BlockNarrowing
from analytics.queries.person_insight import workspace_currency
from analytics.queries.time_limit import at_most
from crm import formats
from crm.models import User
from crm.queries.zone import workspace_zone
from inbox.models import Message, Topic

DAYS = 56
MOST_MESSAGES = 6_000
CHARACTERS = 2_000
EXAMPLES = 2
UNHAPPY_SHARE = 0.5


@dataclass(frozen=True)
class Example:
    """A message that shows the matter."""

    words: str
    url: str


@dataclass(frozen=True)
class Matter:
    """One line of the panel, all in words."""

    terms: str
    counts: str
    compared: str
    stake: str
    is_unhappy: bool
    topic: str
    topic_url: str
    examples: Sequence[Example]


def rising_matters(user: User, narrowed: BlockNarrowing | None = None) -> list[Matter]:
    """Matters in the messages that this user sees, in five queries; never of people who want no profiling.

    Raises TooSlowError where a filter takes too long to find the messages.
    """
    narrowed = narrowed or BlockNarrowing()
    newest = _messages(user, narrowed).order_by("-created_at").values_list(
        "created_at", "conversation__person_id", "text", "conversation_id", "sentiment", "pk", "topic_id"
    )  # fmt: skip
    with at_most(narrowed.seconds):
        rows = list(newest[:MOST_MESSAGES])
    zone = workspace_zone()
    written = [Written(day_number(at.astimezone(zone).date()), who, text[:CHARACTERS]) for at, who, text, *_ in rows]
    found = rising(written, day_number(timezone.now().astimezone(zone).date()))
    found = joined_by_meaning(found, written, _centres(found, rows)) if len(found) > 1 else found
    topics = {topic.pk: topic for topic in Topic.objects.filter(is_active=True)} if found else {}
    stakes = _stakes({written[row].customer for matter in found for row in matter.rows})
    return [_matter(one, rows, stakes, topics) for one in found]


def _centres(found: Sequence[Rising], rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """What the messages of each matter mean together, from the vectors that are kept; None where there are none."""
    from analytics.ml.text.meaning import meaning_centre, meaning_digest
    from analytics.ml.text.search.sketch import read_halves

    wanted = {rows[row][5] for one in found for row in one.rows}
    kept = MessageVector.objects.filter(message__in=wanted, network=meaning_digest())
    contents = dict(kept.values_list("message", "content"))
    centres: list[Any] = []
    for one in found:
        own = [bytes(contents[rows[row][5]]) for row in one.rows if rows[row][5] in contents]
        centres.append((read_halves(own).mean(axis=0) - meaning_centre()).astype(float) if own else None)
    return centres


def _messages(user: User, narrowed: BlockNarrowing) -> QuerySet[Message]:
    since = timezone.now() - timedelta(days=DAYS)
    seen = Message.objects.visible_to(user).filter(direction=Message.Direction.IN, created_at__gte=since)
    seen = seen.filter(narrowed.people("conversation__person"), narrowed.conversations("conversation"))
    return seen.filter(narrowed.own("message"), conversation__person__no_profiling=False)


def _stakes(people: set[int]) -> dict[int, float]:
    """What each of them may spend in a year if they stay."""
    rows = Score.objects.filter(task=ScoredTask.CHURN, person__in=people, stake__isnull=False)
    return dict(rows.values("person_id").annotate(worth=Sum("stake")).values_list("person_id", "worth"))


def _matter(one: Rising, rows: Sequence[tuple[Any, ...]], stakes: dict[int, float], topics: dict[int, Topic]) -> Matter:
    topic = _topic(one, rows, topics)
    people = {rows[row][1] for row in one.rows}
    unhappy = sum(1 for row in one.rows if rows[row][4] == "negative")
    worth = sum(stakes.get(person, 0.0) for person in people)
    first_of_each = {rows[row][1]: row for row in reversed(one.rows)}
    shown = sorted(first_of_each.values())[:EXAMPLES]
    return Matter(
        terms=" · ".join(one.terms),
        counts=_count_words(one),
        compared=_usual_words(one.usual),
        stake=formats.money_whole(worth, workspace_currency()) if worth >= 1 else "",
        is_unhappy=unhappy >= UNHAPPY_SHARE * len(one.rows),
        topic=topic.name if topic else "",
        topic_url=f"{reverse('inbox:view', args=['all'])}?topic={topic.pk}" if topic else "",
        examples=[_example(rows[row], one.terms[0]) for row in shown],
    )


def _topic(one: Rising, rows: Sequence[tuple[Any, ...]], topics: dict[int, Topic]) -> Topic | None:
    """The topic of more than half of a matter's messages."""
    counts = Counter(rows[row][6] for row in one.rows)
    topic, count = counts.most_common(1)[0]
    return topics.get(topic) if 2 * count > len(one.rows) else None


def _count_words(one: Rising) -> str:
    people = ngettext("%(count)s customer", "%(count)s customers", one.customers) % {"count": one.customers}
    if one.days == 1:
        return _("%(people)s today") % {"people": people}
    days = ngettext("%(days)s day", "%(days)s days", one.days) % {"days": one.days}
    return _("%(people)s in %(days)s") % {"people": people, "days": days}


def _usual_words(usual: float) -> str:
    if usual < 0.5:
        return _("usually nobody")
    return _("usually about %(count)s") % {"count": formats.number(round(usual))}


def _example(row: tuple[Any, ...], term: str) -> Example:
    text = " ".join(row[2].split())
    at = max(text.casefold().find(term) - 40, 0)
    words = ("…" if at else "") + text[at : at + 110] + ("…" if len(text) > at + 110 else "")
    return Example(words, reverse("inbox:conversation", args=["open", row[3]]))

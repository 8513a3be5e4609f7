"""The page of what customers answered: each answer with its comment, the shares, and how both went month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from analytics.models import MetricFigure
from crm import charts, formats
from crm.extensions import metrics
from crm.models import User
from crm.parts import Tab, Tile, Tone
from crm.queries.keyset import cut, read_cursor
from crm.queries.zone import workspace_zone
from inbox.models import BAD_UNTIL, GOOD_FROM, MOST, Rating
from inbox.questions import FACES

from .metrics.spans import SpanKind, midnight
from .number_words import parts_words, saying

PAGE_SIZE = 30
DAYS = 90  # shown where nobody asks for other days
MONTHS = 13

Kind = Rating.Kind
MOODS: dict[str, Any] = {"": _l("All"), "good": _l("Happy"), "middle": _l("In between"), "bad": _l("Unhappy")}


@dataclass(frozen=True)
class Line:
    """One answer."""

    who: str
    url: str
    answer: str
    tone: Tone
    comment: str
    about: str
    about_url: str
    when: datetime


@dataclass(frozen=True)
class FeedbackPage:
    """The vocabulary of the template. `trend` is of the whole business, for those who see all of it."""

    kinds: Sequence[Tab]
    moods: Sequence[Tab]
    days: str
    summary: Tile | None
    shares: charts.HBarChart | None
    trend: charts.Chart | None
    lines: Sequence[Line]
    next_url: str
    is_empty: bool


@dataclass(frozen=True)
class Wanted:
    """What a reader wants to see: which question, which answers, of which days."""

    kind: str = Kind.CSAT
    mood: str = ""
    first: date | None = None
    last: date | None = None
    after: str = ""

    def url(self, **changes: str) -> str:
        query = {"question": self.kind, "mood": self.mood, "from": self.first or "", "to": self.last or "", **changes}
        return f"{reverse('analytics:feedback')}?{urlencode({key: value for key, value in query.items() if value})}"


def feedback_page(user: User, wanted: Wanted, *, is_whole: bool) -> FeedbackPage:
    """Four queries, one more for those who see the whole business."""
    rows = _answers(user, wanted)
    counted = rows.order_by().values("value").annotate(n=Count("pk")).values_list("value", "n")
    counts = {value: number for value, number in counted if value is not None}
    order = f"feedback:{wanted.kind}:{wanted.mood}"
    shown = rows.filter(_in_mood(wanted)).order_by(F("answered_at").desc(), "-pk")
    page = cut(shown, size=PAGE_SIZE, after=read_cursor(wanted.after, order))
    figures = _figures(wanted.kind) if is_whole else []
    by_id = Rating.objects.select_related("person", "conversation").in_bulk(page.ids)
    return FeedbackPage(
        kinds=[
            Tab(str(kind.label), Wanted(kind, "", wanted.first, wanted.last).url(), is_current=kind == wanted.kind)
            for kind in Kind
        ],
        moods=[
            Tab(str(label), wanted.url(mood=mood), is_current=mood == wanted.mood, count=_count(counts, wanted, mood))
            for mood, label in MOODS.items()
        ],
        days=_days_words(wanted),
        summary=_summary(wanted.kind, figures),
        shares=_shares(counts, wanted.kind),
        trend=_trend(wanted.kind, figures),
        lines=[feedback_line(by_id[pk]) for pk in page.ids if pk in by_id],
        next_url=wanted.url(after=page.next.sign(order)) if page.next else "",
        is_empty=not counts,
    )


def _answers(user: User, wanted: Wanted) -> QuerySet[Rating]:
    zone = workspace_zone()
    rows = Rating.objects.visible_to(user).filter(kind=wanted.kind, answered_at__gte=midnight(_first(wanted), zone))
    return rows.filter(answered_at__lt=midnight(wanted.last + timedelta(1), zone)) if wanted.last else rows


def _first(wanted: Wanted) -> date:
    return wanted.first or timezone.localdate(timezone=workspace_zone()) - timedelta(days=DAYS)


def _in_mood(wanted: Wanted) -> Q:
    good, bad = Q(value__gte=GOOD_FROM[wanted.kind]), Q(value__lte=BAD_UNTIL[wanted.kind])
    return {"good": good, "bad": bad, "middle": ~good & ~bad}.get(wanted.mood, Q())


def _count(counts: dict[int, int], wanted: Wanted, mood: str) -> str:
    good, bad = GOOD_FROM[wanted.kind], BAD_UNTIL[wanted.kind]
    values = {"": range(11), "good": range(good, 11), "bad": range(bad + 1), "middle": range(bad + 1, good)}[mood]
    total = sum(number for value, number in counts.items() if value in values)
    return formats.number(total) if total else ""


def _days_words(wanted: Wanted) -> str:
    if wanted.first is None and wanted.last is None:
        return _("the last %(days)s days") % {"days": DAYS}
    until = formats.date_words(wanted.last) if wanted.last else _("today")
    return _("%(first)s to %(last)s") % {"first": formats.date_words(_first(wanted)), "last": until}


def _shares(counts: dict[int, int], kind: str) -> charts.HBarChart | None:
    """How many gave each answer, best first."""
    if not counts:
        return None
    values = range(MOST[kind], 0 if kind == Kind.CSAT else -1, -1)
    data = [charts.Datum(answer_words(kind, value), counts.get(value, 0)) for value in values]
    return charts.hbar_chart(data, title=_("How many gave each answer"), words=formats.number)


def answer_words(kind: str, value: int) -> str:
    """ "5 – Very happy", or the bare number."""
    return f"{value} – {FACES[value][1]}" if kind == Kind.CSAT else formats.number(value)


def feedback_line(row: Rating) -> Line:
    """One answer in words."""
    value = row.value or 0
    tone: Tone = "bad" if row.is_bad else "good" if row.is_good else ""
    conversation = row.conversation
    return Line(
        who=row.person.name,
        url=reverse("crm:person-detail", args=[row.person_id]),
        answer=answer_words(row.kind, value) if row.kind == Kind.CSAT else f"{value} / {row.most}",
        tone=tone,
        comment=row.comment,
        about=(conversation.subject or f"#{conversation.pk}") if conversation else "",
        about_url=reverse("inbox:conversation", args=["all", conversation.pk]) if conversation else "",
        when=row.answered_at or row.created_at,
    )


def _figures(kind: str) -> list[MetricFigure]:
    rows = MetricFigure.objects.filter(metric=kind, span=SpanKind.MONTH, value__isnull=False)
    return list(rows.order_by("-starts_on")[:MONTHS])[::-1]


def _summary(kind: str, rows: Sequence[MetricFigure]) -> Tile | None:
    """The newest month that has a number, as on the page of numbers."""
    if not rows:
        return None
    metric, row = metrics[kind], rows[-1]
    label = _("%(number)s, %(month)s") % {
        "number": metric.label, "month": formats.month_year_words(row.starts_on)
    }  # fmt: skip
    return Tile(label, saying(metric, "")(row.value or 0.0), note=" · ".join(parts_words(metric.key, row.more, "")))


def _trend(kind: str, rows: Sequence[MetricFigure]) -> charts.Chart | None:
    if len(rows) < 2:
        return None
    say = saying(metrics[kind], "")
    return charts.line_chart(
        [charts.Datum(formats.month_year_words(row.starts_on), row.value or 0.0) for row in rows],
        title=str(metrics[kind].label), words=say, axis_words=say, value_head=str(metrics[kind].label),
    )  # fmt: skip

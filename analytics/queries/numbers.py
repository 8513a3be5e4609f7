"""The page of the business's numbers: each with what it counts, how sure it is, and what was foretold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import hypot
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.metrics import SECTIONS
from analytics.models import MetricFigure
from crm import charts, formats
from crm.extensions import Metric, metrics
from crm.models import Person, User
from crm.parts import Change, Tab, Tone
from crm.queries.zone import workspace_zone

from .insights import change_words, share_change
from .metrics.spans import Span, SpanKind, span_words
from .number_links import rows_url
from .number_words import parts_words, points_words, saying
from .person_insight import workspace_currency

TREND = 13
STILL = 0.005
GROWING = ("revenue", "new_customers", "churn", "mrr_lost", "payers_lost")  # from nothing on the first day of a span


@dataclass(frozen=True)
class Behind:
    """Somebody behind a number, and how much of it is theirs."""

    name: str
    url: str
    amount: str


@dataclass(frozen=True)
class Card:
    """One number in words. Without a value `missing` says why, and `have` of `needed` fill the bar.

    `foretold` stands beside: what a prediction says, how wide, and how far the last one was off; or a twin that asks
    the same in another way.
    """

    key: str
    label: str
    formula: str
    value: str = ""
    of: str = ""
    sure: str = ""
    parts: Sequence[str] = ()
    change: Change | None = None
    spark: charts.Sparkline | None = None
    missing: str = ""
    have: int = 0
    needed: int = 0
    missing_url: str = ""
    missing_link: str = ""
    foretold: Card | None = None
    last_error: str = ""
    is_foretelling: bool = False
    people: Sequence[Behind] = ()
    is_frozen: bool = False
    url: str = ""


@dataclass(frozen=True)
class Section:
    """Cards, and the names of those of which there is nothing at all."""

    label: str
    cards: Sequence[Card]
    nothing: Sequence[str] = ()


@dataclass(frozen=True)
class NumbersPage:
    """The vocabulary of the template."""

    kinds: Sequence[Tab]
    title: str
    earlier_url: str
    later_url: str
    sections: Sequence[Section]
    counted_at: str
    is_going_on: bool


Rows = Mapping[tuple[str, date], MetricFigure]


def numbers_page(user: User, kind: str, day: date | None) -> NumbersPage:
    """Three queries and one for the names behind a number. The span holds the day, and is at most the next one."""
    zone = workspace_zone()
    today = timezone.localdate(timezone=zone)
    span = Span.holding(kind, day or today, zone, today)
    newest = Span.holding(kind, today, zone, today).moved(1)
    span = min(span, newest, key=lambda each: each.first)
    rows = _rows(user, span)
    currency = workspace_currency()
    counted = [row.counted_at for row in rows.values() if row.starts_on == span.first]
    return NumbersPage(
        kinds=[_kind_tab(each, span) for each in SpanKind],
        title=span_words(kind, span.first),
        earlier_url=_url(kind, span.moved(-1).first),
        later_url=_url(kind, span.moved(1).first) if span.first < newest.first else "",
        sections=_sections(rows, span, currency),
        counted_at=formats.moment_words(max(counted)) if counted else "",
        is_going_on=span.has_begun and not span.is_over,
    )


@dataclass(frozen=True)
class NumberTile:
    """One number on a dashboard, of the time `when`; without a card it was not counted."""

    label: str
    when: str
    is_going_on: bool
    card: Card | None


def number_of(user: User, key: str, kind: str, day: date | None) -> NumberTile:
    """One metric of the span that holds the day, at most the one that goes on; three queries. KeyError for the key."""
    zone = workspace_zone()
    today = timezone.localdate(timezone=zone)
    span = Span.holding(kind, min(day or today, today), zone, today)
    card = _card(metrics[key], _rows(user, span, key), span, workspace_currency())
    return NumberTile(str(metrics[key].label), span_words(kind, span.first), not span.is_over, card)


def _rows(user: User, span: Span, key: str = "") -> Rows:
    """The figures of this span and of those before it, in one query."""
    first = span.moved(1 - TREND).first
    found = MetricFigure.objects.visible_to(user).filter(
        span=span.kind, starts_on__gte=first, starts_on__lte=span.first
    )
    found = found.filter(metric=key) if key else found
    return {(row.metric, row.starts_on): row for row in found}


def _kind_tab(kind: SpanKind, span: Span) -> Tab:
    return Tab(str(kind.label), _url(kind, min(span.first, span.today)), is_current=kind == span.kind)


def _url(kind: str, day: date) -> str:
    return f"{reverse('analytics:numbers')}?{urlencode({'by': str(kind), 'on': day.isoformat()})}"


def _sections(rows: Rows, span: Span, currency: str) -> list[Section]:
    beside = {metric.predicts or metric.beside: metric for metric in metrics if metric.predicts or metric.beside}
    found = []
    for key, label in _section_names().items():
        cards = [
            _pair(metric, beside.get(metric.key), rows, span, currency)
            for metric in metrics
            if metric.section == key and not metric.predicts and not metric.beside
        ]
        known = [card for card in cards if card is not None]
        shown = [card for card in known if not _is_nothing(card)]
        found.append(Section(str(label), shown, [card.label for card in known if _is_nothing(card)]))
    return [section for section in found if section.cards or section.nothing]


def _is_nothing(card: Card) -> bool:
    """Neither a number nor anything to count, and nobody can change that here."""
    is_bare = not card.value and not card.have and not card.missing_url and bool(card.missing)
    return is_bare and card.needed > 0 and (card.foretold is None or _is_nothing(card.foretold))


def _section_names() -> dict[str, Any]:
    """Those of ours, then those that plug-ins bring."""
    return dict(SECTIONS) | {metric.section: metric.section for metric in metrics if metric.section not in SECTIONS}


def _pair(metric: Metric, twin: Metric | None, rows: Rows, span: Span, currency: str) -> Card | None:
    """A metric beside its prediction or its twin; nothing where neither is known of this span."""
    card = _card(metric, rows, span, currency)
    foretold = _card(twin, rows, span, currency) if twin is not None else None
    if card is None and foretold is None:
        return None
    card = card or Card(metric.key, str(metric.label), str(metric.formula))
    return Card(**{**vars(card), "foretold": foretold})


def _card(metric: Metric, rows: Rows, span: Span, currency: str) -> Card | None:
    row = rows.get((metric.key, span.first))
    if row is None or (row.value is None and row.more.get("is_monthly")):
        return None
    card: dict[str, Any] = {"key": metric.key, "label": str(metric.label), "formula": str(metric.formula)}
    if row.value is None:
        return Card(**card, **_missing(row))
    say = saying(metric, currency)
    is_foretelling = bool(metric.predicts)
    return Card(
        **card,
        value=say(row.value),
        of=_of_words(metric, row),
        sure=_sure_words(row, say, is_foretelling=is_foretelling),
        parts=parts_words(metric.key, row.more, currency),
        change=None if is_foretelling else _change(metric, row, rows, span),
        spark=None if is_foretelling else _spark(metric, rows, span),
        last_error=_error_words(metric, row, rows, say) if is_foretelling else "",
        is_foretelling=is_foretelling,
        people=_people(row, currency),
        is_frozen=row.frozen_at is not None,
        url=rows_url(metric.key, span),
    )


def _people(row: MetricFigure, currency: str) -> list[Behind]:
    """Who stands behind a number, by name: figures keep ids alone, so that a deleted person is named nowhere."""
    amounts: dict[int, float] = dict(row.more.get("people", ()))
    if not amounts:
        return []
    known = dict(Person.objects.filter(pk__in=amounts).values_list("pk", "name"))
    return [
        Behind(known[pk], reverse("crm:person-detail", args=[pk]), formats.money(amount, currency))
        for pk, amount in amounts.items()
        if pk in known
    ]


def _missing(row: MetricFigure) -> dict[str, Any]:
    more = row.more
    if more.get("is_without_spend"):
        words = _("Nobody has entered what was spent.")
        return {"missing": words, "missing_url": reverse("analytics:spend"), "missing_link": _("Enter it")}
    if more.get("is_without_model"):
        url = reverse("analytics:model-detail", args=[more["is_without_model"]])
        words = _("Not enough is known yet to foretell it.")
        return {"missing": words, "missing_url": url, "missing_link": _("What is missing?")}
    if "waits_until" in more:
        words = _("%(won)s of %(all)s so far; said on %(day)s, when most have had their usual time.")
        day = formats.date_words(date.fromisoformat(more["waits_until"][:10]))
        return {"missing": words % {"won": more.get("part", 0), "all": row.sample, "day": day}}
    if row.needed <= 1:
        return {"missing": _("Nothing to count yet.")}
    words = _("%(have)s of %(needed)s needed: too few to say.")
    values = {"have": formats.number(row.sample), "needed": formats.number(row.needed)}
    return {"missing": words % values, "have": min(row.sample, row.needed), "needed": row.needed}


def _of_words(metric: Metric, row: MetricFigure) -> str:
    part = row.more.get("part")
    if metric.kind == "share" and isinstance(part, int | float):
        return _("%(part)s of %(all)s") % {"part": formats.number(round(part)), "all": formats.number(row.sample)}
    return str(metric.of) % {"n": formats.number(row.sample)} if metric.of and row.sample > 1 else ""


def _sure_words(row: MetricFigure, say: Callable[[float], str], *, is_foretelling: bool) -> str:
    if row.low is None or row.high is None:
        return ""
    words = (
        _("in 4 of 5 cases %(low)s to %(high)s")
        if is_foretelling or row.metric == "pipeline"
        else _("very likely between %(low)s and %(high)s")
    )
    return words % {"low": say(row.low), "high": say(row.high)}


def _before(metric: Metric, rows: Rows, span: Span) -> MetricFigure | None:
    row = rows.get((metric.key, span.moved(-1).first))
    return row if row is not None and row.value is not None else None


def _is_growing(metric: Metric, span: Span) -> bool:
    """It grows from nothing while the span goes on."""
    return metric.key in GROWING and not span.is_over


def _change(metric: Metric, row: MetricFigure, rows: Rows, span: Span) -> Change | None:
    """Against the span before; what grows while a span goes on is not compared with a whole one."""
    before = _before(metric, rows, span)
    if before is None or before.value is None or _is_growing(metric, span) or row.value is None:
        return None
    than = span_words(span.kind, before.starts_on)
    change: float | None
    if metric.kind == "signed":  # it may be below nothing: a share of it says nothing
        points = round(row.value) - round(before.value)
        change, words = points, points_words(points, than)
    else:
        change = share_change(row.value, before.value)
        if change is None:
            return None
        words = change_words(change, than)
    if abs(change) < STILL or metric.is_better not in ("up", "down"):
        return Change(words)
    if _may_be_chance(row, before):
        return Change(_("%(change)s (may be chance)") % {"change": words})
    is_good = (change > 0) == (metric.is_better == "up")
    tone: Tone = "good" if is_good else "bad"
    return Change(words, "up" if change > 0 else "down", tone)


def _may_be_chance(now: MetricFigure, before: MetricFigure) -> bool:
    """Whether the difference is within what both figures are unsure by (19 of 20 cases)."""
    ranges = ((now.low, now.high), (before.low, before.high))
    halves = [(high - low) / 2 for low, high in ranges if low is not None and high is not None]
    if len(halves) < len(ranges) or now.value is None or before.value is None:
        return False
    return abs(now.value - before.value) <= hypot(*halves)


def _spark(metric: Metric, rows: Rows, span: Span) -> charts.Sparkline | None:
    last = 0 if _is_growing(metric, span) else 1  # a span begun would end the line in a fall
    known = (rows.get((metric.key, span.moved(by).first)) for by in range(last - TREND, last))
    values = [row.value for row in known if row is not None and row.value is not None]
    if len(values) < 3:
        return None
    return charts.sparkline(values, title=_("%(number)s in the course of time") % {"number": metric.label})


def _error_words(metric: Metric, row: MetricFigure, rows: Rows, say: Callable[[float], str]) -> str:
    """What the last prediction that is over said, what came, and how far it was off."""
    said, came, when = row.more.get("said"), row.more.get("came"), row.more.get("on")
    if said is None or came is None:
        past = [each for (key, _first), each in rows.items() if key == metric.key and each.outcome is not None]
        last = max(past, key=lambda each: each.starts_on, default=None)
        if last is None:
            return ""
        said, came, when = last.value, last.outcome, last.starts_on.isoformat()
    if said is None or came is None or when is None:
        return ""
    off = formats.percent(abs(said - came) / abs(came)) if came else "–"
    words = _("Last time %(said)s was said, %(came)s came (%(when)s): %(off)s off.")
    day = formats.month_year_words(date.fromisoformat(when))
    return words % {"said": say(said), "came": say(came), "when": day, "off": off}

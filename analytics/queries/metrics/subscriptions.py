"""Recurring money: how much a month, and how much of it stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from analytics.queries.sales import month_of
from crm.models import Subscription

from .figures import Figure, ratio, share, too_few
from .spans import Span

Interval = Subscription.Interval
PER_MONTH = {Interval.WEEK: 52 / 12, Interval.MONTH: 1.0, Interval.QUARTER: 1 / 3, Interval.YEAR: 1 / 12}
FEWEST = 10
MOST_NAMED = 5


@dataclass(frozen=True)
class Movement:
    """Recurring money a month at the start and at the end, by what happened to it between; `left` of `payers` left.

    `losses` are the people who pay less or no longer, by how much, the most first.
    """

    start: float = 0.0
    end: float = 0.0
    new: float = 0.0
    back: float = 0.0
    more: float = 0.0
    less: float = 0.0
    gone: float = 0.0
    payers: int = 0
    left: int = 0
    now: int = 0
    losses: Sequence[tuple[int, float]] = ()


def movement(first: date, until: date) -> Movement:
    """Of everybody who paid at the start of `first` or of `until`, in two queries."""
    there = Q(started_on__lt=until) & (Q(ended_on=None) | Q(ended_on__gte=first))
    rows = Subscription.objects.filter(there).values_list("person", "amount", "interval", "started_on", "ended_on")
    then: dict[int, float] = defaultdict(float)
    now: dict[int, float] = defaultdict(float)
    for person, amount, interval, started, ended in rows.iterator():
        monthly = float(amount) * PER_MONTH[Interval(interval)]
        if started < first and (ended is None or ended >= first):
            then[person] += monthly
        if started < until and (ended is None or ended >= until):
            now[person] += monthly
    come = now.keys() - then.keys()
    gone_before = Subscription.objects.filter(ended_on__lt=first).values_list("person", flat=True)
    back = come & set(gone_before.iterator()) if come else set()
    less = {pk: before - now.get(pk, 0.0) for pk, before in then.items() if now.get(pk, 0.0) < before}
    both = [(then.get(pk, 0.0), now.get(pk, 0.0)) for pk in then.keys() | now.keys()]
    return Movement(
        start=sum(then.values()),
        end=sum(now.values()),
        new=sum(now[pk] for pk in come - back),
        back=sum(now[pk] for pk in back),
        more=sum(after - before for before, after in both if before and after > before),
        less=sum(before - after for before, after in both if after and after < before),
        gone=sum(before for before, after in both if not after),
        payers=len(then),
        left=sum(not after for before, after in both if before),
        now=len(now),
        losses=sorted(less.items(), key=lambda loss: (-loss[1], loss[0])),
    )


def recurring(span: Span) -> Figure:
    moved = movement(span.first, span.until)
    if not moved.now and not moved.payers:
        return too_few(0, 1)
    parts = {
        "new": moved.new,
        "back": moved.back,
        "more": moved.more,
        "less": moved.less,
        "gone": moved.gone,
        "year": 12 * moved.end,
    }
    return Figure(moved.end, moved.now, 1, more=parts)


def revenue_lost(span: Span) -> Figure:
    moved = movement(span.first, span.until)
    lost = [[pk, round(amount, 2)] for pk, amount in moved.losses[:MOST_NAMED]]
    return ratio(moved.less + moved.gone, moved.start, sample=moved.payers, needed=FEWEST, people=lost)


def payers_lost(span: Span) -> Figure:
    moved = movement(span.first, span.until)
    return share(moved.left, moved.payers, needed=FEWEST)


def kept_net(span: Span) -> Figure:
    """What the customers of twelve months ago pay now, as a share of what they paid then."""
    moved = movement(month_of(span.end, back=12), span.until)
    kept = moved.start + moved.more - moved.less - moved.gone
    return ratio(kept, moved.start, sample=moved.payers, needed=FEWEST)


def kept_gross(span: Span) -> Figure:
    """The same without what they pay more: at most all."""
    moved = movement(month_of(span.end, back=12), span.until)
    return ratio(moved.start - moved.less - moved.gone, moved.start, sample=moved.payers, needed=FEWEST)

"""How deals go: how many are won, how fast, what the open ones should bring, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import sqrt
from statistics import median
from typing import Any

from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum

from analytics.models import DealPrediction, DealScore
from crm.models import Deal, Note, Stage, StageChange, Task
from inbox.models import Message

from .figures import LIKELY, Figure, share, too_few
from .spans import Span, midnight

FEWEST = 10
FEWEST_CLOSED = 20
FEWEST_EACH = 50
PRIOR = 20.0  # a stage's usual chance counts as much as so many deals
DRAWS = 2000
MOST_DRAWN = 2000
YEAR = timedelta(days=365)
MOST = 5000
WON = Q(stage__kind=Stage.Kind.WON)
WORTH = F("amount") * F("rate")


def _closed(span: Span) -> QuerySet[Deal]:
    return Deal.objects.order_by().filter(span.within("closed_at")).exclude(stage__kind=Stage.Kind.OPEN)


def _last_year(span: Span) -> QuerySet[Deal]:
    until = midnight(span.until, span.zone)
    closed = Deal.objects.order_by().filter(closed_at__gte=until - YEAR, closed_at__lt=until)
    return closed.exclude(stage__kind=Stage.Kind.OPEN)


def win_rate(span: Span) -> Figure:
    """Won by won and lost, by when they were closed; beside it the same by money."""
    found = _closed(span).aggregate(
        all=Count("pk"), won=Count("pk", filter=WON), money=Sum(WORTH), won_money=Sum(WORTH, filter=WON)
    )
    by_money = float(found["won_money"] or 0) / float(found["money"]) if found["money"] else None
    return share(found["won"], found["all"], needed=FEWEST, by_money=by_money)


def conversion(span: Span) -> Figure:
    """Of the deals that began in it, how many were won; said once most had the time to be."""
    begun = Deal.objects.order_by().filter(span.within("created_at"))
    found = begun.aggregate(all=Count("pk"), won=Count("pk", filter=WON))
    days = _cycle_days(span)
    if days is not None and span.end + timedelta(days=days) > span.today:
        return too_few(found["all"], FEWEST, part=found["won"], waits_until=str(span.end + timedelta(days=days)))
    return share(found["won"], found["all"], needed=FEWEST)


def _cycle_days(span: Span) -> float | None:
    """How long a deal usually takes until it is won."""
    won = _last_year(span).filter(WON).order_by("-closed_at").values_list("created_at", "closed_at")[:MOST]
    days = [(closed - begun).total_seconds() / 86_400 for begun, closed in won if closed is not None]
    return median(days) if days else None


def velocity(span: Span) -> Figure:
    """Open deals × win rate × usual value ÷ usual days: money a day, by the last twelve months."""
    found = _last_year(span).aggregate(all=Count("pk"), won=Count("pk", filter=WON), money=Sum(WORTH, filter=WON))
    days = _cycle_days(span)
    if found["all"] < FEWEST_CLOSED or not found["won"] or not days:
        return too_few(found["all"], FEWEST_CLOSED)
    open_deals = Deal.objects.filter(stage__kind=Stage.Kind.OPEN).count()
    rate, each = found["won"] / found["all"], float(found["money"]) / found["won"]
    parts = {"open": open_deals, "rate": rate, "each": each, "days": days}
    return Figure(open_deals * rate * each / max(days, 1), found["all"], FEWEST_CLOSED, more=parts)


def pipeline(span: Span) -> Figure:
    """What the open deals should bring: amount times the chance, as of now; lost ones are not in it.

    The chance is the model's where one is in use, else how often deals of the stage were won.
    """
    rows = Deal.objects.order_by().filter(stage__kind=Stage.Kind.OPEN, amount__gt=0).annotate(worth=WORTH)
    found = list(rows.values_list("worth", "stage", "score__value"))
    closed = Deal.objects.exclude(stage__kind=Stage.Kind.OPEN)[:FEWEST_CLOSED].count()
    if not found or closed < FEWEST_CLOSED:
        return too_few(closed, FEWEST_CLOSED, deals=len(found))
    chances = stage_chances()
    amounts = [float(money) for money, _stage, _score in found]
    chance = [chances[stage] if score is None else float(score) for _money, stage, score in found]
    low, high = _range(amounts, chance)
    expected = sum(money * p for money, p in zip(amounts, chance, strict=True))
    return Figure(expected, len(found), FEWEST_CLOSED, low, high, {"money": sum(amounts)})


def expected_win_rate(span: Span) -> Figure:
    """The mean chance of the open deals by the model, with what chance alone allows: as of now."""
    scores = DealScore.objects.order_by().filter(deal__stage__kind=Stage.Kind.OPEN)
    found = scores.aggregate(
        mean=Avg("value"), sum=Sum("value"), spread=Sum(F("value") * (1 - F("value"))), count=Count("pk")
    )
    count = found["count"]
    if not count:
        return too_few(0, FEWEST, is_without_model="win")
    if count < FEWEST:
        return too_few(count, FEWEST)
    half = LIKELY * sqrt(found["spread"])
    low, high = max(found["sum"] - half, 0.0) / count, min(found["sum"] + half, count) / count
    return Figure(found["mean"], count, FEWEST, low, high, {"part": found["sum"], **_track()})


def _track() -> dict[str, object]:
    """What was said of the deals of the last month whose end is known, and what came."""
    known = DealPrediction.objects.order_by().filter(outcome__isnull=False)
    last = known.aggregate(day=Max("as_of"))["day"]
    if last is None:
        return {}
    found = known.filter(as_of=last).aggregate(said=Avg("value"), came=Avg("outcome"))
    return {**found, "on": last.isoformat()}


def stage_chances() -> Mapping[int, float]:
    """How often deals that stood in each open stage were won, drawn towards the chance that the stage is given."""
    passed = StageChange.objects.order_by().filter(deal__closed_at__isnull=False).values_list("to_stage")
    counts = passed.annotate(
        all=Count("deal", distinct=True), won=Count("deal", filter=Q(deal__stage__kind=Stage.Kind.WON), distinct=True)
    )
    seen = {stage: (all_deals, won) for stage, all_deals, won in counts}
    chances = {}
    for pk, percent in Stage.objects.filter(kind=Stage.Kind.OPEN).values_list("pk", "probability"):
        count, won = seen.get(pk, (0, 0))
        chances[pk] = (won + PRIOR * percent / 100) / (count + PRIOR)
    return chances


def _range(amounts: list[float], chances: list[float]) -> tuple[float, float]:
    """In 4 of 5 cases: drawn deal by deal; of very many deals by the normal law."""
    import numpy as np

    money, chance = np.array(amounts), np.array(chances)
    if len(money) > MOST_DRAWN:
        middle, spread = (money * chance).sum(), np.sqrt((money**2 * chance * (1 - chance)).sum())
        return max(float(middle - LIKELY * spread), 0.0), float(middle + LIKELY * spread)
    drawn = np.random.default_rng(0).random((DRAWS, len(money))) < chance
    low, high = np.quantile(drawn @ money, [0.1, 0.9])
    return float(low), float(high)


def best_step(span: Span) -> Figure:
    """The best share of wins among similar deals by what was done; "done" and "left out" must be seen often enough."""
    closed = _last_year(span)
    while_open: dict[str, QuerySet[Any]] = {
        "task": Task.objects.filter(deal=OuterRef("pk"), done_at__lte=OuterRef("closed_at")),
        "note": Note.objects.filter(deal=OuterRef("pk"), created_at__lte=OuterRef("closed_at")),
        "answer": Message.objects.filter(
            conversation__person=OuterRef("person"), direction=Message.Direction.OUT,
            created_at__gte=OuterRef("created_at"), created_at__lte=OuterRef("closed_at"),
        ),
    }  # fmt: skip
    seen = {name: _compared(closed, rows) for name, rows in while_open.items()}
    usable = {name: found for name, found in seen.items() if min(found["with"][1], found["without"][1]) >= FEWEST_EACH}
    if not usable:
        count = max((min(found["with"][1], found["without"][1]) for found in seen.values()), default=0)
        return too_few(count, FEWEST_EACH)
    name = max(usable, key=lambda each: _rate(usable[each]["with"]))
    (won, count), (won_without, without) = usable[name]["with"], usable[name]["without"]
    more = {"step": name, "without": won_without / without, "plain": (won + won_without) / (count + without)}
    return share(won, count, needed=FEWEST_EACH, **more)


def _rate(pair: tuple[int, int]) -> float:
    return pair[0] / pair[1]


def _compared(closed: QuerySet[Deal], rows: QuerySet[Any]) -> dict[str, tuple[int, int]]:
    """(won, all) with and without."""
    found = {"with": (0, 0), "without": (0, 0)}
    grouped = closed.annotate(did=Exists(rows)).values_list("did").annotate(n=Count("pk"), won=Count("pk", filter=WON))
    for did, count, won in grouped:
        found["with" if did else "without"] = (won, count)
    return found

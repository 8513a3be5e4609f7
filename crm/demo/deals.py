"""Deals of the demo business with a life of their own: moves, put-off dates, and an end that has reasons.

How warm a customer is shows in how fast a deal moves and whether its date is put off; a recommendation helps, a high
price does not. Who is called again and has a next step is won more often: there is something a colleague can do.
That is what a model of the chance of winning can find, and no more: the rest is chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import exp
from typing import Any

from crm.bulk_insert import insert_objects
from crm.events import build_event
from crm.models import Deal, Event, Person, Stage, StageChange
from crm.operations.deals import deal_search_text
from crm.operations.editing import plain

from .contact import call_days, save_calls, save_steps
from .premises import DemoShop
from .shop import SOURCE
from .words import DEAL_TITLES, LEAD_SOURCES, LOST_REASONS

SOURCE_HELPS = {"Recommendation": 1.1, "Walk-in": 0.3, "Newsletter": -0.2, "Trade fair": -0.9}
DEAREST = 240  # times 25 in the shop's currency
YEARS_OF_DEALS = 730
STEP_DAYS, LINGERS = 8.0, 2.2
GAP = 1024.0
CALLED, CALLS_HELP = 0.55, 1.6  # how many are called again, and how much that helps
PLANNED, PLANS_HELP = 0.7, 1.1


@dataclass
class Life:
    """What happens to one deal: `stays` are the days in each open stage, `puts_off` when its date is put off.

    `calls` are the days on which somebody speaks to the customer; `is_planned`: there is always a next step.
    """

    opened: date
    stays: list[int]
    is_won: bool
    puts_off: list[int]
    source: str
    amount: Decimal
    calls: list[date]
    is_planned: bool

    @property
    def steps(self) -> list[tuple[date, date]]:
        """From when to when there is a next step: a step for each stage."""
        if not self.is_planned:
            return []
        days = [self.opened + timedelta(days=sum(self.stays[:place])) for place in range(len(self.stays) + 1)]
        return list(pairwise(days))

    @property
    def closed(self) -> date:
        return self.opened + timedelta(days=sum(self.stays))


def live(shop: DemoShop, opened: date, stage_count: int) -> Life:
    """One possible sale from its first day to its last."""
    random = shop.random
    warmth, source, price = random.gauss(0, 1), random.choice(LEAD_SOURCES), random.randrange(8, DEAREST)
    odds = 1.1 * warmth + SOURCE_HELPS.get(source, 0.0) - 1.6 * (price / DEAREST - 0.5) - 0.2
    is_called, is_planned = random.random() < CALLED, random.random() < PLANNED
    odds += CALLS_HELP * (is_called - CALLED) + PLANS_HELP * (is_planned - PLANNED)
    is_won = random.random() < 1 / (1 + exp(-odds))
    reached = stage_count if is_won else random.randrange(1, stage_count + 1)
    pace = STEP_DAYS * exp(-0.4 * warmth)
    stays = [1 + int(random.expovariate(1 / pace)) for _ in range(reached)]
    if not is_won:
        stays[-1] = int(stays[-1] * LINGERS) + 4
    times = sum(random.random() < 0.5 / (1 + exp(1.5 * warmth)) for _ in range(3))
    puts_off = sorted(random.randrange(1, sum(stays) + 1) for _ in range(times))
    calls = call_days(shop, opened, opened + timedelta(days=sum(stays))) if is_called else []
    return Life(opened, stays, is_won, puts_off, source, Decimal(price * 25), calls, is_planned)


def closed_lives(shop: DemoShop, count: int, stage_count: int) -> Iterator[Life]:
    """Deals that have come to their end by today."""
    while count:
        life = live(shop, shop.today - timedelta(days=shop.random.randrange(20, YEARS_OF_DEALS)), stage_count)
        if life.closed < shop.today:
            count -= 1
            yield life


def open_lives(shop: DemoShop, count: int, stage_count: int) -> Iterator[Life]:
    """Deals that are open today."""
    while count:
        life = live(shop, shop.today - timedelta(days=shop.random.randrange(1, 75)), stage_count)
        if life.closed >= shop.today:
            count -= 1
            yield life


def save_lives(shop: DemoShop, lives: list[Life], stages: list[Stage], first: int) -> list[Deal]:
    """Write these deals with their history; `first` numbers them on."""
    deals = insert_objects(_deal(shop, life, stages, number) for number, life in enumerate(lives, first))
    told = [_told(shop, deal, life, stages) for deal, life in zip(deals, lives, strict=True)]
    insert_objects(change for changes, _events in told for change in changes)
    insert_objects(event for _changes, events in told for event in events)
    save_calls(shop, deals, [life.calls for life in lives])
    save_steps(shop, deals, [life.steps for life in lives])
    return deals


def _deal(shop: DemoShop, life: Life, stages: list[Stage], number: int) -> Deal:
    company = shop.random.choice(shop.companies)
    employment = company.employments.first()
    person: Person | None = employment.person if employment else None
    is_closed = life.closed < shop.today
    stage, entered = _where(shop, life, stages)
    expected = _expected(shop, life)
    deal = Deal(
        title=shop.random.choice(DEAL_TITLES).format(company=company.name),
        stage=stage,
        currency=shop.currency,
        amount=life.amount,
        company=company,
        person=person,
        owner=shop.random.choice(shop.staff) if shop.staff else None,
        lead_source=life.source,
        lost_reason=shop.random.choice(LOST_REASONS) if stage.kind == Stage.Kind.LOST else "",
        expected_close_on=min(expected, life.closed) if is_closed else expected,
        position=-GAP * number,
        created_at=_early(life.opened),
        stage_entered_at=_late(entered),
        closed_at=_late(life.closed) if is_closed else None,
        source=SOURCE,
        external_id=str(number),
    )
    deal.search_text = deal_search_text(deal)
    return deal


def _expected(shop: DemoShop, life: Life) -> date:
    """When it was expected to close, put off as often as it was by today."""
    return life.opened + timedelta(days=30 + 21 * sum(_on(life, day) < shop.today for day in life.puts_off))


def _where(shop: DemoShop, life: Life, stages: list[Stage]) -> tuple[Stage, date]:
    """The stage in which a deal is today, and since when."""
    if life.closed < shop.today:
        return _end(life, stages), life.closed
    day = life.opened
    for place, stay in enumerate(life.stays):
        if day + timedelta(days=stay) >= shop.today:
            return stages[place], day
        day += timedelta(days=stay)
    return stages[len(life.stays) - 1], day


def _end(life: Life, stages: list[Stage]) -> Stage:
    kind = Stage.Kind.WON if life.is_won else Stage.Kind.LOST
    return next(stage for stage in stages if stage.kind == kind)


def _told(shop: DemoShop, deal: Deal, life: Life, stages: list[Stage]) -> tuple[list[StageChange], list[Event]]:
    """The moves of a deal up to today, and the events of its life."""
    changes = [StageChange(deal=deal, to_stage=stages[0], amount=deal.amount, at=_early(life.opened))]
    data = {"title": deal.title, "amount": plain(deal.amount)}
    events = [_event(deal, "deal.created", _early(life.opened), data)]
    day, now = life.opened, stages[0]
    for place, stay in enumerate(life.stays, 1):
        day += timedelta(days=stay)
        if day >= shop.today:
            break
        to = stages[place] if place < len(life.stays) else _end(life, stages)
        changes.append(StageChange(deal=deal, from_stage=now, to_stage=to, amount=deal.amount, at=_late(day)))
        events += _moved(deal, now, to, _late(day))
        now = to
    return changes, [*events, *_put_off(shop, deal, life)]


def _moved(deal: Deal, now: Stage, to: Stage, at: datetime) -> Iterator[Event]:
    data = {"from": now.name, "to": to.name, "title": deal.title, "amount": plain(deal.amount)}
    yield _event(deal, "deal.stage_changed", at, {**data, "to_stage_id": to.pk})
    ends = {Stage.Kind.WON: "deal.won", Stage.Kind.LOST: "deal.lost"}
    if to.kind in ends:
        yield _event(deal, ends[Stage.Kind(to.kind)], at, {**data, "reason": deal.lost_reason})


def _put_off(shop: DemoShop, deal: Deal, life: Life) -> Iterator[Event]:
    due = life.opened + timedelta(days=30)
    for day in life.puts_off:
        if _on(life, day) < shop.today:
            later = due + timedelta(days=21)
            data = {"changed": {"expected_close_on": [str(due), str(later)]}}
            yield _event(deal, "deal.changed", _noon(_on(life, day)), data)
            due = later
    if life.closed < min(shop.today, due):  # settled on the day on which it closed, as people do
        data = {"changed": {"expected_close_on": [str(due), str(life.closed)]}}
        yield _event(deal, "deal.changed", _late(life.closed), data)


def _event(deal: Deal, kind: str, at: datetime, data: dict[str, Any]) -> Event:
    event = build_event(kind=kind, subject=deal, at=at, data=data)
    event.handled_at, event.due_at = event.due_at, None
    return event


def _on(life: Life, day: int) -> date:
    return life.opened + timedelta(days=day)


def _early(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _late(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC)

"""What the team of the demo business does about its deals: calls that are noted, and next steps that are planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from crm.bulk_insert import insert_objects
from crm.events import build_event
from crm.models import Deal, Event, Note, Task

from .premises import DemoShop
from .words import DEAL_NOTES, NEXT_STEPS

CALLED_EVERY = 9  # days, of a deal that is looked after


def call_days(shop: DemoShop, opened: date, closed: date) -> list[date]:
    """When somebody speaks to the customer."""
    days, day = [], opened
    while (day := day + timedelta(days=1 + int(shop.random.expovariate(1 / CALLED_EVERY)))) < closed:
        days.append(day)
    return days


def save_calls(shop: DemoShop, deals: Sequence[Deal], days: Sequence[Sequence[date]]) -> None:
    """A note for each call up to today."""
    notes = insert_objects(
        Note(deal=deal, body=shop.random.choice(DEAL_NOTES), author=deal.owner, created_at=_noon(day))
        for deal, calls in zip(deals, days, strict=True)
        for day in calls
        if day < shop.today
    )
    insert_objects(_over(build_event(
        kind="note.added", subject=note, actor=note.author, at=note.created_at, data={"body": note.body}
    )) for note in notes)  # fmt: skip


def save_steps(shop: DemoShop, deals: Sequence[Deal], stays: Sequence[Sequence[tuple[date, date]]]) -> None:
    """A next step for each stay in a stage: done when the deal moved on, open while it stays."""
    tasks = insert_objects(
        _step(shop, deal, begun, ended)
        for deal, spans in zip(deals, stays, strict=True)
        for begun, ended in spans
        if begun < shop.today
    )
    insert_objects(event for task in tasks for event in _told(task))


def _step(shop: DemoShop, deal: Deal, begun: date, ended: date) -> Task:
    is_done = ended < shop.today
    due = ended if is_done else shop.today + timedelta(days=shop.random.randrange(-2, 21))
    return Task(
        title=shop.random.choice(NEXT_STEPS), deal=deal, person=deal.person, owner=deal.owner, due_on=due,
        created_at=_noon(begun), done_at=_noon(ended) if is_done else None,
    )  # fmt: skip


def _told(task: Task) -> Iterator[Event]:
    yield _over(build_event(kind="task.created", subject=task, at=task.created_at, data={"title": task.title}))
    if task.done_at is not None:
        yield _over(build_event(kind="task.done", subject=task, at=task.done_at, data={"title": task.title}))


def _over(event: Event) -> Event:
    """It was handled long ago."""
    event.handled_at, event.due_at = event.due_at, None
    return event


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)

"""What was known of running subscriptions at any moment: their terms, and what was heard of whom they belong to.

The same rows serve for learning, for the nightly batch and for one person on save: nothing of a row is younger than
its moment.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.frame import number_column, word_column
from crm.models import Event, Order, Person, Subscription
from inbox.models import Message, Mood

LATELY = timedelta(days=90)
A_YEAR = {"week": 52.0, "month": 12.0, "quarter": 4.0, "year": 1.0}

Moment = tuple[int, datetime]


@dataclass
class Owner:
    """Of whom a subscription is: lists are in the order of time; `unhappy` are messages that sounded so."""

    person: Person
    heard: list[datetime] = field(default_factory=list)
    unhappy: list[datetime] = field(default_factory=list)
    orders: list[datetime] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)


@dataclass(frozen=True)
class Contract:
    """One subscription and whom it belongs to."""

    subscription: Subscription
    owner: Owner


def running(on: date) -> QuerySet[Subscription]:
    """Subscriptions that had begun and not ended on this day; never of who wants no profiling."""
    begun = Subscription.objects.filter(person__no_profiling=False, started_on__lt=on)
    return begun.filter(Q(ended_on=None) | Q(ended_on__gte=on))


def _days(contract: Contract, at: datetime) -> float:
    return float((at.date() - contract.subscription.started_on).days)


def _to_renewal(contract: Contract, at: datetime) -> float:
    """Days to the next payment, of a period of 7 days, a month, a quarter or a year."""
    period = 365.25 / A_YEAR[contract.subscription.interval]
    return period - _days(contract, at) % period


def _others(contract: Contract, at: datetime) -> float:
    day = at.date()
    there = [one for one in contract.owner.subscriptions if one.started_on < day and one.pk != contract.subscription.pk]
    return float(sum(one.ended_on is None or one.ended_on >= day for one in there))


def _ended(contract: Contract, at: datetime) -> float:
    ends = [one.ended_on for one in contract.owner.subscriptions if one.pk != contract.subscription.pk]
    return float(sum(end is not None and end < at.date() for end in ends))


def _lately(moments: Sequence[datetime], at: datetime) -> float:
    return float(bisect_right(moments, at) - bisect_left(moments, at - LATELY))


NUMBERS: Mapping[str, Callable[[Contract, datetime], float]] = {
    "days": _days,
    "yearly": lambda one, at: float(one.subscription.amount) * A_YEAR[one.subscription.interval],
    "to_renewal": _to_renewal,
    "others": _others,
    "ended": _ended,
    "heard": lambda one, at: _lately(one.owner.heard, at),
    "unhappy": lambda one, at: _lately(one.owner.unhappy, at),
    "orders": lambda one, at: _lately(one.owner.orders, at),
}
WORDS: Mapping[str, Callable[[Contract, datetime], str]] = {
    "interval": lambda one, at: one.subscription.interval,
    "name": lambda one, at: one.subscription.name,
    "country": lambda one, at: one.owner.person.country,
    "language": lambda one, at: one.owner.person.language,
}
NAMES = frozenset({*NUMBERS, *WORDS})


def contract_columns(contracts: Mapping[int, Contract], moments: Sequence[Moment]) -> list[Column]:
    """What was known of these subscriptions at these moments, a row each."""
    rows = [(contracts[pk], at) for pk, at in moments]
    numbers = [number_column(name, [read(one, at) for one, at in rows]) for name, read in NUMBERS.items()]
    return [*numbers, *(word_column(name, [read(one, at) for one, at in rows]) for name, read in WORDS.items())]


def read_contracts(person_ids: Collection[int]) -> dict[int, Contract]:
    """Every subscription of these people by id, never of who wants no profiling; five queries."""
    people = Person.objects.filter(pk__in=person_ids, no_profiling=False)
    owners = {person.pk: Owner(person) for person in people.defer("search_text", "address")}
    found = {}
    for subscription in Subscription.objects.filter(person__in=owners).order_by("started_on", "pk"):
        owner = owners[subscription.person_id]
        owner.subscriptions.append(subscription)
        found[subscription.pk] = Contract(subscription, owner)
    heard = Message.objects.filter(direction=Message.Direction.IN)
    moments: dict[str, dict[int, list[datetime]]] = {
        "heard": _moments(Event.objects.filter(person__in=owners, kind="message.received"), "person_id", "at"),
        "unhappy": _moments(
            heard.filter(conversation__person__in=owners, sentiment=Mood.NEGATIVE),
            "conversation__person_id", "created_at",
        ),
        "orders": _moments(Order.objects.filter(person__in=owners, is_return=False), "person_id", "placed_at"),
    }  # fmt: skip
    for name, times in moments.items():
        for pk, each in times.items():
            setattr(owners[pk], name, each)
    return found


def _moments(
    rows: QuerySet[Event] | QuerySet[Message] | QuerySet[Order], person: str, at: str
) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    for pk, when in rows.order_by(at).values_list(person, at):
        found[pk].append(when)
    return found

"""How the fictional customers behave: who they are, when they buy, and when they stop.

Each customer buys at an own rhythm (a Poisson process with a gamma-distributed rate), more before Christmas, and
leaves at a time of their own: the buy-till-you-die world that churn models are made for (Fader, Hardie & Lee 2005),
plus what real shops have beside it: one-time gift buyers, and regulars who slow down before they go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from crm.search import fold

from .words import FAMILY, GIVEN, PLACES

SEASON = (0.85, 0.85, 0.95, 0.95, 0.95, 0.85, 0.75, 0.8, 0.95, 1.1, 1.55, 2.0)  # by month, January first
BUSIEST = max(SEASON)


@dataclass(frozen=True)
class Customer:
    """One fictional customer. Rates are orders a day; `leaves_on` is the last day on which they may buy."""

    number: int
    given: str
    family: str
    city: str
    country: str
    language: str
    joins_on: date
    leaves_on: date
    rate: float
    basket: float
    is_business: bool

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def email(self) -> str:
        return f"{fold(self.given)}.{fold(self.family)}{self.number}@example.com"

    @property
    def phone(self) -> str:
        return f"+4477009{self.number % 100_000:05d}"

    def order_days(self, random: Random, until: date) -> Iterator[date]:
        """Days of purchase by thinning: slower in the last fifth of the time as a customer, busier in season."""
        yield self.joins_on
        end = min(self.leaves_on, until)
        lifetime = max((self.leaves_on - self.joins_on).days, 1)
        day = 0.0
        while True:
            day += random.expovariate(self.rate * BUSIEST)
            on = self.joins_on + timedelta(days=int(day))
            if on > end:
                return
            tired = 0.5 if day > 0.8 * lifetime else 1.0
            if random.random() < tired * SEASON[on.month - 1] / BUSIEST:
                yield on


def make_customers(random: Random, count: int, first: date, last: date) -> Iterator[Customer]:
    """`count` customers who joined between the two days; about a third are one-time buyers."""
    span = (last - first).days
    for number in range(1, count + 1):
        city, country, language = random.choice(PLACES)
        joins_on = first + timedelta(days=int(span * random.random() ** 1.15))
        is_business = random.random() < 0.04
        is_once = not is_business and random.random() < 0.3
        stays = random.expovariate(1 / 500) if not is_business else random.expovariate(1 / 1100)
        yield Customer(
            number=number,
            given=random.choice(GIVEN),
            family=random.choice(FAMILY),
            city=city,
            country=country,
            language=language,
            joins_on=joins_on,
            leaves_on=joins_on if is_once else joins_on + timedelta(days=30 + int(stays)),
            rate=random.gammavariate(2.2, 1 / 105) + (0.02 if is_business else 0),
            basket=random.lognormvariate(0.55, 0.45) * (2.5 if is_business else 1),
            is_business=is_business,
        )

"""The shop while it is being made: what every room's part of the demo business builds on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import islice
from random import Random
from time import sleep
from typing import TypeVar

from django.db import transaction

from crm.models import Company, Person, Product, User

from .customers import Customer

STEP = 10
BREATH_S = 0.02

T = TypeVar("T")


@dataclass
class DemoShop:
    """The shop while it is being made: what the parts of other rooms build on."""

    random: Random
    today: date
    currency: str
    staff: list[User]
    people: dict[int, Person] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    products: list[Product] = field(default_factory=list)
    tastes: dict[int, list[float]] = field(default_factory=dict)
    companies: list[Company] = field(default_factory=list)

    def at(self, day: date, *, opens: int = 9, closes: int = 19) -> datetime:
        """A moment of that day while the shop is open."""
        second = self.random.randrange(opens * 3600, closes * 3600)
        return datetime.combine(day, time(second // 3600, second // 60 % 60), tzinfo=UTC)

    def step_by_step(self, items: Iterable[T], act: Callable[[T], object]) -> None:
        """Do this to each, a few in a transaction, and let others write in between: people work while a demo loads."""
        waiting = iter(items)
        while step := list(islice(waiting, STEP)):
            with transaction.atomic():
                for item in step:
                    act(item)
            sleep(BREATH_S)

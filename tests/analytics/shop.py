"""A small shop with a rhythm, and a model learned from it, for tests of what is done with models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from analytics import loading
from analytics.ml.artefact import read_artefact, write_artefact
from analytics.ml.purchases import Purchases, day_number
from analytics.ml.score import Task
from analytics.ml.training import train
from analytics.models import ModelVersion, ScoredTask
from analytics.operations import registry
from analytics.operations.customers import LEARNS
from crm.models import Order, Person
from crm.operations.orders import recount_orders
from tests.factories import NOW
from tests.kept import kept

TODAY = NOW.date()
_folders = count(1)


@dataclass(frozen=True)
class Sale:
    customer: int
    days_ago: int
    total: int


@cache
def sales(customers: int = 90, days: int = 500) -> tuple[Sale, ...]:
    """Customers with a rhythm of their own, of whom a third stops coming at some time."""
    random = Random(5)
    made = []
    for customer in range(customers):
        gap, spend = random.randrange(10, 60), random.randrange(10, 200)
        day = random.randrange(days // 2, days)
        ends = random.randrange(30, day) if random.random() < 0.35 else 0
        while day > ends:
            made.append(Sale(customer, day, spend + random.randrange(10)))
            day -= max(1, round(random.expovariate(1 / gap)))
    return tuple(made)


def make_shop(customers: int = 90) -> list[Person]:
    """These sales in the database; events are not told."""
    people = Person.objects.bulk_create(Person(name=f"Customer {n}") for n in range(customers))
    Order.objects.bulk_create(
        Order(
            number=f"S{n}",
            person=people[sale.customer],
            placed_at=NOW - timedelta(days=sale.days_ago),
            total=Decimal(sale.total),
            currency="EUR",
        )
        for n, sale in enumerate(sales())
        if sale.customer < customers
    )
    recount_orders([person.pk for person in people])
    return people


@cache
def artefact(task: Task, horizon_days: int) -> Path:
    """A model of this shop on disk, learned once for all tests of all processes."""
    rows = sales()
    today = day_number(TODAY)

    def learn(folder: Path) -> None:
        purchases = Purchases.from_rows(
            [sale.customer for sale in rows], [today - sale.days_ago for sale in rows], [sale.total for sale in rows]
        )
        train(task, purchases, as_of=today, horizon_days=horizon_days).save(folder)

    return kept(f"model-{task}-{horizon_days}", learn)


HORIZONS = {ScoredTask.CHURN: 60, ScoredTask.VALUE: 365, ScoredTask.VALUE_90: 90}


def make_version(task: str = ScoredTask.CHURN, *, in_use: bool = True, **card: Any) -> ModelVersion:
    """A version with files of its own, by default in use."""
    network, learned = read_artefact(artefact(LEARNS[task], HORIZONS[ScoredTask(task)]))
    folder = f"{task}-test-{next(_folders)}"
    write_artefact(loading.models_folder() / folder, network=network, card=learned | card)
    version = registry.register_version(task=task, folder=folder, card=learned | card, run_id=None)
    return registry.promote_version(version=version, actor=None) if in_use else version

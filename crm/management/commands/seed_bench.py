"""Fills the database with any number of people and what belongs to them, for measurements."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from crm.bulk_insert import insert_objects
from crm.demo.words import DEAL_TITLES, FAMILY, GIVEN, PLACES
from crm.management.rhythms import count_up, draw_orders, insert_orders
from crm.models import (
    Company,
    ContactPoint,
    Deal,
    Event,
    Note,
    Order,
    OrderLine,
    Person,
    Stage,
    StageChange,
    Task,
    User,
)
from crm.operations.deal_sums import recount_deal_sums
from crm.operations.orders import order_event_data
from crm.operations.people import person_search_text
from crm.operations.workspace import make_default_pipeline
from crm.search import fold

CHUNK = 2000
SOURCE = "bench"

M = TypeVar("M", bound=Model)


class Command(BaseCommand):
    help = (
        "Fill in N made-up people with 0.2 companies, 0.5 deals, 0.3 tasks, 1 note and about 2 orders each, or with "
        "--orders only with what is learned from: M orders each in rhythms of their own, and 0.05 deals. "
        "Only for a database that is there to be measured."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--orders", type=float, default=0, metavar="M", help="orders of one person, on average")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        made = Person.objects.filter(source=SOURCE).count()
        if not made and Person.objects.exists():
            raise CommandError("This database holds people already: it is not there to be measured.")
        seeder = Seeder(Random(options["seed"] + made), options["orders"], options["seed"])  # noqa: S311 (no secrets)
        for start in range(made, options["people"], CHUNK):
            seeder.make(start, min(CHUNK, options["people"] - start))
            if start % (CHUNK * 10) == 0:
                self.stdout.write(f"{start + CHUNK} people …")
        recount_deal_sums()
        self.stdout.write(f"{options['people']} people in {time.monotonic() - began:.0f} s")


class Seeder:
    """Makes people in chunks, each chunk one transaction, so that memory stays flat at any size."""

    def __init__(self, random: Random, orders: float = 0, seed: int = 1) -> None:
        self.random = random
        self.mean_orders, self.seed = orders, seed
        self.now = timezone.now()
        self.users: list[User | None] = [*User.objects.filter(is_active=True)[:10], None]
        self.stages: list[Stage] = list(make_default_pipeline().stages.order_by("position"))

    @transaction.atomic
    def make(self, start: int, count: int) -> None:
        people, points = self._people(start, count)
        if self.mean_orders:
            self._buy_in_rhythm(people, start)
            self._deals(people[: count // 10], [])
            return
        self._buy(people, points)
        companies = self._companies(start // 5, count // 5)
        self._deals(people, companies)
        pick = self.random.choice
        insert_objects(
            Task(title=f"Call {p.name}", person=p, owner=pick(self.users), due_on=self._days(-10, 30).date())
            for p in islice(people, int(count * 0.3))
        )
        notes = insert_objects(Note(body="Prefers to be called in the afternoon.", person=p) for p in people)
        self._events(("note.added", note, note.created_at, {"body": note.body}) for note in notes)

    def _buy(self, people: list[Person], points: list[ContactPoint]) -> None:
        orders, lines = self._orders(people)
        insert_objects(people)
        insert_objects(_linked(points, "person"))
        insert_objects(_linked(orders, "person"))
        insert_objects(_linked(lines, "order"))
        self._events(("order.placed", order, order.placed_at, order_event_data(order)) for order in orders)

    def _buy_in_rhythm(self, people: list[Person], start: int) -> None:
        drawn = draw_orders(len(people), mean=self.mean_orders, now=self.now, seed=(self.seed, start))
        count_up(people, drawn)
        insert_objects(people)
        insert_orders(people, drawn, source=SOURCE, now=self.now)

    def _days(self, low: int, high: int) -> Any:
        return self.now + timedelta(days=self.random.randrange(low, high), seconds=self.random.randrange(86_400))

    def _people(self, start: int, count: int) -> tuple[list[Person], list[ContactPoint]]:
        people, points = [], []
        for number in range(start, start + count):
            given, family = self.random.choice(GIVEN), self.random.choice(FAMILY)
            city, country, language = self.random.choice(PLACES)
            person = Person(
                name=f"{given} {family}", given_name=given, family_name=family, city=city, country=country,
                language=language, owner=self.random.choice(self.users), source=SOURCE, external_id=str(number),
                created_at=self._days(-1400, -400),
            )  # fmt: skip
            email, phone = f"{fold(given)}.{fold(family)}{number}@example.com", f"+44770{number:07d}"
            own = [
                ContactPoint(person=person, kind="email", value=email, normalised=email, is_primary=True),
                ContactPoint(person=person, kind="phone", value=phone, normalised=phone, is_primary=True),
            ]
            person.search_text = person_search_text(person, own)
            people.append(person)
            points += own
        return people, points

    def _companies(self, start: int, count: int) -> list[Company]:
        companies = []
        for number in range(start, start + count):
            city, country, _language = self.random.choice(PLACES)
            name = f"{self.random.choice(FAMILY)} & {self.random.choice(FAMILY)} {number}"
            companies.append(self._company(name, city, country, number))
        return insert_objects(companies)

    def _company(self, name: str, city: str, country: str, number: int) -> Company:
        return Company(
            name=name,
            city=city,
            country=country,
            search_text=fold(name),
            source=SOURCE,
            external_id=str(number),
            owner=self.random.choice(self.users),
        )

    def _orders(self, people: list[Person]) -> tuple[list[Order], list[OrderLine]]:
        """A few buy often, most once or twice: the number of orders is geometric with mean two."""
        orders, lines = [], []
        for person in people:
            when = sorted(self._days(-400, 0) for _order in range(min(int(self.random.expovariate(0.5)), 40)))
            for number, placed_at in enumerate(when):
                price = Decimal(self.random.randrange(300, 12_000)) / 100
                order = Order(
                    number=f"{person.external_id}-{number}", person=person, placed_at=placed_at, total=price,
                    currency="EUR", source=SOURCE, external_id=f"{person.external_id}-{number}",
                )  # fmt: skip
                orders.append(order)
                lines.append(OrderLine(order=order, quantity=1, unit_price=price, amount=price, description="Tea"))
            if when:
                person.order_count, person.first_order_at, person.last_order_at = len(when), when[0], when[-1]
                person.spent = sum((order.total for order in orders[-len(when) :]), Decimal(0))
        return orders, lines

    def _deals(self, people: list[Person], companies: list[Company]) -> None:
        deals = []
        for person in islice(people, len(people) // 2):
            stage = self.random.choice(self.stages)
            company = self.random.choice(companies) if companies else None
            title = self.random.choice(DEAL_TITLES).format(company=company or person.name)
            entered = self._days(-400, 0)
            deals.append(
                Deal(
                    title=title[:200],
                    stage=stage,
                    person=person,
                    company=company,
                    currency="EUR",
                    amount=Decimal(self.random.randrange(50, 20_000)),
                    owner=self.random.choice(self.users),
                    search_text=fold(f"{title} {person.name}"),
                    position=self.random.random() * 1e6,
                    stage_entered_at=entered,
                    closed_at=entered if stage.kind != Stage.Kind.OPEN else None,
                    expected_close_on=self._days(-30, 90).date(),
                    source=SOURCE,
                    external_id=person.external_id,
                )
            )
        insert_objects(deals)
        insert_objects(
            StageChange(deal=deal, to_stage=deal.stage, amount=deal.amount, at=deal.stage_entered_at) for deal in deals
        )
        self._events(("deal.created", deal, deal.stage_entered_at, {"title": deal.title}) for deal in deals)

    def _events(self, happened: Iterator[tuple[str, Any, Any, dict[str, Any]]]) -> None:
        """Events that everybody has heard of already."""
        insert_objects(
            Event(
                kind=kind,
                at=at,
                subject_type=subject._meta.model_name,
                subject_id=subject.pk,
                person_id=subject.person_id,
                deal_id=subject.pk if isinstance(subject, Deal) else None,
                data=data,
                via=Event.Via.IMPORT,
                handled_at=self.now,
            )
            for kind, subject, at, data in happened
        )


def _linked(rows: list[M], name: str) -> list[M]:
    """Rows that were made before what they belong to had its key."""
    for row in rows:
        setattr(row, f"{name}_id", getattr(row, name).pk)
    return rows

"""People who said "no profiling", with rows wherever a customer can have some, and an ear at the database.

Every row that is made in `quiet_rows()` gets an id from a range of its own: whatever of them the database hands over is
recognised by its number, in tables and columns that no test names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.apps import apps
from django.db import connection
from django.utils import timezone

from analytics.operations.recommending import decline_product
from crm.models import Company, Deal, Person, Product, Stage, StageChange, User
from crm.operations.deals import add_deal_person
from crm.operations.orders import Line
from crm.operations.subscriptions import start_subscription
from crm.operations.work import add_note
from inbox.models import Rating, Topic
from inbox.operations.readings import correct_reading
from inbox.operations.topics import say_topic
from tests.factories import NOW, make_company, make_deal, make_order, make_person, make_stage, make_task
from tests.inbox.test_receive_message import receive

from .shop import make_shop

LOW, HIGH = 880_000, 890_000


@contextmanager
def quiet_rows() -> Iterator[None]:
    """Whatever is made in here has an id from LOW up to HIGH, and what is made later none of these."""
    before = _numbers()
    _number_from(dict.fromkeys(before, LOW))
    try:
        yield
    finally:
        # SQLite goes on from the highest row whatever is said; PostgreSQL takes no number back with a transaction.
        _number_from(dict.fromkeys(before, HIGH) if connection.vendor == "sqlite" else before)


def _numbers() -> dict[str, int]:
    """The last number that each table of numbered rows has given."""
    models = [model for model in apps.get_models(include_auto_created=True) if _counts(model)]
    tables = sorted({model._meta.db_table for model in models})
    if connection.vendor == "sqlite":
        return dict.fromkeys(tables, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename, COALESCE(last_value, 0) FROM pg_sequences")
        last = dict(cursor.fetchall())
    return {table: last[f"{table}_id_seq"] for table in tables if f"{table}_id_seq" in last}


def _number_from(numbers: Mapping[str, int]) -> None:
    with connection.cursor() as cursor:
        for table, number in numbers.items():
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])
            else:
                cursor.execute("SELECT setval(%s, %s, %s)", [f"{table}_id_seq", max(number, 1), number > 0])


def _counts(model: type[Any]) -> bool:
    """Its rows are numbered, by numbers that are large enough; proxies and children share a table."""
    key = model._meta.pk
    return bool(key.name == "id" and key.get_internal_type() in ("BigAutoField", "AutoField") and model._meta.managed)


@dataclass
class Handed:
    """What the database handed over meanwhile: `leaks` are statements with a row of quiet people in their answer."""

    marks: tuple[str, ...]
    statements: int = 0
    leaks: list[str] = field(default_factory=list)

    def look(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        self.statements += 1
        found = [value for row in rows for value in row if self._is_quiet(value)]
        if found:
            self.leaks.append(f"{found[:3]} by {' '.join(sql.split())[:400]}")

    def _is_quiet(self, value: object) -> bool:
        if isinstance(value, str):
            return any(mark in value for mark in self.marks)
        if isinstance(value, bytes | memoryview):  # a column of whole numbers in one piece, see queries/arrays.py
            numbers = np.frombuffer(value, dtype=">i8") if len(value) % 8 == 0 else np.empty(0)
            return bool(((numbers >= LOW) & (numbers < HIGH)).any())
        return isinstance(value, int) and LOW <= value < HIGH


@contextmanager
def listening(*marks: str) -> Iterator[Handed]:
    """Ask every SELECT a second time and look at all of its answer; `marks` are words that only quiet people have."""
    handed = Handed(marks)

    def ask(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not many and sql.lstrip().upper().startswith(("SELECT", "WITH")) and "FOR UPDATE" not in sql.upper():
            with closing(context["connection"].create_cursor()) as cursor:
                cursor.execute(sql, params or None)
                handed.look(sql, [tuple(row) for row in cursor.fetchall()])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(ask):
        yield handed


MARKS = ("Quiet Buyer", "Quiet Lead", "quietmark")


@dataclass(frozen=True)
class Others:
    """What is there without the quiet people: theirs are rows beside these."""

    owner: User
    topic: Topic
    goods: Sequence[Product]
    company: Company
    colleague: Person


def make_others(owner: User) -> Others:
    """A shop with customers, leads, subscribers and closed deals, of whom nobody minds."""
    make_shop(40)
    colleague = make_person(name="Loud Colleague")
    goods = [Product.objects.create(sku=name, name=name, price=5) for name in ("Soap", "Brush")]
    for number in range(3):
        person = make_person(name=f"Loud {number}", email=f"loud{number}@example.org")
        make_order(person, days_ago=40 - number, lines=_lines(*goods))
        _subscribe(person, "Club")
    company = make_company(name="Loud Company")
    _closed_deal(person=colleague, company=company, title="Loud deal")
    make_deal(person=colleague, company=company, title="Loud open deal")
    return Others(owner, Topic.objects.create(name="Delivery"), goods, company, colleague)


def make_quiet_people(others: Others, *, no_profiling: bool) -> list[Person]:
    """A buyer with everything, and a lead who never ordered; the buyer is in what others do, too."""
    with quiet_rows():
        buyer = make_person(
            name="Quiet Buyer", email="quiet@quietmark.example", company=others.company, country="Quietland"
        )
        lead = make_person(name="Quiet Lead", job_title="quietmark", email="lead@quietmark.example")
        quiet = Person.objects.filter(pk__in=[buyer.pk, lead.pk])
        quiet.update(no_profiling=no_profiling)
        Person.objects.filter(pk=lead.pk).update(created_at=NOW - timedelta(days=300))
        for number in range(6):
            make_order(buyer, days_ago=20 + 30 * number, lines=_lines(*others.goods), number=f"quietmark-{number}")
        _subscribe(buyer, "quietmark plan")
        _closed_deal(person=buyer, company=others.company, title="quietmark won")
        make_deal(person=buyer, company=others.company, title="quietmark open", amount=Decimal(77))
        shared = _closed_deal(person=others.colleague, company=others.company, title="quietmark shared")
        add_deal_person(deal=shared, person=buyer, actor=others.owner)
        decline_product(person=buyer, product=others.goods[0], actor=others.owner)
        add_note(actor=others.owner, body="quietmark", person=buyer)
        make_task(person=buyer, title="quietmark task")
        _write(buyer, others.owner, others.topic)
    return list(quiet.order_by("pk"))


def _lines(*goods: Product) -> list[Line]:
    return [Line(quantity=Decimal(1), unit_price=Decimal(5), product=product) for product in goods]


def _subscribe(person: Person, name: str) -> None:
    start_subscription(
        actor=None, person=person, name=name, amount=Decimal(10), currency="EUR", interval="month",
        started_on=NOW.date() - timedelta(days=300),
    )  # fmt: skip


def _closed_deal(**fields: Any) -> Deal:
    deal = make_deal(amount=Decimal(123), lead_source="Fair", **fields)
    opened = NOW - timedelta(days=200)
    won = make_stage("Won")
    Deal.objects.filter(pk=deal.pk).update(created_at=opened, closed_at=opened + timedelta(days=30), stage=won)
    StageChange.objects.filter(deal=deal).update(at=opened)
    StageChange.objects.create(deal=deal, to_stage=won, at=opened + timedelta(days=30), amount=deal.amount)
    assert won.kind == Stage.Kind.WON
    return deal


def _write(person: Person, owner: User, topic: Topic) -> None:
    texts = ("Where is my parcel quietmark? It is late.", "It is broken quietmark, I am angry about this parcel.")
    for number, text in enumerate(texts):
        message = receive(f"quiet{number}", text=text, from_address="quiet@quietmark.example", subject=f"quiet{number}")
        assert message.conversation.person == person
        if number == 0:
            correct_reading(message=message, actor=owner, mood="negative")
            say_topic(conversation=message.conversation, actor=owner, topic=topic)
        else:
            Rating.objects.create(
                kind="csat", person=person, conversation=message.conversation, value=1, answered_at=timezone.now(),
                comment="quietmark",
            )  # fmt: skip

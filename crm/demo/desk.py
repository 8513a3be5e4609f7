"""The desk of the demo business: companies, deals on the board, tasks and notes."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from crm.models import Deal, Employment, Person, Stage, User
from crm.operations.companies import create_company
from crm.operations.work import add_note, complete_task, create_task, set_tags
from crm.operations.workspace import make_default_pipeline

from .deals import closed_lives, open_lives, save_lives
from .premises import DemoShop
from .shop import SOURCE
from .words import BUSINESSES, NOTES, TAGS, TASKS

CLOSED_DEALS = 420
OPEN_DEALS = 34
CHUNK = 20


def make_desk(shop: DemoShop) -> None:
    _make_companies(shop)
    _make_deals(shop)
    _make_work(shop)


def remove_desk() -> None:
    """Deals, tasks and notes go with their people and companies; what hangs on neither is removed with the shop."""
    Deal.objects.filter(source=SOURCE).delete()


def _make_companies(shop: DemoShop) -> None:
    business = [shop.people[number] for number, customer in shop.customers.items() if customer.is_business]

    def make(number: int) -> None:
        name = BUSINESSES[number - 1]
        person = shop.random.choice(business) if business else shop.random.choice(list(shop.people.values()))
        company = create_company(
            actor=None, name=name, industry=name.split()[0], city=person.city, country=person.country,
            owner=shop.random.choice(shop.staff) if shop.staff else None, source=SOURCE, external_id=str(number),
        )  # fmt: skip
        Employment.objects.get_or_create(person=person, company=company)
        shop.companies.append(company)

    shop.step_by_step(range(1, len(BUSINESSES) + 1), make)


def _make_deals(shop: DemoShop) -> None:
    stages = list(make_default_pipeline().stages.order_by("position"))
    count = sum(stage.kind == Stage.Kind.OPEN for stage in stages)
    lives = list(closed_lives(shop, CLOSED_DEALS, count))
    shop.step_by_step(range(0, len(lives), CHUNK), lambda at: save_lives(shop, lives[at : at + CHUNK], stages, at + 1))
    with transaction.atomic():
        save_lives(shop, list(open_lives(shop, OPEN_DEALS, count)), stages, CLOSED_DEALS + 1)


def _make_work(shop: DemoShop) -> None:
    people = list(shop.people.values())

    def some(most: int) -> list[Person]:
        return shop.random.sample(people, min(most, len(people)))

    shop.step_by_step(some(120), lambda person: _make_note(shop, person))
    shop.step_by_step(some(40), lambda person: _make_task(shop, person))
    shop.step_by_step(some(150), lambda person: set_tags(record=person, names=[shop.random.choice(TAGS)], actor=None))


def _make_note(shop: DemoShop, person: Person) -> None:
    note = add_note(actor=_somebody(shop), body=shop.random.choice(NOTES), person=person)
    at = shop.at(shop.today - timedelta(days=shop.random.randrange(1, 300)))
    type(note).objects.filter(pk=note.pk).update(created_at=at)
    person.events.filter(kind="note.added").update(at=at)


def _make_task(shop: DemoShop, person: Person) -> None:
    due = shop.today + timedelta(days=shop.random.randrange(-6, 15))
    task = create_task(
        actor=None,
        title=shop.random.choice(TASKS),
        person=person,
        owner=_somebody(shop),
        due_on=due,
    )
    if shop.random.random() < 0.35:
        complete_task(task=task, actor=task.owner)


def _somebody(shop: DemoShop) -> User | None:
    return shop.random.choice(shop.staff) if shop.staff else None

"""The desk of the demo business: companies, deals on the board, tasks and notes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from crm.models import Deal, Employment, Person, Stage, StageChange, User
from crm.operations.companies import create_company
from crm.operations.deals import create_deal
from crm.operations.work import add_note, complete_task, create_task, set_tags
from crm.operations.workspace import make_default_pipeline

from .shop import SOURCE, DemoShop
from .words import BUSINESSES, DEAL_TITLES, LEAD_SOURCES, LOST_REASONS, NEXT_STEPS, NOTES, TAGS, TASKS

CLOSED_DEALS = 140
OPEN_DEALS = 34


def make_desk(shop: DemoShop) -> None:
    _make_companies(shop)
    shop.step_by_step(range(CLOSED_DEALS), lambda _number: _make_deal(shop, is_closed=True))
    shop.step_by_step(range(OPEN_DEALS), lambda _number: _plan_next_step(shop, _make_deal(shop, is_closed=False)))
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


def _make_deal(shop: DemoShop, *, is_closed: bool) -> Deal:
    """A deal; recommended ones and those with an early answer are won more often: something to be found."""
    company = shop.random.choice(shop.companies)
    employment = company.employments.first()
    lead_source = shop.random.choice(LEAD_SOURCES)
    stage = _stage(shop, lead_source, is_closed=is_closed)
    age = shop.random.randrange(20, 700) if is_closed else shop.random.randrange(1, 75)
    deal = create_deal(
        actor=None,
        title=shop.random.choice(DEAL_TITLES).format(company=company.name),
        stage=stage,
        currency=shop.currency,
        amount=Decimal(shop.random.randrange(8, 240) * 25),
        company=company,
        person=employment.person if employment else None,
        owner=shop.random.choice(shop.staff) if shop.staff else None,
        lead_source=lead_source,
        lost_reason=shop.random.choice(LOST_REASONS) if stage.kind == Stage.Kind.LOST else "",
        expected_close_on=shop.today + timedelta(days=shop.random.randrange(-10, 60)),
        source=SOURCE,
        external_id=str(Deal.objects.filter(source=SOURCE).count() + 1),
    )
    _date_back(shop, deal, age, is_closed=is_closed)
    return deal


def _plan_next_step(shop: DemoShop, deal: Deal) -> None:
    """Most open deals have one; the board warns about the others."""
    if shop.random.random() < 0.75:
        due = shop.today + timedelta(days=shop.random.randrange(-2, 21))
        title = shop.random.choice(NEXT_STEPS)
        create_task(actor=None, title=title, deal=deal, person=deal.person, owner=deal.owner, due_on=due)


def _stage(shop: DemoShop, lead_source: str, *, is_closed: bool) -> Stage:
    stages = list(make_default_pipeline().stages.order_by("position"))
    if not is_closed:
        return shop.random.choice([stage for stage in stages if stage.kind == Stage.Kind.OPEN])
    chance = {"Recommendation": 0.65, "Website": 0.4, "Newsletter": 0.35, "Trade fair": 0.25}.get(lead_source, 0.45)
    kind = Stage.Kind.WON if shop.random.random() < chance else Stage.Kind.LOST
    return next(stage for stage in stages if stage.kind == kind)


def _date_back(shop: DemoShop, deal: Deal, age: int, *, is_closed: bool) -> None:
    opened = shop.at(shop.today - timedelta(days=age))
    entered = opened + timedelta(days=shop.random.randrange(0, max(1, min(age, 40))))
    Deal.objects.filter(pk=deal.pk).update(
        created_at=opened, stage_entered_at=entered, closed_at=entered if is_closed else None,
        expected_close_on=entered.date() if is_closed else deal.expected_close_on,
    )  # fmt: skip
    StageChange.objects.filter(deal=deal).update(at=entered)
    deal.events.update(at=opened)


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

"""What people may buy next: worked out at night, shown, planned, declined, and gone once it is bought."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics.models import ProductDecline, Recommendation, TrainingRun
from analytics.operations import recommending, retrain
from analytics.operations.forgetting import forget_all_learned
from analytics.operations.recommending import Recommending, decline_product
from analytics.queries.baskets import baskets_in_chunks, catalogue
from analytics.queries.clock import read_clock
from analytics.queries.recommendations import person_offers, top_products, why_words
from analytics.queries.turns import REST_DAYS, turn_of
from crm.events import handle_events
from crm.filters import Compiler
from crm.models import Event, Order, OrderLine, Person, Product, Task, User
from crm.operations.orders import Line, record_order, recount_orders
from crm.operations.people import update_person
from tests.crm.test_api import Api
from tests.factories import make_deal, make_person, make_stage
from tests.pages import HTMX, html

pytestmark = pytest.mark.django_db
GOODS = ("Tea", "Cup", "Pot", "Lamp", "Oil", "Wick")


def make_goods() -> list[Product]:
    return [
        Product.objects.create(sku=f"A{n}", name=name, price=Decimal("9.50"), currency="EUR")
        for n, name in enumerate(GOODS)
    ]


def buy(person: Person, product: Product, *, days_ago: int = 0, quantity: int = 1) -> Order:
    at = timezone.now() - timedelta(days=days_ago)
    line = Line(Decimal(quantity), Decimal("9.50"), product.name, product)
    number = f"{person.pk}-{product.pk}-{days_ago}"
    return record_order(actor=None, person=person, number=number, placed_at=at, currency="EUR", lines=[line])


def make_regulars(goods: list[Product], many: int = 12) -> list[Person]:
    """Half buy tea every twenty days and have a cup and a pot, half oil with lamp and wick; the first lacks the pot."""
    people = [Person(name=f"Regular {n}") for n in range(many)]
    Person.objects.bulk_create(people)
    orders, lines = [], []
    for n, person in enumerate(people):
        shelf = goods[:3] if n % 2 == 0 else goods[3:]
        bought = [(shelf[0], day) for day in range(21, 141, 20)] + [(shelf[1], 100)]
        bought += [(shelf[2], 80)] if n > 1 else []
        for product, day in bought:
            at = timezone.now() - timedelta(days=day)
            order = Order(number=f"{n}-{day}", person=person, placed_at=at, total=Decimal(9), currency="EUR")
            orders.append(order)
            lines.append((order, product))
    Order.objects.bulk_create(orders)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, product=product, quantity=1, unit_price=9, amount=9) for order, product in lines
    )
    return people


def work_out(folder: Path, *, last: date | None = None) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    with Recommending(read_clock(), folder) as recommending:
        recommending.gather(last, alive=lambda: None)
        recommending.learn()
        return recommending.write(lambda stage, share: None)


def offer(person: Person, product: Product, **fields: Any) -> Recommendation:
    made = {"kind": "again", "place": 0, "reason": {"key": "rhythm", "times": 4, "gap": 20, "since": 24}, **fields}
    due_on = made.pop("due_on", timezone.localdate() - timedelta(days=4))
    return Recommendation.objects.create(person=person, product=product, due_on=due_on, **made)


@pytest.fixture
def goods(db: None) -> list[Product]:
    return make_goods()


@pytest.fixture
def ann(db: None) -> Person:
    return make_person(name="Ann Lee")


def test_the_night_says_what_is_due_and_what_may_be_new(goods: list[Product], tmp_path: Path) -> None:
    tea, _cup, pot, *_ = goods
    first, second, third, *_ = make_regulars(goods)
    assert work_out(tmp_path / "one")["decision"] == "written"
    due = Recommendation.objects.get(person=first, product=tea)
    assert (due.kind, due.reason["key"], due.reason["gap"]) == ("again", "rhythm", 20)
    assert due.due_on == timezone.localdate() - timedelta(days=1)
    new = Recommendation.objects.get(person=first, product=pot)
    assert new.kind == "new"
    assert new.reason["key"] == "together"
    assert Recommendation.objects.filter(person=second, product=goods[5], kind="new").exists()
    assert not Recommendation.objects.filter(person=third, product=pot, kind="new").exists()


def test_a_large_shop_asks_those_whose_turn_it_is_and_who_ordered_since(goods: list[Product], tmp_path: Path) -> None:
    people, today = make_regulars(goods, many=28), read_clock().as_of
    work_out(tmp_path / "all")
    before = dict(Recommendation.objects.values_list("pk", "made_at"))
    recount_orders([person.pk for person in people])
    others = iter(person for person in people if person.pk % REST_DAYS != turn_of(today))
    buyer, earlier = next(others), next(others)
    buy(buyer, goods[1], days_ago=1)  # maybe after the last night, whose day had only begun
    buy(earlier, goods[1], days_ago=2)
    assert work_out(tmp_path / "some", last=today - timedelta(days=1))["decision"] == "written"
    anew = set(Recommendation.objects.exclude(pk__in=before).values_list("person_id", flat=True))
    assert anew == {person.pk for person in people if person.pk % REST_DAYS == turn_of(today)} | {buyer.pk}
    left = Recommendation.objects.filter(pk__in=before)
    assert {row.made_at for row in left} <= set(before.values())
    assert {row.person_id for row in left} == {person.pk for person in people} - anew


def test_reading_many_baskets_is_no_silence_of_the_worker(
    goods: list[Product], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.operations.recommending.CHUNK", 10)
    make_regulars(goods)
    read_when_heard: list[int] = []
    with Recommending(read_clock(), tmp_path) as recommending:
        recommending.gather(alive=lambda: read_when_heard.append(len(list(tmp_path.glob("part-*.npz")))))
    assert read_when_heard == [0, 1, 2, 3, 4][: len(read_when_heard)]
    assert len(read_when_heard) > 2


def test_what_is_bought_while_it_is_learned_is_not_recommended(goods: list[Product], tmp_path: Path) -> None:
    first, _second, third, *_ = make_regulars(goods)
    with Recommending(read_clock(), tmp_path) as recommending:
        recommending.gather(alive=lambda: None)
        recommending.learn()
        buy(first, goods[0])
        assert recommending.write(lambda stage, share: None)["decision"] == "written"
    assert not Recommendation.objects.filter(person=first, product=goods[0]).exists()
    assert Recommendation.objects.filter(person=third, product=goods[0]).exists()


def test_whose_turn_it_is_and_who_has_nothing_to_be_offered_any_more_keeps_nothing(
    goods: list[Product], tmp_path: Path
) -> None:
    people, today = make_regulars(goods, many=14), read_clock().as_of
    work_out(tmp_path / "all")
    Order.objects.filter(person__in=people).delete()
    other = make_person(name="Of another turn")
    make_regulars(goods, many=14)
    offer(other, goods[0])
    work_out(tmp_path / "some", last=today - timedelta(days=1))
    kept = set(Recommendation.objects.filter(person__in=people).values_list("person_id", flat=True))
    assert kept == {person.pk for person in people if person.pk % REST_DAYS != turn_of(today)}


def test_what_is_no_longer_sold_goes_the_next_night_whoever_has_their_turn(
    goods: list[Product], tmp_path: Path
) -> None:
    make_regulars(goods, many=14)
    work_out(tmp_path / "all")
    Product.objects.filter(pk=goods[0].pk).update(is_active=False)
    work_out(tmp_path / "some", last=read_clock().as_of - timedelta(days=1))
    assert Recommendation.objects.exists()
    assert not Recommendation.objects.filter(product=goods[0]).exists()


def test_only_a_night_of_a_large_shop_asks_some(goods: list[Product]) -> None:
    run = TrainingRun.objects.create(
        slot=None, state="running", task="all", report={"sufficiency": {"customers": 60_000}}
    )
    assert retrain._recommended_last(run) is None
    offer(make_person(name="Ann Lee"), goods[0])
    done = {"recommend": {"decision": "written"}, "as_of": "2026-11-29", "sufficiency": {"customers": 60_000}}
    run = TrainingRun.objects.create(slot=None, state="running", task="all", report=done)
    assert retrain._recommended_last(run) == date(2026, 11, 29)
    run.task = "scores"  # as after an import was taken back: of everybody
    assert retrain._recommended_last(run) is None
    run.task, run.report["sufficiency"] = "all", {"customers": 50_000}
    assert retrain._recommended_last(run) is None


def test_how_often_a_product_was_sold_is_counted_over_everybody(goods: list[Product], tmp_path: Path) -> None:
    make_regulars(goods)
    ann = make_person(name="Ann Lee")
    buy(ann, goods[1], days_ago=3)
    buy(ann, goods[1], days_ago=2)
    back = Order.objects.create(
        number="R1", person=ann, placed_at=timezone.now() - timedelta(days=1), total=-9, currency="EUR", is_return=True
    )
    OrderLine.objects.create(order=back, product=goods[1], quantity=1, unit_price=-9, amount=-9)
    buy(ann, goods[1], days_ago=40)
    sold = catalogue(read_clock())
    assert dict(zip(sold["item_ids"].tolist(), sold["sold"].tolist(), strict=True))[goods[1].pk] == 2
    Person.objects.filter(pk=ann.pk).update(no_profiling=True)
    assert catalogue(read_clock())["sold"][1] == 0


def test_who_wants_no_profiling_is_neither_learned_from_nor_offered_anything(
    goods: list[Product], tmp_path: Path
) -> None:
    first, *_ = make_regulars(goods)
    Person.objects.filter(pk=first.pk).update(no_profiling=True)
    parts = list(baskets_in_chunks(read_clock()))
    assert all(first.pk not in part["customer_ids"] for part in parts)
    work_out(tmp_path / "one")
    assert Recommendation.objects.exists()
    assert not Recommendation.objects.filter(person=first).exists()


def test_a_wish_for_no_profiling_takes_recommendations_away(ann: Person, goods: list[Product], owner: User) -> None:
    offer(ann, goods[0])
    update_person(person=ann, actor=owner, no_profiling=True)
    for _ in range(2):
        handle_events([event.pk for event in Event.objects.filter(kind="person.changed")])
    assert not Recommendation.objects.exists()
    ann.refresh_from_db()
    assert "no profiling" in person_offers(ann).empty_words


def test_what_was_declined_is_not_recommended_the_next_night(goods: list[Product], owner: User, tmp_path: Path) -> None:
    first, *_ = make_regulars(goods)
    decline_product(person=first, product=goods[2], actor=owner)
    work_out(tmp_path / "one")
    assert Recommendation.objects.filter(person=first, product=goods[0]).exists()
    assert not Recommendation.objects.filter(person=first, product=goods[2]).exists()


def test_what_is_no_longer_sold_is_not_recommended(goods: list[Product], tmp_path: Path) -> None:
    make_regulars(goods)
    Product.objects.filter(pk=goods[0].pk).update(is_active=False)
    work_out(tmp_path / "one")
    assert not Recommendation.objects.filter(product=goods[0]).exists()


def test_a_second_night_replaces_the_first(goods: list[Product], tmp_path: Path) -> None:
    first, *_ = make_regulars(goods)
    gone = offer(make_person(), goods[1])
    work_out(tmp_path / "one")
    before = set(Recommendation.objects.values_list("person", "product"))
    work_out(tmp_path / "two")
    assert set(Recommendation.objects.values_list("person", "product")) == before
    assert not Recommendation.objects.filter(pk=gone.pk).exists()
    assert Recommendation.objects.filter(person=first).exists()


def test_a_failed_night_leaves_what_was_there(
    goods: list[Product], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_ = make_regulars(goods)
    kept = offer(first, goods[0])
    monkeypatch.setattr(recommending, "JOB", "analytics.ml.no_such_module")
    found = work_out(tmp_path / "one")
    assert found["decision"] == "failed"
    assert "no_such_module" in found["problem"]
    assert Recommendation.objects.filter(pk=kept.pk).exists()


def test_a_shop_without_products_is_too_young(tmp_path: Path) -> None:
    assert work_out(tmp_path / "one") == {"decision": "too_little"}


def test_what_was_bought_is_no_longer_recommended(ann: Person, goods: list[Product], owner: User) -> None:
    tea, cup, *_ = goods
    offer(ann, tea)
    stays = offer(ann, cup)
    pot = goods[2]
    decline_product(person=ann, product=pot, actor=owner)
    orders = [buy(ann, tea), buy(ann, pot, days_ago=0)]
    for _ in range(2):
        handle_events([event.pk for event in Event.objects.filter(kind="order.placed")])
    assert len(orders) == 2
    assert list(Recommendation.objects.all()) == [stays]
    assert not ProductDecline.objects.exists()


def test_an_old_order_noted_now_changes_nothing(ann: Person, goods: list[Product]) -> None:
    offer(ann, goods[0])
    buy(ann, goods[0], days_ago=60)
    handle_events([event.pk for event in Event.objects.filter(kind="order.placed")])
    assert Recommendation.objects.count() == 1


def test_the_card_says_why_and_when(client: Client, sales: User, ann: Person, goods: list[Product]) -> None:
    offer(ann, goods[0])
    reason = {"key": "together", "product": goods[1].pk, "share": 40, "buyers": 35}
    offer(ann, goods[2], kind="new", due_on=None, reason=reason)
    client.force_login(sales)
    words = html(client.get(f"/people/{ann.pk}/offers", headers=HTMX))
    for said in (
        "4 days overdue",
        "Bought 4 times, about every 20 days; last 24 days ago.",
        "40% of 35 buyers of “Cup” have it, too.",
        "€9.50",
    ):
        assert said in words


def test_a_card_with_nothing_says_what_is_missing(
    client: Client, sales: User, ann: Person, goods: list[Product]
) -> None:
    client.force_login(sales)
    assert "No order with products is known yet" in html(client.get(f"/people/{ann.pk}/offers"))
    buy(ann, goods[0])
    assert "worked out tonight" in html(client.get(f"/people/{ann.pk}/offers"))
    run = TrainingRun.objects.create()
    words = html(client.get(f"/people/{ann.pk}/offers"))
    assert "being learned right now" in words
    assert "every 5s" in words
    run.delete()
    TrainingRun.objects.create(state="done", slot=None)
    assert "Nothing is due" in html(client.get(f"/people/{ann.pk}/offers"))


def test_a_reason_whose_product_is_gone_names_nobody() -> None:
    assert (
        why_words({"key": "together", "product": 7, "share": 40, "buyers": 35}, {})
        == "Customers who buy alike have it."
    )


def test_an_offer_is_planned_once(client: Client, sales: User, ann: Person, goods: list[Product]) -> None:
    pk = offer(ann, goods[0]).pk
    client.force_login(sales)
    for _ in range(2):
        assert client.post(f"/offers/{pk}/plan", headers=HTMX).status_code == 200
    task = Task.objects.get()
    assert task.title == "Offer “Tea” to Ann Lee"
    assert "Bought 4 times" in task.notes


def test_a_declined_product_goes_and_can_come_back(
    client: Client, sales: User, ann: Person, goods: list[Product]
) -> None:
    pk = offer(ann, goods[0]).pk
    client.force_login(sales)
    response = client.post(f"/offers/{pk}/decline", headers=HTMX)
    assert "Not interested in:" in html(response)
    assert not Recommendation.objects.exists()
    assert Event.objects.filter(kind="product.declined", person=ann).count() == 1
    client.post(f"/people/{ann.pk}/offers/{goods[0].pk}/allow", headers=HTMX)
    assert not ProductDecline.objects.exists()
    assert Event.objects.filter(kind="product.allowed", person=ann).count() == 1


def test_without_scripts_the_reader_comes_back_to_the_page(
    client: Client, sales: User, ann: Person, goods: list[Product]
) -> None:
    pk = offer(ann, goods[0]).pk
    client.force_login(sales)
    assert client.post(f"/offers/{pk}/decline").headers["Location"] == f"/people/{ann.pk}/"


def test_an_offer_goes_onto_the_deal_once(client: Client, sales: User, ann: Person, goods: list[Product]) -> None:
    pk, deal = offer(ann, goods[0]).pk, make_deal(person=ann)
    client.force_login(sales)
    assert "Add Tea to the deal" in html(client.get(f"/deals/{deal.pk}/offers"))
    for _ in range(2):
        assert client.post(f"/offers/{pk}/add/{deal.pk}", headers=HTMX).status_code == 200
    line = deal.lines.get()
    assert (line.product, line.quantity, line.unit_price) == (goods[0], Decimal(1), Decimal("9.5"))
    assert "Add Tea to the deal" not in html(client.get(f"/deals/{deal.pk}/offers"))


def test_an_offer_does_not_go_onto_somebody_elses_deal(
    client: Client, sales: User, ann: Person, goods: list[Product]
) -> None:
    pk, deal = offer(ann, goods[0]).pk, make_deal(person=make_person())
    client.force_login(sales)
    assert client.post(f"/offers/{pk}/add/{deal.pk}").status_code == 404
    assert not deal.lines.exists()


def test_a_deal_without_a_person_has_no_card(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert html(client.get(f"/deals/{make_deal(stage=make_stage()).pk}/offers")) == ""


def test_a_stranger_gets_nothing(client: Client, stranger: User, ann: Person, goods: list[Product]) -> None:
    pk, deal = offer(ann, goods[0]).pk, make_deal(person=ann)
    client.force_login(stranger)
    assert client.get(f"/people/{ann.pk}/offers").status_code == 404
    assert client.get(f"/deals/{deal.pk}/offers").status_code == 404
    for path in ("plan", "decline", f"add/{deal.pk}"):
        assert client.post(f"/offers/{pk}/{path}").status_code == 404
    assert client.post(f"/people/{ann.pk}/offers/{goods[0].pk}/allow").status_code == 404
    assert "Nothing to offer yet" in html(client.get("/insights/products"))
    assert Api(stranger).get("recommendations/").json()["results"] == []
    assert Recommendation.objects.count() == 1


def test_who_only_reads_sees_no_buttons(client: Client, readonly: User, ann: Person, goods: list[Product]) -> None:
    pk = offer(ann, goods[0]).pk
    client.force_login(readonly)
    assert "<button" not in html(client.get(f"/people/{ann.pk}/offers"))
    assert client.post(f"/offers/{pk}/decline").status_code == 403


def test_the_products_of_a_list_lead_to_its_people(
    client: Client, sales: User, ann: Person, goods: list[Product]
) -> None:
    bob = make_person(name="Bob Ray")
    offer(ann, goods[0])
    offer(bob, goods[0], kind="new", due_on=None)
    offer(bob, goods[1])
    client.force_login(sales)
    words = html(client.get("/insights/products"))
    assert "For 2 people something can be recommended." in words
    first, second = top_products(sales, Compiler("person", timezone.now()).compile({}))
    assert (first.product, first.people, first.again, first.new) == (goods[0], 2, 1, 1)
    assert second.product == goods[1]
    people = html(client.get(first.url))
    assert "Ann Lee" in people
    assert "Bob Ray" in people
    narrowed = client.get("/insights/products", {"filter": '{"field": "name", "op": "is", "value": "Ann Lee"}'})
    assert "For 1 person something can be recommended." in html(narrowed)


def test_a_broken_filter_is_said_in_words(client: Client, sales: User) -> None:
    client.force_login(sales)
    for broken in ("{", '{"field": "nothing.like.it"}'):
        assert "callout" in html(client.get("/insights/products", {"filter": broken}))


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"field": "offered", "op": "is", "value": "tea"}, ["Ann Lee"]),
        ({"field": "offered", "op": "contains", "value": "A0"}, ["Ann Lee"]),
        ({"field": "offered", "op": "is_empty"}, ["Bob Ray"]),
        ({"field": "offered", "op": "is_set"}, ["Ann Lee"]),
        ({"field": "due", "op": "is", "value": True}, ["Ann Lee"]),
        ({"field": "due", "op": "is", "value": False}, ["Bob Ray"]),
    ],
)
def test_people_are_found_by_what_they_may_buy(
    rule: dict[str, Any], found: list[str], ann: Person, goods: list[Product]
) -> None:
    make_person(name="Bob Ray")
    offer(ann, goods[0])
    people = Person.objects.filter(Compiler("person", timezone.now()).compile(rule))
    assert list(people.values_list("name", flat=True)) == found


def test_programs_read_recommendations_by_person_and_kind(sales: User, ann: Person, goods: list[Product]) -> None:
    wanted = offer(ann, goods[0])
    offer(ann, goods[1], kind="new", due_on=None)
    offer(make_person(), goods[0])
    rows = Api(sales).get("recommendations/", person=ann.pk, kind="again").json()["results"]
    assert [(row["id"], row["sku"]) for row in rows] == [(wanted.pk, "A0")]


def test_the_whole_run_works_it_out(goods: list[Product]) -> None:
    from analytics.operations.retrain import run_training
    from analytics.operations.runs import SCORES_ALONE, request_training

    first, *_ = make_regulars(goods)
    run = run_training(request_training(task=SCORES_ALONE).pk)
    assert run is not None
    assert run.report["recommend"]["decision"] == "written"
    assert Recommendation.objects.filter(person=first).exists()
    forget_all_learned()
    assert not Recommendation.objects.exists()

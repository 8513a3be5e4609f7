"""What would be if: the model in use on a changed history, in words, for whoever sees the record."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.ml.features import build_features
from analytics.ml.purchases import Purchases
from analytics.ml.what_if import with_purchase, with_return
from analytics.models import WIN, ModelVersion, Score
from analytics.operations.registry import champions
from analytics.operations.scoring import score_people
from analytics.operations.what_if import Wishes, deal_case, deal_what_if, person_what_if
from analytics.queries.deal_changes import with_amount, with_close, with_stage, with_step, with_touch
from analytics.queries.deal_history import deal_columns, read_histories, stage_places
from crm.events import due_events, handle_events
from crm.models import Deal, Event, Person, User
from crm.operations.deals import move_deal, update_deal
from crm.operations.orders import recount_orders
from crm.operations.people import update_person
from crm.operations.work import create_task
from tests.factories import NOW, make_deal, make_order, make_person, make_stage
from tests.pages import HTMX

from .deal_shop import make_closed_deals
from .here import learn_here
from .shop import make_shop, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]


def handle_all() -> None:
    while ids := due_events(timezone.now() + timedelta(seconds=1)):
        handle_events(ids)


# --- a customer -------------------------------------------------------------------------------------------------------


@pytest.fixture
def people(db: None) -> list[Person]:
    people = make_shop()
    make_version("churn"), make_version("value")
    return people


def the_quietest(people: list[Person]) -> Person:
    """Of those who ordered in the last half year: who is likeliest to leave."""
    score_people([person.pk for person in people])
    return (
        Score.objects.filter(task="churn").exclude(band="lapsed").order_by("-value").select_related("person")[0].person
    )


def bars(page: Any) -> dict[str, float]:
    return {bar.label: bar.width for bar in page.chart.rows}


def test_an_order_today_lowers_the_risk_and_silence_raises_it(people: list[Person]) -> None:
    page = person_what_if(the_quietest(people))
    assert page.chart is not None
    found = bars(page)
    assert list(found) == [
        "As it is", "With an order today", "Without an order for another 30 days",
        "Without an order for another 60 days", "With one more return today",
    ]  # fmt: skip
    assert found["With an order today"] < found["As it is"]
    assert found["Without an order for another 60 days"] >= found["As it is"]
    assert page.most.startswith("Would change it most: With an order today – then it would be ")
    assert all("expected in 12 months" in bar.note for bar in page.chart.rows)
    assert "counting that they may leave" in page.careful  # the money on the card is what they may spend if they stay


def test_as_it_is_is_what_the_score_says_and_an_order_today_what_it_says_after_one(people: list[Person]) -> None:
    person = the_quietest(people)
    foretold = bars(person_what_if(person))
    score = Score.objects.get(person=person, task="churn")
    assert foretold["As it is"] == pytest.approx(100 * score.value, abs=0.01)
    assert foretold["With an order today"] == pytest.approx(100 * (score.if_ordered or 0), abs=0.01)
    spends = [float(total) for total in person.orders.values_list("total", flat=True)]
    make_order(person, total=str(Decimal(np.median(spends)).quantize(Decimal("0.01"))), days_ago=0)
    score_people([person.pk])
    after = Score.objects.get(person=person, task="churn").value
    assert 100 * after == pytest.approx(foretold["With an order today"], abs=0.1)


def test_a_return_today_is_what_the_score_says_after_one(people: list[Person]) -> None:
    person = the_quietest(people)
    foretold = bars(person_what_if(person))["With one more return today"]
    last = person.orders.order_by("-placed_at")[0]
    make_order(person, total=str(-(last.total / 2).quantize(Decimal("0.01"))), days_ago=0)
    score_people([person.pk])
    assert 100 * Score.objects.get(person=person, task="churn").value == pytest.approx(foretold, abs=0.1)


def test_waiting_is_what_the_score_says_after_the_wait(people: list[Person]) -> None:
    person = the_quietest(people)
    foretold = bars(person_what_if(person))["Without an order for another 30 days"]
    with time_machine.travel(NOW + timedelta(days=30)):
        make_order(people[0], total="5", days_ago=0)  # the shop goes on
        score_people([person.pk])
    assert 100 * Score.objects.get(person=person, task="churn").value == pytest.approx(foretold, abs=0.1)


def test_half_a_return_never_makes_an_earlier_order_undone() -> None:
    rows = Purchases.from_rows([1, 1, 2], [10, 40, 40], [10.0, 20.0, 8.0])
    after = build_features(with_return(rows, 50), 50)
    assert after.column("purchases").tolist() == [2.0, 1.0]
    assert after.column("returns").tolist() == [1.0, 1.0]
    assert build_features(with_purchase(rows, 50), 50).column("purchases").tolist() == [3.0, 2.0]


def test_without_a_model_without_orders_and_without_profiling_it_says_why(client: Client, owner: User) -> None:
    person = make_person()
    assert "Nothing has been learned yet" in person_what_if(person).refused
    make_order(person, total="20", days_ago=5)
    person.refresh_from_db()
    assert "rule of thumb" in person_what_if(person).refused
    make_version("churn")
    make_order(person, total="-20", days_ago=2)
    recount_orders([person.pk])
    assert "no order yet" in person_what_if(person).refused
    update_person(person=person, actor=owner, no_profiling=True)
    client.force_login(owner)
    page = client.get(f"/people/{person.pk}/what-if").content.decode()
    assert "wants no profiling" in page
    assert "hbars" not in page


def test_without_a_model_of_value_only_the_chance_is_said() -> None:
    people = make_shop()
    make_version("churn")
    assert {bar.note for bar in person_what_if(the_quietest(people)).chart.rows} == {""}  # type: ignore[union-attr]


def test_the_card_links_to_it_in_the_dialog_and_as_a_page(
    client: Client, owner: User, stranger: User, people: list[Person]
) -> None:
    person, url = the_quietest(people), ""
    client.force_login(owner)
    url = f"/people/{person.pk}/what-if"
    assert f'href="{url}" data-dialog' in client.get(f"/people/{person.pk}/insight", headers=HTMX).content.decode()
    whole, part = client.get(url).content.decode(), client.get(url, headers=HTMX).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    for page in (whole, part):
        assert "With an order today" in page
        assert "it says what usually follows" in page
    events = Event.objects.count()
    assert client.post(url).status_code == 405
    assert Event.objects.count() == events
    client.force_login(stranger)
    assert client.get(url).status_code == 404


def test_a_rule_of_thumb_offers_no_what_if(client: Client, owner: User) -> None:
    people = make_shop()
    score_people([people[0].pk])
    client.force_login(owner)
    assert "What if?" not in client.get(f"/people/{people[0].pk}/insight", headers=HTMX).content.decode()


def test_it_takes_few_questions_however_long_the_history(
    people: list[Person], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    person = the_quietest(people)
    with django_assert_max_num_queries(8):
        person_what_if(person)


# --- a deal -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    make_closed_deals()
    learn_here(monkeypatch, WIN)
    return ModelVersion.objects.get(task=WIN, state="champion")


def said(column: Any) -> Any:
    """The word or number of the only row."""
    if column.kind == "category":
        return column.levels[column.codes[0]] if column.codes[0] >= 0 else ""
    return float(column.values[0])


def test_every_change_of_a_deal_reads_as_the_real_one_does(owner: User) -> None:
    """The same columns, whether somebody did it or it is only asked what would be."""
    later = make_stage("Offer sent")
    deal = make_deal(amount=Decimal(100), expected_close_on=NOW.date() + timedelta(days=5))
    history, now = read_histories([deal.pk])[deal.pk], timezone.now()
    untouched = deepcopy(vars(history))
    day = NOW.date() + timedelta(days=40)
    asked = with_amount(history, now, Decimal(250))
    planned = with_step(with_close(asked, now, day), now)
    assert planned is not None
    asked = with_stage(planned, now, stage_places()[later.pk])
    found = deal_columns({deal.pk: asked}, [(deal.pk, now)])
    update_deal(deal=deal, actor=owner, amount=Decimal(250), expected_close_on=day)
    create_task(actor=owner, title="Call", deal=Deal.objects.get(pk=deal.pk))
    move_deal(deal=Deal.objects.get(pk=deal.pk), stage=later, actor=owner)
    real = deal_columns(read_histories([deal.pk]), [(deal.pk, timezone.now())])
    for asked_column, real_column in zip(found, real, strict=True):
        told = said(real_column)
        is_number = isinstance(told, float)
        wanted = pytest.approx(told, abs=0.01, nan_ok=True) if is_number else told
        assert said(asked_column) == wanted, real_column.name
    assert vars(history) == untouched
    assert with_touch(history, now).touches[-1] == now


def test_each_wish_alone_and_all_together(learned: ModelVersion) -> None:
    deal = make_deal(lead_source="Friend", amount=Decimal(500))
    stage = make_stage("Offer sent")
    wishes = Wishes(stage, NOW.date() + timedelta(days=10), Decimal(300), has_step=True)
    found = bars(deal_what_if(deal, deal_case(deal), wishes))
    labels = list(found)
    at_once = ["As it is", "With a next step planned", "With a message or call today"]
    assert labels[:4] == [*at_once, "Worth €300.00"]
    assert labels[4].startswith("Expected to close on ")
    assert labels[5:] == ["Moved to “Offer sent”", "With your changes"]
    assert list(bars(deal_what_if(deal, deal_case(deal), Wishes()))) == at_once


def test_as_it_is_is_the_chance_on_the_card(learned: ModelVersion) -> None:
    deal = make_deal(lead_source="Friend", amount=Decimal(500))
    handle_all()
    deal.refresh_from_db()
    page = deal_what_if(deal, deal_case(deal), Wishes())
    assert bars(page)["As it is"] == pytest.approx(float(deal.win_probability or 0), abs=0.2)


def test_a_planned_step_is_not_offered_again(learned: ModelVersion, owner: User) -> None:
    deal = make_deal(lead_source="Friend")
    create_task(actor=owner, title="Call", deal=deal)
    case = deal_case(deal)
    assert case.is_planned
    assert list(bars(deal_what_if(deal, case, Wishes()))) == ["As it is", "With a message or call today"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"close_on": "2019-01-01"}, "Choose a day from today to"),
        ({"close_on": "9999-12-31"}, ""),
        ({"close_on": "soon"}, "Enter a valid date"),
        ({"amount": "-5"}, "Enter at least 0"),
        ({"amount": "9" * 14}, "Enter at most"),
        ({"amount": "much"}, "Enter a number"),
        ({"stage": "99999"}, "not one of the available choices"),
        ({"stage": "x"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    learned: ModelVersion, client: Client, owner: User, query: dict[str, str], words: str
) -> None:
    deal = make_deal(lead_source="Friend", amount=Decimal(500))
    client.force_login(owner)
    page = client.get(f"/deals/{deal.pk}/what-if", query, headers=HTMX)
    assert page.status_code == 200
    assert "field__error" in page.content.decode()
    assert words in page.content.decode()
    assert "As it is" in page.content.decode()


def test_the_form_fills_the_dialog_and_works_as_a_plain_page(
    learned: ModelVersion, client: Client, sales: User, stranger: User
) -> None:
    deal = make_deal(lead_source="Friend", amount=Decimal(500), owner=sales)
    handle_all()
    client.force_login(sales)
    url = f"/deals/{deal.pk}/what-if"
    assert f'href="{url}" data-dialog' in client.get(f"/deals/{deal.pk}/insight").content.decode()
    asked = {"amount": "350", "stage": str(deal.stage_id), "has_step": "on", "close_on": ""}
    for headers in ({}, HTMX):
        page = client.get(url, asked, headers=headers).content.decode()
        assert "Worth €350.00" in page
        assert "With your changes" in page
        assert "how deals that looked like this ended" in page
    assert Deal.objects.get(pk=deal.pk).amount == 500
    client.force_login(stranger)
    assert client.get(url).status_code == 404


def test_a_deal_that_cannot_be_judged_says_why(learned: ModelVersion, owner: User, client: Client) -> None:
    closed, private = make_deal(stage=make_stage("Won")), make_deal(person=make_person(no_profiling=True))
    assert "closed" in deal_case(closed).refused
    assert "no profiling" in deal_case(private).refused
    ModelVersion.objects.update(state="retired")
    deal = make_deal()
    client.force_login(owner)
    page = client.get(f"/deals/{deal.pk}/what-if").content.decode()
    assert "worked out" in page
    assert '<form class="form"' not in page


def test_the_questions_about_a_deal_are_counted(
    learned: ModelVersion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    deal = make_deal(lead_source="Friend")
    assert champions(WIN)
    with django_assert_max_num_queries(14):
        deal_what_if(deal, deal_case(deal), Wishes(stage=make_stage(), has_step=True))

"""The insight card of a person: its states, its one step, and what colleagues think of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.chances import TASKS
from analytics.models import Feedback, Score, TrainingRun
from analytics.operations.runs import claim_run, request_training
from analytics.operations.suggestions import NothingToDoError, next_workday, plan_next_step
from analytics.queries.person_insight import person_insight
from analytics.queries.suggestions import Action, Situation, next_action
from crm.events import handle_events
from crm.models import ContactPoint, Event, Person, Task, User
from crm.operations.people import opt_out
from crm.operations.work import complete_task
from tests.factories import NOW, make_order, make_person
from tests.pages import HTMX

from .shop import make_version

pytestmark = pytest.mark.django_db
QUIET = {"key": "quiet_longer_than_usual", "direction": "up", "numbers": {"days": 94, "usual_days": 21}}
OFTEN = {"key": "buys_often", "direction": "down", "numbers": {"purchases": 12, "typical": 4}}


def score(person: Person, **fields: Any) -> Score:
    made = {
        "person": person, "task": "churn", "value": 0.78, "band": "high", "fifth": 5, "stake": 840.0,
        "reasons": [QUIET, OFTEN], "horizon_days": 57, "as_of": timezone.localdate(), **fields,
    }  # fmt: skip
    return Score.objects.create(**made)


@pytest.fixture
def ann(db: None) -> Person:
    return make_person(name="Ann Lee", email="ann@lee.example", phone="+44 20 7946 0018")


def card(client: Client, person: Person) -> str:
    response = client.get(f"/people/{person.pk}/insight", headers=HTMX)
    assert response.status_code == 200
    return str(response.content.decode())


def test_a_score_is_said_in_words_with_reasons_worth_step_and_trust(client: Client, owner: User, ann: Person) -> None:
    score(ann, model_version=make_version(), if_ordered=0.21)
    score(ann, task="value", value=420.4, low=180, high=700, band="medium", horizon_days=365)
    client.force_login(owner)
    words = card(client, ann)
    for said in (
        "High risk",
        "The chance that no order comes in the next 57 days is 8 in 10. With an order now it would be 2 in 10.",
        "Expected to spend €420 in the next 12 months, most likely between €180 and €700.",
        "No order for 94 days; usually one every 21 days",
        "12 orders so far; the usual customer has 4 orders",
        "Plan a call",
        "learned from 90 customers",
        "did not come back",
        "How do we know?",
    ):
        assert said in words
    assert "78%" not in words


def test_a_rule_of_thumb_is_named_so_and_says_what_is_missing(client: Client, owner: User, ann: Person) -> None:
    found = {"customers": 12, "needed_customers": 30, "repeat_buyers": 3, "needed_repeat_buyers": 10}
    TrainingRun.objects.create(slot=None, state="done", report={"sufficiency": {**found, "is_enough": False}})
    score(ann, kind=Score.Kind.RULE)
    client.force_login(owner)
    words = card(client, ann)
    assert "Rule of thumb" in words
    assert "12 of the 30 customers that learning needs" in words
    assert "The chance" not in words


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"no_profiling": True}, "wants no profiling"),
        ({}, "No orders yet"),
    ],
)
def test_without_a_score_the_card_says_why(client: Client, owner: User, fields: dict[str, Any], said: str) -> None:
    client.force_login(owner)
    assert said in card(client, make_person(**fields))


def test_with_orders_but_no_score_yet_it_is_being_worked_out(client: Client, owner: User, ann: Person) -> None:
    make_order(ann)
    client.force_login(owner)
    assert "worked out" in card(client, ann)


def test_a_range_that_begins_with_nothing_says_only_its_end(owner: User, ann: Person) -> None:
    score(ann)
    score(ann, task="value", value=77.2, low=0.0, high=77.4, horizon_days=365)
    says = person_insight(ann, owner).says
    assert says.endswith("Expected to spend €77 in the next 12 months, most likely not more than €77.")


def test_no_more_than_three_reasons_are_said_and_one_that_speaks_against_stays(owner: User, ann: Person) -> None:
    score(ann, reasons=[QUIET, QUIET, QUIET, OFTEN])
    assert [reason.raises for reason in person_insight(ann, owner).reasons] == [True, True, False]


def test_when_all_went_back_nothing_is_judged(owner: User, ann: Person) -> None:
    make_order(ann, total="20")
    make_order(ann, total="-20")
    ann.refresh_from_db()
    assert "went back" in person_insight(ann, owner).says


def test_data_that_ended_is_dated(owner: User, ann: Person) -> None:
    score(ann, as_of=timezone.localdate() - timedelta(days=4000))
    assert person_insight(ann, owner).trust.startswith("As of ")


def test_a_stranger_gets_nothing(client: Client, stranger: User, ann: Person) -> None:
    score(ann)
    client.force_login(stranger)
    assert client.get(f"/people/{ann.pk}/insight").status_code == 404
    assert client.post(f"/people/{ann.pk}/insight/plan").status_code == 404
    assert client.post(f"/people/{ann.pk}/insight/feedback", {"is_useful": "yes"}).status_code == 404
    assert not Task.objects.exists()


def test_the_step_becomes_one_task_however_often_it_is_clicked(client: Client, sales: User, ann: Person) -> None:
    score(ann)
    client.force_login(sales)
    for _ in range(2):
        response = client.post(f"/people/{ann.pk}/insight/plan", headers=HTMX)
    task = Task.objects.get()
    assert (task.title, task.owner, task.person) == ("Call Ann Lee", sales, ann)
    assert task.due_on == next_workday(timezone.localdate())
    assert "No order for 94 days" in task.notes
    assert "Planned for" in response.content.decode()
    assert json.loads(response.headers["HX-Trigger"])["toast"]["text"] == "Planned: Call Ann Lee"


def test_the_step_works_without_scripts(client: Client, sales: User, ann: Person) -> None:
    score(ann)
    client.force_login(sales)
    response = client.post(f"/people/{ann.pk}/insight/plan")
    assert (response.status_code, response.headers["Location"]) == (302, f"/people/{ann.pk}/")


def test_the_task_goes_to_whoever_looks_after_the_person(owner: User, sales: User, ann: Person) -> None:
    Person.objects.filter(pk=ann.pk).update(owner=owner)
    ann.refresh_from_db()
    score(ann)
    assert plan_next_step(person=ann, actor=sales).owner == owner


def test_who_only_reads_can_plan_nothing(client: Client, readonly: User, ann: Person) -> None:
    score(ann)
    client.force_login(readonly)
    assert "Plan a call" not in card(client, ann)
    assert client.post(f"/people/{ann.pk}/insight/plan").status_code == 403


def test_what_was_tried_is_not_suggested_again_soon(owner: User, ann: Person) -> None:
    score(ann)
    complete_task(task=plan_next_step(person=ann, actor=owner), actor=owner)
    assert plan_next_step(person=ann, actor=owner).title == "Write to Ann Lee"


def test_who_opted_out_is_not_written_to(owner: User) -> None:
    person = make_person(email="bob@lee.example")
    score(person)
    opt_out(point=ContactPoint.objects.get())
    assert plan_next_step(person=person, actor=owner).title.startswith("Find a way to reach")


def test_where_all_is_well_nothing_is_suggested(owner: User, ann: Person) -> None:
    score(ann, band="low", fifth=2)
    with pytest.raises(NothingToDoError):
        plan_next_step(person=ann, actor=owner)


@pytest.mark.parametrize(
    ("situation", "action"),
    [
        (Situation("high", 5, has_phone=True, has_email=True), Action.CALL),
        (Situation("high", 2, has_phone=True, has_email=True), Action.WRITE),
        (Situation("high", 2, has_phone=True), Action.CALL),
        (Situation("high", 5), Action.FIND),
        (Situation("high", 1), None),
        (Situation("high", 5, frozenset({"returns_much"}), has_phone=True), Action.ASK),
        (Situation("medium", 5, has_phone=True), Action.CALL),
        (Situation("medium", 2, has_phone=True), None),
        (Situation("lapsed", 5, has_email=True), Action.OFFER),
        (Situation("low", 5), Action.THANK),
        (Situation("high", 5, has_phone=True, tried=frozenset({Action.CALL})), None),
    ],
)
def test_the_step_follows_from_risk_worth_reasons_and_reach(situation: Situation, action: Action | None) -> None:
    assert next_action(situation) == action


def test_feedback_keeps_the_last_word_of_each_colleague(client: Client, sales: User, ann: Person) -> None:
    score(ann)
    client.force_login(sales)
    for word in ("yes", "no"):
        response = client.post(f"/people/{ann.pk}/insight/feedback", {"is_useful": word}, headers=HTMX)
    assert response.status_code == 204
    feedback = Feedback.objects.get()
    assert (feedback.is_useful, feedback.user, feedback.value) == (False, sales, 0.78)


def test_a_task_is_due_on_a_workday() -> None:
    friday = NOW.date() + timedelta(days=(4 - NOW.weekday()) % 7)
    assert [next_workday(friday + timedelta(days=n)).weekday() for n in range(4)] == [0, 0, 0, 1]


def test_the_card_asks_again_until_a_new_order_is_in_the_score(client: Client, owner: User, ann: Person) -> None:
    client.force_login(owner)
    order = make_order(ann)
    assert "every 500ms" in card(client, ann)
    handle_events(list(Event.objects.filter(subject_type="order", subject_id=order.pk).values_list("pk", flat=True)))
    assert "every 500ms" not in card(client, ann)
    assert "record-changed" in card(client, ann)


def test_while_the_first_training_goes_on_the_card_says_so_and_asks_again(
    client: Client, owner: User, ann: Person
) -> None:
    make_order(ann)
    Event.objects.update(handled_at=NOW)
    ann.refresh_from_db()
    client.force_login(owner)
    words = card(client, ann)
    assert "with the next order, or tonight" in words
    assert "every 5s" not in words
    run = claim_run(request_training().pk)
    words = card(client, ann)
    assert "being learned right now" in words
    assert "or tonight" not in words
    assert "every 5s" in words
    score(ann)
    words = card(client, ann)
    assert "High risk" in words
    assert "every 5s" not in words
    assert run is not None


def test_a_training_of_something_else_or_one_that_is_stuck_promises_nothing(
    client: Client, owner: User, ann: Person
) -> None:
    make_order(ann)
    ann.refresh_from_db()
    client.force_login(owner)
    run = claim_run(request_training(task="win").pk)
    assert run is not None
    assert "or tonight" in card(client, ann)
    TrainingRun.objects.update(task="value")  # scores all that is said of customers
    assert "being learned right now" in card(client, ann)
    TrainingRun.objects.update(lease_until=NOW - timedelta(hours=1))
    assert "or tonight" in card(client, ann)


def test_who_has_no_order_is_told_too_that_it_is_being_learned(client: Client, owner: User, ann: Person) -> None:
    client.force_login(owner)
    assert "this happens tonight" in card(client, ann)
    request_training()
    words = card(client, ann)
    assert "being learned right now" in words
    assert "every 5s" in words
    few = {"is_enough": False, "yes": 3, "no": 400, "needed": 30}
    TrainingRun.objects.create(slot=None, state="done", report={TASKS["lead"].report: few})
    words = card(client, ann)
    assert "being learned right now" not in words  # what is missing is not there in a few minutes
    assert "every 5s" not in words


def test_the_card_takes_at_most_seven_queries(
    owner: User, ann: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    score(ann, kind=Score.Kind.RULE)
    score(ann, task="value", value=420)
    with django_assert_max_num_queries(7):
        person_insight(ann, owner)


def test_the_person_page_loads_the_card(client: Client, owner: User, ann: Person) -> None:
    client.force_login(owner)
    assert f'hx-get="/people/{ann.pk}/insight"' in client.get(f"/people/{ann.pk}/").content.decode()

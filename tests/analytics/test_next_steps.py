"""The one next step of a deal or a person: from the reasons, the way that works, the stake, and what was tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.models import DealScore, Score
from analytics.operations.suggestions import NothingToDoError, plan_deal_step, plan_next_step
from analytics.queries.attempts import Attempt
from analytics.queries.deal_insight import deal_insight
from analytics.queries.deal_steps import DealAction, DealSituation, next_deal_action
from analytics.queries.person_insight import person_insight
from analytics.queries.reach import Reach, reach_of
from analytics.queries.suggestions import Action, Situation, next_action
from crm.events import build_event, record_events
from crm.models import ContactPoint, Deal, Person, Task, User
from crm.operations.deals import move_deal
from crm.operations.people import opt_out
from crm.operations.work import complete_task, create_task
from tests.factories import NOW, make_deal, make_order, make_person, make_stage
from tests.pages import HTMX

from .test_person_insight import score

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]
BOTH = Reach(has_phone=True, has_email=True)
QUIET = [{"key": "win.quiet_days", "direction": "down", "numbers": {"value": 20, "usual": 4}}]


@pytest.fixture
def ann(db: None) -> Person:
    return make_person(name="Ann Lee", email="ann@lee.example", phone="+44 20 7946 0018")


def said(person: Person, kind: str, *days_ago: int) -> None:
    moments = (timezone.now() - timedelta(days=days) for days in days_ago)
    record_events([build_event(kind=kind, subject=person, at=at, data={}) for at in moments])


def judged(deal: Deal, reasons: list[dict[str, Any]] | None = None, **fields: Any) -> DealScore:
    made = {"value": 0.4, "band": "medium", "reasons": QUIET if reasons is None else reasons, **fields}
    return DealScore.objects.create(deal=deal, **made)


# --- the way that works -----------------------------------------------------------------------------------------------


def test_who_writes_is_written_to_and_who_is_silent_is_called(ann: Person) -> None:
    assert reach_of(ann) == BOTH
    said(ann, "message.received", 9)
    assert reach_of(ann).writes
    assert reach_of(ann).words == "They answer messages."
    said(ann, "message.sent", 8)
    assert not reach_of(ann).writes
    assert not reach_of(ann).is_silent
    said(ann, "message.sent", 4)
    assert reach_of(ann).is_silent
    assert reach_of(ann).words == "2 messages of ours are without an answer."
    said(ann, "message.received", 1)
    assert reach_of(ann).writes
    opt_out(point=ContactPoint.objects.get(kind="email"))
    assert not reach_of(ann).has_email


def test_what_was_said_long_ago_counts_no_more(ann: Person) -> None:
    said(ann, "message.received", 300)
    said(ann, "message.sent", 290, 280)
    assert reach_of(ann) == BOTH


@pytest.mark.parametrize(
    ("situation", "action"),
    [
        (Situation("high", 5, has_phone=True, has_email=True, reach=Reach(received=3)), Action.WRITE),
        (Situation("high", 2, has_phone=True, has_email=True, reach=Reach(unanswered=2)), Action.CALL),
        (Situation("high", 2, has_email=True, reach=Reach(unanswered=2)), Action.OFFER),
        (Situation("high", 5, has_phone=True, has_email=True, worked={Action.OFFER}), Action.OFFER),
        (Situation("high", 5, has_phone=True, has_email=True, tried={Action.CALL, Action.WRITE}), Action.OFFER),
        (Situation("high", 5, has_phone=True, has_email=True, tried=frozenset(Action)), None),
    ],
)
def test_the_step_follows_the_way_that_works(situation: Situation, action: Action | None) -> None:
    assert next_action(situation) == action


# --- a person ---------------------------------------------------------------------------------------------------------


def test_what_was_tried_without_success_is_not_proposed_again_and_the_card_says_so(owner: User, ann: Person) -> None:
    score(ann, stake=840.0)
    complete_task(task=plan_next_step(person=ann, actor=owner), actor=owner)
    step = person_insight(ann, owner).step
    assert step is not None
    assert step.label == "Plan a message"
    assert step.why.startswith("If they stay, they may spend about €840 in 12 months. “Call Ann Lee”, done on ")
    assert step.why.endswith(": no order since.")
    assert "no order since" in plan_next_step(person=ann, actor=owner).notes


def test_what_an_order_followed_is_proposed_again_first(owner: User, ann: Person) -> None:
    score(ann, fifth=2)
    first = plan_next_step(person=ann, actor=owner)
    complete_task(task=first, actor=owner)
    Task.objects.filter(pk=first.pk).update(done_at=NOW - timedelta(days=30))
    make_order(ann, days_ago=3)
    ann.refresh_from_db()
    step = person_insight(ann, owner).step
    assert step is not None
    assert step.label == "Plan a message"
    assert "an order followed." in step.why


def test_even_what_worked_is_not_proposed_at_once_again(owner: User, ann: Person) -> None:
    score(ann, band="low", fifth=5)
    complete_task(task=plan_next_step(person=ann, actor=owner), actor=owner)
    with time_machine.travel(NOW + timedelta(days=2)):
        make_order(ann, placed_at=timezone.now())
        ann.refresh_from_db()
        assert person_insight(ann, owner).step is None


def test_after_two_months_it_may_be_tried_again(owner: User, ann: Person) -> None:
    score(ann)
    task = plan_next_step(person=ann, actor=owner)
    complete_task(task=task, actor=owner)
    Task.objects.filter(pk=task.pk).update(done_at=NOW - timedelta(days=61))
    assert plan_next_step(person=ann, actor=owner).title == "Call Ann Lee"


# --- a deal -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("situation", "action"),
    [
        (DealSituation(reach=BOTH), DealAction.CALL),
        (DealSituation(reach=Reach(has_phone=True, has_email=True, received=2)), DealAction.WRITE),
        (DealSituation(reach=Reach(has_email=True, unanswered=2)), None),
        (DealSituation(frozenset({"win.stage_days"}), reach=BOTH), DealAction.MISSING),
        (DealSituation(frozenset({"win.amount"}), reach=BOTH), DealAction.SMALLER),
        (DealSituation(frozenset({"win.quiet_days", "win.stage_days"}), reach=BOTH), DealAction.CALL),
        (DealSituation(frozenset({"win.quiet_days"}), is_overdue=True, reach=BOTH), DealAction.AGREE),
        (DealSituation(is_overdue=True), None),
        (DealSituation(reach=BOTH, is_planned=True), None),
        (DealSituation(reach=BOTH, attempts=[Attempt("call", "Call", NOW.date())]), DealAction.WRITE),
        (DealSituation(reach=BOTH, attempts=[Attempt("write", "W", NOW.date(), worked=True)]), DealAction.WRITE),
    ],
)
def test_the_step_of_a_deal_follows_from_what_speaks_against_it(
    situation: DealSituation, action: DealAction | None
) -> None:
    assert next_deal_action(situation) == action


def test_the_step_of_a_deal_becomes_one_task_however_often_it_is_clicked(
    client: Client, sales: User, stranger: User, readonly: User, ann: Person
) -> None:
    deal = make_deal(person=ann, amount=3750, owner=sales)
    judged(deal)
    url = f"/deals/{deal.pk}/insight/plan"
    client.force_login(sales)
    card = client.get(f"/deals/{deal.pk}/insight").content.decode()
    assert "Plan a call" in card
    assert "€3,750 is at stake." in card
    for _ in range(2):
        response = client.post(url, headers=HTMX)
    task = Task.objects.get()
    assert (task.title, task.deal, task.owner) == ("Call Ann Lee", deal, sales)
    assert "Nothing heard or done for 20 days" in task.notes
    assert "Planned: Call Ann Lee" in response.headers["HX-Trigger"]
    assert "Plan a call" not in response.content.decode()
    assert client.post(url).headers["Location"] == f"/deals/{deal.pk}/"
    client.force_login(stranger)
    assert client.post(url).status_code == 404
    client.force_login(readonly)
    assert client.post(url).status_code == 403
    assert Task.objects.count() == 1


def test_what_moved_nothing_is_not_proposed_again_for_a_deal(owner: User, ann: Person) -> None:
    deal = make_deal(person=ann, amount=500)
    judged(deal)
    with time_machine.travel(NOW + timedelta(days=1)):
        complete_task(task=plan_deal_step(deal=deal, actor=owner), actor=owner)
    with time_machine.travel(NOW + timedelta(days=4)):
        step = deal_insight(deal, owner).step
        assert step is not None
        assert step.label == "Plan a message"
        assert "no answer and no move since." in step.why
        moved = move_deal(deal=Deal.objects.get(pk=deal.pk), stage=make_stage("Talked"), actor=owner)
        step = deal_insight(Deal.objects.select_related("stage", "person").get(pk=moved.pk), owner).step
        assert step is not None
        assert step.label == "Plan a call"
        assert "it moved on." in step.why


def test_without_anybody_to_ask_a_step_of_ones_own_is_left(owner: User) -> None:
    deal = make_deal(amount=500)
    judged(deal)
    step = deal_insight(deal, owner).step
    assert step is not None
    assert (step.label, step.is_link) == ("Plan the next step", True)
    with pytest.raises(NothingToDoError):
        plan_deal_step(deal=deal, actor=owner)


def test_nothing_is_proposed_beside_what_is_planned_or_closed(owner: User, ann: Person) -> None:
    deal, closed = make_deal(person=ann), make_deal(person=ann, stage=make_stage("Won"))
    judged(deal), judged(closed)
    create_task(actor=owner, title="Something else", deal=deal)
    assert deal_insight(deal, owner).step is None
    for each in (deal, closed):
        with pytest.raises(NothingToDoError):
            plan_deal_step(deal=each, actor=owner)


def test_a_colleague_who_does_not_see_the_person_gets_the_deals_name(stranger: User, ann: Person) -> None:
    deal = make_deal(person=ann, title="Hampers", owner=stranger)
    judged(deal)
    assert plan_deal_step(deal=deal, actor=stranger).title == "Call Hampers"


def test_the_questions_of_the_cards_are_counted(
    owner: User, ann: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    deal = make_deal(person=ann, amount=500)
    judged(deal), score(ann)
    assert Score.objects.exists()
    with django_assert_max_num_queries(12):
        deal_insight(deal, owner)
    with django_assert_max_num_queries(8):
        person_insight(ann, owner)

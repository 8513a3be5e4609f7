"""The demo business goes in once and comes out without a trace."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.demo import make_demo, remove_demo
from crm.models import Company, ContactPoint, Deal, Event, Note, Order, Person, Product, Subscription, Task, User
from crm.operations.work import add_note
from inbox.models import Conversation, Message, Post, Rating
from tests.factories import make_deal, make_order, make_person, make_task

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)


def counts() -> dict[str, int]:
    tables = (Person, Company, Deal, Order, Product, Task, Note, Event, Conversation, Message, Post)
    return {table.__name__: table.objects.count() for table in tables}


def small_demo(**changes: object) -> None:
    make_demo(people=60, today=TODAY, say=lambda _words: None, **changes)  # type: ignore[arg-type]


def test_the_same_seed_makes_the_same_shop(owner: User) -> None:
    small_demo()
    first = list(Order.objects.order_by("pk").values_list("number", "total", "placed_at"))
    remove_demo()
    small_demo()
    assert list(Order.objects.order_by("pk").values_list("number", "total", "placed_at")) == first


def test_a_second_call_adds_nothing(owner: User) -> None:
    small_demo()
    before = counts()
    small_demo()
    assert counts() == before


def test_no_mail_of_the_demo_waits_to_be_sent(owner: User) -> None:
    small_demo()
    assert Post.objects.exists()
    assert not Post.objects.exclude(due_at=None).exists()


def test_conversations_are_closed_in_days_and_some_questions_stay_without_an_answer(owner: User) -> None:
    small_demo()
    closed = Conversation.objects.filter(status=Conversation.Status.CLOSED)
    took = [row.closed_at - row.created_at for row in closed if row.closed_at]
    assert len(took) == closed.count() > 0
    assert max(took) < timedelta(days=6)
    asked = Rating.objects.filter(asked_at__isnull=False)
    assert 0 < asked.filter(answered_at=None).count() < asked.count()


def test_removing_the_demo_leaves_the_real_records_as_they_were(owner: User) -> None:
    person = make_person(email="ann@example.org")
    make_order(person)
    make_deal(person=person)
    make_task(person=person)
    add_note(actor=owner, body="Real", person=person)
    before = counts()
    small_demo()
    assert counts()["Person"] == 76  # 60 customers, a quarter as many who came before they ordered, and Ann
    assert remove_demo() == 75
    assert counts() == before


def test_the_shop_has_seasons_leavers_and_one_time_buyers(owner: User) -> None:
    make_demo(people=400, today=TODAY, say=lambda _words: None)
    orders = Order.objects.filter(is_return=False)
    december = orders.filter(placed_at__month=12).count()
    july = orders.filter(placed_at__month=7).count()
    assert december > 1.5 * july
    assert 0.2 < Person.objects.filter(order_count=1).count() / 400 < 0.6
    assert Person.objects.filter(order_count__gte=5, last_order_at__lt="2026-01-01T00:00Z").count() > 20


def test_most_open_deals_have_a_next_step_and_some_have_none(owner: User) -> None:
    small_demo()
    open_deals = Deal.objects.filter(closed_at=None)
    planned = open_deals.filter(tasks__done_at=None, tasks__isnull=False).distinct().count()
    assert 0 < open_deals.count() - planned < planned


def test_deals_that_somebody_looks_after_are_won_more_often(owner: User) -> None:
    """There is something to learn about what a colleague can do: without it no card could say what would help."""
    small_demo()
    closed = Deal.objects.exclude(closed_at=None)

    def share_won(deals: Any) -> float:
        return float(deals.filter(stage__kind="won").count() / deals.count())

    called = closed.filter(pk__in=Note.objects.exclude(deal=None).values("deal"))
    planned = closed.filter(pk__in=Task.objects.exclude(deal=None).values("deal"))
    assert share_won(called) > share_won(closed.exclude(pk__in=called.values("pk"))) + 0.1
    assert share_won(planned) > share_won(closed.exclude(pk__in=planned.values("pk"))) + 0.1
    assert not Task.objects.filter(deal__in=closed, done_at=None).exists()
    assert Note.objects.filter(deal__isnull=False, created_at__date__gte=TODAY).count() == 0


def test_addresses_are_plain_and_nobodys_and_closed_deals_were_due_in_their_day(owner: User) -> None:
    small_demo()
    addresses = ContactPoint.objects.filter(kind="email").values_list("normalised", flat=True)
    assert all(address.isascii() and address.endswith("@example.com") for address in addresses)
    assert not Deal.objects.exclude(closed_at=None).filter(expected_close_on__gt=TODAY).exists()


def test_subscriptions_begin_over_the_years_and_not_all_of_late(owner: User) -> None:
    make_demo(people=400, today=TODAY, say=lambda _words: None)
    begun = list(Subscription.objects.values_list("started_on", flat=True))
    assert max(begun) < TODAY
    assert max(Counter(begun).values()) <= 4
    lately = sum(day > TODAY - timedelta(days=30) for day in begun)
    assert lately < len(begun) / 10


def test_some_questions_need_more_than_one_answer_and_some_come_back_after_they_were_closed(owner: User) -> None:
    make_demo(people=400, today=TODAY, say=lambda _words: None)
    conversations = Conversation.objects.filter(first_reply_at__isnull=False)
    answers = Counter(Message.objects.filter(direction="out").values_list("conversation", flat=True))
    assert len(answers) == conversations.count()
    once = sum(count == 1 for count in answers.values()) / len(answers)
    assert 0.5 < once < 0.85
    reopened = Event.objects.filter(kind="conversation.reopened").values("subject_id").distinct().count()
    assert 2 <= reopened <= 20
    assert conversations.filter(topic__isnull=False).values("topic").distinct().count() >= 6
    for conversation in conversations:
        told = list(conversation.messages.order_by("pk").values_list("created_at", "direction"))
        assert [at for at, _direction in told] == sorted(at for at, _direction in told)
        assert told[0] == (conversation.created_at, "in")
        assert conversation.last_message_at == told[-1][0]
        assert conversation.first_reply_at == next(at for at, direction in told if direction == "out")
    lately = Event.objects.filter(kind__startswith="conversation.", at__gt=timezone.now() - timedelta(days=3))
    assert not lately.filter(subject_id__in=conversations.values("pk")).exists()

"""What stands in the demo business: loaded once for all tests of this file, and what a test changes is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from crm.demo import remove_demo
from crm.models import ContactPoint, Deal, Note, Order, Role, Task
from inbox.models import Conversation, Post, Rating
from tests.factories import make_user
from tests.shared_rows import shared_rows

from .demo_shop import TODAY, counts, small_demo

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with shared_rows(django_db_blocker):
        make_user(Role.OWNER)
        small_demo()
        yield


@pytest.mark.slow
@pytest.mark.once
def test_the_same_seed_makes_the_same_shop() -> None:
    first = list(Order.objects.order_by("pk").values_list("number", "total", "placed_at"))
    remove_demo()
    small_demo()
    assert list(Order.objects.order_by("pk").values_list("number", "total", "placed_at")) == first


def test_a_second_call_adds_nothing() -> None:
    before = counts()
    small_demo()
    assert counts() == before


def test_no_mail_of_the_demo_waits_to_be_sent() -> None:
    assert Post.objects.exists()
    assert not Post.objects.exclude(due_at=None).exists()


def test_conversations_are_closed_in_days_and_some_questions_stay_without_an_answer() -> None:
    closed = Conversation.objects.filter(status=Conversation.Status.CLOSED)
    took = [row.closed_at - row.created_at for row in closed if row.closed_at]
    assert len(took) == closed.count() > 0
    assert max(took) < timedelta(days=6)
    asked = Rating.objects.filter(asked_at__isnull=False)
    assert 0 < asked.filter(answered_at=None).count() < asked.count()


def test_most_open_deals_have_a_next_step_and_some_have_none() -> None:
    open_deals = Deal.objects.filter(closed_at=None)
    planned = open_deals.filter(tasks__done_at=None, tasks__isnull=False).distinct().count()
    assert 0 < open_deals.count() - planned < planned


def test_deals_that_somebody_looks_after_are_won_more_often() -> None:
    """There is something to learn about what a colleague can do: without it no card could say what would help."""
    closed = Deal.objects.exclude(closed_at=None)

    def share_won(deals: Any) -> float:
        return float(deals.filter(stage__kind="won").count() / deals.count())

    called = closed.filter(pk__in=Note.objects.exclude(deal=None).values("deal"))
    planned = closed.filter(pk__in=Task.objects.exclude(deal=None).values("deal"))
    assert share_won(called) > share_won(closed.exclude(pk__in=called.values("pk"))) + 0.1
    assert share_won(planned) > share_won(closed.exclude(pk__in=planned.values("pk"))) + 0.1
    assert not Task.objects.filter(deal__in=closed, done_at=None).exists()
    assert Note.objects.filter(deal__isnull=False, created_at__date__gte=TODAY).count() == 0


def test_addresses_are_plain_and_nobodys_and_closed_deals_were_due_in_their_day() -> None:
    addresses = ContactPoint.objects.filter(kind="email").values_list("normalised", flat=True)
    assert all(address.isascii() and address.endswith("@example.com") for address in addresses)
    assert not Deal.objects.exclude(closed_at=None).filter(expected_close_on__gt=TODAY).exists()

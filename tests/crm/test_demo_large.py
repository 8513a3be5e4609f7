"""What a demo business of four hundred shows: loaded once for all tests of this file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from crm.demo import make_demo
from crm.models import Event, Order, Person, Role, Subscription
from inbox.models import Conversation, Message
from tests.factories import make_user
from tests.shared_rows import shared_rows

from .demo_shop import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with shared_rows(django_db_blocker):
        make_user(Role.OWNER)
        make_demo(people=400, today=TODAY, say=lambda _words: None)
        yield


@pytest.mark.slow
def test_the_shop_has_seasons_leavers_and_one_time_buyers() -> None:
    orders = Order.objects.filter(is_return=False)
    december = orders.filter(placed_at__month=12).count()
    july = orders.filter(placed_at__month=7).count()
    assert december > 1.5 * july
    assert 0.2 < Person.objects.filter(order_count=1).count() / 400 < 0.6
    assert Person.objects.filter(order_count__gte=5, last_order_at__lt="2026-01-01T00:00Z").count() > 20


def test_subscriptions_begin_over_the_years_and_not_all_of_late() -> None:
    begun = list(Subscription.objects.values_list("started_on", flat=True))
    assert max(begun) < TODAY
    assert max(Counter(begun).values()) <= 4
    lately = sum(day > TODAY - timedelta(days=30) for day in begun)
    assert lately < len(begun) / 10


def test_some_questions_need_more_than_one_answer_and_some_come_back_after_they_were_closed() -> None:
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

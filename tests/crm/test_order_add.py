"""An order that is written down by hand at a person."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Event, Order, Person, User
from tests.factories import make_person
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db: None) -> Person:
    return make_person(name="Ann Lee")


def send(client: Client, person: Person, **fields: object) -> int:
    sent = {"amount": "42.50", "placed_on": timezone.localdate().isoformat(), **fields}
    return client.post(f"/people/{person.pk}/orders/", sent, headers=HTMX).status_code


def test_an_order_is_noted_and_told(client: Client, owner: User, ann: Person) -> None:
    client.force_login(owner)
    assert "Order of Ann Lee" in client.get(f"/people/{ann.pk}/orders/", headers=HTMX).content.decode()
    assert send(client, ann, description="Two mugs", number="A-7") == 204
    order = Order.objects.get(person=ann)
    assert (order.total, order.currency, order.number) == (Decimal("42.5"), "EUR", "A-7")
    assert order.lines.get().description == "Two mugs"
    assert Event.objects.get(kind="order.placed").actor == owner
    ann.refresh_from_db()
    assert (ann.order_count, ann.spent) == (1, Decimal("42.5"))
    page = client.get(f"/people/{ann.pk}/").content.decode()
    assert f"/people/{ann.pk}/orders/" in page
    assert "A-7" in page


def test_a_minus_makes_it_a_return(client: Client, owner: User, ann: Person) -> None:
    client.force_login(owner)
    assert send(client, ann, amount="-5") == 204
    assert Order.objects.get().is_return


def test_an_earlier_day_is_kept(client: Client, owner: User, ann: Person) -> None:
    client.force_login(owner)
    day = timezone.localdate() - timedelta(days=40)
    assert send(client, ann, placed_on=day.isoformat()) == 204
    assert timezone.localtime(Order.objects.get().placed_at).date() == day


@pytest.mark.parametrize(
    "fields",
    [{"amount": "0"}, {"amount": "much"}, {"amount": "1e99"}, {"placed_on": "someday"}, {"placed_on": "2999-01-01"}],
)
def test_what_can_not_be_an_order_is_refused_in_words(
    client: Client, owner: User, ann: Person, fields: dict[str, str]
) -> None:
    client.force_login(owner)
    assert send(client, ann, **fields) == 422
    assert not Order.objects.exists()


def test_strangers_do_not_find_it_and_readers_may_not(
    client: Client, stranger: User, readonly: User, ann: Person
) -> None:
    for user, status in ((stranger, 404), (readonly, 403)):
        client.force_login(user)
        assert send(client, ann) == status
    assert not Order.objects.exists()

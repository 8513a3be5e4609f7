"""Subscriptions: noted, ended for a reason, and shown on the person's page."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Event, Person, Subscription, User
from crm.operations.subscriptions import EndsBeforeItStartsError, end_subscription, start_subscription
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def make_subscription(person: Person, **fields: Any) -> Subscription:
    return start_subscription(
        **{
            "actor": None, "person": person, "name": "Tea club", "amount": Decimal(19), "currency": "EUR",
            "interval": "month", "started_on": date(2026, 1, 10), **fields,
        }
    )  # fmt: skip


def test_a_start_and_an_end_stand_in_the_event_log(owner: User) -> None:
    subscription = make_subscription(make_person())
    end_subscription(subscription=subscription, actor=owner, ended_on=date(2026, 3, 1), end_reason="Price")
    end_subscription(subscription=subscription, actor=owner, ended_on=date(2026, 4, 1))
    subscription.refresh_from_db()
    assert (subscription.ended_on, subscription.end_reason) == (date(2026, 3, 1), "Price")
    kinds = Event.objects.filter(kind__startswith="subscription.").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["subscription.started", "subscription.ended"]


def test_what_comes_twice_from_another_program_is_there_once() -> None:
    person = make_person()
    first = make_subscription(person, source="shop", external_id="7")
    assert make_subscription(person, source="shop", external_id="7") == first


def test_it_can_not_end_before_it_started(owner: User) -> None:
    with pytest.raises(EndsBeforeItStartsError):
        end_subscription(subscription=make_subscription(make_person()), actor=owner, ended_on=date(2025, 1, 1))


def test_the_panel_lists_running_ones_first(client: Client, sales: User) -> None:
    person = make_person(owner=sales)
    end_subscription(subscription=make_subscription(person, name="Old box"), actor=sales, ended_on=date(2026, 2, 1))
    make_subscription(person)
    client.force_login(sales)
    page = client.get(f"/people/{person.pk}/subscriptions").content.decode()
    assert page.index("Tea club") < page.index("Old box")
    assert "every month" in page


def test_it_is_noted_and_ended_by_form(client: Client, sales: User) -> None:
    person = make_person(owner=sales)
    client.force_login(sales)
    sent = {"name": "Tea club", "amount": "19", "interval": "month", "started_on": "2026-01-10"}
    assert client.post(f"/people/{person.pk}/subscriptions/new", sent).status_code == 302
    subscription = Subscription.objects.get(person=person)
    today = timezone.localdate()
    late = {"ended_on": str(today + timedelta(days=3))}
    assert client.post(f"/subscriptions/{subscription.pk}/end", late).status_code == 422
    assert client.post(f"/subscriptions/{subscription.pk}/end", {"ended_on": "2025-01-01"}).status_code == 422
    ended = {"ended_on": str(today), "end_reason": "Moved"}
    assert client.post(f"/subscriptions/{subscription.pk}/end", ended).status_code == 302
    subscription.refresh_from_db()
    assert subscription.ended_on == today


@pytest.mark.parametrize("sent", [{}, {"name": "x", "amount": "-1", "interval": "daily", "started_on": "soon"}])
def test_bad_input_is_said_at_its_field(client: Client, sales: User, sent: dict[str, str]) -> None:
    person = make_person(owner=sales)
    client.force_login(sales)
    assert client.post(f"/people/{person.pk}/subscriptions/new", sent).status_code == 422
    assert not Subscription.objects.exists()


def test_a_stranger_gets_nothing_and_who_only_reads_changes_nothing(
    client: Client, stranger: User, readonly: User
) -> None:
    person = make_person()
    subscription = make_subscription(person)
    client.force_login(stranger)
    assert client.get(f"/people/{person.pk}/subscriptions").status_code == 404
    assert client.get(f"/subscriptions/{subscription.pk}/end").status_code == 404
    client.force_login(readonly)
    assert client.get(f"/people/{person.pk}/subscriptions/new").status_code == 403

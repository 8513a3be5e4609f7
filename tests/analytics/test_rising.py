"""What many customers suddenly write about: found on its day, silent on quiet days, seen by who may see it."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from analytics.ml.text.topics.rising import Written, joined_by_meaning, rising
from analytics.models import Score
from crm.models import Person, User
from inbox.models import Message, Topic
from tests.factories import make_person
from tests.inbox.test_receive_message import receive
from tests.pages import html

WORDS = (
    "order parcel cup pot tea colour gift box lovely price shop friend birthday table kitchen glass blue green".split()
)
TODAY = 200


def chatter(days: int = 60, each: int = 6, seed: int = 3) -> list[Written]:
    """Customers who write of this and that, as often every day."""
    random = Random(seed)
    return [
        Written(TODAY - day, random.randrange(300), " ".join(random.sample(WORDS, 6)))
        for day in range(days)
        for _ in range(each)
    ]


def storm(customers: int, day: int = TODAY) -> list[Written]:
    return [Written(day, 1000 + who, f"{WORDS[who % 9]} the payment page shows an error") for who in range(customers)]


def test_a_storm_is_found_on_its_day() -> None:
    first, *_ = rising([*chatter(), *storm(8)], TODAY)
    assert first.terms == ("payment page", "error", "shows")
    assert (first.customers, first.days, first.usual) == (8, 1, 0)


def test_one_matter_is_told_once() -> None:
    assert len(rising([*chatter(), *storm(12)], TODAY)) == 1


@pytest.mark.parametrize("seed", range(5))
def test_quiet_days_are_silent(seed: int) -> None:
    assert rising(chatter(seed=seed), TODAY) == []


def test_few_customers_are_no_matter_however_much_they_write() -> None:
    loud = [message for message in storm(4) for _ in range(20)]
    assert rising([*chatter(), *loud], TODAY) == []


def test_what_was_always_written_about_does_not_rise() -> None:
    always = [message for day in range(60) for message in storm(3, TODAY - day)]
    assert rising([*chatter(), *always], TODAY) == []


def test_a_young_inbox_has_no_usual() -> None:
    assert rising([*chatter(days=3), *storm(8)], TODAY) == []


def wrote(number: int, text: str, *, days_ago: int = 0) -> None:
    key = f"{number}-{days_ago}-{text[:5]}"
    message = receive(key, from_address=f"p{number}@mail.example", text=text, subject=key)
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(days=days_ago))


@pytest.fixture
def shop_in_a_storm(owner: User) -> list[Person]:
    """Ordinary letters over weeks, and six customers since this hour who can't pay."""
    people = [make_person(owner=owner, email=f"p{number}@mail.example") for number in range(6)]
    random = Random(1)
    for day in range(10, 50):
        wrote(day % 6, " ".join(random.sample(WORDS, 6)), days_ago=day)
    for number in range(6):
        wrote(number, "Hello, the voucher code is refused at checkout.")
    return people


@pytest.mark.django_db
def test_the_panel_says_how_many_and_what_hangs_on_it(
    client: Client, owner: User, shop_in_a_storm: list[Person]
) -> None:
    today = timezone.localdate()
    for person in shop_in_a_storm:
        Score.objects.create(
            person=person, task="churn", value=0.4, band="high", stake=100.0, horizon_days=90, as_of=today
        )
    client.force_login(owner)
    words = html(client.get("/insights/rising"))
    assert "6 customers" in words
    assert "usually nobody" in words
    assert "they may spend €600 a year if they stay" in words
    assert "voucher code is refused" in words


def test_matters_of_one_meaning_are_one() -> None:
    german = [Written(TODAY, 2000 + who, f"{WORDS[who % 9]} zahlseite gestört") for who in range(7)]
    messages = [*chatter(), *storm(8), *german]
    found = rising(messages, TODAY)
    assert len(found) == 2
    same, other = np.array([1.0, 0.1]), np.array([0.1, 1.0])
    assert len(joined_by_meaning(found, messages, [same, other])) == 2
    assert len(joined_by_meaning(found, messages, [same, None])) == 2
    [one] = joined_by_meaning(found, messages, [same, same])
    assert (one.customers, one.terms[0]) == (15, found[0].terms[0])


@pytest.mark.django_db
def test_a_matter_leads_to_its_topic(client: Client, owner: User, shop_in_a_storm: list[Person]) -> None:
    topic = Topic.objects.create(name="Vouchers")
    Message.objects.filter(text__contains="voucher").update(topic=topic)
    client.force_login(owner)
    words = html(client.get("/insights/rising"))
    assert f'href="/inbox/all?topic={topic.pk}">Topic: Vouchers' in words


@pytest.mark.django_db
def test_who_wants_no_profiling_is_not_counted(client: Client, owner: User, shop_in_a_storm: list[Person]) -> None:
    Person.objects.filter(pk__in=[person.pk for person in shop_in_a_storm[:2]]).update(no_profiling=True)
    client.force_login(owner)
    assert "Nothing stands out" in html(client.get("/insights/rising"))


@pytest.mark.django_db
def test_a_stranger_reads_nothing(client: Client, stranger: User, shop_in_a_storm: list[Person]) -> None:
    client.force_login(stranger)
    words = html(client.get("/insights/rising"))
    assert len(shop_in_a_storm) == 6
    assert "Nothing stands out" in words
    assert "voucher" not in words

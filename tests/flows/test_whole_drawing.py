"""The whole drawing of the house, nothing stood in for: a letter, its mood, an order, its score, and what is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from analytics.models import Band, Score, TrainingRun
from analytics.tasks import retrain, train
from automation.models import Notification, Run
from automation.shipped import ensure_shipped_flows
from crm.models import Event, Person, Task, User
from inbox.models import Conversation, Message, Post
from tests.crm.test_api import Api
from tests.factories import NOW, make_order, make_person
from tests.flows.test_main_way import work

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")]

Settle = Callable[[], None]
ANGRY = "Two of the mugs arrived broken and nobody answers me. I am very disappointed and angry."


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    with time_machine.travel(NOW, tick=False) as moving:
        yield moving
    cache.clear()


@pytest.fixture
def settle(django_capture_on_commit_callbacks: Any) -> Callable[[], None]:
    """Lets the workers do all that is to do, and what follows from it."""

    def run() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            work()

    return run


@pytest.fixture
def ann(settle: Settle, owner: User, sales: User) -> Person:
    """The best customer of a small shop: she comes every ten days."""
    ensure_shipped_flows()
    for number in range(12):
        other = make_person(name=f"Customer {number}")
        for days_ago in range(5, 300, 30):
            make_order(other, days_ago=days_ago, total="10")
    ann = make_person(name="Ann Lee", email="ann@example.org", owner=sales)
    for days_ago in range(1, 300, 10):
        make_order(ann, days_ago=days_ago, total="500")
    settle()
    return ann


def order_by_program(ann: Person, sales: User) -> None:
    lines = [{"description": "Teapot", "quantity": "1", "unit_price": "500"}]
    order = {"number": "T1", "person": ann.pk, "placed_at": timezone.now().isoformat(), "currency": "EUR"}
    assert Api(sales).post("orders/", {**order, "lines": lines}).status_code == 201


def learn_by_night(clock: Any, days: int) -> None:
    """So many days later, in which the others came, the scheduler's nightly task runs, and what it asks for."""
    clock.shift(timedelta(days=days))
    for number, other in enumerate(Person.objects.filter(name__startswith="Customer")):
        for days_ago in range(1 + number, days, 30):
            make_order(other, placed_at=timezone.now() - timedelta(days=days_ago), total="10")
    retrain()
    train(run_id=TrainingRun.objects.latest("pk").pk)


def write_by_form(client: Client, clock: Any) -> None:
    form = client.get("/f/contact").context["form"]
    hidden = {name: form.initial[name] for name in ("made", "key")}
    clock.shift(30)
    letter = {"name": "Ann", "email": "ANN@example.org", "subject": "Broken", "text": ANGRY}
    assert "has arrived" in client.post("/f/contact", letter | hidden).content.decode()


def test_from_a_letter_and_an_order_to_a_task_on_today(
    client: Client, clock: Any, settle: Settle, ann: Person, sales: User
) -> None:
    write_by_form(client, clock)
    settle()
    conversation = Conversation.objects.get()
    assert (conversation.person, conversation.sentiment) == (ann, "negative")
    assert Message.objects.get().language == "en"

    before = Score.objects.get(person=ann, task="churn")
    clock.shift(60)
    order_by_program(ann, sales)
    settle()
    score = Score.objects.get(person=ann, task="churn")
    assert (score.band, score.scored_at > before.scored_at) == (Band.LOW, True)
    assert not Run.objects.exists()

    learn_by_night(clock, days=90)
    settle()
    assert Score.objects.get(person=ann, task="churn").band == Band.HIGH
    crossing = Event.objects.get(kind="score.crossed", person=ann, data__task="churn")
    run = Run.objects.get()
    assert (run.state, run.event) == (Run.State.DONE, crossing)

    client.force_login(sales)
    task = Task.objects.get()
    assert (task.owner, task.title) == (sales, "Win Ann Lee back: a good customer may be leaving")
    assert task.title in client.get("/tasks").content.decode()
    clock.shift(timedelta(days=2))
    client.force_login(sales)
    assert task.title in client.get("/today").content.decode()
    assert Notification.objects.get().user == sales
    assert "one of your best customers, may be leaving" in client.get("/notifications").content.decode()
    assert "Ann Lee" in client.get(f"/automations/{run.flow_id}/runs").content.decode()

    thread = client.get(f"/inbox/open/{conversation.pk}")
    assert "Unhappy" in thread.content.decode()
    hidden = {"seen": thread.context["thread"].last_incoming, "key": thread.context["form"]["key"].value()}
    client.post(f"/inbox/open/{conversation.pk}/write", {"text": "New mugs are on their way.", **hidden})
    assert Post.objects.get().to_address.lower() == "ann@example.org"
    timeline = client.get(f"/people/{ann.pk}/").content.decode()
    for words in ("Wrote: Broken", "answered: Broken", "Win Ann Lee back"):
        assert words in timeline, words


def test_another_night_without_a_crossing_does_nothing_again(clock: Any, settle: Settle, ann: Person) -> None:
    for _night in range(3):
        learn_by_night(clock, days=60)
        settle()
    assert (Run.objects.count(), Task.objects.count(), Notification.objects.count()) == (1, 1, 1)


def test_a_customer_whom_nobody_looks_after_goes_to_the_owner(
    clock: Any, settle: Settle, ann: Person, owner: User
) -> None:
    Person.objects.filter(pk=ann.pk).update(owner=None)
    learn_by_night(clock, days=90)
    settle()
    assert (Task.objects.get().owner, Notification.objects.get().user) == (owner, owner)

"""What starts learning by itself: the demo business, imports; and what the health page says of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.demo import forget_demo, learn_demo
from analytics.health import check_learning
from analytics.models import ModelVersion, TrainingRun
from crm.events import handle_events, record_event
from crm.models import Event, User
from tests.factories import make_order, make_person

from .shop import make_version

pytestmark = pytest.mark.django_db


def happened(kind: str, user: User, **data: object) -> None:
    event = record_event(kind=kind, subject=user, data=data)
    handle_events([event.pk])


def test_the_first_import_of_orders_is_learned_from(owner: User) -> None:
    happened("import.done", owner, name="x.csv", of="people")
    assert not TrainingRun.objects.exists()
    happened("import.done", owner, name="x.csv", of="orders")
    assert TrainingRun.objects.get().task == "all"


def test_later_imports_wait_for_the_night(owner: User) -> None:
    make_version()
    happened("import.done", owner, name="x.csv", of="orders")
    assert not TrainingRun.objects.exists()


def test_an_import_that_was_taken_back_has_scores_worked_out_anew(owner: User) -> None:
    happened("import.undone", owner, name="x.csv", of="orders")
    assert TrainingRun.objects.get().task == "scores"


def test_health_without_orders_is_good() -> None:
    assert (check_learning().state, "no orders" in check_learning().words) == ("good", True)


def test_health_before_the_first_night_is_good() -> None:
    make_order(make_person())
    assert (check_learning().state, "tonight" in check_learning().words) == ("good", True)


@pytest.mark.parametrize(
    ("fields", "days_ago", "state", "said"),
    [
        ({"state": "done"}, 0, "good", "The last training was"),
        ({"state": "done"}, 5, "warn", "It runs every night"),
        ({"state": "failed", "message": "Memory ran out."}, 0, "warn", "Memory ran out."),
    ],
)
def test_health_tells_of_the_last_training(fields: dict[str, str], days_ago: int, state: str, said: str) -> None:
    TrainingRun.objects.create(slot=None, created_at=timezone.now() - timedelta(days=days_ago), **fields)
    assert check_learning().state == state
    assert said in check_learning().words


@pytest.mark.parametrize(
    ("fields", "minutes", "state"),
    [
        ({"state": "queued"}, None, "warn"),
        ({"state": "running"}, -60, "warn"),
        ({"state": "running"}, 60, "good"),
    ],
)
def test_health_tells_of_a_training_that_is_stuck(fields: dict[str, str], minutes: int | None, state: str) -> None:
    now = timezone.now()
    lease = now + timedelta(minutes=minutes) if minutes else None
    TrainingRun.objects.create(created_at=now - timedelta(hours=2), lease_until=lease, **fields)
    found = check_learning()
    assert (found.state, "no further" in found.words) == (state, state == "warn")


def test_health_tells_of_a_damaged_model() -> None:
    version = make_version()
    ModelVersion.objects.filter(pk=version.pk).update(state="broken")
    assert check_learning().state == "warn"


def test_demo_parts_can_be_called_twice(owner: User) -> None:
    learn_demo(None)  # type: ignore[arg-type]
    forget_demo()
    forget_demo()
    assert TrainingRun.objects.count() == 1
    assert not Event.objects.filter(kind="model.promoted").exists()

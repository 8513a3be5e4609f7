"""The demo business is learned from, and what was learned goes with it; it is loaded once for all these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from analytics.loading import folder_of
from analytics.models import ModelVersion, MoodFit, Prediction, SalesMonth, Score, TrainingRun
from analytics.operations import retrain
from analytics.operations.facts import ShopFacts, shop_facts
from crm.demo import make_demo, remove_demo
from crm.models import Role
from tests.factories import make_order, make_person, make_user
from tests.shared_rows import shared_rows

from .here import learned_by
from .shop import TODAY, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with shared_rows(django_db_blocker):
        make_user(Role.OWNER)
        make_demo(people=40)
        yield


def test_the_demo_business_is_learned() -> None:
    assert SalesMonth.objects.count() > 12
    assert TrainingRun.objects.get().state == TrainingRun.State.QUEUED


@pytest.mark.slow
def test_what_was_learned_from_the_demo_goes_with_it(django_capture_on_commit_callbacks: object) -> None:
    version = make_version()
    TrainingRun.objects.update(state="done", slot=None, report={"facts": {"gap_days": 3.0, "edges": {}}})
    MoodFit.objects.create(is_used=True, said_count=50)
    mine = make_person()
    Score.objects.create(person=mine, task="churn", value=0.9, band="high", horizon_days=60, as_of=TODAY)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        remove_demo()
    for table in (ModelVersion, MoodFit, Score, Prediction):
        assert not table.objects.exists(), table
    assert not folder_of(version).exists()
    assert shop_facts() == ShopFacts()
    assert not SalesMonth.objects.filter(is_stale=False).exists()
    assert TrainingRun.objects.get().state == TrainingRun.State.QUEUED


def test_a_training_on_the_demo_that_is_at_work_when_the_demo_goes_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_order(make_person())

    def removed_meanwhile(request: dict[str, object], **_: object) -> dict[str, object]:
        remove_demo()
        return {"is_saved": True, "is_servable": True, "gain": None}

    learned_by(monkeypatch, removed_meanwhile)
    assert retrain.run_training(TrainingRun.objects.get().pk) is None
    assert not ModelVersion.objects.exists()
    assert not Score.objects.exists()
    assert TrainingRun.objects.get().state == TrainingRun.State.QUEUED

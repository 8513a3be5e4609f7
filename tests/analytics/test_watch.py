"""A model in use is judged by what came: kept, levelled, sent back once, or, where frozen, warned of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from analytics import loading
from analytics.health import check_learning
from analytics.loading import CantServeError
from analytics.models import WIN, ModelVersion, Prediction, ScoredTask, TrainingRun
from analytics.operations import retrain, watch
from analytics.operations.registry import (
    NeedsReasonError,
    champions,
    freeze_version,
    promote_version,
    roll_back,
    thaw_version,
)
from analytics.operations.retrain import run_training
from analytics.operations.runs import SCORES_ALONE, request_training
from analytics.operations.watch import rests, watch_model
from analytics.queries.clock import ShopClock, read_clock
from analytics.queries.live import came_words, drift_words, frozen_words, level_words, returned_words
from analytics.queries.models import _since_words
from automation.models import Notification
from crm.events import due_events, handle_events
from crm.models import Event, Person, User, Workspace
from tests.factories import NOW

from .shop import make_shop, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]
TODAY = NOW.date()
State = ModelVersion.State


@pytest.fixture
def clock() -> ShopClock:
    return read_clock(now=NOW)


def ledger(
    version: ModelVersion,
    *,
    said: Callable[[float], float] = lambda chance: chance,
    seed: int = 1,
    people: int = 120,
    months: int = 4,
    off: float = 0.0,
) -> None:
    """Everybody in each of four closed months: of each, what comes has a chance of which the model says something."""
    random = Random(seed)
    there = list(Person.objects.order_by("pk")[:people])
    there += Person.objects.bulk_create(Person(name=f"P{n}") for n in range(people - len(there)))
    rows = []
    for month in range(months):
        day = TODAY - timedelta(days=100 + 30 * month)
        for person in there:
            chance = random.uniform(0.05, 0.8)
            rows.append(
                Prediction(
                    task=version.task, person=person, value=said(chance), band="high", as_of=day, horizon_days=60,
                    closes_on=day + timedelta(days=60), model_version=version, outcome_at=NOW,
                    outcome=float(random.random() < max(chance - off, 0)),
                )
            )  # fmt: skip
    Prediction.objects.bulk_create(rows)


def state_of(version: ModelVersion) -> str:
    version.refresh_from_db()
    return str(version.state)


def reversed_(chance: float) -> float:
    return 0.85 - chance


def test_a_good_model_stays_and_the_page_says_what_came(clock: ShopClock, owner: User, client: Client) -> None:
    version = make_version()
    ledger(version)
    assert watch_model("churn", clock) == "fine"
    assert state_of(version) == State.CHAMPION
    client.force_login(owner)
    page = client.get("/insights/models/churn").content.decode()
    assert "Since it is in use" in page
    assert "customers who were said to be leaving" in page
    assert not Event.objects.filter(kind="model.returned").exists()


def test_a_bad_model_gives_way_to_the_rule_once_and_managers_are_told(clock: ShopClock, owner: User) -> None:
    version = make_version()
    ledger(version, said=reversed_)
    assert watch_model("churn", clock) == "bad"
    assert (state_of(version), champions("churn")) == (State.RETIRED, {})
    assert watch_model("churn", clock) == ""
    event = Event.objects.get(kind="model.returned")
    handle_events([event.pk])
    handle_events([event.pk])
    notice = Notification.objects.get(user=owner)
    assert "was wrong too often and was sent back" in notice.title
    assert notice.url == "/insights/models/churn"
    TrainingRun.objects.create(state=TrainingRun.State.DONE, slot=None)
    assert check_learning().state == "warn"
    assert "no longer in use" in check_learning().words


def test_a_good_former_version_returns(clock: ShopClock, monkeypatch: pytest.MonkeyPatch) -> None:
    former, version = make_version(), make_version()
    ModelVersion.objects.update(card={**version.card, "as_of": "2020-01-01"})
    ledger(version, said=reversed_)
    values = {(row.person_id, row.as_of): 0.85 - row.value for row in Prediction.objects.all()}

    def recall(task: str, scorer: Any, ids: Any, as_of: date, clock: ShopClock) -> dict[int, float]:
        return {pk: values[pk, as_of] for pk in ids}

    monkeypatch.setattr("analytics.operations.customers.recall", recall)
    assert watch_model("churn", clock) == "bad"
    assert (state_of(version), state_of(former)) == (State.RETIRED, State.CHAMPION)
    assert Event.objects.get(kind="model.returned").data["to"] == str(former)


def test_noise_sends_nobody_back(clock: ShopClock) -> None:
    version = make_version()
    ledger(version, people=60, months=3)
    assert watch_model("churn", clock) == "fine"
    Prediction.objects.all().delete()
    ledger(version, people=20, said=reversed_)
    assert watch_model("churn", clock) == "thin"
    assert state_of(version) == State.CHAMPION


def test_a_level_that_is_off_is_corrected_once_and_served(clock: ShopClock) -> None:
    make_shop(30)
    version = make_version()
    before = champions("churn")["churn"].scorer
    ledger(version, off=0.25)
    assert watch_model("churn", clock) == "level"
    assert watch_model("churn", clock) == "fine"
    version.refresh_from_db()
    assert len(version.levels) == 1
    assert version.level < -0.5
    assert "lower than it was learned" in level_words(version)
    after = champions("churn")["churn"].scorer
    assert (before.level, after.level) == (0.0, version.level)
    assert Event.objects.filter(kind="model.levelled").count() == 1


def test_what_is_said_under_a_level_is_judged_without_it(clock: ShopClock) -> None:
    """After the correction new rows hold corrected values, old ones do not: both say the same of the model."""
    version = make_version()
    ModelVersion.objects.filter(pk=version.pk).update(levels=[["2000-01-01", -1.0]])
    version.refresh_from_db()
    assert version.level_on("1999-12-31") == 0
    assert version.level_on("2000-01-02") == -1
    from analytics.ml.live import levelled

    ledger(version, said=lambda chance: float(levelled("chance", np.array([chance]), -1.0)[0]))
    assert watch_model("churn", clock) == "level"
    version.refresh_from_db()
    assert abs(version.level) < 0.3


@time_machine.travel(datetime(2026, 11, 23, 1, tzinfo=UTC), tick=False)
def test_what_the_night_of_the_correction_enters_is_known_to_hold_it() -> None:
    """At one o'clock in UTC it is still the day before in America: the ledger's tomorrow is the workers' today."""
    Workspace.objects.create(pk=1, name="Shop", time_zone="America/New_York")
    version = make_version()
    ledger(version, off=0.25)
    clock = read_clock()
    assert watch_model("churn", clock) == "level"
    version.refresh_from_db()
    assert version.level_on(clock.as_of.isoformat()) == version.level != 0
    assert version.level_on((clock.as_of - timedelta(days=1)).isoformat()) == 0


def test_deals_are_entered_as_of_the_day_of_the_correction() -> None:
    version = ModelVersion(task=WIN, levels=[["2026-06-01", -1.0]])
    assert [version.level_on(day) for day in ("2026-05-31", "2026-06-01", "2026-06-02")] == [0, -1, -1]


def test_days_of_a_version_are_those_of_the_reader() -> None:
    at = datetime(2026, 6, 1, 20, tzinfo=UTC)
    version = ModelVersion(task="churn", frozen_at=at, frozen_why="Odd.", returned_at=at, promoted_at=at)
    with timezone.override("Pacific/Auckland"):
        words = [frozen_words(version), returned_words(version), _since_words(version)]
    assert all("Jun 2" in said for said in words), words


def test_a_frozen_version_warns_once_and_stays(clock: ShopClock, manager: User) -> None:
    version = make_version()
    freeze_version(version=version, actor=manager, why="We know this year is odd.")
    ledger(version, said=reversed_)
    for _night in range(2):
        assert watch_model("churn", clock) == "bad"
    assert state_of(version) == State.CHAMPION
    assert Event.objects.filter(kind="model.warned").count() == 1
    thaw_version(version=version, actor=manager)
    assert watch_model("churn", clock) == "bad"
    assert state_of(version) == State.RETIRED


def test_after_a_return_the_nights_promote_nothing_for_a_month(clock: ShopClock) -> None:
    version = make_version()
    ledger(version, said=reversed_)
    watch_model("churn", clock)
    assert rests("churn")
    assert not rests("value")
    assert retrain._held_back("churn", None) == "rests"
    with time_machine.travel(NOW + timedelta(days=31)):
        assert not rests("churn")


def test_what_was_sent_back_returns_only_by_a_manager_with_a_reason(clock: ShopClock, manager: User) -> None:
    version = make_version()
    ledger(version, said=reversed_)
    watch_model("churn", clock)
    with pytest.raises(CantServeError, match="no earlier version"):
        roll_back(task="churn", actor=manager)
    with pytest.raises(NeedsReasonError, match="sent back"):
        promote_version(version=version, actor=manager)
    promote_version(version=version, actor=manager, why="The strike is over.")
    version.refresh_from_db()
    assert (version.state, version.frozen_why, version.returned_at) == (State.CHAMPION, "The strike is over.", None)
    assert watch_model("churn", clock) == "bad"
    assert state_of(version) == State.CHAMPION


def test_below_the_baseline_only_with_a_reason(manager: User) -> None:
    version = make_version(in_use=False)
    ModelVersion.objects.filter(pk=version.pk).update(card={**version.card, "hold_out": {"beats_simple": False}})
    version.refresh_from_db()
    with pytest.raises(NeedsReasonError, match="simple method"):
        promote_version(version=version, actor=manager)


def test_a_run_killed_after_the_return_goes_on(monkeypatch: pytest.MonkeyPatch, clock: ShopClock) -> None:
    make_shop(30)
    version = make_version()
    ledger(version, said=reversed_)

    class KilledError(Exception):
        pass

    def killed(*args: object, **kwargs: object) -> None:
        raise KilledError

    run = request_training(task=SCORES_ALONE)
    with monkeypatch.context() as patch:
        patch.setattr(retrain, "note_report", killed)
        with pytest.raises(KilledError):
            run_training(run.pk)
    with monkeypatch.context() as patch:
        patch.setattr(watch, "_send_back", killed)
        promote_version(version=version, actor=None, why="test")
        ModelVersion.objects.update(frozen_at=None)
        with pytest.raises(KilledError):
            watch_model("churn", clock)
    version.refresh_from_db()
    assert (version.state, version.live) == (State.CHAMPION, {})  # all or nothing
    TrainingRun.objects.update(state="queued", lease_until=None)
    done = run_training(run.pk)
    assert done is not None
    assert done.report["watched"]["churn"] == "bad"
    assert state_of(version) == State.RETIRED
    assert set(Person.objects.filter(scores__task="churn").values_list("scores__kind", flat=True)) == {"rule"}


def test_expected_money_is_held_against_what_was_spent_before(clock: ShopClock) -> None:
    make_shop()
    version = make_version(ScoredTask.VALUE)
    random = Random(3)
    for month in range(4):
        day = TODAY - timedelta(days=400 + 30 * month)
        Prediction.objects.bulk_create(
            Prediction(
                task="value", person=person, value=random.uniform(2000, 4000), band="high", as_of=day, horizon_days=365,
                closes_on=day + timedelta(days=365), model_version=version, outcome=random.uniform(0, 100),
            )
            for person in Person.objects.all()
        )  # fmt: skip
    assert watch_model("value", clock) in ("level", "bad")
    version.refresh_from_db()
    assert "Of 100 foretold" in came_words(version)


def test_facts_that_moved_are_named(clock: ShopClock) -> None:
    make_shop()
    version = make_version()
    card = {**version.card, "spread": {"recency_days": {"edges": [0.5], "shares": [1, 0, 0], "rows": 900}}}
    version.card = card
    version.live = {"drift": {"recency_days": 3.0}}
    assert "days since the last order" in drift_words(version)


def test_the_admin_asks_why_and_keeps_it(client: Client, manager: User) -> None:
    version = make_version()
    client.force_login(manager)
    data = {"action": "freeze", "_selected_action": [version.pk]}
    asked = client.post("/admin/analytics/modelversion/", data).content.decode()
    assert "This is kept with the version" in asked
    client.post("/admin/analytics/modelversion/", {**data, "why": "<b>Holiday</b>"})
    version.refresh_from_db()
    assert (version.frozen_why, version.frozen_by) == ("<b>Holiday</b>", manager)
    assert "in use, frozen" in client.get("/admin/analytics/modelversion/").content.decode()
    assert "<b>Holiday</b>" not in client.get("/insights/models/churn").content.decode()
    other = make_version(in_use=False)
    table = client.post("/admin/analytics/modelversion/", {"action": "compare", "_selected_action": [other.pk]})
    assert "Versions compared" in table.content.decode()
    client.post("/admin/analytics/modelversion/", {"action": "thaw", "_selected_action": [version.pk]})
    version.refresh_from_db()
    assert version.frozen_at is None


def test_who_is_no_manager_freezes_nothing(client: Client, sales: User) -> None:
    version = make_version()
    client.force_login(sales)
    data = {"action": "freeze", "_selected_action": [version.pk], "why": "because"}
    assert client.post("/admin/analytics/modelversion/", data).status_code in (302, 403)
    version.refresh_from_db()
    assert version.frozen_at is None


def test_events_wait_for_nobody(clock: ShopClock, owner: User) -> None:
    """The whole way: the event is handed on by the sweep and the owner reads it in words."""
    version = make_version()
    ledger(version, said=reversed_)
    watch_model("churn", clock)
    loading.forget_loaded()
    handle_events(due_events(NOW + timedelta(seconds=60)))
    assert Notification.objects.filter(user=owner).count() == 1

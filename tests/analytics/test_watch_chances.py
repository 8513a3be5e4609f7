"""Chances of deals, first orders and subscriptions are watched like those of customers, and so is a small ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client

from analytics.learning import subject_of
from analytics.models import CONTRACTS, LEAD, WIN, DealPrediction, ModelVersion, Prediction
from analytics.operations.registry import champions, promote_version, register_version
from analytics.operations.watch import MOST_WINDOWS, watch_model
from analytics.operations.watch import _windows as windows
from analytics.queries.clock import ShopClock, read_clock
from analytics.queries.live import drift_words, event_words
from crm.models import Deal, Event, Person, User
from tests.factories import NOW
from tests.pages import html

from .deal_shop import make_closed_deals
from .here import learn_here
from .test_contracts import make_subscribers
from .test_leads import make_leads

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]
State = ModelVersion.State
WORLDS: dict[str, Callable[[], object]] = {
    WIN: lambda: make_closed_deals(300), LEAD: make_leads, CONTRACTS[1]: make_subscribers
}  # fmt: skip


@pytest.fixture(params=list(WORLDS))
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    """The learned model of each task in turn, in use."""
    WORLDS[request.param]()
    learn_here(monkeypatch, request.param.partition("_")[0] if request.param in CONTRACTS else request.param)
    return ModelVersion.objects.get(task=request.param, state=State.CHAMPION)


@pytest.fixture
def clock() -> ShopClock:
    return read_clock(now=NOW)


def ledger(
    version: ModelVersion, clock: ShopClock, said: Callable[[float], float], *, off: float = 0.0, most: int = 400
) -> int:
    """Four closed months: what came has the chance that the model really gives, what is said of it is `said`."""
    random, scorer = Random(5), champions(version.task)[version.task].scorer
    work = subject_of(version.task).work
    table: Any = DealPrediction if version.task == WIN else Prediction
    ids = list((Deal if version.task == WIN else Person).objects.order_by("pk").values_list("pk", flat=True))
    rows: list[Any] = []
    for month in range(4):
        day = NOW.date() - timedelta(days=130 + 30 * month)
        for pk, chance in list(work.recall(version.task, scorer, ids, day, clock).items())[:most]:
            row = {
                "value": said(chance), "band": "high", "as_of": day, "model_version": version, "outcome_at": NOW,
                "outcome": float(random.random() < max(chance - off, 0)),
            }  # fmt: skip
            about = {"deal_id": pk} if version.task == WIN else {
                "person_id": pk, "task": version.task, "horizon_days": 90, "closes_on": day + timedelta(days=90)
            }  # fmt: skip
            rows.append(table(**row, **about))
    table.objects.bulk_create(rows)
    return len(rows)


def state_of(version: ModelVersion) -> str:
    version.refresh_from_db()
    return str(version.state)


def reversed_(chance: float) -> float:
    return 1 - chance


def test_a_good_one_stays_and_its_page_shows_what_came(
    version: ModelVersion, clock: ShopClock, client: Client, owner: User
) -> None:
    rows = ledger(version, clock, lambda chance: chance)
    assert watch_model(version.task, clock) in ("fine", "level")
    version.refresh_from_db()
    assert len(version.live["tenths"]) == 10
    assert sum(tenth["customers"] for tenth in version.live["tenths"]) == rows
    client.force_login(owner)
    words = html(client.get(f"/insights/models/{version.task}"))
    assert words.count("calibration__plot") == 2
    assert "over 4 months" in words


def test_a_bad_one_without_a_former_is_sent_back_and_no_chance_is_shown(
    version: ModelVersion, clock: ShopClock, client: Client, owner: User
) -> None:
    ledger(version, clock, reversed_)
    assert watch_model(version.task, clock) == "bad"
    assert (state_of(version), champions(version.task)) == (State.RETIRED, {})
    event = Event.objects.get(kind="model.returned")
    assert "none is shown" in event_words(event.data)["instead"]
    assert event.data["months"] == 4
    client.force_login(owner)
    assert "Sent back on" in html(client.get(f"/insights/models/{version.task}"))


def test_the_last_good_version_returns(version: ModelVersion, clock: ShopClock) -> None:
    ModelVersion.objects.filter(pk=version.pk).update(card={**version.card, "as_of": "2020-01-01"})
    newer = register_version(task=version.task, folder=version.folder, card=version.card, run_id=None)
    promote_version(version=newer, actor=None)
    ledger(newer, clock, reversed_)
    assert watch_model(version.task, clock) == "bad"
    assert (state_of(newer), state_of(version)) == (State.RETIRED, State.CHAMPION)


def test_a_level_that_is_off_is_corrected(version: ModelVersion, clock: ShopClock) -> None:
    ledger(version, clock, lambda chance: min(chance + 0.25, 0.98))
    assert watch_model(version.task, clock) in ("level", "bad")
    version.refresh_from_db()
    assert version.level < 0 or version.returned_at is not None


def test_new_deals_that_differ_from_those_learned_from_are_named(
    clock: ShopClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_closed_deals(300)
    learn_here(monkeypatch, WIN)
    version = ModelVersion.objects.get(task=WIN, state=State.CHAMPION)
    watch_model(WIN, clock)
    version.refresh_from_db()
    assert version.live["drift"] == {}
    template = Deal.objects.earliest("pk")
    Deal.objects.bulk_create(
        Deal(title="New", stage=template.stage, currency="EUR", amount=50_000, lead_source="Web", created_at=NOW)
        for _number in range(600)
    )
    watch_model(WIN, clock)
    version.refresh_from_db()
    assert set(version.live["drift"]) >= {"amount", "source"}
    assert "what deals are worth" in drift_words(version)


# --- months of few rows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decided", "found"),
    [
        ([40, 40, 40], [0, 1, 2]),
        ([12, 12, 12, 12, 12, 12], [0, 0, 0, 1, 1, 1]),
        ([40, 10, 10], [0, 0, 0]),  # what is left over is not lost
        ([10, 10], [0, 0]),
        ([], []),
        ([40] * 9, [0, 1, 2, 3, 4, 5]),  # the latest are enough
    ],
)
def test_months_of_few_rows_are_counted_together(decided: list[int], found: list[int]) -> None:
    assert windows(decided) == found
    assert len(set(found)) <= MOST_WINDOWS


def test_a_shop_of_few_deals_is_judged_after_some_more_months(
    clock: ShopClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_closed_deals(300)
    learn_here(monkeypatch, WIN)
    version = ModelVersion.objects.get(task=WIN, state=State.CHAMPION)
    random, ids = Random(2), list(Deal.objects.order_by("pk").values_list("pk", flat=True))
    DealPrediction.objects.bulk_create(
        DealPrediction(
            deal_id=pk, value=1 - chance, band="high", as_of=NOW.date() - timedelta(days=70 + 30 * month),
            model_version=version, outcome=float(random.random() < chance), outcome_at=NOW,
        )
        for month in range(16)
        for pk in random.sample(ids, 12)
        for chance in (random.choice((0.1, 0.9)),)
    )  # fmt: skip
    assert watch_model(WIN, clock) == "bad"

"""The ledger: what was said, written once a month, and what came of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analytics.ml.purchases import Purchases, day_number
from analytics.models import ModelVersion, Prediction, Score
from analytics.operations.ledger import (
    close_predictions,
    drop_orphans,
    drop_unknowable,
    summarise_track,
    write_predictions,
)
from analytics.queries.clock import Hole, ShopClock, read_clock
from analytics.queries.frames import purchases_in_chunks
from crm.models import Person
from tests.factories import NOW, make_order, make_person

from .shop import make_version

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


def score(person: Person, task: str = "churn", value: float = 0.8, band: str = "high") -> Score:
    return Score.objects.create(
        person=person, task=task, value=value, band=band, horizon_days=30, as_of=TODAY, kind=Score.Kind.MODEL
    )


def clock_at(day: date) -> ShopClock:
    return ShopClock(read_clock(now=NOW).zone, day, day)


def purchases() -> Purchases:
    return Purchases.joined(list(purchases_in_chunks(clock_at(TODAY), before=TODAY)))


def said(person: Person, *, task: str = "churn", value: float = 0.8, band: str = "high", ago: int = 40) -> Prediction:
    day = TODAY - timedelta(days=ago)
    return Prediction.objects.create(
        task=task, person=person, value=value, band=band, as_of=day, horizon_days=30, closes_on=day + timedelta(days=30)
    )


def test_scores_are_entered_once_a_month() -> None:
    score(make_person())
    assert write_predictions(clock_at(TODAY)) == 1
    assert write_predictions(clock_at(TODAY + timedelta(days=3))) == 0
    assert write_predictions(clock_at(TODAY + timedelta(days=20))) == 1
    first = Prediction.objects.order_by("as_of").first()
    assert first is not None
    assert (first.value, first.closes_on) == (0.8, TODAY + timedelta(days=30))


def test_years_of_which_nothing_is_known_prove_no_prediction_right() -> None:
    before, after = said(make_person(), ago=900), said(make_person(), ago=10)
    today = day_number(TODAY)
    clock = ShopClock(clock_at(TODAY).zone, TODAY, TODAY, holes=(Hole(today - 890, today - 20),))
    assert drop_unknowable(clock) == 1
    assert list(Prediction.objects.all()) == [after]
    assert drop_unknowable(clock_at(TODAY)) == 0
    assert not Prediction.objects.filter(pk=before.pk).exists()


def test_a_run_that_was_stopped_goes_on_with_the_same_day() -> None:
    score(make_person())
    write_predictions(clock_at(TODAY))
    score(make_person())
    assert write_predictions(clock_at(TODAY)) == 1


def test_rules_of_thumb_are_not_entered() -> None:
    Score.objects.filter(pk=score(make_person()).pk).update(kind=Score.Kind.RULE)
    assert write_predictions(clock_at(TODAY)) == 0


def test_outcomes_are_what_happened_in_the_window() -> None:
    back, gone, late = make_person(), make_person(), make_person()
    for person in (back, gone, late):
        make_order(person, days_ago=100)
    make_order(back, days_ago=20, total="70")
    make_order(back, days_ago=15, total="-10")
    make_order(late, days_ago=5)
    for person in (back, gone, late):
        said(person)
        said(person, task="value", value=100)
    assert close_predictions(purchases(), clock_at(TODAY)) == 6
    outcomes = {(p.person_id, p.task): p.outcome for p in Prediction.objects.all()}
    assert [outcomes[p.pk, "churn"] for p in (back, gone, late)] == [0, 1, 1]
    assert [outcomes[p.pk, "value"] for p in (back, gone, late)] == [60, 0, 0]


def test_a_window_that_is_still_open_has_no_outcome() -> None:
    ann = make_person()
    make_order(ann, days_ago=100)
    said(ann, ago=29)
    assert close_predictions(purchases(), clock_at(TODAY)) == 0
    assert drop_orphans(clock_at(TODAY)) == 0


def test_predictions_of_somebody_without_orders_are_dropped() -> None:
    said(make_person())
    assert drop_orphans(clock_at(TODAY)) == 1


def test_whose_orders_are_gone_has_not_left_wherever_they_stand() -> None:
    """An order that was entered by mistake and deleted proves nothing, also between others."""
    first, mistaken, last = make_person(), make_person(), make_person()
    for person in (first, last):
        make_order(person, days_ago=100)
        said(person)
    said(mistaken)
    assert close_predictions(purchases(), clock_at(TODAY)) == 2
    assert Prediction.objects.get(person=mistaken).outcome is None
    assert drop_orphans(clock_at(TODAY)) == 1


def test_the_model_in_use_remembers_how_the_last_predictions_came_true() -> None:
    version = make_version()
    for outcome, band in ((1.0, "high"), (0.0, "high"), (1.0, "low")):
        row = said(make_person(), band=band)
        Prediction.objects.filter(pk=row.pk).update(outcome=outcome)
    summarise_track()
    track = ModelVersion.objects.get(pk=version.pk).card["track"]
    assert (track["customers"], track["flagged"], track["came_true"]) == (3, 2, 1)

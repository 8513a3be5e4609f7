"""What keeps the night of a large shop short: features made once, rows that say the same left, sums by columns."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.ml import features
from analytics.ml.features import build_features
from analytics.ml.purchases import Purchases, day_number
from analytics.ml.segments.rules import Rules
from analytics.models import Score, TrainingRun
from analytics.operations import runs, scoring
from analytics.operations.customers import gather
from analytics.operations.group_figures import WAYS, Sums
from analytics.operations.grouping import Lines
from analytics.operations.judging import Why, seat_jury
from analytics.operations.rescoring import rescore_everybody
from analytics.queries.clock import read_clock
from analytics.queries.frames import purchases_of
from analytics.queries.turns import REST_DAYS, turns_since
from crm.models import Order, Person
from tests.factories import NOW

from .shop import make_shop, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")]


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def night(folder: Path, *, after: timedelta = timedelta(0)) -> TrainingRun:
    with time_machine.travel(NOW + after, tick=False):
        began = NOW + after
        run = TrainingRun.objects.create(slot=None, state="running", started_at=began)
        work, clock = folder / str(run.pk), read_clock()
        work.mkdir()
        gather(run, clock, work)
        rescore_everybody(run, clock, work)
        return run


def test_rows_that_would_say_the_same_are_left_and_all_others_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MANY", 0)  # reasons of values are left until somebody asks
    people = make_shop()
    for task in ("churn", "value", "value_90"):
        make_version(task)
    night(tmp_path)
    wrong, *rest = Score.objects.filter(task="value").order_by("-pk")
    Score.objects.filter(pk=wrong.pk).update(value=77)
    night(tmp_path, after=timedelta(hours=1))  # of the same day: everything but the wrong one is as it was
    anew = Score.objects.exclude(scored_at=NOW)
    assert list(anew.exclude(task="churn").values_list("pk", "value")) == [(wrong.pk, wrong.value)]
    assert set(anew.filter(task="churn").values_list("band", flat=True)) == {"high", "medium"}  # they say why
    assert Score.objects.filter(task="value").count() == len(rest) + 1 == len(people)


def test_what_rests_is_what_nobody_could_tell_from_tonights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MANY", 0)
    people = make_shop()
    for task in ("churn", "value", "value_90"):
        make_version(task)
    night(tmp_path)
    night(tmp_path, after=timedelta(days=1))
    clock = read_clock()
    purchases = purchases_of(clock, [person.pk for person in people], before=clock.as_of)
    tonight = {part.task: part for part in seat_jury().judge(purchases, day_number(clock.as_of) + 1, why=Why.RISKY)}
    rested = 0
    for score in Score.objects.all():
        part = tonight[score.task]
        row = list(part.ids).index(score.person_id)
        assert score.band == part.bands[row]
        share = 0 if score.task == "churn" else 0.02
        assert part.values[row] == pytest.approx(score.value, abs=0.01 if score.task == "churn" else 0.10, rel=share)
        if score.as_of == clock.as_of:
            rested += 1
            assert not score.reasons
            assert score.person_id % REST_DAYS != (clock.as_of.toordinal() + 1) % REST_DAYS
        else:
            assert score.value == pytest.approx(part.values[row], abs=1e-9)
    assert rested > len(people)  # of three scores each


def test_what_stays_the_same_is_written_anew_once_a_week_and_a_seventh_each_night() -> None:
    people, clock = make_shop(customers=21), read_clock()
    purchases = purchases_of(clock, [person.pk for person in people], before=clock.as_of)
    judged = seat_jury().judge(purchases, day_number(clock.as_of), why=Why.NONE)
    days = [clock.as_of + timedelta(days=number) for number in range(8)]
    written = []
    for day in days:
        scoring.store_scores(judged, as_of=day, leaves_same=True)
        written.append(Score.objects.filter(task="churn", as_of=day).count())
        assert not Score.objects.filter(as_of__lte=day - timedelta(days=REST_DAYS)).exists()
    known = Score.objects.filter(task="churn").count()
    assert written == [known, *[known // 7] * 7]
    scoring.store_scores(judged, as_of=days[-1] + timedelta(days=7), leaves_same=True)  # after a week without nights
    assert not Score.objects.filter(as_of__lte=days[-1]).exists()


def test_a_night_does_the_turns_of_those_that_were_missed() -> None:
    monday = date(2026, 11, 30)
    assert len(turns_since(monday, monday)) == 1  # a second run of one day does its turn again
    assert turns_since(monday, monday + timedelta(days=1)) == turns_since(monday, monday + timedelta(days=2)) - {
        (monday + timedelta(days=2)).toordinal() % REST_DAYS
    }
    week = [turns_since(monday + timedelta(days=day), monday + timedelta(days=day + 1)) for day in range(REST_DAYS)]
    assert set().union(*week) == set(range(REST_DAYS)) == turns_since(monday, monday + timedelta(days=40))
    assert len(turns_since(monday, monday - timedelta(days=3))) == 1  # a clock that was set back


def test_who_has_no_orders_any_more_has_no_scores_wherever_they_stand(tmp_path: Path) -> None:
    people = make_shop()
    night(tmp_path)
    gone = [people[0], people[40], people[-1]]
    Order.objects.filter(person__in=gone).delete()
    night(tmp_path, after=timedelta(days=1))
    assert not Score.objects.filter(person__in=gone).exists()
    assert Score.objects.filter(task="churn").count() == len(people) - 3


def test_however_many_lost_their_orders_no_question_names_them_all(tmp_path: Path) -> None:
    """As after an import of 300,000 customers that was taken back: SQLite takes 32,766 values in a question."""
    people = make_shop()
    night(tmp_path)
    Order.objects.filter(person__in=people[1:-1]).delete()
    with patch.object(scoring, "AT_ONCE", 40), CaptureQueriesContext(connection) as asked:
        night(tmp_path, after=timedelta(days=1))
    assert set(Score.objects.values_list("person", flat=True)) <= {people[0].pk, people[-1].pk}
    deleted = [query["sql"] for query in asked.captured_queries if 'DELETE FROM "analytics_score"' in query["sql"]]
    assert 40 <= max(sql.count(",") for sql in deleted) < 60  # the people, and the names of the tasks


def test_features_are_made_once_for_all_models(monkeypatch: pytest.MonkeyPatch) -> None:
    people = make_shop()
    for task in ("churn", "value", "value_90"):
        make_version(task)
    clock = read_clock()
    made: list[int] = []
    purchases = purchases_of(clock, [person.pk for person in people], before=clock.as_of)

    def counted(purchases: Purchases, as_of: int) -> features.Features:
        made.append(as_of)
        return build_features(purchases, as_of)

    monkeypatch.setattr(features, "build_features", counted)
    seat_jury().judge(purchases, day_number(clock.as_of), why=Why.NONE)
    assert len(made) == 1


def test_sums_of_groups_are_those_of_their_members() -> None:
    people: list[Person] = make_shop()
    clock = read_clock()
    purchases = purchases_of(clock, [person.pk for person in people], before=clock.as_of)
    found = build_features(purchases, day_number(clock.as_of))
    lines, sums = Lines(Rules.learn(found), None), Sums()
    sums.add(found, lines.positions(found))
    sums.add(found, lines.positions(found))
    places = lines.places(found)
    assert set(sums.by_group) == {(WAYS[0], rules) for rules, _found in places.values()}
    for (_way, key), figures in sums.by_group.items():
        theirs = np.array([places[pk][0] == key for pk in found.customer_ids.tolist()])
        assert figures.people == 2 * theirs.sum()
        assert np.isclose(figures.spent_year, 2 * found.column("spend_365")[theirs].sum())
        assert np.isclose(figures.quiet_days, 2 * found.column("recency_days")[theirs].sum())

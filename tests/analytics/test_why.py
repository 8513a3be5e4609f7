"""Reasons that the night of a large shop leaves are worked out when somebody asks, and are those it would have kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from shutil import rmtree

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from analytics import loading
from analytics.models import Band, ModelVersion, Score, TrainingRun
from analytics.operations import runs
from analytics.operations.customers import gather
from analytics.operations.rescoring import rescore_everybody
from analytics.privacy import collect
from analytics.queries.clock import read_clock
from analytics.queries.person_insight import person_insight
from analytics.queries.risk import most_at_risk
from analytics.queries.why import say_why
from crm.models import Person, User
from tests.crm.test_api import Api
from tests.factories import NOW

from .shop import make_shop, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")]
RISKY = (Band.HIGH, Band.MEDIUM)
Reasons = dict[tuple[int, str], object]


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def people() -> list[Person]:
    made = make_shop()
    for task in ("churn", "value", "value_90"):
        make_version(task)
    return made


def night(folder: Path, monkeypatch: pytest.MonkeyPatch, *, many: int) -> Reasons:
    """What is stored after one, in a shop that is large from so many customers on."""
    monkeypatch.setattr(runs, "MANY", many)
    run = TrainingRun.objects.create(slot=None, state="running", started_at=NOW)
    work = folder / str(run.pk)
    work.mkdir()
    clock = read_clock()
    gather(run, clock, work)
    rescore_everybody(run, clock, work)
    return {(pk, task): why for pk, task, why in Score.objects.values_list("person_id", "task", "reasons")}


def test_a_large_shop_keeps_the_reasons_of_a_high_or_medium_risk_and_leaves_the_others(
    people: list[Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = night(tmp_path, monkeypatch, many=1000)
    assert None not in kept.values()
    left = night(tmp_path, monkeypatch, many=0)
    risky = set(Score.objects.filter(task="churn", band__in=RISKY).values_list("person_id", flat=True))
    assert 0 < len(risky) < len(people)
    assert {key for key, why in left.items() if why is not None} == {(pk, "churn") for pk in risky}
    assert all(why == kept[key] for key, why in left.items() if why is not None)


def test_what_is_worked_out_on_asking_is_what_the_night_would_have_kept(
    people: list[Person],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    kept = night(tmp_path, monkeypatch, many=1000)
    ordered = dict(Score.objects.values_list("pk", "if_ordered"))
    night(tmp_path, monkeypatch, many=0)
    scores = list(Score.objects.all())
    assert any(score.if_ordered is None and score.task == "churn" for score in scores)
    with time_machine.travel(NOW + timedelta(days=3), tick=False), django_assert_max_num_queries(7):
        say_why(scores)
    assert {(score.person_id, score.task): score.reasons for score in scores} == kept
    assert {score.pk: score.if_ordered for score in scores} == pytest.approx(ordered, nan_ok=True)
    assert Score.objects.filter(reasons__isnull=True).exists()  # to ask writes nothing


def test_scores_of_several_days_are_explained_as_of_their_days_by_the_same_few_queries(
    people: list[Person],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    night(tmp_path, monkeypatch, many=0)
    for score in Score.objects.filter(reasons__isnull=True):
        Score.objects.filter(pk=score.pk).update(as_of=score.as_of - timedelta(days=score.person_id % 5 * 40))
    together = list(Score.objects.filter(reasons__isnull=True).order_by("pk"))
    assert len({score.as_of for score in together}) == 5
    with django_assert_max_num_queries(7):
        say_why(together)
    alone = list(Score.objects.filter(reasons__isnull=True).order_by("pk"))
    for score in alone:
        say_why([score])
    assert [score.reasons for score in together] == [score.reasons for score in alone]
    assert any(score.reasons for score in together)


def test_the_data_export_asks_for_all_reasons_of_a_person_at_once(
    people: list[Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(tmp_path, monkeypatch, many=0)
    person = Score.objects.filter(reasons__isnull=True, band=Band.LAPSED).select_related("person")[0].person
    with CaptureQueriesContext(connection) as asked:
        held = next(held for held in collect(person) if held.key == "scores")
    assert len(held.rows) == 3
    assert sum('FROM "crm_order"' in query["sql"] for query in asked.captured_queries) <= 2  # the clock, the purchases


def test_lines_of_risks_that_wait_for_their_reasons_cost_no_query_each(
    people: list[Person],
    owner: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    night(tmp_path, monkeypatch, many=0)
    Score.objects.filter(task="churn", band__in=RISKY).update(reasons=None)
    with django_assert_max_num_queries(9):
        chosen = most_at_risk(owner, limit=10)
    assert len(chosen) > 2
    assert all(score.reasons for score in chosen)


def test_scores_that_have_their_reasons_cost_no_query(
    people: list[Person], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    score = Score(person=people[0], task="churn", reasons=[])
    with django_assert_num_queries(0):
        say_why([score])
        say_why([])


def test_card_api_and_data_export_say_what_was_left(
    people: list[Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: User, client: Client
) -> None:
    kept = night(tmp_path, monkeypatch, many=0)
    asked = Score.objects.filter(task="churn", band=Band.LAPSED).select_related("person")[0]
    assert kept[asked.person_id, "churn"] is None
    assert person_insight(asked.person, owner).reasons
    rows = Api(owner).get("scores/", person=asked.person_id).json()["results"]
    assert len(rows) == 3
    assert all(row["reasons"] for row in rows if row["task"] == "churn")
    assert all(isinstance(row["reasons"], list) for row in rows)
    assert Api(owner).get(f"scores/{asked.pk}/").json()["reasons"] == next(
        row["reasons"] for row in rows if row["task"] == "churn"
    )
    exported = next(held for held in collect(asked.person) if held.key == "scores")
    assert any("No order for" in str(row) for row in exported.rows)
    assert Score.objects.get(pk=asked.pk).reasons is None  # reading writes nothing


def test_without_its_model_a_score_stands_without_reasons(
    people: list[Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(tmp_path, monkeypatch, many=0)
    left = list(Score.objects.filter(reasons__isnull=True).order_by("pk"))
    for version in ModelVersion.objects.all():
        rmtree(loading.folder_of(version))
    loading.forget_loaded()
    say_why(left)
    assert {str(score.reasons) for score in left} == {"[]"}
    ModelVersion.objects.all().delete()
    gone = Score.objects.filter(pk=left[0].pk)[0]
    say_why([gone])
    assert gone.reasons == []

"""A retraining from end to end, what becomes of its outcome, and that it can be killed anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from analytics import loading
from analytics.cluster_words import PROBLEMS, problem_words
from analytics.health import check_learning
from analytics.learning import subjects
from analytics.ml.parts import save_part
from analytics.ml.purchases import Purchases
from analytics.models import GroupMember, ModelVersion, Score, TrainingRun
from analytics.operations import customers, rescoring, runs, sales
from analytics.operations.child import TrainingFailedError
from analytics.operations.grouping import group_people
from analytics.operations.rescoring import rescore_everybody
from analytics.operations.retrain import decide, run_training
from analytics.operations.runs import request_training
from analytics.operations.scoring import score_people
from analytics.queries.sales import count_months
from analytics.reasons import decision_words
from crm.demo import make_demo
from crm.models import Event, Person, User
from tests.factories import NOW, make_order, make_person

from .here import learned_by
from .shop import TODAY, artefact, make_shop, make_version

pytestmark = pytest.mark.django_db

SOUND = {"is_saved": True, "is_servable": True, "gain": None}


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Instead of the child a copy of a model that was learned before; returns what the child was asked."""
    asked: list[dict[str, Any]] = []

    def copy(request: dict[str, Any], *, work: Path, alive: Any) -> dict[str, Any]:
        alive("fit", 0.5)
        asked.append(request)
        source = artefact(request["learns"], 60 if request["learns"] == "churn" else 90)
        network, card = registry_read(source)
        write(Path(request["folder"]), network=network, card=card)
        return dict(SOUND)

    from analytics.ml.artefact import read_artefact as registry_read
    from analytics.ml.artefact import write_artefact as write

    learned_by(monkeypatch, copy)
    return asked


def run_now(task: str = "all") -> TrainingRun:
    run = run_training(request_training(task=task).pk)
    assert run is not None
    return run


def test_a_real_training_learns_promotes_and_scores_everybody() -> None:
    people = make_shop()
    out = StringIO()
    call_command("retrain", "--task", "churn", "--json", stdout=out)
    report = json.loads(out.getvalue().splitlines()[-1])
    assert report["state"] == "done"
    assert report["tasks"]["churn"]["decision"] == "promoted"
    assert report["scored"] == len(people)
    version = ModelVersion.objects.get()
    assert version.state == ModelVersion.State.CHAMPION
    assert version.card["customers"] == len(people)
    scores = Score.objects.filter(task="churn")
    assert scores.filter(kind="model", model_version=version).count() == len(people)
    assert Score.objects.filter(task="value", kind="rule").count() == len(people)
    assert not list(loading.models_folder().glob(".work-*"))


def test_with_few_customers_rules_of_thumb_serve_and_the_report_says_what_is_missing() -> None:
    for _ in range(5):
        make_order(make_person(), days_ago=10)
    run = run_now()
    assert run.state == TrainingRun.State.DONE
    assert {result["decision"] for result in run.report["tasks"].values()} == {"too_little"}
    assert run.report["sufficiency"]["customers"] == 5
    assert run.report["sufficiency"]["needed_customers"] == 30
    assert set(Score.objects.values_list("kind", flat=True)) == {"rule"}


def test_scores_alone_can_be_worked_out_anew() -> None:
    make_shop(5)
    version = make_version()
    run = run_now(runs.SCORES_ALONE)
    assert run.state == TrainingRun.State.DONE
    assert ModelVersion.objects.count() == 1
    assert Score.objects.filter(model_version=version).count() == 5


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("is_demo", [True, False])
def test_the_demo_tells_of_those_who_crossed_a_line_of_late_and_a_new_shop_of_nobody(
    is_demo: bool, owner: User
) -> None:
    if is_demo:
        make_demo(people=60, today=TODAY, say=lambda _words: None)
    else:
        make_shop()
    run_now(runs.SCORES_ALONE)
    crossed = Event.objects.filter(kind="score.crossed")
    assert crossed.exists() == is_demo
    told = crossed.count()
    run_now(runs.SCORES_ALONE)
    assert crossed.count() == told


def one_order() -> None:
    make_order(make_person(), total="20")


def only_the_future() -> None:
    for days in range(1, 40):
        make_order(make_person(), total="20", days_ago=-days)


def more_back_than_bought() -> None:
    for days in range(40):
        person = make_person()
        make_order(person, total="20", days_ago=200 + days)
        make_order(person, total="-50", days_ago=100 + days)


def everybody_once_on_one_day() -> None:
    for _ in range(40):
        make_order(make_person(), total="20", days_ago=90)


def nobody_ever_leaves() -> None:
    for _ in range(35):
        person = make_person()
        for days in range(0, 150, 10):
            make_order(person, total="20", days_ago=days)


@pytest.mark.slow
@pytest.mark.parametrize(
    "shop", [one_order, only_the_future, more_back_than_bought, everybody_once_on_one_day, nobody_ever_leaves]
)
def test_a_strange_shop_ends_in_words_and_pages_that_open(
    shop: Callable[[], None], client: Client, owner: User
) -> None:
    shop()
    run = run_now()
    assert run.state == TrainingRun.State.DONE, run.message
    assert all(decision_words(found) for found in run.report["tasks"].values())
    assert Score.objects.filter(value__lt=0).count() == 0
    client.force_login(owner)
    person = Person.objects.order_by("pk").first()
    assert person is not None
    for path in ("/insights", "/insights/models/churn", "/insights/models/value", f"/people/{person.pk}/insight"):
        page = client.get(path).content.decode()
        assert "nan" not in page.casefold().split()


def test_a_shop_without_orders_is_no_error() -> None:
    assert run_now().state == TrainingRun.State.DONE
    assert not Score.objects.exists()


def test_a_run_that_was_killed_goes_on_where_it_was(quick: list[dict[str, Any]], monkeypatch: Any) -> None:
    make_shop(40)
    asked = request_training()
    monkeypatch.setattr(customers, "rescore_everybody", _killed)
    with pytest.raises(KeyboardInterrupt):
        run_training(asked.pk)
    monkeypatch.undo()
    assert len(quick) == 3
    TrainingRun.objects.update(lease_until=NOW)
    run = run_training(asked.pk)
    assert run is not None
    assert run.state == TrainingRun.State.DONE
    assert len(quick) == 3
    assert ModelVersion.objects.filter(state="champion").count() == 3
    assert Score.objects.filter(kind="model").count() == 120


def _killed(*args: object) -> None:
    raise KeyboardInterrupt


def test_a_failed_training_leaves_the_champion_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop(40)
    champion = make_version()

    def fail(request: dict[str, Any], **rest: Any) -> dict[str, Any]:
        raise TrainingFailedError("Memory ran out.")

    learned_by(monkeypatch, fail)
    run = run_now("churn")
    assert (run.state, run.message) == (TrainingRun.State.FAILED, "Memory ran out.")
    assert Score.objects.filter(model_version=champion).count() == 40


def test_a_full_disk_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop(5)

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(customers, "save_part", full)
    run = run_now()
    assert run.state == TrainingRun.State.FAILED
    assert "No space left" in run.message


def test_months_and_who_ordered_meanwhile_are_no_silence_of_the_worker(
    quick: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each month of a large shop takes seconds: a run that says nothing while all are counted is taken over."""
    people = make_shop(40)
    monkeypatch.setattr(rescoring, "CATCH_UP", 1)
    held: dict[str, list[bool]] = {"months": [], "meanwhile": []}

    def watched(what: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*rest: Any, **named: Any) -> Any:
            held[what].append(TrainingRun.objects.filter(lease_until__gt=NOW).exists())
            TrainingRun.objects.update(lease_until=NOW - timedelta(days=1))
            return work(*rest, **named)

        return run

    def with_orders(*args: Any) -> None:
        for person in people[:3]:
            make_order(person, days_ago=0)
        rescore_everybody(*args)

    monkeypatch.setattr(customers, "rescore_everybody", with_orders)
    monkeypatch.setattr(sales, "count_months", watched("months", count_months))
    monkeypatch.setattr(rescoring, "group_people", watched("meanwhile", group_people))
    run_now()
    assert len(held["months"]) > 10
    assert held["meanwhile"] == [True] * 3
    assert all(held["months"])


def test_a_run_stopped_by_hand_ends_quietly_also_where_a_file_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes over clears the folder of the one before, which finds its files gone."""
    make_shop(5)
    asked = request_training()

    def stopped(*args: object) -> None:
        runs.stop_run(asked)
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(customers, "save_part", stopped)
    assert run_training(asked.pk) is None
    assert TrainingRun.objects.get(pk=asked.pk).message == "Stopped by hand."


def test_who_orders_while_it_runs_is_not_scored_by_old_orders(
    quick: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_shop(40)
    late = Person.objects.order_by("pk").first()
    assert late is not None

    def with_an_order(*args: Any) -> None:
        make_order(late, days_ago=0, total="5000")
        rescore_everybody(*args)

    monkeypatch.setattr(customers, "rescore_everybody", with_an_order)
    run_now()
    scored = Score.objects.get(person=late, task="value").value
    score_people([late.pk])
    assert Score.objects.get(person=late, task="value").value == scored


def test_who_orders_first_while_it_runs_keeps_score_and_group(
    quick: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_shop(40)
    run_now()
    new: list[Person] = []

    def with_a_customer(*args: Any) -> None:
        new.append(make_person())
        make_order(new[0], days_ago=0)
        score_people([new[0].pk])
        group_people([new[0].pk])
        rescore_everybody(*args)

    monkeypatch.setattr(customers, "rescore_everybody", with_a_customer)
    run = run_now()
    assert Score.objects.filter(person=new[0], task="churn").exists()
    assert GroupMember.objects.get(person=new[0]).rules == "new"
    assert run.report["grouped"] == GroupMember.objects.count()


def test_people_without_profiling_are_not_in_what_is_learned(
    quick: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    people = make_shop(40)
    Person.objects.filter(pk=people[3].pk).update(no_profiling=True)
    seen: list[int] = []

    def note(part: Purchases, path: Path) -> None:
        seen.extend(part.customer_ids)
        save_part(part, path)

    monkeypatch.setattr(customers, "save_part", note)
    run_now()
    assert len(seen) == 39
    assert people[3].pk not in seen
    assert not Score.objects.filter(person=people[3]).exists()


@pytest.mark.parametrize(
    ("result", "has_champion", "decision"),
    [
        (SOUND, False, "promoted"),
        (SOUND, True, "promoted"),
        ({**SOUND, "is_servable": False}, False, "no_better"),
        ({**SOUND, "gain": {"value": 0.02, "low": 0.01, "high": 0.03}}, True, "promoted"),
        ({**SOUND, "gain": {"value": 0.02, "low": -0.01, "high": 0.05}}, True, "kept"),
    ],
)
def test_the_challenger_must_win_by_more_than_noise(result: Any, has_champion: bool, decision: str) -> None:
    assert decide(result, has_champion=has_champion) == decision


def test_the_command_refuses_while_another_runs() -> None:
    runs.claim_run(request_training().pk)
    with pytest.raises(CommandError, match="running already"):
        call_command("retrain")


def test_who_was_learned_about_is_scored_before_the_next_subject_is_learned(
    quick: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new shop sees the risks of its customers while deals and subscriptions are still learned."""
    make_shop(40)
    steps: list[tuple[str, str]] = []

    def noted(what: str, key: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*rest: Any) -> Any:
            steps.append((what, key))
            return work(*rest)

        return run

    for subject in subjects:
        for what in ("gather", "rescore"):
            monkeypatch.setattr(subject.work, what, noted(what, subject.key, getattr(subject.work, what)))
    run_now()
    assert steps == [(what, subject.key) for subject in subjects for what in ("gather", "rescore")]
    assert steps[0] == ("gather", "customers")


def test_a_cluster_that_failed_is_told_and_not_asked_again_that_night(
    quick: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.DASK_SCHEDULER = "tcp://cluster.example:8786"
    make_shop(40)
    monkeypatch.setitem(SOUND, "cluster", {"why": "unreachable", "address": settings.DASK_SCHEDULER})
    run = run_now()
    customers = [request["scheduler"] for request in quick if "learns" in request]
    assert customers == [settings.DASK_SCHEDULER, "", ""]
    assert "nobody answered at tcp://cluster.example:8786" in decision_words(run.report["tasks"]["churn"])
    health = check_learning()
    assert health.state == "warn"
    assert "nobody answered at tcp://cluster.example:8786." in health.words


def test_the_report_says_how_many_machines_helped(quick: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop(40)
    monkeypatch.setitem(SOUND, "cluster", {"workers": 2, "customers": 40})
    run = run_now()
    assert decision_words(run.report["tasks"]["churn"]).endswith("(with the help of 2 machines)")
    assert check_learning().state == "good"


@pytest.mark.parametrize("why", PROBLEMS)
def test_every_trouble_with_a_cluster_has_words(why: str) -> None:
    about = {"error": "E", "address": "A", "package": "P", "there": "1", "here": "2", "worker": "W", "minutes": 10}
    words = problem_words({**about, "why": why})
    assert words
    assert "%" not in words


def test_a_package_that_a_worker_lacks_is_named() -> None:
    words = problem_words({"why": "versions", "package": "lightgbm", "worker": "tcp://a:1", "here": "4.7", "there": ""})
    assert words == "lightgbm is not installed on tcp://a:1"

"""Models and trainings in the admin: Train now, Promote, Roll back, Stop; for managers only."""

from __future__ import annotations

import pytest
from django.test import Client

from analytics.loading import folder_of
from analytics.models import ModelVersion, TrainingRun
from analytics.operations.runs import request_training
from crm.models import User

from .shop import make_version

pytestmark = pytest.mark.django_db
VERSIONS, RUNS = "/admin/analytics/modelversion/", "/admin/analytics/trainingrun/"


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def act(desk: Client, action: str, *rows: ModelVersion | TrainingRun, url: str = VERSIONS) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return str(desk.post(url, data, follow=True).content.decode())


def in_use() -> int:
    return ModelVersion.objects.get(state="champion").pk


def test_the_list_shows_metrics_beside_a_simple_method(desk: Client) -> None:
    make_version()
    words = desk.get(VERSIONS).content.decode()
    assert "Ranks rightly:" in words
    assert "Days since the last order alone:" in words
    assert "Train now" in words


def test_a_version_is_shown_in_words(desk: Client) -> None:
    version = make_version(broken="wrong hash")
    words = desk.get(f"{VERSIONS}{version.pk}/change/").content.decode()
    assert "did not come back" in words
    assert "wrong hash" in words


def test_promote_and_roll_back(desk: Client) -> None:
    first, second = make_version(), make_version(in_use=False)
    assert "is in use" in act(desk, "promote", second)
    assert in_use() == second.pk
    assert TrainingRun.objects.get().task == "scores"
    act(desk, "back", second)
    assert in_use() == first.pk


def test_there_may_be_nothing_to_go_back_to(desk: Client) -> None:
    assert "no earlier version" in act(desk, "back", make_version())


def test_a_damaged_version_is_not_promoted(desk: Client) -> None:
    good, bad = make_version(), make_version(in_use=False)
    (folder_of(bad) / "model.onnx").unlink()
    assert "missing" in act(desk, "promote", bad)
    assert in_use() == good.pk


def test_train_now_asks_for_a_training(desk: Client, manager: User) -> None:
    desk.post("/insights/train")
    assert TrainingRun.objects.get().asked_by == manager


def test_a_training_is_shown_and_can_be_stopped(desk: Client) -> None:
    run = request_training()
    TrainingRun.objects.update(report={"tasks": {"churn": {"decision": "kept"}}})
    assert "not clearly better" in desk.get(RUNS).content.decode()
    act(desk, "stop", run, url=RUNS)
    run.refresh_from_db()
    assert run.state == TrainingRun.State.STOPPED
    assert "over already" in act(desk, "stop", run, url=RUNS)


def test_nothing_is_changed_or_deleted_by_hand(desk: Client) -> None:
    version = make_version()
    assert desk.get(f"{VERSIONS}add/").status_code == 403
    assert desk.post(f"{VERSIONS}{version.pk}/delete/").status_code == 403
    assert "delete_selected" not in desk.get(VERSIONS).content.decode()


def test_who_is_no_manager_does_not_get_in(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert client.get(VERSIONS).status_code in (302, 403)

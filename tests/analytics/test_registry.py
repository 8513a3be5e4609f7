"""Which model serves: promoted, rolled back, and never a damaged one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from analytics import loading
from analytics.learning import subject_of
from analytics.loading import CantServeError, folder_of
from analytics.models import ModelVersion, ScoredTask
from analytics.operations import registry
from analytics.operations.registry import champions, promote_version, roll_back
from crm.models import Event, User

from .shop import make_version

pytestmark = pytest.mark.django_db

State = ModelVersion.State


def spoil(version: ModelVersion, name: str = "model.onnx") -> Path:
    path = folder_of(version) / name
    loading.forget_loaded()  # as in a process that has just started
    path.write_bytes(path.read_bytes()[:-9])
    return path


def state_of(version: ModelVersion) -> str:
    return ModelVersion.objects.get(pk=version.pk).state


def test_one_version_of_a_task_is_in_use(owner: User) -> None:
    first = make_version()
    second = make_version(in_use=False)
    promote_version(version=second, actor=owner)
    assert (state_of(first), state_of(second)) == (State.RETIRED, State.CHAMPION)
    assert champions()["churn"].version == second
    assert Event.objects.filter(kind="model.promoted", actor=owner).count() == 1


def test_promoting_twice_is_promoting_once() -> None:
    version = make_version()
    promote_version(version=version, actor=None)
    assert Event.objects.filter(kind="model.promoted").count() == 1


def test_a_process_lets_go_of_former_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    version, opened = make_version(), list[Path]()

    def note_and_open(_task: str, folder: Path) -> SimpleNamespace:
        opened.append(folder)
        return SimpleNamespace()

    monkeypatch.setattr(subject_of("churn").work, "load", note_and_open)
    loading.forget_loaded()
    for number in [*range(loading.MOST_LOADED + 1), loading.MOST_LOADED, 0]:
        version.levels = [["2026-06-01", float(number)]]
        loading.load(version)
    loading.forget_loaded()
    assert len(opened) == loading.MOST_LOADED + 2  # the last was still there, the first no more


def test_rolling_back_returns_to_the_one_before() -> None:
    first, second = make_version(), make_version()
    assert roll_back(task="churn", actor=None) == first
    assert state_of(second) == State.RETIRED


def test_there_may_be_nothing_to_roll_back_to() -> None:
    make_version()
    with pytest.raises(CantServeError, match="no earlier version"):
        roll_back(task="churn", actor=None)


@pytest.mark.parametrize("name", ["model.onnx", "card.json", "SHA256SUMS"])
def test_a_damaged_model_gives_way_to_the_last_good_one(name: str) -> None:
    good, bad = make_version(), make_version()
    spoil(bad, name)
    assert champions()["churn"].version == good
    assert (state_of(good), state_of(bad)) == (State.CHAMPION, State.BROKEN)
    assert Event.objects.get(kind="model.refused").data["reason"]


def test_two_processes_that_find_the_same_damage_fall_back_once() -> None:
    oldest, good, bad = make_version(), make_version(), make_version()
    seen_by_both = ModelVersion.objects.get(pk=bad.pk)
    spoil(bad)
    found = [registry._load_or_fall_back(version) for version in (bad, seen_by_both)]
    assert [champion and champion.version for champion in found] == [good, good]
    assert [state_of(version) for version in (oldest, good, bad)] == [State.RETIRED, State.CHAMPION, State.BROKEN]
    assert Event.objects.filter(kind="model.refused").count() == 1


def test_a_missing_model_with_nothing_before_it_leaves_the_rule_of_thumb() -> None:
    version = make_version()
    for path in folder_of(version).iterdir():
        path.unlink()
    loading.forget_loaded()
    assert champions() == {}
    assert state_of(version) == State.BROKEN


def test_a_damaged_model_is_not_promoted() -> None:
    version = make_version(in_use=False)
    spoil(version)
    with pytest.raises(CantServeError, match="hash"):
        promote_version(version=version, actor=None)


def test_the_files_of_another_version_are_refused() -> None:
    version, other = make_version(in_use=False), make_version(in_use=False, horizon_days=7)
    version.folder = other.folder
    version.save()
    with pytest.raises(CantServeError, match="not those that were trained"):
        promote_version(version=version, actor=None)


def test_a_model_of_another_task_is_refused() -> None:
    version = make_version(in_use=False)
    version.task = ScoredTask.VALUE
    version.save()
    with pytest.raises(CantServeError, match="another task"):
        promote_version(version=version, actor=None)


def test_old_versions_that_are_not_in_use_go_with_their_files() -> None:
    champion = make_version()
    others = [make_version(in_use=False) for _ in range(7)]
    assert registry.prune_versions() == 2
    assert [folder_of(version).exists() for version in (champion, *others)] == [True, False, False, *[True] * 5]

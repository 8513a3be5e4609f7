"""Training on a Dask cluster of two workers that don't have Rapport: the same models, a way out of every trouble."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest

from analytics.ml import cluster as far
from analytics.ml import value
from analytics.ml.cluster import Cluster, ClusterError, Cut, joined, part_of, rows_of_part
from analytics.ml.growing import LeavingDraw, Rows
from analytics.ml.heads import MEMBERS
from analytics.ml.holdout import actual_outcomes, fit_model, losses
from analytics.ml.parts import part_files, save_part
from analytics.ml.purchase_job import learn
from analytics.ml.purchases import Purchases
from analytics.ml.score import load_scorer
from analytics.ml.study import Study
from analytics.ml.survey import survey
from analytics.ml.trees import ROUNDS
from config.bench.server import free_port

WAIT = 120.0  # seconds: schedulers and workers start slowly on a machine that does much else
HORIZON = 60
DRAW = LeavingDraw()


@contextmanager
def dask(what: str, *words: str, where: Path, path: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or a worker as its own program, in an empty folder: what it can import is what is installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{what}", *words],
        cwd=where, env={**environment, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def scheduler(where: Path) -> Iterator[str]:
    port = str(free_port())
    with dask("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", where=where):
        yield f"tcp://127.0.0.1:{port}"


def worker(address: str, where: Path, *, path: str = "") -> AbstractContextManager[subprocess.Popen[bytes]]:
    words = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--memory-limit", "0")
    return dask("worker", address, *words, where=where, path=path)


def wait_for(address: str, workers: int) -> None:
    from dask.distributed import Client

    with Client(address, timeout=WAIT) as client:
        client.wait_for_workers(workers, timeout=WAIT)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two workers."""
    where = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:
        found = stack.enter_context(scheduler(where))
        for _ in range(2):
            stack.enter_context(worker(found, where))
        wait_for(found, 2)
        yield found


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler that has only just begun to start is waited for."""
    monkeypatch.setattr(far, "CONNECT_SECONDS", WAIT)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small shop has several partitions."""
    monkeypatch.setattr(far, "PARTITION", 150)


@pytest.fixture(scope="module")
def study(purchases: Purchases) -> Study:
    """What was known before a window that has closed since."""
    return Study.of(purchases, purchases.last_day + 1 - HORIZON, HORIZON)


def grow_far(address: str, purchases: Purchases, study: Study) -> Any:
    """Trees from everybody's rows."""
    with joined(address, [purchases]) as cluster:
        return cluster.grow(study.windows, DRAW, seed=0)


def rows_of_trees(booster: Any) -> float:
    """How many rows a tree learned from, on average."""
    nodes = booster.trees_to_dataframe()
    return float(nodes.loc[nodes["node_depth"] == 1, "count"].mean())


def asked(purchases: Purchases, folder: Path, address: str) -> dict[str, Any]:
    """What the child process is asked."""
    save_part(purchases, folder / "part-00000.npz")
    survey(part_files(folder), purchases.last_day + 1).save(folder)
    return {
        "learns": "churn", "parts": str(folder), "as_of": purchases.last_day + 1, "horizon_days": HORIZON,
        "folder": str(folder / "model"), "held": str(folder / "held.npz"), "champion": None, "scheduler": address,
    }  # fmt: skip


def test_the_workers_have_no_rapport(address: str) -> None:
    from dask.distributed import Client

    with Client(address, timeout=WAIT) as client:
        found = client.run(find_spec, "analytics")
    assert list(found.values()) == [None, None]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("task", ["churn", "cltv"])
def test_a_cluster_learns_the_same_within_noise(
    task: Any, address: str, purchases: Purchases, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value, "MANY_BUYERS", 1000)  # so that the money of this shop gets trees, too
    actual = actual_outcomes(task, purchases, study.features, HORIZON)
    here = fit_model(task, study, MEMBERS, seed=0)
    with joined(address, [purchases]) as cluster:
        away = fit_model(task, study, MEMBERS, seed=0, grower=cluster)
    for name, head in away.heads_.items():  # a draw of the rows for each tree: as many in both, but for chance
        assert rows_of_trees(head.booster) == pytest.approx(rows_of_trees(here.heads_[name].booster), rel=0.05)
    ours, theirs = (losses(task, actual, model.predict(study.features)).mean() for model in (away, here))
    # Five other seeds alone move these losses by at most 0.14 %, more than the customers' own interval allows.
    assert ours == pytest.approx(theirs, rel=0.005)


@pytest.mark.usefixtures("small_parts")
def test_what_a_cluster_learned_is_measured_and_exported_like_any_other(
    address: str, purchases: Purchases, tmp_path: Path
) -> None:
    result = learn(asked(purchases, tmp_path, address), lambda _stage, _share: None)
    assert result["is_servable"]
    assert result["cluster"] == {"workers": 2, "customers": len(purchases)}
    scorer = load_scorer(tmp_path / "model", task="churn")
    assert scorer.card["parity"] <= 1e-4
    assert scorer.card["hold_out"]["beats_simple"]


def test_the_rows_made_there_are_those_made_here(purchases: Purchases, study: Study) -> None:
    cuts = [Cut.of(window) for window in study.windows]
    parts = [rows_of_part(cuts, DRAW, part_of(chunk)) for chunk in purchases.chunks(250)]
    here = Rows.stacked([DRAW.rows(window) for window in study.windows])
    assert sum(len(part[1]) for part in parts) == len(here.target)
    columns: tuple[Any, Any] = (here.inputs, here.target)
    for far_column, column in zip(zip(*parts, strict=True), columns, strict=True):
        assert np.array_equal(np.sort(np.concatenate(far_column), axis=0), np.sort(column, axis=0))


def test_no_id_of_a_customer_leaves_the_house() -> None:
    known = Purchases.from_rows([70001, 70001, 70002], [5, 9, 7], [10.0, 20.0, 30.0])
    assert all(70001 not in column for column in part_of(known))


def slow_rows(flag: str, cuts: Sequence[Cut], draw: Any, part: Any) -> Any:
    """Says that it is at work, and takes its time."""
    (Path(flag) / f"{os.getpid()}-{time.time_ns()}").touch()
    time.sleep(0.2)
    return rows_of_part(cuts, draw, part)


def killed_when(flag: Path, process: Any) -> threading.Thread:
    """Kills the process as soon as it is at work."""

    def kill() -> None:
        until = time.monotonic() + WAIT
        while not list(flag.glob(f"{process.pid}-*")) and time.monotonic() < until:
            time.sleep(0.02)
        process.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


@contextmanager
def two_workers(where: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A cluster of its own, to be broken."""
    with ExitStack() as stack:
        address = stack.enter_context(scheduler(where))
        workers = [stack.enter_context(worker(address, where)) for _ in range(2)]
        wait_for(address, 2)
        yield address, workers


@pytest.mark.usefixtures("small_parts")
def test_what_a_killed_worker_had_is_made_again_by_the_other(
    tmp_path: Path, purchases: Purchases, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far, "LOOK_SECONDS", 0.2)
    with two_workers(tmp_path) as (address, workers):
        cloudpickle.register_pickle_by_value(sys.modules[__name__])
        monkeypatch.setattr(far, "rows_of_part", partial(slow_rows, str(tmp_path)))
        killer = killed_when(tmp_path, workers[0])
        booster = grow_far(address, purchases, study)
        killer.join()
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
        assert workers[0].poll() is not None
    assert booster.num_trees() == ROUNDS


@pytest.mark.usefixtures("small_parts")
def test_a_worker_that_dies_while_trees_grow_is_noticed(
    tmp_path: Path, purchases: Purchases, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far, "LOOK_SECONDS", 0.2)
    with two_workers(tmp_path) as (address, workers):

        def fit(cluster: Cluster, *_args: Any) -> None:
            workers[0].kill()
            cluster.client.submit(time.sleep, 10 * WAIT, workers=list(cluster.workers), pure=False).result()

        monkeypatch.setattr(Cluster, "_fit", fit)
        began = time.monotonic()
        with pytest.raises(ClusterError) as found:
            grow_far(address, purchases, study)
    assert found.value.why == "lost"
    assert time.monotonic() - began < WAIT


@pytest.mark.usefixtures("small_parts")
def test_a_cluster_that_takes_too_long_is_left_alone(
    address: str, purchases: Purchases, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(far, "GROW_SECONDS", 0)
    # Not the fitting itself: half of it, left alone, would keep a worker of the tests that follow for minutes.
    monkeypatch.setattr(
        Cluster, "_rows", lambda cluster, *_args: cluster.client.submit(time.sleep, 2, pure=False).result()
    )
    with pytest.raises(ClusterError, match="slow"):
        grow_far(address, purchases, study)


def test_a_worker_with_another_version_is_named(tmp_path: Path, purchases: Purchases, study: Study) -> None:
    (tmp_path / "old" / "lightgbm-3.3.0.dist-info").mkdir(parents=True)
    told = tmp_path / "old" / "lightgbm-3.3.0.dist-info" / "METADATA"
    told.write_text("Metadata-Version: 2.1\nName: lightgbm\nVersion: 3.3.0\n")
    with scheduler(tmp_path) as address, worker(address, tmp_path, path=str(tmp_path / "old")):
        wait_for(address, 1)
        with pytest.raises(ClusterError) as found:
            grow_far(address, purchases, study)
    assert found.value.as_json().items() >= {"why": "versions", "package": "lightgbm", "there": "3.3.0"}.items()


def test_a_scheduler_without_workers_is_told(tmp_path: Path, purchases: Purchases, study: Study) -> None:
    with scheduler(tmp_path) as address, pytest.raises(ClusterError, match="empty"):
        grow_far(address, purchases, study)


def test_where_nobody_answers_all_is_learned_here(
    tmp_path: Path, purchases: Purchases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far, "CONNECT_SECONDS", 1)
    nobody = f"tcp://127.0.0.1:{free_port()}"
    result = learn(asked(purchases, tmp_path, nobody), lambda _stage, _share: None)
    assert result["is_saved"]
    assert result["cluster"] == {"why": "unreachable", "address": nobody}


def test_without_the_packages_it_says_so(purchases: Purchases, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(ClusterError, match="missing"):
        grow_far("tcp://127.0.0.1:1", purchases, study)

"""The embedded broker with real Celery workers: nothing lost, nothing done twice without need."""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from config.queue_file import QueueFile

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds: on a machine that does much else, workers alone take long to start
LEASE = 3.0  # seconds, renewed every one: long enough that a machine out of breath does not miss two
StartWorker = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The test application, publishing into this test's own folder."""
    monkeypatch.setenv("BROKER_TEST_FOLDER", str(tmp_path))
    sys.modules.pop("tests.config.broker_app", None)
    return importlib.import_module("tests.config.broker_app")


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    workers: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, lease: float = 30) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "BROKER_TEST_FOLDER": str(tmp_path), "BROKER_TEST_LEASE": str(lease)}
        command = [sys.executable, "-m", "celery", "-A", "tests.config.broker_app", "worker", "-l", "error"]
        log = (tmp_path / "worker.log").open("ab")
        command += ["--without-heartbeat", *(arguments or ("-P", "threads", "-c", "2"))]
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        log.close()
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def words(folder: Path, name: str = "written") -> list[str]:
    path = folder / name
    return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_three_workers_racing_do_every_task_once(tasks: ModuleType, start_worker: StartWorker, tmp_path: Path) -> None:
    for number in range(300):
        tasks.write.delay(str(number))
    for _ in range(3):
        start_worker()
    wait_for(lambda: len(words(tmp_path)) >= 300)
    time.sleep(0.3)
    assert sorted(words(tmp_path), key=int) == [str(number) for number in range(300)]


def test_a_killed_worker_loses_nothing(tasks: ModuleType, start_worker: StartWorker, tmp_path: Path) -> None:
    first = start_worker()
    tasks.write_slowly.delay("slow", 60)
    tasks.write.delay("quick")
    wait_for(lambda: words(tmp_path, "begun") == ["slow"] and words(tmp_path) == ["quick"])
    queue = QueueFile(tmp_path / "queue.sqlite3")
    wait_for(lambda: queue.busy("interactive") == 1)  # the quick one is acknowledged a moment after it is done
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert queue.size("interactive") == 0
    assert queue.give_back_of(first.pid) == 1
    assert queue.size("interactive") == 1


def test_the_lease_of_a_dead_worker_runs_out(tasks: ModuleType, start_worker: StartWorker, tmp_path: Path) -> None:
    first = start_worker(lease=2)
    tasks.write_slowly.delay("slow", 3)
    wait_for(lambda: words(tmp_path, "begun") == ["slow"])
    os.killpg(first.pid, signal.SIGKILL)
    start_worker(lease=2)
    wait_for(lambda: words(tmp_path) == ["slow"])
    assert words(tmp_path, "begun") == ["slow", "slow"]


def test_work_longer_than_the_lease_is_done_once(tasks: ModuleType, start_worker: StartWorker, tmp_path: Path) -> None:
    start_worker(lease=LEASE)
    start_worker(lease=LEASE)
    tasks.write_slowly.delay("slow", 2 * LEASE)
    wait_for(lambda: words(tmp_path) == ["slow"])
    time.sleep(0.5)
    assert words(tmp_path, "begun") == ["slow"]


def test_a_task_with_a_countdown_waits_in_the_file(
    tasks: ModuleType, start_worker: StartWorker, tmp_path: Path
) -> None:
    start_worker(lease=LEASE)
    start_worker(lease=LEASE)
    tasks.write.delay("warm")
    wait_for(lambda: words(tmp_path) == ["warm"])
    asked = time.time()
    tasks.write.apply_async(args=["later"], countdown=3)
    assert QueueFile(tmp_path / "queue.sqlite3").size("interactive") == 1
    wait_for(lambda: len(words(tmp_path)) == 2)
    assert time.time() - asked >= 3
    time.sleep(0.8)
    assert words(tmp_path) == ["warm", "later"]


def test_a_retry_runs_again_after_its_countdown(tasks: ModuleType, start_worker: StartWorker, tmp_path: Path) -> None:
    start_worker()
    tasks.write_at_third_try.delay("stubborn")
    wait_for(lambda: words(tmp_path) == ["stubborn"])
    assert len(words(tmp_path, "begun")) == 3


def test_a_task_whose_pool_process_was_killed_runs_again(
    tasks: ModuleType, start_worker: StartWorker, tmp_path: Path
) -> None:
    start_worker("-P", "prefork", "-c", "1")
    tasks.die.delay("risen")
    wait_for(lambda: words(tmp_path) == ["risen"])
    assert words(tmp_path, "begun") == ["risen", "risen"]


@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_a_worker_asked_to_stop_finishes_its_task_once(
    tasks: ModuleType, start_worker: StartWorker, tmp_path: Path, pool: str
) -> None:
    first = start_worker("-P", pool, "-c", "1")
    tasks.write_slowly.delay("slow", 2)
    wait_for(lambda: words(tmp_path, "begun") == ["slow"])
    start_worker("-P", pool, "-c", "1")
    first.terminate()
    assert first.wait(timeout=PATIENCE) == 0
    wait_for(lambda: words(tmp_path) == ["slow"])
    time.sleep(1.5)
    assert words(tmp_path, "begun") == ["slow"]


def test_a_worker_takes_no_more_than_it_can_do(tasks: ModuleType, start_worker: StartWorker, tmp_path: Path) -> None:
    for number in range(20):
        tasks.write_slowly.delay(str(number), 30)
    start_worker("-P", "threads", "-c", "2")
    wait_for(lambda: len(words(tmp_path, "begun")) == 2)
    time.sleep(0.3)
    assert QueueFile(tmp_path / "queue.sqlite3").size("interactive") >= 16

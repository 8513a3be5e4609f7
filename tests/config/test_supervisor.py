"""The supervisor by itself: what dies is started again, what is asked to stop stops, nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from config.environment import SettingError
from config.serve import keep_small, only_one, try_to_listen

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds; far less than the services stay
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from config.supervisor import Service, Supervisor

folder = Path(sys.argv[1])

def note(name):
    with (folder / name).open("a") as file:
        file.write(f"{os.getpid()}\\n")

def stay():
    note("stay")
    time.sleep(300)

def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note("stubborn")
    time.sleep(300)

def fail():
    note("fail")
    raise RuntimeError("as always")

def once():
    note("once")

def with_child():
    if os.fork() == 0:
        note("grandchild")
        time.sleep(300)
    note("with_child")
    time.sleep(300)

chosen = [Service(name, f"The {name}", globals()[name], is_once=name == "once") for name in sys.argv[2:]]
Supervisor(chosen, lambda words: print(words, flush=True), on_death=lambda pid: note("dead"), grace_seconds=1).run()
"""


class Run:
    """A supervisor in a process of its own, and what its services wrote."""

    def __init__(self, folder: Path, *services: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), *services],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    @property
    def output(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def pids(self, name: str) -> list[int]:
        path = self.folder / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(*services: str) -> Run:
        runs.append(Run(tmp_path, *services))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.stop(signal.SIGKILL)
        run.output.close()


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_killed_child_is_started_again(start: Callable[..., Run]) -> None:
    run = start("stay")
    wait_for(lambda: run.pids("stay"))
    os.kill(run.pids("stay")[0], signal.SIGKILL)
    wait_for(lambda: len(run.pids("stay")) == 2)
    assert run.stop() == 0
    assert "The stay was killed by signal 9; it starts again in 0.5 s." in run.output.read()


def test_a_child_that_fails_at_once_is_tried_ever_more_slowly(start: Callable[..., Run]) -> None:
    run = start("fail")
    wait_for(lambda: len(run.pids("fail")) >= 4)
    assert run.stop() == 0
    said = run.output.read()
    assert [words in said for words in ("in 0.5 s", "in 1 s", "in 2 s")] == [True] * 3


def test_what_is_done_once_is_not_started_again(start: Callable[..., Run]) -> None:
    run = start("once", "stay")
    wait_for(lambda: run.pids("dead"))
    time.sleep(0.8)
    assert len(run.pids("once")) == 1
    assert run.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_all_with_code_0(start: Callable[..., Run], number: signal.Signals) -> None:
    run = start("stay", "stubborn")
    wait_for(lambda: run.pids("stay") and run.pids("stubborn"))
    begun = time.monotonic()
    assert run.stop(number) == 0
    assert time.monotonic() - begun < 30  # and not the five minutes that they would stay
    assert not any(is_alive(pid) for pid in run.pids("stay") + run.pids("stubborn"))


def test_what_a_dead_child_left_behind_is_killed_with_it(start: Callable[..., Run]) -> None:
    run = start("with_child")
    wait_for(lambda: run.pids("with_child") and run.pids("grandchild"))
    os.kill(run.pids("with_child")[0], signal.SIGKILL)
    wait_for(lambda: not is_alive(run.pids("grandchild")[0]))
    assert run.stop() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a child looks every two seconds")
def test_no_child_outlives_a_killed_supervisor(start: Callable[..., Run]) -> None:
    run = start("stay")
    wait_for(lambda: run.pids("stay"))
    run.stop(signal.SIGKILL)
    wait_for(lambda: not is_alive(run.pids("stay")[0]))


def test_one_data_folder_is_served_once(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(SettingError, match="runs already"), only_one(tmp_path):
        pass


def test_a_taken_port_is_told_from_one_that_can_never_work() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert try_to_listen("127.0.0.1", other.getsockname()[1]) is None
    with pytest.raises(SettingError, match="RAPPORT_HOST"):
        try_to_listen("192.0.2.1", 8000)


def test_a_large_log_begins_anew_and_keeps_what_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.serve.LOG_LIMIT", 10)
    with (tmp_path / "a.log").open("ab", buffering=0) as log:
        log.write(b"a long line of the past")
        keep_small(log)
        log.write(b"now")
    assert (tmp_path / "a.log").read_bytes() == b"now"
    assert (tmp_path / "a.log.1").read_bytes() == b"a long line of the past"

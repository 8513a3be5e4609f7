"""The processes that learn: they end with whoever asked them, say what became of them, and two work at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.operations import child, runs
from analytics.operations.child import TrainingFailedError


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    parent = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import threading, time, analytics.trainer as t\\n"
        "threading.Thread(target=t._end_with_parent, daemon=True).start()\\nprint(1, flush=True)\\ntime.sleep(300)'],"
        " stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\ntime.sleep(300)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = {process.stdout.readline().strip(), process.stdout.readline().strip()}
    pid = max(int(line) for line in told)
    process.kill()
    process.wait()
    assert _ends(pid)
    process.stdout.close()


def _ends(pid: int) -> bool:
    for _ in range(600):
        try:
            if " Z " in Path(f"/proc/{pid}/stat").read_text():
                return True
        except OSError:  # nobody has this number any more
            return True
        time.sleep(0.1)
    return False


def test_a_child_that_fails_says_why(tmp_path: Path) -> None:
    request = {"task": "churn", "job": "analytics.ml.purchase_job", "parts": str(tmp_path), "folder": "/proc/none/x"}
    with pytest.raises(TrainingFailedError, match="as_of"):
        child.train_in_child(request, work=tmp_path, alive=lambda stage, share: None)


def test_a_library_that_prints_says_nothing_of_a_training(tmp_path: Path) -> None:
    assert "together" in child.train_in_child(_slow("prints", tmp_path), work=tmp_path, alive=lambda *_: None)


def test_a_child_that_ends_in_the_middle_of_a_line_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(path: Path, errors: Any) -> subprocess.Popen[bytes]:
        code = 'import os; os.write(1, b\'{"result": {"gain\'); os._exit(7)'
        return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=errors, bufsize=0)

    monkeypatch.setattr(child, "_start", cut_off)
    with pytest.raises(TrainingFailedError, match="ended by itself: 7"):
        child.train_in_child(_slow("any", tmp_path), work=tmp_path, alive=lambda *_: None)


def test_two_are_trained_at_once_and_one_that_fails_stops_no_other(tmp_path: Path) -> None:
    """Whoever is done makes room for the next; what is heard is of one that is at work."""
    asked = [_slow(name, tmp_path) for name in ("first", "broken", "second", "third")]
    heard: set[str] = set()
    with child.Crew(asked, tmp_path, at_once=2) as crew:
        found = {request["task"]: result for request, result in crew.results(lambda task, *_: heard.add(task))}
    assert isinstance(found.pop("broken"), TrainingFailedError)
    together = {name: result["together"] for name, result in found.items() if isinstance(result, dict)}
    assert together.keys() == {"first", "second", "third"}
    assert max(together.values()) == 2
    assert heard <= {request["task"] for request in asked}


def test_what_came_of_one_is_known_before_the_next_is_asked(tmp_path: Path) -> None:
    """A cluster that failed is not asked again: the next request is made when that is noted."""
    noted: list[str] = []

    def requests() -> Iterator[dict[str, Any]]:
        for name in ("broken", "second", "third"):
            yield _slow(name, tmp_path) | {"noted": list(noted)}

    with child.Crew(requests(), tmp_path, at_once=1) as crew:
        for request, _result in crew.results(lambda *_: None):
            assert request["noted"] == noted
            noted.append(request["task"])
    assert noted == ["broken", "second", "third"]


def test_a_crew_ends_with_its_block(tmp_path: Path) -> None:
    with pytest.raises(runs.LostLeaseError), child.Crew([_slow("endless", tmp_path)], tmp_path, at_once=2) as crew:
        list(crew.results(_taken_over))
    assert _ends(int((tmp_path / "endless.pid").read_text()))


def _slow(task: str, folder: Path) -> dict[str, Any]:
    return {"task": task, "job": "tests.analytics.slow_job", "parts": str(folder), "folder": str(folder / task)}


def _taken_over(*_: object) -> None:
    raise runs.LostLeaseError

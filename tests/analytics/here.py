"""Trainings of chances in this process instead of a child; what was learned from the same rows is taken again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from analytics.ml.tabular import job
from analytics.ml.tabular.frame import Frame
from analytics.models import TrainingRun
from analytics.operations import retrain
from analytics.operations.child import TrainingFailedError
from analytics.operations.retrain import run_training
from analytics.operations.runs import request_training
from tests.kept import kept

Learn = Callable[..., dict[str, Any]]


def learned_by(monkeypatch: pytest.MonkeyPatch, learn: Learn) -> None:
    """Trainings are done by `learn(request, work=…, alive=…)` in this process, one after the other."""

    class Crew(AbstractContextManager["Crew"]):
        def __init__(self, requests: Iterable[dict[str, Any]], work: Path, *, at_once: int) -> None:
            self._requests, self._work = requests, work

        def __exit__(self, *_error: object) -> None:
            """Nobody is at work."""

        def results(self, alive: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any] | TrainingFailedError]]:
            for request in self._requests:
                try:
                    yield request, learn(request, work=self._work, alive=partial(alive, request["task"]))
                except TrainingFailedError as error:
                    yield request, error

    monkeypatch.setattr(retrain, "Crew", Crew)


def learn_here(monkeypatch: pytest.MonkeyPatch, task: str, *, anew: bool = False) -> TrainingRun:
    """A whole training run; `anew` for what only learning itself leaves behind: its hold-out."""
    learned_by(monkeypatch, _learn_anew if anew else _learn)
    run = run_training(request_training(task=task).pk)
    assert run is not None
    return run


def _learn_anew(request: dict[str, Any], *, work: Path, alive: Any) -> dict[str, Any]:
    return job.learn(request, alive)


def _learn(request: dict[str, Any], *, work: Path, alive: Any) -> dict[str, Any]:
    """What was learned from these rows, by whichever process, and on whichever database.

    The hold-out is left out: its ids are those of another test's rows.
    """

    def make(begun: Path) -> None:
        begun.mkdir()
        asked = {name: value for name, value in request.items() if name != "held"}
        result = job.learn({**asked, "folder": str(begun / "artefact")}, alive)
        (begun / "result.json").write_text(json.dumps(result), encoding="utf-8")

    made = kept(f"learned-{_key(request)}", make)
    if (made / "artefact").exists():
        shutil.copytree(made / "artefact", request["folder"])
    result: dict[str, Any] = json.loads((made / "result.json").read_text(encoding="utf-8"))
    return result


def _key(request: dict[str, Any]) -> str:
    """What is asked, and the rows, whoever they are about."""
    frame = Frame.load(Path(request["parts"]) / request.get("frame", ""))
    asked = [*(request[name] for name in ("task", "as_of", "horizon_days")), request["champion"] is None]
    asked.append([column.name for column in frame.columns])
    parts = [frame.outcome, frame.days, *(part for column in frame.columns for part in (column.codes, column.values))]
    return sha256(json.dumps(asked).encode() + b"".join(part.tobytes() for part in parts)).hexdigest()

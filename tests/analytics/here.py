"""Trainings of chances in this process instead of a child; what was learned from the same rows is taken again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from analytics.ml.artefact import read_artefact, write_artefact
from analytics.ml.tabular import job
from analytics.ml.tabular.frame import Frame
from analytics.models import TrainingRun
from analytics.operations import retrain
from analytics.operations.child import TrainingFailedError
from analytics.operations.retrain import run_training
from analytics.operations.runs import request_training

Learned = tuple[bytes, dict[str, Any], dict[str, Any]]
_known: dict[str, Learned] = {}


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


def learn_here(monkeypatch: pytest.MonkeyPatch, task: str) -> TrainingRun:
    """A whole training run."""
    learned_by(monkeypatch, _learn)
    run = run_training(request_training(task=task).pk)
    assert run is not None
    return run


def _learn(request: dict[str, Any], *, work: Path, alive: Any) -> dict[str, Any]:
    key = _key(request)
    if key in _known:
        network, card, result = _known[key]
        write_artefact(Path(request["folder"]), network=network, card=card)
        # The hold-out is left out: its ids are those of another test's rows.
        return dict(result)
    result = job.learn(request, alive)
    if result["is_saved"]:
        _known[key] = (*read_artefact(Path(request["folder"])), result)
    return result


def _key(request: dict[str, Any]) -> str:
    """The task and its rows, whoever they are about."""
    frame = Frame.load(Path(request["parts"]) / request.get("frame", ""))
    parts = [frame.outcome, frame.days, *(part for column in frame.columns for part in (column.codes, column.values))]
    return str(request["task"]) + sha256(b"".join(part.tobytes() for part in parts)).hexdigest()

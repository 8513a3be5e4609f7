"""Runs trainers as child processes and listens to them."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.utils.translation import gettext as _

HEARTBEAT = 15.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "OPENBLAS_NUM_THREADS": "1"}


class TrainingFailedError(Exception):
    """The child could not train this task; the message says why."""


def train_in_child(request: dict[str, Any], *, work: Path, alive: Callable[[str, float], None]) -> dict[str, Any]:
    """Train as the request says and return the child's result.

    `alive` hears (stage, share) at every step and at least every quarter of a minute; what it raises ends the child.
    Raises TrainingFailedError.
    """
    with Child(request, work) as child:
        return child.result(alive)


class Child(AbstractContextManager["Child"]):
    """A trainer at work in a process of its own, until the block ends; `stage` and `share` are how far it is."""

    def __init__(self, request: dict[str, Any], work: Path) -> None:
        self.request = request
        self.stage, self.share = "fit", 0.0
        self._path = work / f"{request['task']}-{request['folder'].rsplit('/', 1)[-1]}.json"
        self._path.write_text(json.dumps(request), encoding="utf-8")

    def __enter__(self) -> Child:
        with ExitStack() as block:
            self._errors = block.enter_context(tempfile.TemporaryFile())
            self._process = block.enter_context(_start(self._path, self._errors))
            block.callback(self._process.kill)
            self._block = block.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._block.close()

    def fileno(self) -> int:
        """What it says can be waited for."""
        return self._said.fileno()

    def hear(self) -> dict[str, Any] | None:
        """Its result, or None where the next that it says is how far it is. Raises TrainingFailedError."""
        text = self._said.readline()
        if not text.endswith(b"\n"):  # nothing more comes, if need be in the middle of a line
            self._process.kill()
            raise TrainingFailedError(_died_words(self._process.wait(), self._errors))
        line = json.loads(text)
        if "error" in line:
            raise TrainingFailedError(line["error"])
        self.stage, self.share = line.get("progress", (self.stage, self.share))
        return dict(line["result"]) if "result" in line else None

    def result(self, alive: Callable[[str, float], None]) -> dict[str, Any]:
        """Wait for what came of it; as `train_in_child`. What it says until somebody waits fits into the pipe."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            while True:
                result = self.hear() if selector.select(timeout=HEARTBEAT) else None
                if result is not None:
                    return result
                alive(self.stage, self.share)

    @property
    def _said(self) -> IO[bytes]:
        return cast("IO[bytes]", self._process.stdout)


class Crew(AbstractContextManager["Crew"]):
    """Children that learn what is asked, so many at once; whoever is done makes room for the next. The first ones begin
    with the block, all of them end with it."""

    def __init__(self, requests: Iterable[dict[str, Any]], work: Path, *, at_once: int) -> None:
        self._requests, self._work, self._at_once = iter(requests), work, at_once

    def __enter__(self) -> Crew:
        with ExitStack() as block:
            self._selector = block.enter_context(selectors.DefaultSelector())
            self._children = block.enter_context(ExitStack())
            self._fill()
            self._block = block.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._block.close()

    def results(
        self, alive: Callable[[str, str, float], None]
    ) -> Iterator[tuple[dict[str, Any], dict[str, Any] | TrainingFailedError]]:
        """Each request with what came of it, as soon as it did. `alive` hears the task, stage and share of the one
        that has been at it the longest, as often as that of `train_in_child`; what it raises ends them all."""
        while self._at_work:
            for key, _event in self._selector.select(timeout=HEARTBEAT):
                child: Child = key.data
                try:
                    result: dict[str, Any] | TrainingFailedError | None = child.hear()
                except TrainingFailedError as error:
                    result = error
                if result is not None:
                    self._selector.unregister(child)
                    yield child.request, result
                    self._fill()  # what is asked next may hang on what came of this
            for child in self._at_work[:1]:
                alive(child.request["task"], child.stage, child.share)

    @property
    def _at_work(self) -> list[Child]:
        return [key.data for key in self._selector.get_map().values()]

    def _fill(self) -> None:
        for request in islice(self._requests, self._at_once - len(self._at_work)):
            child = self._children.enter_context(Child(request, self._work))
            self._selector.register(child, selectors.EVENT_READ, child)


def _start(path: Path, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "analytics.trainer", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        bufsize=0,
        cwd=settings.BASE_DIR,
        env={**os.environ, **ONE_THREAD},
    )


def _died_words(code: int, errors: IO[bytes]) -> str:
    if code == -9:
        return _("The system ended the training, probably because memory ran out.")
    errors.seek(0)
    last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
    return _("The training ended by itself: %(why)s") % {"why": "".join(last)[:500] or code}

"""Runs the trainer as a child process and listens to it."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
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
    """A trainer at work in a process of its own, until the block ends."""

    def __init__(self, request: dict[str, Any], work: Path) -> None:
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

    def result(self, alive: Callable[[str, float], None]) -> dict[str, Any]:
        """Wait for what came of it; as `train_in_child`. What it says until somebody waits fits into the pipe."""
        for line in _lines(self._process, alive):
            if "result" in line:
                return dict(line["result"])
            if "error" in line:
                raise TrainingFailedError(line["error"])
        self._process.kill()
        raise TrainingFailedError(_died_words(self._process.wait(), self._errors))


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


def _lines(child: subprocess.Popen[bytes], alive: Callable[[str, float], None]) -> Iterator[dict[str, Any]]:
    """What the child says, line by line; tells `alive` meanwhile."""
    told = cast("IO[bytes]", child.stdout)
    stage, share = "fit", 0.0
    with selectors.DefaultSelector() as selector:
        selector.register(told, selectors.EVENT_READ)
        while True:
            if selector.select(timeout=HEARTBEAT):
                text = told.readline()
                if not text:
                    return
                line = json.loads(text)
                stage, share = line.get("progress", (stage, share))
                yield line
            alive(stage, share)


def _died_words(code: int, errors: IO[bytes]) -> str:
    if code == -9:
        return _("The system ended the training, probably because memory ran out.")
    errors.seek(0)
    last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
    return _("The training ended by itself: %(why)s") % {"why": "".join(last)[:500] or code}

"""The child process that trains one task: its memory goes back to the system when it ends.

    python -m analytics.trainer REQUEST.json

The request names the module that learns (`job`), the folder of what is known, and where the artefact goes. Each line
that it says is one JSON object: {"progress": [stage, share]}, then {"result": {…}} or {"error": words}. It ends when
its parent does.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from analytics.ml.artefact import ArtefactError

NICE = 10  # pages go first


def main(arguments: list[str]) -> int:
    request = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICE)
    say = partial(_say, _own_output())
    try:
        say(result=_train(request, say))
    except (ArtefactError, ValueError, OSError, MemoryError) as error:
        say(error=str(error) or type(error).__name__)
        return 1
    return 0


def _train(request: dict[str, Any], say: Callable[..., None]) -> dict[str, Any]:
    began = time.monotonic()
    job = import_module(request["job"])
    result: dict[str, Any] = job.learn(request, lambda stage, share: say(progress=[stage, share]))
    return {
        **result,
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(time.process_time(), 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _own_output() -> TextIO:
    """Where the parent listens until this process ends; what a library prints goes to the errors from now on."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8", closefd=False)
    os.dup2(2, 1)
    return own


def _say(output: TextIO, **line: Any) -> None:
    print(json.dumps(line), file=output, flush=True)


def _end_with_parent() -> None:
    """The parent holds the other end of our standard input: when it dies, even by kill -9, we read the end."""
    os.read(0, 1)
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

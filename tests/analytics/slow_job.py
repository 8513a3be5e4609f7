"""A job for a child that learns nothing: it notes who is at work beside it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def learn(request: Mapping[str, Any], say: Callable[[str, float], None]) -> dict[str, Any]:
    """The first waits a while for another that works; "endless" waits for ever, "broken" fails, "prints" prints."""
    mine = Path(request["parts"]) / f"{request['task']}.pid"
    mine.write_text(str(os.getpid()))
    say("fit", 0.5)
    if request["task"] == "broken":
        mine.unlink()
        raise ValueError("Nothing to learn.")
    if request["task"] == "prints":
        print("Hello from a library", flush=True)
    together, waited = 1, 0.0
    while request["task"] == "endless" or (request["task"] == "first" and together < 2 and waited < 30):
        time.sleep(0.05)
        waited += 0.05
        together = max(together, len(list(mine.parent.glob("*.pid"))))
    time.sleep(0.5)
    mine.unlink()
    return {"together": together}

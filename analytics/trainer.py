"""The child process that trains one task: its memory goes back to the system when it ends.

    python -m analytics.trainer REQUEST.json

The request names the folder of customer-days, the task, and where the artefact goes. Each line printed is one JSON
object: {"progress": [stage, share]}, then {"result": {…}} or {"error": words}. It ends when its parent does.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analytics.ml.artefact import ArtefactError
from analytics.ml.purchases import Purchases
from analytics.ml.score import load_scorer
from analytics.ml.training import Trained, challenge, train

NICE = 10  # pages go first


def save_part(purchases: Purchases, path: Path) -> None:
    """One chunk of customer-days as columns."""
    arrays = {name: getattr(purchases, name) for name in ("customer_ids", "starts", "days", "amounts", "orders")}
    with path.open("wb") as file:
        np.savez(file, **arrays)


def load_part(path: Path) -> Purchases:
    with np.load(path, allow_pickle=False) as arrays:
        return Purchases(**{name: arrays[name] for name in arrays.files})


def part_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.npz"))


def main(arguments: list[str]) -> int:
    request = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICE)
    try:
        _say(result=_train(request))
    except (ArtefactError, ValueError, OSError, MemoryError) as error:
        _say(error=str(error) or type(error).__name__)
        return 1
    return 0


def _train(request: dict[str, Any]) -> dict[str, Any]:
    began = time.monotonic()
    purchases = Purchases.joined([load_part(path) for path in part_files(Path(request["parts"]))])
    trained = train(
        request["task"],
        purchases,
        as_of=request["as_of"],
        horizon_days=request["horizon_days"],
        progress=lambda stage, share: _say(progress=[stage, share]),
    )
    if trained.network is not None:
        trained.save(Path(request["folder"]))
    return {
        "sufficiency": asdict(trained.sufficiency),
        "horizon_days": trained.horizon_days,
        "is_saved": trained.network is not None,
        "is_servable": trained.is_servable,
        "gain": _gain(trained, request["champion"]),
        "seconds": round(time.monotonic() - began, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _gain(trained: Trained, champion: str | None) -> dict[str, float] | None:
    """How much better than the model in use; None where they can't be compared."""
    if champion is None or trained.hold_out is None:
        return None
    try:
        gain = challenge(trained, load_scorer(Path(champion)))
    except ArtefactError:
        return None
    return asdict(gain) if gain else None


def _say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def _end_with_parent() -> None:
    """The parent holds the other end of our standard input: when it dies, even by kill -9, we read the end."""
    os.read(0, 1)
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

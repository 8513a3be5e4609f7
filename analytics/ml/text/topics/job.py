"""Learns topics in a child process: the new tagger beside the one in use, judged on examples that neither learnt from.

Reads examples.json (`text`, `topic`, `is_new`: said since the tagger in use was made) and vectors.npy from the folder
request["parts"], and the tagger in use from tagger.npz there, if there is one. Writes
tagger.npz into request["folder"].
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ml.artefact import ArtefactError
from analytics.ml.text.topics.tagger import FEWEST_EXAMPLES, SURE, TopicTagger, read_tagger

EXAMPLES, VECTORS, TAGGER = "examples.json", "vectors.npy", "tagger.npz"
FEWEST_NEW = 5  # examples that can say something against a new fit

Rows = Sequence[Mapping[str, Any]]


def learn(request: dict[str, Any], say: Callable[[str, float], None]) -> dict[str, Any]:
    """The result has "is_better", "reason" ("better", "not_better", "too_few") and "figures"."""
    parts, folder = Path(request["parts"]), Path(request["folder"])
    rows = json.loads((parts / EXAMPLES).read_text(encoding="utf-8"))
    vectors = np.load(parts / VECTORS)
    enough = _enough(rows)
    rows, vectors = [rows[at] for at in enough], vectors[enough]
    topics = sorted({row["topic"] for row in rows})
    if len(topics) < 2:
        return {"is_better": False, "reason": "too_few", "figures": {"examples": len(rows), "topics": len(topics)}}
    say("fit", 0.2)
    tagger = TopicTagger().fit([row["text"] for row in rows], vectors, [row["topic"] for row in rows])
    found = _figures(tagger, rows)
    is_better, compared = _against(parts / TAGGER, tagger, rows, vectors, topics)
    is_useful = found["accuracy"] > found["largest"]
    (folder / TAGGER).write_bytes(tagger.to_bytes())
    reason = "better" if is_better and is_useful else "not_better"
    return {"is_better": reason == "better", "reason": reason, "figures": found | compared}


def _enough(rows: Rows) -> list[int]:
    """Places of the examples of topics that have enough of them."""
    counts = Counter(row["topic"] for row in rows)
    return [at for at, row in enumerate(rows) if counts[row["topic"]] >= FEWEST_EXAMPLES]


def _figures(tagger: TopicTagger, rows: Rows) -> dict[str, float]:
    """How good it is on each example while that is left out."""
    truth = np.array([row["topic"] for row in rows])
    is_right = tagger.unseen_names_ == truth
    is_said = tagger.unseen_chance_ >= SURE
    return {
        "examples": len(rows),
        "topics": len(tagger.names_),
        "accuracy": float(is_right.mean()),
        "said": float(is_said.mean()),
        "right_of_said": float(is_right[is_said].mean()) if is_said.any() else 0.0,
        "largest": max(Counter(truth.tolist()).values()) / len(truth),
    }


def _against(
    path: Path, tagger: TopicTagger, rows: Rows, vectors: NDArray[np.float32], topics: Sequence[str]
) -> tuple[bool, dict[str, float]]:
    """Whether it is no worse than the one in use on what was said since; one that knows other topics has to go."""
    try:
        current = read_tagger(path.read_bytes())
    except (OSError, ArtefactError):
        return True, {}
    new = np.array([at for at, row in enumerate(rows) if row["is_new"]], np.intp)
    if len(new) < FEWEST_NEW or sorted(current.names_.tolist()) != list(topics):
        return True, {}
    truth = np.array([rows[at]["topic"] for at in new])
    tags = current.tag([rows[at]["text"] for at in new], vectors[new])
    before, after = current.names_[tags.best] == truth, tagger.unseen_names_[new] == truth
    return bool(after.sum() >= before.sum()), {"before": float(before.mean()), "after": float(after.mean())}

"""Measures topics learnt from few examples on any labelled file, beside simple methods."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from analytics.ml.measuring import EvaluatedTask, Result, peak_mb, plain_gain, sampled
from analytics.ml.metrics import auc, bootstrap_gain, ece
from analytics.ml.table_errors import NothingToLearnError
from analytics.ml.text.evaluate import tfidf_of
from analytics.ml.text.labelled import LabelledText, named_fields, read_labelled
from analytics.ml.text.meaning import MeaningModel, meaning_model
from analytics.ml.text.topics.tagger import SURE, TopicTagger

SHOTS: Final = 10
FEWEST: Final = 5  # texts of a topic
MOST_JUDGED: Final = 2000
LEAST_VIEW: Final = 50
NO_TOPIC: Final = frozenset({"", "oos", "none", "other", "out_of_scope", "unknown", "-"})

Names = NDArray[np.str_]
Chances = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Told:
    """The topic told of each text and the chance that it is right [n]."""

    topics: Names
    chance: Chances

    def at(self, rows: NDArray[np.intp]) -> _Told:
        return _Told(self.topics[rows], self.chance[rows])


def evaluate_topics(
    path: Path,
    *,
    model: MeaningModel | None = None,
    seed: int = 0,
    named: Mapping[str, str] | None = None,
) -> Result:
    """Learn from ten texts of each label, tag up to 2,000 others.

    Texts labelled oos, none or other belong to no topic: they are never learnt from, and `oos_auc` says how well the
    chance tells them apart. `coverage` is the share of the others whose topic is said, `precision` how many of those
    are right. TableError in clear words where the file can't be measured.
    """
    rows = read_labelled(path, named=named)
    learn, rest, of_none = _split(rows, path, seed)
    judge = [rest[at] for at in np.random.default_rng(seed + 1).permutation(len(rest))[:MOST_JUDGED]]
    strange = of_none[: MOST_JUDGED // 4]
    with threadpool_limits(limits=1):
        encoder = model or meaning_model()
        vectors = encoder.vectors([row.text for row in learn])
        started = time.perf_counter()
        tagger = TopicTagger().fit([row.text for row in learn], vectors, [row.label for row in learn])
        took = time.perf_counter() - started
        told, milliseconds = _tag(tagger, encoder, judge + strange)
        rivals = _rivals(learn, judge + strange)
    truth = np.array([row.label for row in judge])
    strange_rows = np.arange(len(judge), len(judge) + len(strange))
    views = {}
    for name, at in _views(judge).items():
        found = {who: (one.at(at), one.at(strange_rows)) for who, one in {"product": told, **rivals}.items()}
        views[name] = _view(truth[at], found, seed)
        p50, p95 = np.quantile(milliseconds[at], [0.5, 0.95])
        views[name]["product"] |= {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}
    return {
        "task": "topics", "rows": len(rows), "topics": len(tagger.names_), "examples": len(learn), "views": views,
        "refused": None, "sampled": sampled(len(judge + strange), len(rest + of_none), "texts not learnt from"),
        "fit_seconds": round(took, 2), "peak_mb": round(peak_mb(), 1),
    }  # fmt: skip


def _split(
    rows: Sequence[LabelledText], path: Path, seed: int
) -> tuple[list[LabelledText], list[LabelledText], list[LabelledText]]:
    """(to learn from, others of these topics, of no topic), each in an order drawn by the seed."""
    by_topic: dict[str, list[LabelledText]] = defaultdict(list)
    order = np.random.default_rng(seed).permutation(len(rows))
    for at in order:
        by_topic[rows[at].label].append(rows[at])
    strange = [row for label, found in by_topic.items() if label.casefold() in NO_TOPIC for row in found]
    topics = {
        label: found for label, found in by_topic.items() if label.casefold() not in NO_TOPIC and len(found) >= FEWEST
    }
    if len(topics) < 2:
        words = f"{path.name} has {len(topics)} topics with {FEWEST} texts each; at least two are needed."
        raise NothingToLearnError(words, rows=len(rows))
    shots = {label: min(SHOTS, len(found) * 3 // 5) for label, found in topics.items()}
    learn = [row for label, found in topics.items() for row in found[: shots[label]]]
    rest = [row for label, found in topics.items() for row in found[shots[label] :]]
    return learn, rest, strange


def _tag(tagger: TopicTagger, encoder: MeaningModel, rows: Sequence[LabelledText]) -> tuple[_Told, Chances]:
    topics, chances, milliseconds = [], np.zeros(len(rows)), np.zeros(len(rows))
    for at, row in enumerate(rows):
        started = time.perf_counter()
        tags = tagger.tag([row.text], encoder.vectors([row.text]))
        milliseconds[at] = (time.perf_counter() - started) * 1000
        topics.append(str(tagger.names_[tags.best[0]]))
        chances[at] = tags.chance[0]
    return _Told(np.array(topics), chances), milliseconds


def _rivals(learn: Sequence[LabelledText], rows: Sequence[LabelledText]) -> dict[str, _Told]:
    names, codes = np.unique([row.label for row in learn], return_inverse=True)
    counts = np.bincount(codes)
    largest = _Told(np.full(len(rows), names[counts.argmax()]), np.full(len(rows), counts.max() / counts.sum()))
    try:
        predict: Callable[[Sequence[str]], Chances] = tfidf_of([row.text for row in learn], codes)
    except ValueError:  # no letters that occur twice
        return {"majority": largest}
    shares = predict([row.text for row in rows])
    return {"majority": largest, "tfidf_lr": _Told(names[shares.argmax(axis=1)], shares.max(axis=1))}


def _views(rows: Sequence[LabelledText]) -> dict[str, NDArray[np.intp]]:
    found = {"all": np.arange(len(rows))}
    for language in sorted({row.language for row in rows} - {""}):
        at = np.array([i for i, row in enumerate(rows) if row.language == language])
        if LEAST_VIEW <= len(at) < len(rows):
            found[language] = at
    return found


def _view(truth: Names, found: dict[str, tuple[_Told, _Told]], seed: int) -> dict[str, Any]:
    """`found` is by method what was told of these texts and of those of no topic."""
    measured = {name: _metrics(truth, *told) for name, told in found.items()}
    product = measured.pop("product")
    best = max(measured, key=lambda name: measured[name]["accuracy"] or 0.0)
    ours, theirs = (found[name][0].topics == truth for name in ("product", best))
    gain = bootstrap_gain(lambda drawn: float(ours[drawn].mean() - theirs[drawn].mean()), len(truth), seed=seed)
    named = {"metric": "accuracy", "against": best, **plain_gain(gain)}
    return {"rows": len(truth), "product": product, "baselines": measured, "gain": named}


def _metrics(truth: Names, told: _Told, strange: _Told) -> dict[str, float | None]:
    is_right = told.topics == truth
    is_said = told.chance >= SURE
    scores = []
    for topic in np.unique(truth):
        hits = np.sum(is_right & (truth == topic))
        scores.append(2 * hits / (np.sum(told.topics == topic) + np.sum(truth == topic)))
    return {
        "accuracy": float(is_right.mean()),
        "macro_f1": float(np.mean(scores)),
        "ece": ece(is_right.astype(np.float64), told.chance),
        "coverage": float(is_said.mean()),
        "precision": float(is_right[is_said].mean()) if is_said.any() else None,
        "oos_auc": _oos_auc(told.chance, strange.chance) if len(strange.chance) else None,
    }


def _oos_auc(known: Chances, strange: Chances) -> float:
    outcome = np.concatenate((np.ones(len(known)), np.zeros(len(strange))))
    return auc(outcome, np.concatenate((known, strange)))


TOPICS = EvaluatedTask(
    "topics",
    "what messages are about, from ten examples of each topic",
    lambda options: evaluate_topics(options["data"], named=named_fields(options)),
    lambda result: f"topics: {result['rows']} texts, {result['topics']} topics, {result['examples']} examples",
    uses=("target",),
)

"""Measures how well the language of texts is told, on any file that names it."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.ml.measuring import EvaluatedTask, peak_mb
from analytics.ml.metrics import bootstrap_gain
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.text.labelled import LabelledText, named_fields, read_labelled
from analytics.ml.text.labels import language_code
from analytics.ml.text.language import identify_language

Names = NDArray[np.str_]

_SHORT: Final = 25  # characters: a greeting, a question of four words
_LEAST: Final = 20  # texts of a language or length, for a view of its own
_CODE: Final = 2  # letters of a language's name


def evaluate_language(path: Path, *, named: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Accuracy and macro-F1 over the languages of a file with `text` and `lang` (or the language as `label`).

    "Unknown" counts as wrong; `coverage` is the share that got a language, `precision` the share of those that is
    right. Baselines: the most frequent language; the language whose commonest words the text has. TableError in clear
    words where the file can't be measured.
    """
    rows = _read(path, named)
    truth = np.array([row.language for row in rows])
    started = time.perf_counter()
    told, milliseconds = _told(rows)
    rivals = {"majority": np.full(len(truth), Counter(truth.tolist()).most_common(1)[0][0]), "words": _by_words(rows)}
    views = {
        name: _view(truth[at], told[at], {rival: found[at] for rival, found in rivals.items()}, milliseconds[at])
        for name, at in _views(rows, truth).items()
    }
    return {
        "task": "language",
        "rows": len(rows),
        "views": views,
        "refused": None,
        "fit_seconds": round(time.perf_counter() - started - float(milliseconds.sum()) / 1000, 2),
        "peak_mb": round(peak_mb(), 1),
    }


def _read(path: Path, named: Mapping[str, str] | None) -> list[LabelledText]:
    """The rows with their language, which may stand in the column for labels."""
    found = [
        row if row.language else LabelledText(row.text, row.label, language_code(row.label))
        for row in read_labelled(path, needed=("text",), named=named)
    ]
    rows = [row for row in found if len(row.language) == _CODE and row.language.isalpha()]
    if len(rows) < _LEAST:
        words = f"{path.name} names the language of {len(rows)} texts; at least {_LEAST} are needed."
        if not any(row.language or row.label for row in found):
            raise TableError(f"{words} Name its column with --target COLUMN.")
        raise NothingToLearnError(words, rows=len(found))
    return rows


def _told(rows: Sequence[LabelledText]) -> tuple[Names, NDArray[np.float64]]:
    """The language told of each text, "" for unknown, and the milliseconds it took."""
    identify_language("Where is my parcel?")  # the tables are loaded before the clock runs
    told, milliseconds = [], np.zeros(len(rows))
    for i, row in enumerate(rows):
        started = time.perf_counter()
        told.append(identify_language(row.text).language or "")
        milliseconds[i] = (time.perf_counter() - started) * 1000
    return np.array(told), milliseconds


def _by_words(rows: Sequence[LabelledText], *, commonest: int = 50) -> Names:
    """The language of which the text has most of the commonest words, learnt on every second text of the file."""
    counts: dict[str, Counter[str]] = {}
    for row in rows[::2]:
        counts.setdefault(row.language, Counter()).update(row.text.lower().split())
    common = {language: {word for word, _ in found.most_common(commonest)} for language, found in counts.items()}
    words = (set(row.text.lower().split()) for row in rows)
    return np.array([max(common, key=lambda language: len(common[language] & present)) for present in words])


def _views(rows: Sequence[LabelledText], truth: Names) -> dict[str, NDArray[np.intp]]:
    """Row numbers of "all", of short texts and of each language, where they are enough."""
    is_short = np.array([len(row.text.strip()) <= _SHORT for row in rows])
    found = {"all": np.ones(len(rows), bool), "short": is_short}
    found |= {str(language): truth == language for language in np.unique(truth)}
    return {name: np.flatnonzero(chosen) for name, chosen in found.items() if chosen.sum() >= _LEAST}


def _view(truth: Names, told: Names, rivals: dict[str, Names], milliseconds: NDArray[np.float64]) -> dict[str, Any]:
    best = max(rivals, key=lambda name: float((rivals[name] == truth).mean()))
    gain = bootstrap_gain(
        lambda at: float((told[at] == truth[at]).mean() - (rivals[best][at] == truth[at]).mean()), len(truth)
    )
    p50, p95 = np.quantile(milliseconds, [0.5, 0.95])
    speed = {"p50_ms": round(float(p50), 3), "p95_ms": round(float(p95), 3)}
    return {
        "rows": len(truth),
        "product": _metrics(truth, told) | speed,
        "baselines": {name: _metrics(truth, found) for name, found in rivals.items()},
        "gain": {"metric": "accuracy", "against": best, "value": gain.value, "low": gain.low, "high": gain.high},
    }


def _metrics(truth: Names, told: Names) -> dict[str, float]:
    answered = told != ""
    scores = []
    for language in np.unique(truth):
        hits = np.sum((told == language) & (truth == language))
        scores.append(2 * hits / (np.sum(told == language) + np.sum(truth == language)))
    return {
        "accuracy": float((told == truth).mean()),
        "macro_f1": float(np.mean(scores)),
        "coverage": float(answered.mean()),
        "precision": float((told == truth)[answered].mean()) if answered.any() else 0.0,
    }


LANGUAGE = EvaluatedTask(
    "language",
    "in which one",
    lambda options: evaluate_language(options["data"], named=named_fields(options, target="lang")),
    lambda result: f"language: {result['rows']} texts",
    uses=("target",),
)

"""Measures the shipped sentiment model on any labelled file, beside simple methods."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.ml.measuring import EvaluatedTask, drawn, peak_mb, sampled
from analytics.ml.metrics import bootstrap_gain, ece
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.text.artefact import SentimentModel, shipped_model
from analytics.ml.text.labelled import named_fields, read_labelled
from analytics.ml.text.labels import read_labels
from analytics.ml.text.reading import can_read, plain_text, probabilities_of, split_sentences

Labels = NDArray[np.int64]
Chances = NDArray[np.float64]

_LEAST_ROWS: Final = 20  # of a language, for a view of its own
_FOLDS: Final = 5
MOST_ROWS: Final = 12_000


@dataclass(frozen=True)
class Row:
    """One labelled text, cut as the product cuts it; label 0 negative, 1 neutral, 2 positive."""

    text: str
    label: int
    language: str


@dataclass(frozen=True)
class _Findings:
    """What was found for each row: probabilities [rows, 3], of the baseline too where there is one, time, coverage."""

    labels: Labels
    product: Chances
    learnt: Chances | None
    milliseconds: Chances
    is_read: NDArray[np.bool_]

    def at(self, rows: Labels) -> "_Findings":
        learnt = None if self.learnt is None else self.learnt[rows]
        return _Findings(self.labels[rows], self.product[rows], learnt, self.milliseconds[rows], self.is_read[rows])


def evaluate_text(
    path: Path,
    *,
    model: SentimentModel | None = None,
    seed: int = 0,
    named: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Metrics of the model and of baselines on a CSV or JSON-lines file with `text`, `label` and optionally `lang`.

    `named` says which columns these are (text, label, lang → header). Labels in words, numbers and stars are
    understood; rows with another one are left out and counted.

    Every row gets the network's class, also those for which `read_message` would give none; `coverage` is the share
    that it would read. Baselines: the largest class; TF-IDF with logistic regression, cross-validated within the file,
    so learnt on the shop's own texts. TableError in clear words where the file cannot be measured.
    """
    skipped = Counter[str]()
    every = read_rows(path, named=named, skipped=skipped)
    rows = [every[at] for at in drawn(len(every), MOST_ROWS, seed=seed)]
    started = time.perf_counter()
    learnt = cross_validated_tfidf(rows, seed=seed)
    fit_seconds = time.perf_counter() - started
    findings = _findings(rows, learnt, model or shipped_model())
    views = {name: _view(findings.at(at), seed) for name, at in _views(rows).items()}
    return {
        "task": "sentiment",
        "rows": len(every),
        "views": views,
        "refused": None,
        "skipped": dict(skipped),
        "sampled": sampled(len(rows), len(every), "texts"),
        "fit_seconds": round(fit_seconds, 2),
        "peak_mb": round(peak_mb(), 1),
    }


def read_rows(path: Path, *, named: Mapping[str, str] | None = None, skipped: Counter[str] | None = None) -> list[Row]:
    """Rows of the file, those left out counted in `skipped`; TableError where it cannot be read, lacks a column, or
    half of its labels are not understood, NothingToLearnError where it has too few rows."""
    texts = read_labelled(path, named=named)
    words = Counter(row.label for row in texts if row.label)
    meant = read_labels(words.keys())
    rows = [Row(plain_text(row.text), meant[row.label], row.language) for row in texts if row.label in meant]
    if 2 * len(rows) < words.total() or (words and not meant):
        strange = next(word for word, _ in words.most_common() if word not in meant)
        known = "neg, neu and pos, numbers of stars, or -1, 0 and 1"
        raise TableError(f"{path.name} has labels like {strange[:40]!r}; {known} are understood.")
    if skipped is not None and len(rows) < len(texts):
        unlabelled = len(texts) - words.total()
        left_out = {"no label": unlabelled, "label not understood": len(texts) - len(rows) - unlabelled}
        skipped.update({reason: count for reason, count in left_out.items() if count})
    if len(rows) < _LEAST_ROWS:
        there = f"{path.name} has {len(rows)} labelled texts; at least {_LEAST_ROWS} are needed."
        raise NothingToLearnError(there, rows=len(texts))
    if len({row.label for row in rows}) < 2:
        only = f"{path.name} has texts of one class only; at least two classes are needed."
        raise NothingToLearnError(only, rows=len(texts))
    return rows


def _views(rows: Sequence[Row]) -> dict[str, Labels]:
    """Row numbers of "all" and of each language with enough rows of two classes."""
    views = {"all": np.arange(len(rows))}
    for language in sorted({row.language for row in rows} - {""}):
        at = np.array([i for i, row in enumerate(rows) if row.language == language])
        if len(at) >= _LEAST_ROWS and len({rows[i].label for i in at}) > 1:
            views[language] = at
    return views


def _findings(rows: Sequence[Row], learnt: Chances | None, model: SentimentModel) -> _Findings:
    found, milliseconds, is_read = np.zeros((len(rows), 3)), np.zeros(len(rows)), np.zeros(len(rows), bool)
    for i, row in enumerate(rows):
        sentences = split_sentences(row.text)
        started = time.perf_counter()
        found[i] = probabilities_of(sentences, model)
        milliseconds[i] = (time.perf_counter() - started) * 1000
        is_read[i] = can_read(row.text, languages_hint=[row.language] if row.language else None, model=model)
    return _Findings(np.array([row.label for row in rows]), found, learnt, milliseconds, is_read)


def cross_validated_tfidf(rows: Sequence[Row], *, seed: int) -> Chances | None:
    """Probabilities [rows, 3] of TF-IDF with logistic regression learnt on the other folds.

    None without scikit-learn, where a class has a single row, or where the texts share nothing.
    """
    try:
        from sklearn.model_selection import StratifiedKFold
    except ModuleNotFoundError:
        return None
    labels = np.array([row.label for row in rows])
    folds = min(_FOLDS, int(np.bincount(labels)[np.unique(labels)].min()))
    if folds < 2:
        return None
    texts, found = np.array([row.text for row in rows], dtype=object), np.zeros((len(rows), 3))
    try:
        for learn, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(texts, labels):
            found[test] = tfidf(list(texts[learn]), labels[learn])(list(texts[test]))
    except ValueError:  # no word occurs twice
        return None
    return found


def tfidf(texts: Sequence[str], labels: Labels) -> Callable[[Sequence[str]], Chances]:
    """Fit TF-IDF of words and characters with logistic regression; returns what predicts probabilities [texts, 3]."""
    return tfidf_of(texts, labels, classes=3)


def tfidf_of(texts: Sequence[str], labels: Labels, *, classes: int = 0) -> Callable[[Sequence[str]], Chances]:
    """The same for any number of classes, as many as occur by default."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(
        ngram_range=(1, 2), min_df=2 if len(texts) > 500 else 1, sublinear_tf=True, max_features=60_000
    )
    characters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True, max_features=60_000
    )
    pipeline = make_pipeline(make_union(words, characters), LogisticRegression(C=4.0, max_iter=300))
    pipeline.fit(list(texts), labels)

    def predict(unseen: Sequence[str]) -> Chances:
        found = np.zeros((len(unseen), classes or len(pipeline.classes_)))
        found[:, pipeline.classes_] = pipeline.predict_proba(list(unseen))
        return found

    return predict


def _view(findings: _Findings, seed: int) -> dict[str, Any]:
    labels, product = findings.labels, findings.product
    rivals = {"majority": np.tile(np.bincount(labels, minlength=3) / len(labels), (len(labels), 1))}
    if findings.learnt is not None:
        rivals["tfidf_lr"] = findings.learnt
    best = max(rivals, key=lambda name: macro_f1(labels, rivals[name]))
    p50, p95 = np.quantile(findings.milliseconds, [0.5, 0.95])
    speed = {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}
    return {
        "rows": len(labels),
        "product": metrics(labels, product) | {"coverage": float(findings.is_read.mean())} | speed,
        "baselines": {name: metrics(labels, chances) for name, chances in rivals.items()},
        "gain": {"metric": "macro_f1", "against": best} | _gain(labels, product, rivals[best], seed),
    }


def metrics(labels: Labels, chances: Chances) -> dict[str, float]:
    """Accuracy, macro-F1, polarity and calibration error; labels [n], chances [n, 3].

    Only classes that occur in the labels are chosen from: a file without neutral texts asks for negative or positive.
    """
    polar = labels != 1
    known = among_occurring(labels, chances)
    is_right = known.argmax(axis=1) == labels
    found = {
        "accuracy": float(is_right.mean()),
        "macro_f1": macro_f1(labels, known),
        "ece": ece(is_right.astype(np.float64), known.max(axis=1)),
    }
    if polar.any():
        found["polarity"] = float(((chances[polar, 2] > chances[polar, 0]) == (labels[polar] == 2)).mean())
    return found


def among_occurring(labels: Labels, chances: Chances) -> Chances:
    """The chances [n, 3] given that one of the classes that occur in the labels is right."""
    kept = np.where(np.isin(np.arange(3), labels), chances, 0.0) + 1e-12
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


def macro_f1(labels: Labels, chances: Chances) -> float:
    """The mean F1 of the classes that occur."""
    predicted = among_occurring(labels, chances).argmax(axis=1)
    scores = []
    for label in np.unique(labels):
        hits = np.sum((predicted == label) & (labels == label))
        scores.append(2 * hits / (np.sum(predicted == label) + np.sum(labels == label)))
    return float(np.mean(scores))


def _gain(labels: Labels, ours: Chances, theirs: Chances, seed: int) -> dict[str, float]:
    """The gain in macro-F1 with its 95 % bootstrap interval."""
    gain = bootstrap_gain(
        lambda at: macro_f1(labels[at], ours[at]) - macro_f1(labels[at], theirs[at]), len(labels), seed=seed
    )
    return {"value": gain.value, "low": gain.low, "high": gain.high}


SENTIMENT = EvaluatedTask(
    "sentiment",
    "how messages sound",
    lambda options: evaluate_text(options["data"], named=named_fields(options)),
    lambda result: f"sentiment: {result['rows']} texts",
    uses=("target",),
)

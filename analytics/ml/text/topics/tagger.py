"""Tags texts with topics learnt from a few examples of each, and says when it is unsure."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ml.artefact import ArtefactError
from analytics.ml.heads import platt
from analytics.ml.inputs import sigmoid
from analytics.ml.text.topics.words import rarity, word_vectors

Floats = NDArray[np.float64]
WORDS_WEIGHT = 0.7  # beside 1 of the meaning
LOOSENESS = 30.0  # of the regression: the inverse of its penalty
FOLDS = 5
SPAN = 1e-6
SURE = 0.5  # chance from which a topic is said
FEWEST_EXAMPLES = 3


@dataclass(frozen=True, eq=False)
class Tags:
    """Of each text the best topic (position), the chance that it is right, and the scores of all [n, topics]."""

    best: NDArray[np.int64]
    chance: Floats
    scores: Floats


class TopicTagger:
    """Multinomial logistic regression over meaning and words.

    The chance is a logistic curve of the best score and its lead, fitted to what each example scores when its fifth is
    left out. After `fit`: `names_`, what it said of each example while that was left out (`unseen_names_`,
    `unseen_chance_`), and arrays that `to_bytes` keeps. Fitting needs scikit-learn, tagging does not.
    """

    def fit(self, texts: Sequence[str], vectors: NDArray[np.float32], topics: Sequence[str]) -> TopicTagger:
        """`vectors` [n, width] are the meanings of the texts. ValueError below two topics of three examples each."""
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        self.names_, codes = np.unique(np.asarray(topics), return_inverse=True)
        fewest = int(np.bincount(codes).min())
        if len(self.names_) < 2 or fewest < FEWEST_EXAMPLES:
            raise ValueError(f"At least two topics with {FEWEST_EXAMPLES} examples each are needed.")
        self.centre_ = vectors.mean(axis=0).astype(np.float64)
        self.rarity_ = rarity(texts)
        inputs = self._inputs(texts, vectors)
        # The solution lies in the span of the examples: n columns instead of many thousands, and the same result.
        sizes, turns = np.linalg.eigh(inputs @ inputs.T)
        turns, roots = turns[:, sizes > SPAN], np.sqrt(sizes[sizes > SPAN])
        back, inputs = inputs.T @ (turns / roots), turns * roots
        model = _regression().fit(inputs, codes)
        two = len(self.names_) == 2
        self.weights_ = back @ (np.vstack((-model.coef_, model.coef_)).T / 2 if two else model.coef_.T)
        self.base_ = np.concatenate((-model.intercept_, model.intercept_)) / 2 if two else model.intercept_
        folds = StratifiedKFold(min(FOLDS, fewest), shuffle=True, random_state=0)
        unseen = cross_val_predict(_regression(), inputs, codes, cv=folds, method="predict_log_proba")
        self._calibrate(np.asarray(unseen), codes)
        told = self._told(np.asarray(unseen))
        self.unseen_names_, self.unseen_chance_ = self.names_[told.best], told.chance
        return self

    def _calibrate(self, scores: Floats, codes: NDArray[np.int64]) -> None:
        signal = _signal(scores)
        is_right = (scores.argmax(axis=1) == codes).astype(np.float64)
        self.centre_signal_, self.spread_signal_ = float(signal.mean()), float(signal.std()) or 1.0
        scaled = (signal - self.centre_signal_) / self.spread_signal_
        self.slope_, self.shift_ = platt(scaled, is_right, trust=10.0)

    def tag(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> Tags:
        """The topic of each text; below `SURE` it should not be said."""
        return self._told(_log_shares(self._inputs(texts, vectors) @ self.weights_ + self.base_))

    def _told(self, scores: Floats) -> Tags:
        scaled = (_signal(scores) - self.centre_signal_) / self.spread_signal_
        return Tags(scores.argmax(axis=1), sigmoid(self.slope_ * scaled + self.shift_), scores)

    def _inputs(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> Floats:
        meaning = vectors - self.centre_
        meaning /= np.maximum(np.linalg.norm(meaning, axis=1, keepdims=True), 1e-12)
        return np.hstack((meaning, WORDS_WEIGHT * word_vectors(texts, self.rarity_)))

    def to_bytes(self) -> bytes:
        """Some hundred kilobytes, without the examples."""
        written = io.BytesIO()
        curve = np.array([self.centre_signal_, self.spread_signal_, self.slope_, self.shift_])
        np.savez_compressed(
            written, names=self.names_.astype(str), centre=self.centre_, rarity=self.rarity_.astype(np.float32),
            base=self.base_, weights=self.weights_.astype(np.float32), curve=curve,
        )  # fmt: skip
        return written.getvalue()


def read_tagger(content: bytes) -> TopicTagger:
    """What `to_bytes` wrote; ArtefactError where it is none."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            parts = {name: found[name] for name in ("names", "centre", "rarity", "base", "weights", "curve")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ArtefactError(f"What was learnt of the topics can't be read: {error}") from error
    if parts["weights"].shape != (len(parts["centre"]) + len(parts["rarity"]), len(parts["names"])):
        raise ArtefactError("What was learnt of the topics is not of this version.")
    tagger = TopicTagger()
    tagger.names_, tagger.centre_, tagger.base_ = parts["names"], parts["centre"], parts["base"]
    tagger.rarity_, tagger.weights_ = parts["rarity"].astype(float), parts["weights"].astype(float)
    curve = parts["curve"].tolist()
    tagger.centre_signal_, tagger.spread_signal_, tagger.slope_, tagger.shift_ = curve
    return tagger


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=LOOSENESS, max_iter=300)


def _log_shares(scores: Floats) -> Floats:
    """The logarithm of the softmax of each row."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _signal(scores: Floats) -> Floats:
    """The best log share and half of its lead over the second."""
    two = np.sort(scores, axis=1)[:, -2:]
    return np.asarray(two[:, 1] + 0.5 * (two[:, 1] - two[:, 0]))

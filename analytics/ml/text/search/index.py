"""Finds passages by words (BM25) and by meaning together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.text.topics.words import word_list

Floats = NDArray[np.float64]
PASSAGE_WORDS = 60
WORDS_SHARE = 0.3  # of the words beside 1 of the meaning
SATURATION, LENGTH = 1.2, 0.75  # k1 and b of BM25 (Robertson & Zaragoza 2009)


@dataclass(frozen=True)
class Text:
    """What can be found: a title and what follows it."""

    title: str
    body: str


def passages(text: Text) -> list[str]:
    """The title with sixty words of the body at a time; the title alone where there is no body."""
    words = text.body.split()
    parts = [" ".join(words[at : at + PASSAGE_WORDS]) for at in range(0, len(words), PASSAGE_WORDS)] or [""]
    return [f"{text.title} {part}".strip() for part in parts]


class Words:
    """BM25 over texts, titles counted twice."""

    def __init__(self, texts: Sequence[Text]) -> None:
        counted = [Counter(word_list(f"{text.title} {text.title} {text.body}")) for text in texts]
        lengths = np.array([sum(one.values()) for one in counted], np.float64)
        self._many = len(texts)
        self._damped = (
            SATURATION * (1 - LENGTH + LENGTH * lengths / max(lengths.mean(), 1.0)) if len(texts) else lengths
        )
        self._found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, one in enumerate(counted):
            for word, count in one.items():
                self._found[word].append((row, count))

    def scores(self, query: str) -> Floats:
        """How well each text fits the words of the query [n]."""
        found = np.zeros(self._many)
        for word in dict.fromkeys(word_list(query)):  # each once, and added up in one order
            seen = self._found.get(word)
            if seen:
                rows, counts = np.array(seen).T
                rarity = np.log(1 + (self._many - len(seen) + 0.5) / (len(seen) + 0.5))
                found[rows] += rarity * counts * (SATURATION + 1) / (counts + self._damped[rows])
        return found


class Index:
    """Texts with the vectors of their passages, kept as halves."""

    def __init__(self, texts: Sequence[Text], vectors: NDArray[np.float32], owners: NDArray[np.int64]) -> None:
        """`vectors` [passages, width], `owners` [passages] the position of each passage's text, ascending."""
        self._words = Words(texts)
        self._vectors, self._owners = vectors.astype(np.float16), owners
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1))

    def by_words(self, query: str) -> Floats:
        return self._words.scores(query)

    def by_meaning(self, vector: NDArray[np.float32]) -> Floats:
        """The likeness of the nearest passage of each text [n]."""
        likeness = self._vectors.astype(np.float32) @ vector
        return np.maximum.reduceat(likeness, self._starts).astype(np.float64)

    def scores(self, query: str, vector: NDArray[np.float32]) -> Floats:
        """Both together, each on its own scale over the texts [n]."""
        return _scaled(self.by_meaning(vector)) + WORDS_SHARE * _scaled(self.by_words(query))


def _scaled(scores: Floats) -> Floats:
    return np.asarray((scores - scores.mean()) / (scores.std() + 1e-9))

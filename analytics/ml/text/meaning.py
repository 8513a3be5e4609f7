"""The encoder of meaning: a text as a vector, for topics and search; verified by hash, loaded once a process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.ml.artefact import ArtefactError
from analytics.ml.text.artefact import open_session
from analytics.ml.text.files import PIECES, SUMS, digest_of, recorded
from analytics.ml.text.reading import plain_text
from analytics.ml.text.tokenizer import Tokenizer

FOLDER: Final = Path(__file__).parent / "meaning_artefact"
NETWORK: Final = "meaning.onnx"
CARD: Final = "card.json"
CENTRE: Final = "centre.f32"  # the mean vector of messages to shops in all languages, 384 floats
WIDTH: Final = 384
_ASKED: Final = "query: "  # what the encoder was trained to see before a text
_LOCK: Final = threading.Lock()

Vectors = NDArray[np.float32]


class MeaningModel:
    """Tokenizer and network."""

    def __init__(self, folder: Path) -> None:
        """Verify and load; ArtefactError where a file is missing, changed or unreadable."""
        expected = recorded(folder)
        for name in (NETWORK, PIECES, CENTRE):
            if expected.get(name) != digest_of(folder / name):
                raise ArtefactError(f"{folder / name} differs from its hash in {SUMS}: restore the shipped file")
        self.centre = np.fromfile(folder / CENTRE, "<f4")
        self._session = open_session(folder / NETWORK)
        self._tokenizer = Tokenizer((folder / PIECES).read_bytes())

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Texts → vectors [n, 384] of length 1; of a long text its first 96 tokens are read."""
        found = np.zeros((len(texts), WIDTH), np.float32)
        for i, text in enumerate(texts):
            ids = self._tokenizer.encode(_ASKED + plain_text(text))[0]
            found[i] = self._session.run(["vector"], {"ids": np.asarray([ids], np.int64)})[0][0]
        return found


def meaning_digest(folder: Path = FOLDER) -> str:
    """The start of the network's recorded hash: vectors of another network can't be compared with its own."""
    return recorded(folder).get(NETWORK, "")[:16]


def meaning_model() -> MeaningModel:
    """The model of this installation, loaded on first use and kept for the life of the process."""
    with _LOCK:
        return _load()


@cache
def meaning_centre() -> Vectors:
    """The mean vector of messages to shops [384], without the network."""
    return np.fromfile(FOLDER / CENTRE, "<f4")


def forget_meaning() -> None:
    """Let go of the loaded model: the next use loads it again."""
    with _LOCK:
        _load.cache_clear()


@cache
def _load() -> MeaningModel:
    return MeaningModel(FOLDER)

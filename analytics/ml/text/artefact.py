"""The shipped model: its files are verified by hash when first used, and loaded once a process."""

import json
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from analytics.ml.artefact import ArtefactError
from analytics.ml.session import REFUSALS
from analytics.ml.text.files import CALIBRATION, FOLDER, NETWORK, PIECES, verify
from analytics.ml.text.spelling import as_read
from analytics.ml.text.tokenizer import Tokenizer

LABELS: Final = ("negative", "neutral", "positive")
FORMAT: Final = 2
WIDTH: Final = 384  # of the vectors
USUAL: Final = 6.0  # about the length of a vector: posts of strangers 5.5 to 6.2, texts as learnt from 6.5 to 6.7
_MOST_DOUBT: Final = (-0.5, 1.0)
_OUTPUTS: Final = ("logits", "pooled")
_LOCK: Final = threading.Lock()

Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """What turns the network's logits into ones that are as sure as they are right.

    All are divided by `temperature`. The margin by which a text is neutral rather than polar is also divided by
    exp(doubt + slope * (length of its vector - USUAL)): texts unlike those that were learnt from have short vectors,
    and which of them are neutral is least sure. Negative against positive is left as it is.
    """

    temperature: float = 1.0
    doubt: float = 0.0
    slope: float = 0.0

    def applied(self, logits: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits [texts, 3] as the network gave them, with their vectors [texts, width] → calibrated ones."""
        found = np.asarray(logits, np.float64) / self.temperature
        polar = np.logaddexp(found[:, 0], found[:, 2])
        lengths = np.linalg.norm(np.asarray(vectors, np.float64), axis=1) - USUAL
        found[:, 1] = polar + (found[:, 1] - polar) / np.exp(np.clip(self.doubt + self.slope * lengths, *_MOST_DOUBT))
        return np.asarray(found, np.float32)


def shares(logits: NDArray[np.float32]) -> Probabilities:
    """Calibrated logits [texts, 3] → probabilities [texts, 3]."""
    odds = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


class SentimentModel:
    """Tokenizer, network and calibration of one artefact folder."""

    def __init__(self, folder: Path) -> None:
        """Verify and load; ArtefactError where a file is missing, changed or unreadable."""
        verify(folder)
        settings = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
        if settings.get("format") != FORMAT:
            raise ArtefactError(f"{folder / CALIBRATION} has format {settings.get('format')}, expected {FORMAT}")
        self.languages: tuple[str, ...] = tuple(settings["languages"])
        self.calibration = Calibration(settings["temperature"], settings["doubt"], settings["slope"])
        self.tokenizer = Tokenizer((folder / PIECES).read_bytes(), spelling=as_read)
        self._session = open_session(folder / NETWORK)

    def outputs(self, windows: list[list[int]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Windows of token ids → calibrated logits [windows, 3] and vectors [windows, width]."""
        logits, vectors = self.uncalibrated(windows)
        return self.calibration.applied(logits, vectors), vectors

    def uncalibrated(self, windows: list[list[int]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The same with logits as the network gives them.

        One run each: no window sways its neighbour's rounding.
        """
        runs = [self._session.run(_OUTPUTS, {"ids": np.asarray([window], np.int64)}) for window in windows]
        logits, vectors = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        return np.asarray(logits, np.float32), np.asarray(vectors, np.float32)

    def logits(self, windows: list[list[int]]) -> NDArray[np.float32]:
        """Windows of token ids → calibrated logits [windows, 3]."""
        return self.outputs(windows)[0]

    def probabilities(self, windows: list[list[int]]) -> Probabilities:
        """Windows of token ids → probabilities [windows, 3]."""
        return shares(self.logits(windows))


def open_session(path: Path) -> Any:
    """An ONNX session on one thread that does not spin while idle; ArtefactError where the file is no network."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except REFUSALS as error:
        raise ArtefactError(f"{path} cannot be loaded: {error}") from error


def shipped_model() -> SentimentModel:
    """The model of this installation, loaded on first use and kept for the life of the process."""
    with _LOCK:
        return _load()


def forget_model() -> None:
    """Let go of the loaded model: the next use loads it again."""
    with _LOCK:
        _load.cache_clear()


@cache
def _load() -> SentimentModel:
    return SentimentModel(FOLDER)

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
FORMAT: Final = 1
WIDTH: Final = 384  # of the vectors
_OUTPUTS: Final = ("logits", "pooled")
_LOCK: Final = threading.Lock()

Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """What turns logits into probabilities: softmax(logits / temperature + bias)."""

    temperature: float
    bias: tuple[float, float, float]

    def probabilities(self, logits: NDArray[np.float32]) -> Probabilities:
        """Logits [texts, 3] → probabilities [texts, 3]."""
        scaled = logits.astype(np.float64) / self.temperature + np.asarray(self.bias)
        odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
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
        self.calibration = Calibration(settings["temperature"], tuple(settings["bias"]))
        self.tokenizer = Tokenizer((folder / PIECES).read_bytes(), spelling=as_read)
        self._session = open_session(folder / NETWORK)

    def outputs(self, windows: list[list[int]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Windows of token ids → logits [windows, 3] and vectors [windows, width].

        One run each: no window sways its neighbour's rounding.
        """
        runs = [self._session.run(_OUTPUTS, {"ids": np.asarray([window], np.int64)}) for window in windows]
        logits, vectors = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        return np.asarray(logits, np.float32), np.asarray(vectors, np.float32)

    def logits(self, windows: list[list[int]]) -> NDArray[np.float32]:
        """Windows of token ids → logits [windows, 3]."""
        return self.outputs(windows)[0]

    def probabilities(self, windows: list[list[int]]) -> Probabilities:
        """Windows of token ids → probabilities [windows, 3]."""
        return self.calibration.probabilities(self.logits(windows))


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

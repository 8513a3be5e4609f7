"""A small layer that fits the shipped network to one shop: it shifts the logits by what the network's vector says."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.ml.artefact import ArtefactError
from analytics.ml.text.artefact import Probabilities, SentimentModel, shares
from analytics.ml.text.tokenizer import Tokenizer

Floats = NDArray[np.float64]

_STEPS: Final = 300


@dataclass(frozen=True)
class Head:
    """What is added to the logits: (vector - centre) / scale @ weights + bias; weights [width, 3]."""

    centre: Floats
    scale: float
    weights: Floats
    bias: Floats

    def shift(self, vectors: NDArray[np.float32]) -> Floats:
        """Vectors [n, width] → what to add to their logits [n, 3]."""
        return np.asarray((vectors - self.centre) / self.scale @ self.weights + self.bias)

    def weakened(self, strength: float) -> "Head":
        """The same with a share of its strength, from 0 to 1."""
        return Head(self.centre, self.scale, strength * self.weights, strength * self.bias)

    def to_bytes(self) -> bytes:
        """A few kilobytes."""
        written = io.BytesIO()
        np.savez_compressed(
            written,
            centre=self.centre.astype(np.float32),
            scale=np.float64(self.scale),
            weights=self.weights.astype(np.float32),
            bias=self.bias,
        )
        return written.getvalue()


def read_head(content: bytes, *, width: int) -> Head:
    """The head that `to_bytes` wrote for a network of this width; ArtefactError where it is none."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            parts = {name: np.asarray(found[name], np.float64) for name in ("centre", "scale", "weights", "bias")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ArtefactError(f"What was fitted to this shop's messages can't be read: {error}") from error
    shapes = (parts["centre"].shape, parts["weights"].shape, parts["bias"].shape)
    if shapes != ((width,), (width, 3), (3,)) or not all(np.isfinite(part).all() for part in parts.values()):
        raise ArtefactError("What was fitted to this shop's messages is not of this version of the model.")
    return Head(parts["centre"], float(parts["scale"]), parts["weights"], parts["bias"])


class AdaptedModel:
    """The shipped model with a shop's head; reads like the shipped one."""

    def __init__(self, base: SentimentModel, head: Head) -> None:
        self._base, self._head = base, head
        self.languages: tuple[str, ...] = base.languages
        self.tokenizer: Tokenizer = base.tokenizer

    def probabilities(self, windows: list[list[int]]) -> Probabilities:
        """Windows of token ids → probabilities [windows, 3]."""
        logits, vectors = self._base.outputs(windows)
        return shares(np.asarray(logits + self._head.shift(vectors), np.float32))


def fit_head(
    vectors: NDArray[np.float32], logits: NDArray[np.float32], labels: Any, weights: Sequence[float], *, penalty: float
) -> Head:
    """Multinomial logistic regression that starts from the network's logits.

    vectors [n, width], logits [n, 3], labels [n] of 0, 1, 2, weights [n].
    Accelerated gradient steps (Nesterov 1983) of the largest safe length: the problem is convex.
    """
    centre, scale = vectors.mean(axis=0), float(vectors.std() * np.sqrt(vectors.shape[1])) or 1.0
    inputs = np.asarray((vectors - centre) / scale, np.float64)
    inputs = np.hstack([inputs, np.ones((len(inputs), 1))])
    share, wanted = np.asarray(weights, np.float64)[:, None], np.eye(3)[labels]
    step = 1 / (0.5 * float((share[:, 0] * (inputs**2).sum(axis=1)).sum()) + penalty)
    at = before = np.zeros((inputs.shape[1], 3))
    for number in range(_STEPS):
        ahead = at + number / (number + 3) * (at - before)
        slope = inputs.T @ ((_softmax(logits + inputs @ ahead) - wanted) * share) + penalty * ahead
        at, before = ahead - step * slope, at
    return Head(np.asarray(centre, np.float64), scale, at[:-1], at[-1])


def _softmax(logits: Any) -> Floats:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))

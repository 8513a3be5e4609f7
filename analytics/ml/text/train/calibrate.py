"""Fits the temperature that turns the network's logits into probabilities."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from analytics.ml.text.artefact import Calibration
from analytics.ml.text.train.examples import Example

_SHARPEST: Final = 1.0  # texts of other sources are read with less right: never surer than the network itself


def fit_calibration(logits: NDArray[np.float32], examples: Sequence[Example]) -> Calibration:
    """Logits [n, 3] of examples that the network has not learnt from.

    Every (source, language, class) weighs the same, so that no large set and no frequent class sets the scale. Classes
    are not shifted against each other: how many customers are content is another number in every shop.
    """
    groups = [(example.source, example.language, example.label) for example in examples]
    sizes = {group: groups.count(group) for group in set(groups)}
    weights = torch.tensor([1 / sizes[group] for group in groups])
    labels, scores = torch.tensor([example.label for example in examples]), torch.from_numpy(logits)
    blind = torch.tensor([not example.knows_neutral for example in examples])[:, None] & torch.tensor(
        [False, True, False]
    )
    steepness = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([steepness], max_iter=200)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scaled = (scores * steepness.exp()).masked_fill(blind, -1e4)
        value = (functional.cross_entropy(scaled, labels, reduction="none") * weights).sum() / weights.sum()
        value.backward()
        return value

    optimizer.step(loss)
    temperature = max(_SHARPEST, 1 / float(steepness.detach().exp()))
    return Calibration(round(temperature, 4), (0.0, 0.0, 0.0))

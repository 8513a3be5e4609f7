"""Fits the temperature and the bias that turn the network's logits into probabilities."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from analytics.ml.text.artefact import Calibration
from analytics.ml.text.train.examples import Example


def fit_calibration(logits: NDArray[np.float32], examples: Sequence[Example]) -> Calibration:
    """Logits [n, 3] of examples that the network has not learnt from.

    Every (source, language, class) weighs the same, so that no large set and no frequent class sets the scale.
    """
    groups = [(example.source, example.language, example.label) for example in examples]
    sizes = {group: groups.count(group) for group in set(groups)}
    weights = torch.tensor([1 / sizes[group] for group in groups])
    labels, scores = torch.tensor([example.label for example in examples]), torch.from_numpy(logits)
    blind = torch.tensor([not example.knows_neutral for example in examples])[:, None] & torch.tensor(
        [False, True, False]
    )
    steepness, bias = torch.zeros(1, requires_grad=True), torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.LBFGS([steepness, bias], max_iter=200)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        shifted = (scores * steepness.exp() + bias).masked_fill(blind, -1e4)
        value = (functional.cross_entropy(shifted, labels, reduction="none") * weights).sum() / weights.sum()
        value.backward()
        return value

    optimizer.step(loss)
    centred = (bias - bias.mean()).tolist()
    return Calibration(
        round(1 / float(steepness.exp()), 4), (round(centred[0], 4), round(centred[1], 4), round(centred[2], 4))
    )

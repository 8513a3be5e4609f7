"""Finds the few channels of the network that are far louder than all others, so that 8 bits are enough for the rest."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from analytics.ml.text.tokenizer import Tokenizer
from analytics.ml.text.train.fit import padded
from analytics.ml.text.train.network import Network

_LOUD: Final = 2  # channels a layer that may be damped: measured, one or two stand out by a factor of three to ten
_PARTS: Final = ("qkv", "inner", "outer")


def damping(network: Network, tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """For the inputs of each linear layer by name: what to divide each channel by, 1 for nearly all [channels].

    An input is quantised to 8 bits by its largest value. One loud channel would leave the others a few steps; divided
    by this, with the weights multiplied by the same, it does not.
    """
    loudest: dict[str, NDArray[np.float32]] = {}
    layers = {f"layers.{i}.{part}": getattr(layer, part) for i, layer in enumerate(network.layers) for part in _PARTS}
    hooks = [layer.register_forward_pre_hook(partial(_note, loudest, name)) for name, layer in layers.items()]
    with torch.inference_mode():
        for text in texts:
            network(*padded([tokenizer.encode(text)[0]]))
    for hook in hooks:
        hook.remove()
    return {
        name: np.maximum(values / np.sort(values)[-1 - _LOUD], 1).astype(np.float32) for name, values in loudest.items()
    }


def _note(loudest: dict[str, NDArray[np.float32]], name: str, _layer: Any, inputs: Any) -> None:
    values = inputs[0].abs().amax(dim=(0, 1)).numpy()
    loudest[name] = np.maximum(loudest.get(name, values), values)

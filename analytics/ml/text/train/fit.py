"""Fits the network to the examples on the CPU, in bfloat16."""

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from analytics.ml.text.tokenizer import Tokenizer
from analytics.ml.text.train.examples import Example
from analytics.ml.text.train.network import Network

_NEUTRAL = torch.tensor([[False, True, False]])
_DOUBT: Final = 0.1  # share of every label that is spread over all classes: many subtitles are labelled wrongly
_AVERAGED_EVERY, _KEPT = 5, 0.99  # the average of the last five hundred steps or so: steadier than the last one


@dataclass(frozen=True)
class Recipe:
    """How often the examples are seen, in which steps."""

    epochs: int
    rate: float
    batch: int


def average(networks: Sequence[Network]) -> Network:
    """The first network with the mean of all weights.

    Networks that started alike and learnt in different steps lie in one valley: the mean is better than each of them
    on texts of other sources.
    """
    states = [network.state_dict() for network in networks]
    mean = {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    networks[0].load_state_dict(mean)
    return networks[0]


def fit(network: Network, tokenizer: Tokenizer, examples: Sequence[Example], recipe: Recipe, *, seed: int) -> None:
    """Train in place.

    A text from a set without neutral rows says nothing about the neutral class, so that "no neutral rows in this
    language" is never learnt as "nothing is neutral in this language". Kept are the averaged weights of the last steps.
    """
    torch.manual_seed(seed)
    rng = random.Random(seed)  # noqa: S311 (shuffles examples)
    ids = [tokenizer.encode(example.text)[0] for example in examples]
    labels = torch.tensor([example.label for example in examples])
    blind = torch.tensor([not example.knows_neutral for example in examples])
    optimizer = _optimizer(network, recipe.rate)
    steps = recipe.epochs * math.ceil(len(examples) / recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=recipe.rate, total_steps=steps + 1, pct_start=0.06)
    steady = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(_KEPT))
    started, losses = time.monotonic(), list[float]()
    network.train()
    for _ in range(recipe.epochs):
        for chosen in _batches(ids, recipe.batch, rng):
            loss = _loss(network, [ids[i] for i in chosen], labels[chosen], blind[chosen])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(loss.item())
            if len(losses) % _AVERAGED_EVERY == 0:
                steady.update_parameters(network)
            if len(losses) % 100 == 0:
                print(
                    f"{len(losses)}/{steps} loss {np.mean(losses[-100:]):.4f} {time.monotonic() - started:.0f} s",
                    flush=True,
                )
    network.load_state_dict(steady.module.state_dict())
    network.eval()


def _optimizer(network: Network, rate: float) -> Any:
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": 0.01},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, fused=True)


def _loss(network: Network, ids: list[list[int]], labels: Any, blind: Any) -> Any:
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(*padded(ids))
    logits = logits.float().masked_fill(blind[:, None] & _NEUTRAL, -1e4)
    plain = functional.cross_entropy(logits, labels, reduction="none")
    even = torch.where(logits > -1e3, functional.log_softmax(logits, dim=-1), 0.0).sum(1) / (3 - blind.float())
    return ((1 - _DOUBT) * plain - _DOUBT * even).mean()


def _batches(ids: list[list[int]], size: int, rng: random.Random) -> Iterator[list[int]]:
    """Random batches of texts of like length: little padding."""
    order = list(range(len(ids)))
    rng.shuffle(order)
    for start in range(0, len(order), size * 50):
        near = sorted(order[start : start + size * 50], key=lambda i: len(ids[i]))
        batches = [near[k : k + size] for k in range(0, len(near), size)]
        rng.shuffle(batches)
        yield from batches


def padded(ids: list[list[int]]) -> tuple[Any, Any]:
    """(ids, mask) tensors [texts, longest]."""
    width = max(map(len, ids))
    table = torch.tensor([[*row, *[1] * (width - len(row))] for row in ids])
    return table, torch.tensor([[True] * len(row) + [False] * (width - len(row)) for row in ids])


def logits_of(
    network: Network, tokenizer: Tokenizer, texts: Sequence[str], *, exact: bool = False, batch: int = 64
) -> NDArray[np.float32]:
    """Logits [texts, 3] of the first window of each text; `exact` computes in full instead of half precision."""
    ids = [tokenizer.encode(text)[0] for text in texts]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    found = np.zeros((len(ids), 3), np.float32)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=not exact):
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            found[chosen] = network(*padded([ids[i] for i in chosen])).float().numpy()
    return found

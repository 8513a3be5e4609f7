"""The network in torch: the first layers of the encoder, mean pooling, and a head of three classes."""

import math
from typing import Any, Final

import torch
from torch import nn
from torch.nn import functional

from analytics.ml.text.train.source import Source

MAX_TOKENS: Final = 96


class Layer(nn.Module):  # type: ignore[misc]
    """One transformer layer of BERT's kind: attention and feed-forward, each added and normalised."""

    def __init__(self, width: int, inner: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.attended_norm = nn.LayerNorm(width, epsilon)
        self.inner = nn.Linear(width, inner)
        self.outer = nn.Linear(inner, width)
        self.outer_norm = nn.LayerNorm(width, epsilon)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Any, mask: Any) -> Any:
        """x [batch, tokens, width], mask [batch, 1, 1, tokens] with 0 where a token stands, else far below → as x.

        Written out: torch's fused attention takes twice the time of the whole layer on its way back on a CPU.
        """
        batch, tokens, width = x.shape
        query, key, value = self.qkv(x).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        weight = functional.softmax(query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]) + mask, dim=-1)
        mixed = weight.to(value.dtype) @ value
        x = self.attended_norm(x + self.dropout(self.attended(mixed.transpose(1, 2).reshape(batch, tokens, width))))
        return self.outer_norm(x + self.dropout(self.outer(functional.gelu(self.inner(x)))))


class Network(nn.Module):  # type: ignore[misc]
    """Token ids to logits of negative, neutral, positive; the embedding table stays as published."""

    def __init__(self, source: Source, pieces: list[int], layers: int) -> None:
        super().__init__()
        self.word = nn.Embedding(len(pieces), source.width)
        self.position = nn.Embedding(MAX_TOKENS, source.width)
        self.norm = nn.LayerNorm(source.width, source.epsilon)
        self.layers = nn.ModuleList(
            Layer(source.width, source.inner, source.heads, source.epsilon) for _ in range(layers)
        )
        self.head = nn.Linear(source.width, 3)
        self.dropout = nn.Dropout(0.1)
        self.load_state_dict(_published(source, pieces, layers), strict=False)
        self.word.weight.requires_grad_(False)
        self.position.weight.requires_grad_(False)

    def pooled(self, ids: Any, mask: Any) -> Any:
        """The mean of the last layer over the tokens of each text [batch, width]."""
        x = self.norm(self.word(ids) + self.position.weight[: ids.shape[1]])
        hidden = (1.0 - mask[:, None, None, :].to(x.dtype)) * -1e4
        for layer in self.layers:
            x = layer(x, hidden)
        weight = mask[:, :, None].to(x.dtype)
        return (x * weight).sum(1) / weight.sum(1)

    def forward(self, ids: Any, mask: Any) -> Any:
        """ids, mask [batch, tokens] → logits [batch, 3]."""
        return self.head(self.dropout(self.pooled(ids, mask)))


def _published(source: Source, pieces: list[int], layers: int) -> dict[str, Any]:
    tensors = {name: torch.from_numpy(value) for name, value in source.tensors.items()}
    state = {
        "word.weight": tensors["emb.word"][pieces],
        "position.weight": (tensors["emb.pos"] + tensors["emb.type"][0])[:MAX_TOKENS],
        "norm.weight": tensors["emb.ln.w"],
        "norm.bias": tensors["emb.ln.b"],
    }
    names = {"ao": "attended", "aln": "attended_norm", "fi": "inner", "fo": "outer", "oln": "outer_norm"}
    for i in range(layers):
        for part, kind in (("w", "weight"), ("b", "bias")):
            state[f"layers.{i}.qkv.{kind}"] = torch.cat([tensors[f"l{i}.{name}.{part}"] for name in "qkv"])
            for short, name in names.items():
                state[f"layers.{i}.{name}.{kind}"] = tensors[f"l{i}.{short}.{part}"]
    return state

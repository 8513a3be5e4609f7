"""Learns the same examples by several recipes at once, each in a process of its own."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import torch

from analytics.ml.text.spelling import as_read
from analytics.ml.text.tokenizer import Tokenizer
from analytics.ml.text.train.examples import Example
from analytics.ml.text.train.fit import Recipe, fit
from analytics.ml.text.train.network import Network


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What else decides what is learnt, and the folder that keeps it, should the training be cut short."""

    seed: int
    threads: int
    work: Path | None = None


@dataclass(frozen=True)
class Lesson:
    """A network to begin with, its serialised word pieces, and what to learn."""

    base: Network
    vocabulary: bytes
    examples: Sequence[Example]
    settings: Settings

    def learnt_by(self, recipes: Sequence[Recipe], *, processes: int) -> list[Network]:
        """One network for each recipe: however many processes there are, the same to the last bit."""
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            return list(pool.map(self._learn, recipes))

    def _learn(self, recipe: Recipe) -> Network:
        torch.set_num_threads(self.settings.threads)
        kept = self.settings.work and self.settings.work / f"{self._key(recipe)}.pt"
        if kept and kept.exists():
            self.base.load_state_dict(torch.load(kept, weights_only=True))
            self.base.eval()
            return self.base
        fit(self.base, Tokenizer(self.vocabulary, spelling=as_read), self.examples, recipe, seed=self.settings.seed)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            begun = kept.with_suffix(".begun")
            torch.save(self.base.state_dict(), begun)
            begun.rename(kept)
        return self.base

    def _key(self, recipe: Recipe) -> str:
        told = (recipe, len(self.base.layers), self.settings.seed, self.settings.threads, list(self.examples))
        return hashlib.sha256(self.vocabulary + repr(told).encode()).hexdigest()[:16]

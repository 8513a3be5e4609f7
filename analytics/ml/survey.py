"""Looks at everybody's files one after the other: how much there is, what is usual, and a sample to learn from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.ml.features import build_timing
from analytics.ml.horizon import gaps_of, horizon_of
from analytics.ml.ladder import Sufficiency
from analytics.ml.parts import load_part, save_part
from analytics.ml.purchases import Ints, Purchases

MOST_CUSTOMERS = 25_000  # with six windows each: more moved no metric, only the clock
SEED = 0
FOUND, SAMPLE = "survey.json", "sample.npz"


@dataclass(frozen=True, eq=False)
class Survey:
    """What the files tell of everybody before a day, and a sample of them: all are never in memory at once.

    `horizon_days` is the shop's own.
    """

    sufficiency: Sufficiency
    horizon_days: int
    sample: Purchases

    def save(self, folder: Path) -> None:
        """Beside the files, for whoever learns from them."""
        save_part(self.sample, folder / SAMPLE)
        found = {"sufficiency": asdict(self.sufficiency), "horizon_days": self.horizon_days}
        (folder / FOUND).write_text(json.dumps(found), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Survey:
        """What was saved there; OSError where nothing was."""
        found = json.loads((folder / FOUND).read_text(encoding="utf-8"))
        return cls(Sufficiency(**found["sufficiency"]), found["horizon_days"], load_part(folder / SAMPLE))


def survey(paths: Sequence[Path], as_of: int, *, customers: int = MOST_CUSTOMERS, seed: int = SEED) -> Survey:
    """Look at everybody's customer-days before the day number `as_of`, file by file; the sample is the one that
    `Purchases.sample` draws from all of them."""
    counts: list[int] = []
    found: list[Sufficiency] = []
    gaps: list[Ints] = [np.empty(0, np.int32)]
    for path in paths:
        known = load_part(path).before(as_of)
        counts.append(len(known))
        found.append(Sufficiency.of(build_timing(known, as_of)))
        gaps.append(gaps_of(known).astype(np.int32))
    chosen = np.ones(sum(counts), dtype=bool)
    if len(chosen) > customers:
        chosen[:] = False
        chosen[np.random.default_rng(seed).choice(len(chosen), customers, replace=False)] = True
    rows = np.split(chosen, np.cumsum(counts)[:-1]) if counts else []
    parts = [_kept(load_part(path).before(as_of), mine) for path, mine in zip(paths, rows, strict=True)]
    return Survey(Sufficiency.together(found), horizon_of(np.concatenate(gaps)), Purchases.joined(parts))


def _kept(purchases: Purchases, chosen: NDArray[np.bool_]) -> Purchases:
    return purchases.keep(np.repeat(chosen, purchases.row_counts))

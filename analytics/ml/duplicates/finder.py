"""Finds records that are one and the same: odds for each pair learnt from the list itself, then groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.duplicates.fields import NAME, Field
from analytics.ml.duplicates.keys import candidate_pairs
from analytics.ml.duplicates.likeness import LEVELS, Levels, levels_of
from analytics.ml.purchases import Floats, Ints

ROUNDS = 40
RANDOM_PAIRS = 40_000
TINY = 1e-5
SURE = 0.5
OTHER_NAME = -4.0  # nothing alike in any name: colleagues and neighbours, whatever else they share

USUALLY = (0.05, 0.05, 0.1, 0.15, 0.65)  # levels of two records of one person, before any is seen
TRUST = 10.0
SEEN = 0.6
START = 0.2
CAUTIOUS = (
    2.5  # half of what was seen among others is the same after all: on public lists the odds were too low by this
)


@dataclass(frozen=True, eq=False)
class Odds:
    """Log odds of each level of each field [fields, levels] and of a candidate before anything is compared."""

    weights: Floats
    prior: float

    def of(self, levels: Levels) -> Floats:
        """Log odds [m] that a pair is one record; a field that says nothing counts nothing."""
        total = np.full(len(levels), self.prior)
        for at in range(levels.shape[1]):
            known = levels[:, at] >= 0
            total[known] += self.weights[at, levels[known, at]]
        return total


class DuplicateFinder:
    """Fellegi and Sunter's record linkage (1969): candidates, levels, and odds by expectation maximisation."""

    def __init__(self, *, sure: float = SURE, seed: int = 0) -> None:
        self.sure = sure
        self.seed = seed

    def fit(self, fields: list[Field]) -> DuplicateFinder:
        """Learn from the records themselves; sets `pairs_` [m, 2], `odds_` and `chance_` [m]."""
        self.pairs_ = candidate_pairs(fields)
        levels = levels_of(fields, self.pairs_)
        rows = len(fields[0].values)
        self.odds_ = fit_odds(levels, chance_levels(fields, seed=self.seed), rows * (rows - 1) / 2)
        self.score_ = self.odds_.of(levels) + rarity(fields, self.pairs_, levels)
        self.score_ += OTHER_NAME * _other_name(fields, levels)
        self.chance_ = 1 / (1 + np.exp(-np.clip(self.score_, -50, 50)))
        return self

    def suggestions(self) -> Ints:
        """The pairs [k, 2] that are one record with at least the wanted chance."""
        return np.asarray(self.pairs_[self.chance_ >= self.sure])


def rarity(fields: list[Field], pairs: Ints, levels: Levels) -> Floats:
    """What an equal value says more or less than usual: rare names count for more (Winkler, 2006)."""
    total = np.zeros(len(pairs))
    for at, field in enumerate(fields):
        names, inverse, counts = np.unique(field.values.astype(str), return_inverse=True, return_counts=True)
        known = names != ""
        share = counts / max(counts[known].sum(), 1)
        usual = np.log(np.maximum((share[known] ** 2).sum(), TINY))
        equal = levels[:, at] == LEVELS - 1
        total[equal] += 0.5 * np.clip(usual - np.log(share[inverse[pairs[equal, 0]]]), -3, 3)
    return total


def _other_name(fields: list[Field], levels: Levels) -> NDArray[np.bool_]:
    """Some name is known on both sides, and none of them is alike [m]."""
    names = levels[:, [field.kind == NAME for field in fields]]
    return np.asarray((names >= 0).any(axis=1) & (names <= 0).all(axis=1))


def fit_odds(levels: Levels, chance: Floats, total: float) -> Odds:
    """The two kinds of candidates, the same and others, by expectation maximisation.

    `chance` [fields, levels] is how often each level occurs among all `total` pairs. Candidates were chosen for what
    they share: what the others among them look like is a mean of chance and of what is seen, on the scale of logs.
    """
    patterns, counts = np.unique(levels, axis=0, return_counts=True)
    usual = np.tile(np.array(USUALLY), (levels.shape[1], 1))
    same, other, share = usual, chance, START / np.sqrt(total)
    for _ in range(ROUNDS):
        odds = Odds(np.log(same / other), float(np.log(share / (1 - share))))
        chances = 1 / (1 + np.exp(-np.clip(odds.of(patterns), -50, 50)))
        found = float((counts * chances).sum())
        same = (_shares(patterns, counts * chances) * found + TRUST * usual) / (found + TRUST)
        other = np.exp((1 - SEEN) * np.log(chance) + SEEN * np.log(_shares(patterns, counts * (1 - chances))))
        share = float(np.clip(found / total, 1e-12, 0.5))
    return Odds(np.log(same / other), float(np.log(share / (1 - share))) + CAUTIOUS)


def chance_levels(fields: list[Field], *, seed: int) -> Floats:
    """How often each level occurs among all pairs [fields, levels]: equal values are counted, the rest is drawn."""
    rows = len(fields[0].values)
    drawn = np.random.default_rng(seed).integers(0, rows, (RANDOM_PAIRS, 2))
    levels = levels_of(fields, drawn[drawn[:, 0] != drawn[:, 1]])
    found = _shares(levels, np.ones(len(levels)))
    for at, field in enumerate(fields):
        counts = np.unique(field.values[field.values != ""].astype(str), return_counts=True)[1].astype(np.float64)
        known = counts.sum()
        equal = max((counts * (counts - 1)).sum() / max(known * (known - 1), 1), 0.5 / known)
        found[at, :-1] *= (1 - equal) / found[at, :-1].sum()
        found[at, -1] = equal
    return found


def _shares(levels: Levels, weight: Floats) -> Floats:
    """How often each level occurs in each field [fields, levels], one pair more in each."""
    found = np.ones((levels.shape[1], LEVELS)) * 0.5
    for at in range(levels.shape[1]):
        known = levels[:, at] >= 0
        found[at] += np.bincount(levels[known, at], weight[known], LEVELS)
    return np.asarray(found / found.sum(axis=1, keepdims=True))

"""Finds records that are one and the same: odds for each pair learnt from the list itself, then groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.ml.duplicates.fields import Field
from analytics.ml.duplicates.keys import candidate_pairs
from analytics.ml.duplicates.likeness import EQUAL, Levels, levels_of
from analytics.ml.duplicates.odds import chance_levels, fit_odds, rarity, score_of
from analytics.ml.purchases import Floats, Ints

SURE = 0.5


class DuplicateFinder:
    """Fellegi and Sunter's record linkage (1969): candidates, levels, and odds by expectation maximisation."""

    def __init__(self, *, sure: float = SURE, seed: int = 0) -> None:
        self.sure = sure
        self.seed = seed

    def fit(self, fields: Sequence[Field]) -> DuplicateFinder:
        """Learn from the records themselves; sets `pairs_` [m, 2], `cut_`, `odds_` and `chance_` [m]."""
        self.fields_ = list(fields)
        found = candidate_pairs(self.fields_)
        self.pairs_, self.cut_ = found.pairs, found.cut
        levels = levels_of(self.fields_, self.pairs_)
        rows = len(self.fields_[0].values)
        self.odds_ = fit_odds(self.fields_, levels, chance_levels(self.fields_, seed=self.seed), rows * (rows - 1) / 2)
        self.rarity_ = [rarity(field) for field in self.fields_]
        self.score_ = score_of(self.odds_.of(levels, self._rare(levels, self.pairs_[:, 0])))
        self.chance_ = 1 / (1 + np.exp(-np.clip(self.score_, -50, 50)))
        return self

    def suggestions(self) -> Ints:
        """The pairs [k, 2] that are one record with at least the wanted chance."""
        return np.asarray(self.pairs_[self.chance_ >= self.sure])

    def _rare(self, levels: Levels, rows: Ints) -> Floats:
        """What equal values say more than usual [m, fields]."""
        found = np.zeros(levels.shape)
        for at, field in enumerate(self.fields_):
            equal = levels[:, at] == EQUAL
            found[equal, at] = self.rarity_[at][field.codes[rows[equal]]]
        return found

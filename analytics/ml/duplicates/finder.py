"""Finds records that are one and the same: odds for each pair learnt from the list itself, then groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analytics.ml.duplicates.chains import through_others
from analytics.ml.duplicates.fields import Field, Words, plain_value, without_towns
from analytics.ml.duplicates.keys import Index, candidate_pairs
from analytics.ml.duplicates.likeness import EQUAL, Levels, levels_between, levels_of
from analytics.ml.duplicates.odds import chance_levels, fit_odds, linked, rarity, score_of
from analytics.ml.purchases import Floats, Ints

LIKELY = 0.5
SUGGEST = 0.99  # how many of the pairs that people are asked about are to be right
APART = 0.02  # so few likely pairs within one source: each of the two lists names everybody once


class DuplicateFinder:
    """Fellegi and Sunter's record linkage (1969): candidates, levels, and odds by expectation maximisation.

    Others who are alike are told apart by kinds of their own: strangers, who shares a house, and namesakes.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, fields: Sequence[Field], source: Words | None = None) -> DuplicateFinder:
        """Learn from the records themselves; sets `candidates_` [k, 2], `pairs_` [m, 2], `cut_`, `odds_` and
        `chance_` [m]. Candidates are what is compared first, pairs what is left of them, and what others link.

        `source` [n] says from which of two lists a record comes; it counts only where it is known of all.
        """
        self.fields_ = list(fields)
        rows = len(self.fields_[0].values)
        found = candidate_pairs(self.fields_)
        self.cut_, self.candidates_ = found.cut, found.pairs
        levels = levels_of(self.fields_, found.pairs)
        self.odds_ = fit_odds(self.fields_, levels, chance_levels(self.fields_, seed=self.seed), rows * (rows - 1) / 2)
        self.rarity_ = [rarity(field) for field in self.fields_]
        score = score_of(self._likelihood(levels, found.pairs[:, 0]))
        self.pairs_, self.score_ = through_others(found.pairs, score, rows, self._linked)
        if source is not None and "" not in source and len(set(source)) == len(("one", "other")):
            self._pair_up(source)
        self.chance_ = _chance(self.score_)
        self._index: Index | None = None
        return self

    def suggestions(self, precision: float | None = None) -> Ints:
        """The pairs [k, 2] that are rather one record than two; with `precision` the surest, of whom so many are right.

        That is by their own chances: as many as leave the mean of them at least there.
        """
        if precision is None:
            return np.asarray(self.pairs_[self.chance_ >= LIKELY])
        order = np.argsort(-self.chance_, kind="stable")
        mean = np.cumsum(self.chance_[order]) / np.arange(1, len(order) + 1)
        return np.asarray(self.pairs_[np.sort(order[(mean >= precision) & (self.chance_[order] >= LIKELY)])])

    def check(self, record: Mapping[str, str]) -> list[tuple[int, float]]:
        """Rows that a new record (name of a field → cell) may be, with the chance of each, likeliest first."""
        asked = self.prepared(record)
        if self._index is None:
            self._index = Index(self.fields_)
        rows = self._index.rows_like([field.values[0] for field in asked])
        levels = levels_between(self.fields_, rows, asked, np.zeros_like(rows))
        chance = _chance(score_of(self._likelihood(levels, rows)))
        order = np.argsort(-chance, kind="stable")
        return [(int(rows[at]), float(chance[at])) for at in order if chance[at] >= LIKELY]

    def prepared(self, record: Mapping[str, str]) -> list[Field]:
        """A new record as a list of one, its values in the same form as those of the list."""
        cells = [np.array([plain_value(record.get(f.name, ""), f.kind, f.role)], object) for f in self.fields_]
        return without_towns([replace(field, values=cell) for field, cell in zip(self.fields_, cells, strict=True)])

    def _linked(self, pairs: Ints, links: Floats) -> Floats:
        return linked(self.odds_, self._likelihood(levels_of(self.fields_, pairs), pairs[:, 0]), links)

    def _likelihood(self, levels: Levels, rows: Ints) -> Floats:
        return self.odds_.of(levels, self._rare(levels, rows))

    def _pair_up(self, source: Words) -> None:
        """Where likely pairs go from one list to the other only, each record has one partner: the likeliest."""
        left, right = source[self.pairs_[:, 0]], source[self.pairs_[:, 1]]
        across, likely = (left != right), self.score_ > 0
        if not likely.any() or (likely & ~across).sum() > APART * likely.sum():
            return
        partners = best_partners(self.pairs_[across], self.score_[across])
        self.pairs_, self.score_ = self.pairs_[across][partners], self.score_[across][partners]

    def _rare(self, levels: Levels, rows: Ints) -> Floats:
        """What equal values say more than usual [m, fields]."""
        found = np.zeros(levels.shape)
        for at, field in enumerate(self.fields_):
            equal = levels[:, at] == EQUAL
            found[equal, at] = self.rarity_[at][field.codes[rows[equal]]]
        return found


def best_partners(pairs: Ints, score: Floats) -> Ints:
    """Which pairs stay (sorted) when each record keeps one partner, likeliest pairs first."""
    taken: set[int] = set()
    kept = []
    for at in np.argsort(-score, kind="stable").tolist():
        first, second = pairs[at].tolist()
        if first not in taken and second not in taken:
            taken |= {first, second}
            kept.append(at)
    return np.sort(np.array(kept, dtype=np.int64))


def _chance(score: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(score, -50, 50))))

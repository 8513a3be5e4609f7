"""How likely two records are one: learnt from the list itself, against strangers, house-mates and namesakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.duplicates.fields import BIRTH, EMAIL, FULL, GIVEN, NAMES, PLACE, REACH, Field
from analytics.ml.duplicates.likeness import LEVELS, Levels, levels_of
from analytics.ml.purchases import Floats

ROUNDS = 40
RANDOM_PAIRS = 40_000
TINY = 1e-5
SAME, STRANGER, MATE, NAMESAKE = range(4)
USUALLY = np.array([0.05, 0.02, 0.1, 0.15, 0.68])  # levels of two records of one person, before any is seen
OWN_WORDS = np.array([0.5, 0.5, 0, 0, 0])  # names under one roof: nothing alike, or one part of them
MOST_APART = np.array([0.1, 0.04])  # so few doubles have another name: else house-mates are taken for doubles
TRUST = 10.0
SEEN = 0.6
LOW = 2  # levels that what differs may well have
START = 0.2
MOST_RELATED = 0.9  # of all pairs: in a short list nearly everybody may be one person
CAUTIOUS = 1.0  # the odds were too low by so much on public lists; anything from 0.5 to 1.5 does about as well


@dataclass(frozen=True, eq=False)
class Odds:
    """`log_levels` [4, fields, levels] of the four kinds of pairs, `log_shares` [4] of each kind among all pairs."""

    log_levels: Floats
    log_shares: Floats
    by_chance: NDArray[np.bool_]  # [4, fields]: equal only by chance, so that a rare value counts for more

    def of(self, levels: Levels, rare: Floats | None = None) -> Floats:
        """Log likelihood [m, 4] of each kind; `rare` [m, fields] is what an equal value says more than usual."""
        found = np.tile(self.log_shares, (len(levels), 1))
        for at in range(levels.shape[1]):
            known = levels[:, at] >= 0
            found[known] += self.log_levels[:, at, levels[known, at]].T
        if rare is not None:
            found -= rare @ self.by_chance.T.astype(np.float64)
        return found


def score_of(likelihood: Floats) -> Floats:
    """Log odds [m] of being the same against all other kinds."""
    others = np.logaddexp.reduce(likelihood[:, SAME + 1 :], axis=1)
    return np.asarray(likelihood[:, SAME] - others + CAUTIOUS)


def linked(odds: Odds, likelihood: Floats, links: Floats) -> Floats:
    """Log odds [m] of two records that a third one links: how rare a double is counts no more, what differs does."""
    plain = likelihood - odds.log_shares
    against = np.minimum(plain[:, SAME] - plain[:, STRANGER], 0)
    relatives = np.logaddexp(likelihood[:, MATE], likelihood[:, NAMESAKE])
    return np.asarray(np.minimum(links + against, likelihood[:, SAME] - relatives + CAUTIOUS))


def fit_odds(fields: Sequence[Field], levels: Levels, chance: Floats, total: float) -> Odds:
    """The kinds of candidates by expectation maximisation over the patterns of levels.

    `chance` [fields, levels] is how often each level occurs among all `total` pairs. Who shares a house has what
    belongs to the house in common and is called by chance; a namesake is called the same and has the rest by
    chance. Strangers were chosen for what they share: a mean of chance and of what is seen, on the scale of logs.
    """
    patterns, counts = _patterns(levels)
    kinds = _Kinds(fields, chance)
    shares = np.full(4, START / np.sqrt(max(total, 1.0)))
    shares = _shares_of_kinds(shares)
    for _ in range(ROUNDS):
        odds = Odds(np.log(kinds.levels), np.log(shares), kinds.by_chance)
        likelihood = odds.of(patterns)
        posterior = np.exp(likelihood - np.logaddexp.reduce(likelihood, axis=1)[:, None])
        weights = posterior * counts[:, None]
        kinds.learn(patterns, weights)
        found = weights.sum(axis=0) + START
        shares = _shares_of_kinds(np.clip(found / max(total, 1.0), 1e-12, 0.5))
    return Odds(np.log(kinds.levels), np.log(shares), kinds.by_chance)


def _shares_of_kinds(shares: Floats) -> Floats:
    """Those of all kinds but strangers as given, together at most nine in ten; strangers are the rest."""
    found = shares.copy()
    found[STRANGER] = 0
    found *= min(1.0, MOST_RELATED / found.sum())
    found[STRANGER] = 1 - found.sum()
    return found


class _Kinds:
    """How often each level occurs in each field of each kind of pairs: `levels` [4, fields, levels]."""

    def __init__(self, fields: Sequence[Field], chance: Floats) -> None:
        roles = [field.role for field in fields]
        own = GIVEN if GIVEN in roles else FULL
        self.chance = chance
        self.called = np.array([role in NAMES for role in roles])
        self.tells_mates = np.array([role in (own, BIRTH) for role in roles])
        self.tells_namesakes = np.array([role in (BIRTH, PLACE, REACH) for role in roles])
        self.by_chance = np.zeros((4, len(fields)), dtype=bool)
        self.by_chance[STRANGER] = True
        self.by_chance[MATE] = self.tells_mates
        self.by_chance[NAMESAKE] = True
        usual = np.tile(USUALLY, (len(fields), 1))
        half = (usual + chance) / 2
        housed = np.array(
            [role in (PLACE, REACH) and field.kind != EMAIL for role, field in zip(roles, fields, strict=True)]
        )[:, None]
        apart = _only_low(np.tile(OWN_WORDS, (len(fields), 1)), chance)
        mate = np.where(self.tells_mates[:, None], apart, np.where(housed, usual, half))
        namesake = np.where(self.called[:, None], usual, np.where(self.tells_namesakes[:, None], chance, half))
        self.usual = np.stack([usual, chance, mate, namesake])
        self.levels = self.usual.copy()

    def learn(self, patterns: Levels, weights: Floats) -> None:
        """From patterns [p, fields] and how many pairs of each kind they are [p, 4]."""
        seen = np.stack([_shares(patterns, weights[:, kind]) for kind in range(4)])
        found = weights.sum(axis=0)[:, None, None]
        learnt = (seen * found + self.usual * TRUST) / (found + TRUST)
        own = learnt[SAME, :, :LOW]
        learnt[SAME, :, :LOW] = np.where(self.tells_mates[:, None], np.minimum(own, MOST_APART), own)
        self.levels[SAME] = learnt[SAME] / learnt[SAME].sum(axis=1, keepdims=True)
        self.levels[STRANGER] = np.exp((1 - SEEN) * np.log(self.chance) + SEEN * np.log(seen[STRANGER]))
        self.levels[MATE] = np.where(self.tells_mates[:, None], _only_low(learnt[MATE], self.chance), learnt[MATE])
        self.levels[NAMESAKE] = np.where(
            self.called[:, None],
            self.levels[SAME],
            np.where(self.tells_namesakes[:, None], _only_low(learnt[NAMESAKE], self.chance), learnt[NAMESAKE]),
        )


def _only_low(learnt: Floats, chance: Floats) -> Floats:
    """The high levels by chance, the low ones as learnt [fields, levels]."""
    found = chance.copy()
    low = learnt[:, :LOW]
    found[:, :LOW] = low / low.sum(axis=1, keepdims=True) * (1 - chance[:, LOW:].sum(axis=1, keepdims=True))
    return found


def chance_levels(fields: Sequence[Field], *, seed: int) -> Floats:
    """How often each level occurs among all pairs [fields, levels]: equal values are counted, the rest is drawn."""
    rows = len(fields[0].values)
    drawn = np.random.default_rng(seed).integers(0, rows, (RANDOM_PAIRS, 2))
    levels = levels_of(fields, drawn[drawn[:, 0] != drawn[:, 1]])
    found = _shares(levels, np.ones(len(levels)))
    for at, field in enumerate(fields):
        counts = np.bincount(field.codes[field.codes >= 0]).astype(np.float64)
        known = counts.sum()
        equal = max((counts * (counts - 1)).sum() / max(known * (known - 1), 1), 0.5 / known)
        found[at, :-1] *= (1 - equal) / found[at, :-1].sum()
        found[at, -1] = equal
    return found


def rarity(field: Field) -> Floats:
    """By the number of a value: what it says more or less than usual when equal, as rare names do (Winkler, 2006)."""
    share = np.bincount(field.codes[field.codes >= 0]) / max(int((field.codes >= 0).sum()), 1)
    usual = np.log(max((share**2).sum(), TINY))
    return np.asarray(0.5 * np.clip(usual - np.log(share), -3, 3))


def _patterns(levels: Levels) -> tuple[Levels, Floats]:
    """The different rows [p, fields] and how often each occurs."""
    packed = np.zeros(len(levels), dtype=np.int64)
    for at in range(levels.shape[1]):
        packed = packed * (LEVELS + 1) + levels[:, at] + 1
    _, first, counts = np.unique(packed, return_index=True, return_counts=True)
    return levels[first], counts.astype(np.float64)


def _shares(patterns: Levels, weight: Floats) -> Floats:
    """How often each level occurs in each field [fields, levels], one pair more in each."""
    found = np.ones((patterns.shape[1], LEVELS)) * 0.5
    for at in range(patterns.shape[1]):
        known = patterns[:, at] >= 0
        found[at] += np.bincount(patterns[known, at], weight[known], LEVELS)
    return np.asarray(found / found.sum(axis=1, keepdims=True))

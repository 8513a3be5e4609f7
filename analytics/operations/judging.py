"""Puts a number, a word and reasons to customer-days: by the model in use, or else by a rule of thumb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

import numpy as np

from analytics.loading import Champion
from analytics.ml.features import Features, shared_features
from analytics.ml.ladder import rule_of_thumb
from analytics.ml.purchases import Floats, Purchases
from analytics.ml.reasons import Reason
from analytics.ml.score import Scored
from analytics.models import Band, Score, ScoredTask

from .facts import VALUE_BANDS, ShopFacts, shop_facts
from .registry import champions

HORIZONS: dict[str, int] = {ScoredTask.CHURN: 90, ScoredTask.VALUE: 365, ScoredTask.VALUE_90: 90}

Reasons = list[dict[str, Any]]


class Why(Enum):
    """Of whom it is said why: of everybody, of nobody, or of those whose risk is high or medium.

    Of the others `analytics.queries.why` works it out when somebody asks: that costs a moment for one, and for a
    million customers four fifths of the time of all scores.
    """

    ALL, RISKY, NONE = "all", "risky", "none"

    def bands(self, task: str) -> Sequence[str] | None:
        """As `Scorer.score` takes them."""
        if self == Why.RISKY and task == ScoredTask.CHURN:
            return (Band.HIGH, Band.MEDIUM)
        return None if self == Why.ALL else ()


@dataclass(frozen=True)
class Judged:
    """Scores of many people in plain lists of equal length, ready to be stored.

    `reasons` are None where they are left to be worked out later. `stakes` and `fifths` of churn: what each may spend
    in a year if they stay, and their place by that. `if_ordered`: what the value would be with one more order now,
    where a model can tell, left as the reasons are; `levers`: what could be done about another chance.
    """

    task: str
    kind: str
    version_id: int | None
    horizon_days: int
    ids: Sequence[int]
    values: Sequence[float]
    low: Sequence[float | None]
    high: Sequence[float | None]
    bands: Sequence[str]
    fifths: Sequence[int]
    reasons: Sequence[Reasons | None]
    stakes: Sequence[float | None]
    if_ordered: Sequence[float | None] = ()
    levers: Sequence[dict[str, Any] | None] = ()


class Judge(Protocol):
    @property
    def task(self) -> str: ...

    def judge(self, purchases: Purchases, as_of: int, *, why: Why = Why.ALL) -> Judged: ...


@dataclass(frozen=True)
class Jury:
    """One judge for each task, who see the same customers."""

    judges: Sequence[Judge]
    facts: ShopFacts

    def judge(self, purchases: Purchases, as_of: int, *, why: Why = Why.ALL) -> list[Judged]:
        """What each says of everybody with a purchase before the day number `as_of`."""
        judged = {judge.task: judge.judge(purchases, as_of, why=why) for judge in self.judges}
        churn, value = judged.get(ScoredTask.CHURN), judged.get(ScoredTask.VALUE)
        if churn is not None and value is not None:
            stakes = find_stakes(value, purchases, as_of)
            fifths = self.facts.fifths("stake", stakes)
            judged[ScoredTask.CHURN] = replace(churn, stakes=stakes.tolist(), fifths=fifths)
        return list(judged.values())


def seat_jury(facts: ShopFacts | None = None) -> Jury:
    """Models where one is in use, rules of thumb for the rest; two queries."""
    facts = facts or shop_facts()
    serving = champions(*ScoredTask.values)
    judges = [
        ModelJudge(task, serving[task], facts) if task in serving else _rule(task, facts) for task in ScoredTask.values
    ]
    return Jury(judges, facts)


def _rule(task: str, facts: ShopFacts) -> Judge:
    return ChurnRule(facts) if task == ScoredTask.CHURN else ValueRule(facts, task)


def find_stakes(value: Judged, purchases: Purchases, as_of: int) -> Floats:
    """What each may spend in a year if they stay [n]: what is expected, or what they spent in the last year if more.

    The expected value counts the chance that they leave; staying they would go on at least as before.
    """
    before = ValueRule(ShopFacts(), ScoredTask.VALUE).judge(purchases, as_of, why=Why.NONE)
    return np.asarray(np.maximum(value.values, before.values), dtype=float)


@dataclass(frozen=True)
class ModelJudge:
    """The model in use."""

    task: str
    champion: Champion
    facts: ShopFacts

    def judge(self, purchases: Purchases, as_of: int, *, why: Why = Why.ALL) -> Judged:
        scored = self.champion.scorer.score(purchases, as_of, why=why.bands(self.task))
        is_churn = self.task == ScoredTask.CHURN
        fifths = [0] * len(scored.values) if is_churn else self.facts.fifths(self.task, scored.values)
        return Judged(
            task=self.task,
            kind=Score.Kind.MODEL,
            version_id=self.champion.version.pk,
            horizon_days=scored.horizon_days,
            ids=scored.customer_ids.tolist(),
            values=scored.values.tolist(),
            low=scored.low.tolist(),
            high=scored.high.tolist(),
            bands=scored.bands.tolist() if is_churn else [VALUE_BANDS[fifth] for fifth in fifths],
            fifths=fifths,
            reasons=[_plain(each) for each in scored.reasons],
            stakes=[None] * len(fifths),
            if_ordered=self._if_ordered(scored, purchases, as_of) if is_churn else (),
        )

    def _if_ordered(self, scored: Scored, purchases: Purchases, as_of: int) -> list[float | None]:
        """Of those who are told why; of the others it is left as well."""
        told = np.array([reasons is not None for reasons in scored.reasons], dtype=bool)
        theirs = purchases.of(scored.customer_ids[told])
        found = iter(self.champion.scorer.if_ordered(theirs, as_of).tolist())
        return [next(found) if is_told else None for is_told in told.tolist()]


@dataclass(frozen=True)
class ChurnRule:
    """How long somebody has been quiet beside what is usual for them. The value only ranks: it is no chance."""

    facts: ShopFacts
    task: str = ScoredTask.CHURN

    def judge(self, purchases: Purchases, as_of: int, *, why: Why = Why.ALL) -> Judged:
        features = shared_features(purchases, as_of)
        rule = rule_of_thumb(features, shop_gap_days=self.facts.gap_days)
        usual = np.maximum(rule.usual_days, 1.0)
        said = _rhythm_reasons(features, rule.days, usual) if why != Why.NONE else [[] for _ in rule.days]
        bands, values = rule.bands.tolist(), rule.days / (rule.days + usual)
        return _by_rule(self.task, features, values=values, bands=bands, fifths=[0] * len(values), reasons=said)


@dataclass(frozen=True)
class ValueRule:
    """As much as in an equal stretch before today."""

    facts: ShopFacts
    task: str

    def judge(self, purchases: Purchases, as_of: int, *, why: Why = Why.ALL) -> Judged:
        features = shared_features(purchases, as_of)
        spent = features.column(f"spend_{HORIZONS[self.task]}")
        fifths = self.facts.fifths(self.task, spent)
        bands: list[str] = [VALUE_BANDS[fifth] for fifth in fifths]
        return _by_rule(self.task, features, values=spent, bands=bands, fifths=fifths, reasons=[[] for _ in fifths])


def _plain(reasons: Sequence[Reason] | None) -> Reasons | None:
    return None if reasons is None else [reason.as_json() for reason in reasons]


def _rhythm_reasons(features: Features, days: Floats, usual: Floats) -> list[Reasons]:
    rows = zip(features.column("purchases").tolist(), days.tolist(), usual.tolist(), strict=True)
    return [[_rhythm_reason(count > 1, quiet, gap)] for count, quiet, gap in rows]


def _rhythm_reason(is_repeat: bool, days: float, usual: float) -> dict[str, Any]:
    """Why the rule says so. People count days up to the last known one, features to the day after it."""
    if days > usual:
        key = "quiet_longer_than_usual" if is_repeat else "quiet_since_only_purchase"
        return {
            "key": key,
            "direction": "up",
            "numbers": {"days": days - 1, "usual_days" if is_repeat else "shop_days": usual},
        }
    key = "bought_recently" if is_repeat else "first_purchase_recent"
    return {"key": key, "direction": "down", "numbers": {"days": days - 1, "usual_days": usual}}


def _by_rule(
    task: str, features: Features, *, values: Floats, bands: list[str], fifths: list[int], reasons: list[Reasons]
) -> Judged:
    nothing: list[float | None] = [None] * len(values)
    return Judged(
        task=task, kind=Score.Kind.RULE, version_id=None, horizon_days=HORIZONS[task],
        ids=features.customer_ids.tolist(), values=values.tolist(), low=nothing, high=nothing, bands=bands,
        fifths=fifths, reasons=reasons, stakes=nothing,
    )  # fmt: skip

"""Puts a number, a word and reasons to customer-days: by the model in use, or else by a rule of thumb."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from analytics.ml.features import Features, build_features
from analytics.ml.ladder import rule_of_thumb
from analytics.ml.purchases import Floats, Purchases
from analytics.ml.reasons import Reason
from analytics.models import Score, ScoredTask

from .facts import VALUE_BANDS, ShopFacts, shop_facts
from .registry import Champion, champions

HORIZONS: dict[str, int] = {ScoredTask.CHURN: 90, ScoredTask.VALUE: 365, ScoredTask.VALUE_90: 90}

Reasons = list[dict[str, Any]]


@dataclass(frozen=True)
class Judged:
    """Scores of many people in plain lists of equal length, ready to be stored.

    `stakes` and `fifths` of churn: what each may spend in a year if they stay, and their place by that. `if_ordered`:
    what the value would be with one more order now, where a model can tell; `levers`: what could be done about another
    chance.
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
    reasons: Sequence[Reasons]
    stakes: Sequence[float | None]
    if_ordered: Sequence[float | None] = ()
    levers: Sequence[dict[str, Any] | None] = ()


class Judge(Protocol):
    @property
    def task(self) -> str: ...

    def judge(self, purchases: Purchases, as_of: int, *, reasons: bool = True) -> Judged: ...


@dataclass(frozen=True)
class Jury:
    """One judge for each task, who see the same customers."""

    judges: Sequence[Judge]
    facts: ShopFacts

    def judge(self, purchases: Purchases, as_of: int, *, reasons: bool = True) -> list[Judged]:
        """What each says of everybody with a purchase before the day number `as_of`."""
        judged = {judge.task: judge.judge(purchases, as_of, reasons=reasons) for judge in self.judges}
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
    before = ValueRule(ShopFacts(), ScoredTask.VALUE).judge(purchases, as_of, reasons=False)
    return np.asarray(np.maximum(value.values, before.values), dtype=float)


@dataclass(frozen=True)
class ModelJudge:
    """The model in use."""

    task: str
    champion: Champion
    facts: ShopFacts

    def judge(self, purchases: Purchases, as_of: int, *, reasons: bool = True) -> Judged:
        scored = self.champion.scorer.score(purchases, as_of, reasons=reasons)
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
            reasons=[[_plain(reason) for reason in each] for each in scored.reasons],
            stakes=[None] * len(fifths),
            if_ordered=self.champion.scorer.if_ordered(purchases, as_of).tolist() if is_churn and reasons else (),
        )


@dataclass(frozen=True)
class ChurnRule:
    """How long somebody has been quiet beside what is usual for them. The value only ranks: it is no chance."""

    facts: ShopFacts
    task: str = ScoredTask.CHURN

    def judge(self, purchases: Purchases, as_of: int, *, reasons: bool = True) -> Judged:
        features = build_features(purchases, as_of)
        rule = rule_of_thumb(features, shop_gap_days=self.facts.gap_days)
        usual = np.maximum(rule.usual_days, 1.0)
        said = _rhythm_reasons(features, rule.days, usual) if reasons else [[] for _ in rule.days]
        bands, values = rule.bands.tolist(), rule.days / (rule.days + usual)
        return _by_rule(self.task, features, values=values, bands=bands, fifths=[0] * len(values), reasons=said)


@dataclass(frozen=True)
class ValueRule:
    """As much as in an equal stretch before today."""

    facts: ShopFacts
    task: str

    def judge(self, purchases: Purchases, as_of: int, *, reasons: bool = True) -> Judged:
        features = build_features(purchases, as_of)
        spent = features.column(f"spend_{HORIZONS[self.task]}")
        fifths = self.facts.fifths(self.task, spent)
        bands: list[str] = [VALUE_BANDS[fifth] for fifth in fifths]
        return _by_rule(self.task, features, values=spent, bands=bands, fifths=fifths, reasons=[[] for _ in fifths])


def _plain(reason: Reason) -> dict[str, Any]:
    return {"key": reason.key, "direction": reason.direction, "numbers": dict(reason.numbers)}


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

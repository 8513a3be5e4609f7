"""A reason that is named is one: without it the score moves the other way, for every task that gives reasons.

The facts are taken away here by other means than the product's: a customer's purchases are changed and scored anew, a
row gets the usual number. 95 of 100 must hold. Not all, since a fact is named by what the score would be without it
alone, and a history without it differs a little in other facts, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from analytics.learning import all_tasks
from analytics.ml import explain
from analytics.ml.causes import Typical
from analytics.ml.features import NAMES, Features, build_features
from analytics.ml.purchases import Purchases
from analytics.ml.score import Scorer
from analytics.ml.session import Network
from analytics.ml.tabular import job, scorer
from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.frame import Frame, flag_column, number_column, word_column
from analytics.ml.tabular.in_time import fit_frame
from analytics.ml.tabular.scorer import YES, ChanceScorer
from analytics.models import CONTRACTS, LEAD, WIN, ScoredTask
from analytics.queries import contract_history, deal_history, lead_history

SHARE = 0.95
Day = tuple[int, float]


@dataclass(frozen=True)
class Claim:
    """One reason that was given: `key` moved the score `up` or `down`; `without` is the score without it."""

    key: str
    direction: str
    score: float
    without: float

    @property
    def holds(self) -> bool:
        return self.without < self.score if self.direction == "up" else self.without > self.score


def share_of(claims: Sequence[Claim]) -> float:
    return float(np.mean([claim.holds for claim in claims]))


def turned(claims: Sequence[Claim]) -> list[Claim]:
    """The same with every sign wrong."""
    return [replace(claim, direction="down" if claim.direction == "up" else "up") for claim in claims]


# --- customers: another history ---------------------------------------------------------------------------------------


def without_fact(key: str, days: list[Day], as_of: int, typical: Typical) -> list[Day] | None:
    """The purchases of one customer without the fact; None where no history differs in that alone."""
    on, spent = [day for day, _ in days], [amount for _, amount in days]
    gaps = np.diff(on)
    usual = float(np.median(gaps)) if len(gaps) else typical.gap_days
    if key in ("quiet_longer_than_usual", "quiet_since_only_purchase", "bought_recently", "first_purchase_recent"):
        shift = as_of - max(round(usual), 1) - on[-1]
        return [(day + shift, amount) for day, amount in days]
    if key in ("buys_often", "buys_rarely", "bought_once"):
        wanted = max(round(typical.purchases), 2)
        lacking = range(wanted - len(days), 0, -1)
        return [(on[0] - nth * max(round(usual), 1), float(np.median(spent))) for nth in lacking] + days[-wanted:]
    if key in ("small_purchases", "large_purchases"):
        return [(day, amount * typical.average_spend / float(np.mean(spent))) for day, amount in days]
    if key in ("last_purchase_small", "last_purchase_large"):
        return [*days[:-1], (on[-1], float(np.mean(spent)))]
    if key in ("gap_grew", "gap_shrank"):
        return [(day + round(gaps[-1] - usual), amount) for day, amount in days[:-1]] + days[-1:]
    return None


def without_columns(key: str, features: Features, typical: Typical) -> Features:
    """The features of one customer, all else equal."""
    row = dict(zip(NAMES, features.values[0].tolist(), strict=True))
    if key in ("new_customer", "few_in_long_time"):
        row["tenure_days"] = max(typical.tenure_days, row["recency_days"] + row["purchases"] - 1)
    elif key in ("buying_less", "buying_more"):
        for what in ("purchases", "spend"):
            half = (row[f"{what}_90"] + row[f"{what}_91_180"]) / 2
            row |= {f"{what}_90": half, f"{what}_91_180": half, f"{what}_30": half / 3}
    else:
        assert key == "bought_this_time_last_year", f"How is {key} taken away?"
        row |= {"purchases_year_ago": 0.0, "spend_year_ago": 0.0}
    return Features(features.customer_ids, features.as_of, np.array([list(row.values())]))


def claims_of(served: Scorer, purchases: Purchases) -> list[Claim]:
    """Every reason of every customer."""
    as_of, typical = purchases.last_day + 1, Typical(**served.card["typical"])
    scored = served.score(purchases, as_of)
    claims = []
    for at, (score, reasons) in enumerate(zip(scored.values.tolist(), scored.reasons, strict=True)):
        low, high = purchases.starts[at], purchases.starts[at + 1]
        days = list(zip(purchases.days[low:high].tolist(), purchases.amounts[low:high].tolist(), strict=True))
        for reason in reasons or ():
            other = without_fact(reason.key, days, as_of, typical)
            if other is None:
                features = without_columns(reason.key, build_features(purchases.slice(at, at + 1), as_of), typical)
            else:
                features = build_features(Purchases.from_rows([1] * len(other), *zip(*other, strict=True)), as_of)
            claims.append(Claim(reason.key, reason.direction, score, float(served.predict(features)[0])))
    return claims


# --- chances: another row ---------------------------------------------------------------------------------------------


def made_frame(numbers: Sequence[str], words: Sequence[str], flags: Sequence[str], *, seed: int = 7) -> Frame:
    """Rows of one task's own columns; the outcome follows most of them, some up to a point and back."""
    rng, rows = np.random.default_rng(seed), 1500
    odds = rng.normal(0, 0.5, rows)
    columns: list[Column] = []
    for place, name in enumerate(numbers):
        values = np.round(rng.gamma(1.2, 10, rows), 1) if place % 3 else rng.poisson(1.5, rows).astype(float)
        scaled = (values - values.mean()) / values.std()
        odds += [0.9, -0.9, 0.7, 0.0][place % 4] * (scaled if place % 5 else 1 - scaled**2 / 2)
        columns.append(number_column(name, [None if rng.random() < 0.03 else value for value in values.tolist()]))
    for place, name in enumerate(words):
        codes = rng.integers(0, 4, rows)
        odds += [1.2, -1.2, 0.0][place % 3] * (codes == 1) - 0.6 * (codes == 2)
        columns.append(word_column(name, [f"{name} {code}" for code in codes]))
    for name in flags:
        on = rng.random(rows) < 0.3
        odds += 1.2 * on
        columns.append(flag_column(name, on.tolist()))
    days = np.sort(rng.integers(19_000, 19_900, rows))
    outcome = (rng.random(rows) < 1 / (1 + np.exp(-(odds - odds.mean())))).astype(float)
    return Frame(np.arange(rows), days, days + 30, outcome, columns)


CONTRACT_COLUMNS = (tuple(contract_history.NUMBERS), tuple(contract_history.WORDS), ())
COLUMNS: Mapping[str, tuple[Sequence[str], Sequence[str], Sequence[str]]] = {
    WIN: (tuple(deal_history.NUMBERS), tuple(deal_history.WORDS), ("has_task",)),
    LEAD: (tuple(lead_history.NUMBERS), tuple(lead_history.WORDS), tuple(lead_history.FLAGS)),
    **dict.fromkeys(CONTRACTS, CONTRACT_COLUMNS),
}


def row_claims(served: ChanceScorer, frame: Frame, rows: int = 300) -> list[Claim]:
    """Every reason of some rows; a word counts as taken away where an average one stands instead."""
    columns = frame.keep(np.arange(rows)).columns
    chances, facts = served.predict(columns), served.facts(columns)
    without = {column.name: _without(served, columns, column, frame) for column in columns}
    return [
        Claim(fact.column, fact.direction, float(chances[at]), float(without[fact.column][at]))
        for at in range(rows)
        for fact in facts[at]
    ]


def _without(served: ChanceScorer, columns: Sequence[Column], column: Column, frame: Frame) -> Any:
    whole = next(one for one in frame.columns if one.name == column.name)
    count = len(column)

    def said(other: Column) -> Any:
        chance = served.predict([other if one.name == column.name else one for one in columns])
        return np.log(chance / (1 - chance))

    if column.kind == "flag":
        margin = said(flag_column(column.name, (column.values == 0).tolist()))
    elif column.kind == "number":
        margin = said(number_column(column.name, [float(np.nanmedian(whole.values))] * count))
    else:
        seen = Counter(whole.levels[code] for code in whole.codes)
        margin = sum(times * said(word_column(column.name, [word] * count)) for word, times in seen.items())
        margin = margin / sum(seen.values())
    return 1 / (1 + np.exp(-margin))


@pytest.fixture(scope="module")
def learned() -> Callable[[str], tuple[ChanceScorer, Frame]]:
    known: dict[Any, tuple[ChanceScorer, Frame]] = {}

    def learn(task: str) -> tuple[ChanceScorer, Frame]:
        if COLUMNS[task] not in known:
            frame = made_frame(*COLUMNS[task])
            request = {"task": task, "as_of": 20_000, "horizon_days": 0}
            network, card = job.export(request, frame, fit_frame(frame, seed=0), None)
            known[COLUMNS[task]] = ChanceScorer(Network(network, [YES], width=len(card["centre"])), card), frame
        return known[COLUMNS[task]]

    return learn


# --- every task -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def customers(churn_scorer: Scorer, value_scorer: Scorer, purchases: Purchases) -> Callable[[str], list[Claim]]:
    known: dict[str, list[Claim]] = {}

    def find(task: str) -> list[Claim]:
        served = churn_scorer if task == ScoredTask.CHURN else value_scorer
        return known.setdefault(served.task, claims_of(served, purchases))

    return find


def test_every_task_that_is_learned_has_its_case() -> None:
    assert set(all_tasks()) == {*ScoredTask.values, *COLUMNS}


@pytest.mark.parametrize("task", ScoredTask.values)
def test_without_the_named_cause_a_customers_score_moves_the_named_way(
    task: str, customers: Callable[[str], list[Claim]]
) -> None:
    claims = customers(task)
    often = {key: times for key, times in Counter(claim.key for claim in claims).items() if times >= 20}
    assert len(claims) > 1000
    assert len(often) >= 6
    assert share_of(claims) >= SHARE
    for key in often:
        assert share_of([claim for claim in claims if claim.key == key]) >= 0.9, key
    assert share_of(turned(claims)) <= 1 - SHARE


@pytest.mark.parametrize("task", COLUMNS)
def test_without_the_named_fact_a_chance_moves_the_named_way(
    task: str, learned: Callable[[str], tuple[ChanceScorer, Frame]]
) -> None:
    claims = row_claims(*learned(task))
    kinds = Counter(claim.key for claim in claims)
    assert len(claims) > 600
    assert len(kinds) >= len(COLUMNS[task][0]) // 2 + 2
    assert share_of(claims) >= SHARE
    assert share_of(turned(claims)) <= 1 - SHARE


def test_a_wrong_sign_in_the_product_would_be_found(
    learned: Callable[[str], tuple[ChanceScorer, Frame]],
    churn_scorer: Scorer,
    purchases: Purchases,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (scorer, explain):
        monkeypatch.setattr(module, "UP", "down")
        monkeypatch.setattr(module, "DOWN", "up")
    assert share_of(row_claims(*learned(WIN))) < 0.5
    monkeypatch.setattr(explain, "is_plain", lambda key, direction, target: True)
    assert share_of(claims_of(churn_scorer, purchases.slice(0, 300))) < 0.5


def test_a_fact_that_is_as_usual_is_no_reason(learned: Callable[[str], tuple[ChanceScorer, Frame]]) -> None:
    served, frame = learned(WIN)
    columns = frame.keep(np.arange(300)).columns
    for facts in served.facts(columns):
        assert all(fact.usual is None or fact.value != fact.usual or fact.column == "has_task" for fact in facts)

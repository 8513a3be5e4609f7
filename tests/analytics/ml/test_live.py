"""Seeded ledgers: a good model stays, a bad one goes, a level is corrected, and noise does nothing."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.ml.drift import moved_numbers, spread_of, spread_of_words, stability
from analytics.ml.inputs import logit, sigmoid
from analytics.ml.live import Closed, Rivals, fit_level, judge, levelled

ROWS, MONTHS = 400, 4


def ledger(seed: int, *, shift: float = 0.0, kind: str = "good", months: int = MONTHS, rows: int = ROWS) -> Closed:
    """Everybody appears in every month; `shift` moves what really comes, `kind` says what the model knows."""
    random = np.random.default_rng(seed)
    chance = random.uniform(0.05, 0.8, rows * months)
    came = (random.random(len(chance)) < sigmoid(logit(chance) + shift)).astype(float)
    said = {"good": chance, "reversed": 0.85 - chance, "noise": random.uniform(0.02, 0.98, len(chance))}[kind]
    return Closed(np.tile(np.arange(rows), months), np.repeat(np.arange(months), rows), said, came)


def rivals(rows: Closed, promise: float = 0.2) -> Rivals:
    return Rivals(np.full(len(rows), 0.42), promise)


def test_a_good_model_keeps_its_promise() -> None:
    rows = ledger(1)
    assert judge("chance", rows, rivals(rows)).word == "fine"


@pytest.mark.parametrize("kind", ["reversed", "noise"])
def test_a_model_that_knows_nothing_is_bad(kind: str) -> None:
    rows = ledger(2, kind=kind)
    verdict = judge("chance", rows, rivals(rows))
    assert (verdict.word, verdict.to_former) == ("bad", False)
    assert verdict.loss > verdict.rule_loss


def test_where_only_the_level_is_off_one_number_cures_it() -> None:
    rows = ledger(3, shift=-1.0)
    verdict = judge("chance", rows, rivals(rows))
    assert verdict.word == "level"
    assert verdict.level == pytest.approx(-1.0, abs=0.2)
    again = judge("chance", rows, rivals(rows), level=verdict.level)
    assert again.word == "fine"


def test_noise_does_nothing_in_two_hundred_small_shops() -> None:
    words = [judge("chance", rows, rivals(rows, 0.19)).word
             for seed in range(200) for rows in [ledger(seed, rows=60, months=3)]]  # fmt: skip
    assert words.count("bad") == 0
    assert words.count("level") <= 2


def test_one_bad_month_is_not_several() -> None:
    good, bad = ledger(4, months=3), ledger(5, kind="reversed", months=1)
    rows = Closed(
        np.concatenate([good.subjects, bad.subjects]), np.concatenate([good.windows, bad.windows + 3]),
        np.concatenate([good.said, bad.said]), np.concatenate([good.outcome, bad.outcome]),
    )  # fmt: skip
    assert judge("chance", rows, rivals(rows)).word != "bad"


def test_a_former_version_that_knew_better_may_serve_again() -> None:
    rows = ledger(6)
    blurred = Closed(rows.subjects, rows.windows, np.random.default_rng(0).permutation(rows.said), rows.outcome)
    verdict = judge("chance", blurred, Rivals(np.full(len(rows), 0.42), 0.2, rows.said))
    assert (verdict.word, verdict.to_former) == ("bad", True)


def test_few_rows_or_one_outcome_are_too_thin_for_a_verdict() -> None:
    rows = ledger(7, months=2)
    assert judge("chance", rows, rivals(rows)).word == "thin"
    whole = ledger(7)
    alike = Closed(whole.subjects, whole.windows, whole.said, np.zeros(len(whole)))
    assert judge("chance", alike, rivals(alike)).word == "thin"


def test_money_that_is_a_third_too_high_is_levelled_by_a_factor() -> None:
    random = np.random.default_rng(8)
    came = random.gamma(2, 50, ROWS * MONTHS) * (random.random(ROWS * MONTHS) < 0.6)
    said = np.clip(came * random.uniform(0.5, 1.5, len(came)), 1, None) * 1.5
    rows = Closed(np.tile(np.arange(ROWS), MONTHS), np.repeat(np.arange(MONTHS), ROWS), said, came)
    verdict = judge("money", rows, Rivals(np.full(len(rows), came.mean()), 60.0))
    assert verdict.word == "level"
    assert levelled("money", said, verdict.level).sum() == pytest.approx(came.sum(), rel=0.01)
    assert fit_level("money", np.zeros(3), np.zeros(3)) == 0


def test_only_what_has_moved_is_named() -> None:
    random = np.random.default_rng(9)
    spreads = {"same": spread_of(random.normal(size=2000)), "far": spread_of(random.normal(size=2000))}
    now = {"same": random.normal(size=400), "far": random.normal(1.5, 1, 400)}
    assert list(moved_numbers(spreads, now)) == ["far"]
    few = {"far": random.normal(1.5, 1, 20)}
    assert moved_numbers(spreads, few) == {}


def test_unknown_numbers_and_new_words_count_as_moved() -> None:
    spread = spread_of(np.arange(1000, dtype=float))
    assert list(moved_numbers({"gone": spread}, {"gone": np.full(300, np.nan)})) == ["gone"]
    words = spread_of_words(["a"] * 50 + ["b"] * 50)
    assert stability(words["shares"], [0.0, 0.0, 1.0]) > 1

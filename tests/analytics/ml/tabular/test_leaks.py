from typing import Any

import numpy as np
import pytest

from analytics.ml.tabular.columns import make_column
from analytics.ml.tabular.leaks import find_left_out
from analytics.ml.tabular.target import CHURN_CONTRACT, LEADS

RNG = np.random.default_rng(5)
OUTCOME = (RNG.random(400) < 0.3).astype(float)


def left_out(task: str, name: str, cells: Any, **options: Any) -> str | None:
    column = make_column(name, [str(cell) for cell in cells])
    found = find_left_out(task, [column], OUTCOME, time=options.pop("time", None), **options)
    return found[0].key if found else None


@pytest.mark.parametrize(
    ("task", "name"),
    [
        (LEADS, "duration"),
        (LEADS, "Tags"),
        (LEADS, "LeadQuality"),
        (LEADS, "close_value"),
        (LEADS, "Loss Reason"),
        (CHURN_CONTRACT, "Churn Score"),
        (CHURN_CONTRACT, "Cancellation Reason"),
    ],
)
def test_what_is_entered_at_the_end_is_known_by_its_name(task: Any, name: Any) -> None:
    assert left_out(task, name, RNG.integers(0, 9, 400)) == "later"


@pytest.mark.parametrize("name", ["previous_outcome", "marital status", "contract duration", "visits", "tenure"])
def test_what_was_known_before_stays(name: Any) -> None:
    assert left_out(LEADS, name, RNG.integers(0, 9, 400)) is None


def test_what_tells_all_by_itself_is_no_finding() -> None:
    assert left_out(LEADS, "amount paid", OUTCOME * RNG.integers(5, 90, 400)) == "perfect"
    assert left_out(LEADS, "visits", OUTCOME * 2 + RNG.normal(0, 1.5, 400)) is None


def test_what_is_filled_for_one_outcome_only_came_with_it() -> None:
    cells = [f"because {RNG.integers(0, 3)}" if one and RNG.random() < 0.93 else "" for one in OUTCOME]
    assert left_out(CHURN_CONTRACT, "category", cells) in ("later", "perfect")


def test_a_day_after_the_rows_own_day_was_not_known_then() -> None:
    days = np.datetime64("2024-01-01") + RNG.integers(0, 300, 400)
    time = make_column("created", [str(day) for day in days])
    assert left_out(LEADS, "signed", days + RNG.integers(0, 60, 400), time=time) == "later"
    assert left_out(LEADS, "first visit", days - RNG.integers(0, 60, 400), time=time) is None


def test_a_user_has_the_last_word() -> None:
    cells = RNG.integers(0, 9, 400)
    assert left_out(LEADS, "duration", cells, kept={"duration"}) is None
    assert left_out(LEADS, "visits", cells, dropped={"visits"}) == "asked"
    assert left_out(LEADS, "flat", [1] * 400, kept={"flat"}) == "constant"

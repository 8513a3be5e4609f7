"""Files of customer-days tell the same as all of them at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analytics.ml.features import build_features
from analytics.ml.horizon import usual_horizon
from analytics.ml.ladder import Sufficiency
from analytics.ml.parts import part_files, save_part
from analytics.ml.purchases import Purchases
from analytics.ml.survey import Survey, survey

COLUMNS = ("customer_ids", "starts", "days", "amounts", "orders")


@pytest.mark.parametrize("customers", [100, 5000])
def test_a_survey_of_files_is_one_of_everybody(customers: int, purchases: Purchases, tmp_path: Path) -> None:
    for number, part in enumerate(purchases.chunks(300)):
        save_part(part, tmp_path / f"part-{number:05d}.npz")
    as_of = purchases.first_day + 200
    known = purchases.before(as_of)
    seen = survey(part_files(tmp_path), as_of, customers=customers, seed=3)
    assert seen.sufficiency == Sufficiency.of(build_features(known, as_of))
    assert seen.horizon_days == usual_horizon(known, as_of)
    sample = known.sample(customers, seed=3)
    assert all(np.array_equal(getattr(seen.sample, name), getattr(sample, name)) for name in COLUMNS)


def test_what_was_seen_is_read_as_it_was_saved(purchases: Purchases, tmp_path: Path) -> None:
    save_part(purchases, tmp_path / "part-00000.npz")
    seen = survey(part_files(tmp_path), purchases.last_day + 1, customers=200, seed=1)
    seen.save(tmp_path)
    again = Survey.load(tmp_path)
    assert (again.sufficiency, again.horizon_days) == (seen.sufficiency, seen.horizon_days)
    assert all(np.array_equal(getattr(again.sample, name), getattr(seen.sample, name)) for name in COLUMNS)
    assert part_files(tmp_path) == [tmp_path / "part-00000.npz"]


def test_no_files_are_nobody() -> None:
    seen = survey([], 20_000, customers=10, seed=0)
    assert len(seen.sample) == 0
    assert not seen.sufficiency.is_enough

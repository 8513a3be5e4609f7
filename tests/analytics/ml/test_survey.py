"""Files of customer-days tell the same as all of them at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analytics.ml.features import build_features
from analytics.ml.ladder import Sufficiency
from analytics.ml.parts import part_files, save_part
from analytics.ml.purchases import Purchases
from analytics.ml.survey import survey
from analytics.ml.windows import horizon_of, usual_horizon

COLUMNS = ("customer_ids", "starts", "days", "amounts", "orders")


@pytest.mark.parametrize("customers", [100, 5000])
def test_a_survey_of_files_is_one_of_everybody(customers: int, purchases: Purchases, tmp_path: Path) -> None:
    for number, part in enumerate(purchases.chunks(300)):
        save_part(part, tmp_path / f"part-{number:05d}.npz")
    as_of = purchases.first_day + 200
    known = purchases.before(as_of)
    seen = survey(part_files(tmp_path), as_of, customers=customers, seed=3)
    assert seen.sufficiency == Sufficiency.of(build_features(known, as_of))
    assert horizon_of(seen.gaps) == usual_horizon(known, as_of)
    sample = known.sample(customers, seed=3)
    assert all(np.array_equal(getattr(seen.sample, name), getattr(sample, name)) for name in COLUMNS)


def test_no_files_are_nobody() -> None:
    seen = survey([], 20_000, customers=10, seed=0)
    assert len(seen.sample) == 0
    assert not seen.sufficiency.is_enough

"""Past cut-offs: closed, with a history, and the nearer the denser."""

import numpy as np
import pytest

from analytics.ml.windows import cut_offs


@pytest.mark.parametrize("horizon", [30, 90])
def test_every_window_has_closed_and_had_a_history(horizon: int) -> None:
    days = cut_offs(1000, 1300, horizon)
    assert days[0] == 1300 - horizon
    assert days[-1] >= 1045
    assert len(days) == 6


def test_windows_thin_out_into_the_past() -> None:
    gaps = -np.diff(cut_offs(0, 1000, 90))
    assert (np.diff(gaps) >= 0).all()
    assert gaps[-1] > gaps[0]


def test_a_young_shop_learns_from_what_has_closed() -> None:
    assert cut_offs(1000, 1150, 90) == [1060, 1045]
    assert cut_offs(1000, 1100, 90) == []

"""Which of several candidates serves: the largest ensemble, unless a smaller one is really better."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.ml.metrics import paired_gain
from analytics.ml.purchases import Floats

Members = tuple[str, ...]


def largest_unless_beaten(losses: Mapping[Members, Floats]) -> Members:
    """The last key of `losses` (what each row lost [n], smallest ensemble first), unless one before it loses less by
    more than noise: the mean of methods is the safer bet."""
    *smaller, best = losses
    for members in smaller:
        best = members if paired_gain(losses[members], losses[best]).is_real else best
    return best

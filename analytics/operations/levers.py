"""Which of the things that somebody can do would change a chance most, as the model in use sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from analytics.levers import is_worth_saying
from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.scorer import ChanceScorer

H = TypeVar("H")

Levers = Mapping[str, Callable[[H, datetime], H | None]]
Columns = Callable[[Mapping[int, H], Sequence[tuple[int, datetime]]], list[Column]]
Lever = dict[str, Any]


@dataclass(frozen=True)
class Pulled(Generic[H]):
    """The chance of one history, by its place in the order of all, after `key` was done."""

    row: int
    key: str
    chance: float


def pull(
    histories: Mapping[int, H], at: datetime, *, levers: Levers[H], columns: Columns[H], scorer: ChanceScorer
) -> list[Pulled[H]]:
    """Every lever on every history where it is not done already, in one batch."""
    asked = [
        (row, key, changed)
        for row, history in enumerate(histories.values())
        for key, change in levers.items()
        if (changed := change(history, at)) is not None
    ]
    worlds = {number: changed for number, (_row, _key, changed) in enumerate(asked)}
    if not worlds:
        return []
    chances = scorer.predict(columns(worlds, [(number, at) for number in worlds])).tolist()
    return [Pulled(row, key, chance) for (row, key, _changed), chance in zip(asked, chances, strict=True)]


def best_levers(
    now: Sequence[float], pulled: Sequence[Pulled[Any]], card: Mapping[str, Any], *, is_wish: bool
) -> list[Lever | None]:
    """For each chance the lever that helps most, {"key", "value"}; None where none helps by more than noise."""
    sign = 1.0 if is_wish else -1.0
    best: dict[int, Pulled[Any]] = {}
    for one in pulled:
        if one.row not in best or sign * one.chance > sign * best[one.row].chance:
            best[one.row] = one
    return [_said(chance, best.get(row), card, sign) for row, chance in enumerate(now)]


def _said(now: float, one: Pulled[Any] | None, card: Mapping[str, Any], sign: float) -> Lever | None:
    if one is None or sign * (one.chance - now) <= 0 or not is_worth_saying(now, one.chance, card):
        return None
    return {"key": one.key, "value": round(one.chance, 4)}

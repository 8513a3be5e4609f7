"""The facts that may move a score, each with the customer's history as it would be without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analytics.ml.features import NAMES, WINDOWS, Features, build_features
from analytics.ml.purchases import Floats, Purchases

SUMS = ("spend", *(f"spend_{span}" for span in (*WINDOWS, "91_180", "year_ago")))
SINGLE = ("average_spend", "last_spend", "largest_spend", "usual_spend")

Row = Mapping[str, float]
Fact = tuple[str, dict[str, float]]


@dataclass(frozen=True)
class Typical:
    """The shop's usual customer, whom a cause is measured against: medians of who bought in the last half year."""

    gap_days: float
    purchases: float
    average_spend: float
    tenure_days: float

    @classmethod
    def of(cls, features: Features) -> Typical:
        """Medians; the gap over customers with a second purchase."""
        recent = features.keep(features.column("recency_days") <= 180)
        known = recent if len(recent) else features
        repeat = known.column("purchases") > 1
        gaps = known.column("usual_gap_days")
        return cls(
            gap_days=float(np.median(gaps[repeat] if repeat.any() else gaps)),
            purchases=float(np.median(known.column("purchases"))),
            average_spend=float(np.median(known.column("average_spend"))),
            tenure_days=float(np.median(known.column("tenure_days"))),
        )

    def as_json(self) -> dict[str, Any]:
        """Plain data for the card."""
        return asdict(self)


@dataclass(frozen=True)
class Cause:
    """`without` gives the histories without the fact; `fact` names it for one customer, or None where it is not one."""

    without: Callable[[Purchases, Features, Typical], Features]
    fact: Callable[[Row, Typical], Fact | None]


def on_rhythm(purchases: Purchases, features: Features, typical: Typical) -> Features:
    """The same purchases, moved in time so that the last one lies one usual gap back."""
    usual = np.where(features.column("purchases") > 1, features.column("usual_gap_days"), typical.gap_days)
    shift = (features.column("recency_days") - np.maximum(np.round(usual), 1)).astype(np.int64)
    known = _of(purchases, features)
    moved = Purchases(known.customer_ids, known.starts, known.days + shift[known.codes], known.amounts, known.orders)
    return build_features(moved, features.as_of)


def _quiet(row: Row, typical: Typical) -> Fact | None:
    days, usual = _said_days(row["recency_days"]), row["usual_gap_days"]
    if row["purchases"] == 1:
        if days > typical.gap_days:
            return "quiet_since_only_purchase", {"days": days, "shop_days": round(typical.gap_days)}
        return "first_purchase_recent", {"days": days}
    key = "quiet_longer_than_usual" if days > usual else "bought_recently"
    return key, {"days": days, "usual_days": round(usual)}


def _usual_count(purchases: Purchases, features: Features, typical: Typical) -> Features:
    """As many purchases as usual, at the same rhythm: the last ones of who has more, earlier ones for who has fewer."""
    wanted = _usual_purchases(typical)
    known = purchases.before(features.as_of).without_cancelled().buys()
    from_end = np.repeat(known.starts[1:], known.row_counts) - np.arange(len(known.days))
    last = known.keep(from_end <= wanted)
    lacking = np.maximum(wanted - known.row_counts, 0)
    who = np.repeat(np.arange(len(known)), lacking)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(lacking) - lacking, lacking) + 1
    repeat = features.column("purchases") > 1
    gap = np.maximum(np.round(np.where(repeat, features.column("usual_gap_days"), typical.gap_days)), 1)
    earlier = known.days[known.starts[:-1]][who] - (nth * gap[who]).astype(np.int64)
    added = Purchases.from_rows(known.customer_ids[who], earlier, features.column("usual_spend")[who])
    return _with_returns_of(features, build_features(Purchases.joined([last, added]), features.as_of))


def _usual_purchases(typical: Typical) -> int:
    return max(round(typical.purchases), 2)


def _with_returns_of(features: Features, others: Features) -> Features:
    return _changed(others, {name: features.column(name) for name in ("returns", "returned_share")})


def _count(row: Row, typical: Typical) -> Fact | None:
    usual = _usual_purchases(typical)
    if row["purchases"] == 1:
        return "bought_once", {}
    if row["purchases"] == usual:
        return None
    key = "buys_often" if row["purchases"] > usual else "buys_rarely"
    return key, {"purchases": row["purchases"], "typical": usual}


def _steady(purchases: Purchases, features: Features, typical: Typical) -> Features:
    changed: dict[str, Floats] = {}
    for what in ("purchases", "spend"):
        half = (features.column(f"{what}_90") + features.column(f"{what}_91_180")) / 2
        changed |= {f"{what}_90": half, f"{what}_91_180": half, f"{what}_30": half / 3}
    old = features.column("tenure_days") > 180
    return _changed(features, {name: np.where(old, new, features.column(name)) for name, new in changed.items()})


def _trend(row: Row, typical: Typical) -> Fact | None:
    recent, earlier = row["purchases_90"], row["purchases_91_180"]
    if row["tenure_days"] <= 180 or recent == earlier:
        return None
    return "buying_less" if recent < earlier else "buying_more", {"recent": recent, "earlier": earlier}


def _same_gap(purchases: Purchases, features: Features, typical: Typical) -> Features:
    """What came before the last purchase, moved in time so that the last pause is a usual one."""
    moves = np.round(features.column("last_gap_days") - features.column("usual_gap_days")).astype(np.int64)
    some = (features.column("purchases") >= 3) & (np.abs(moves) >= _least_gap(features.column("usual_gap_days")))
    known = _of(purchases, features.keep(some))
    last_on = features.as_of - features.column("recency_days")[some].astype(np.int64)
    days = np.where(known.days < last_on[known.codes], known.days + moves[some][known.codes], known.days)
    moved = Purchases.from_rows(known.customer_ids[known.codes], days, known.amounts, known.orders)
    values = features.values.copy()
    values[some] = build_features(moved, features.as_of).values
    return Features(features.customer_ids, features.as_of, values)


def _of(purchases: Purchases, features: Features) -> Purchases:
    """What these customers bought and sent back before the day of the features."""
    known = purchases.before(features.as_of)
    return known.of(features.customer_ids)


def _least_gap(usual: Any) -> Any:
    """In days: a pause that differs by less is as usual."""
    return np.maximum(0.1 * usual, 1)


def _gap(row: Row, typical: Typical) -> Fact | None:
    latest, usual = row["last_gap_days"], row["usual_gap_days"]
    if row["purchases"] < 3 or abs(round(latest - usual)) < _least_gap(usual):
        return None
    return "gap_grew" if latest > usual else "gap_shrank", {"days": latest, "usual_days": round(usual)}


def _usual_money(purchases: Purchases, features: Features, typical: Typical) -> Features:
    share = typical.average_spend / np.maximum(features.column("average_spend"), 0.01)
    return _changed(features, {name: features.column(name) * share for name in (*SINGLE, *SUMS)})


def _money(row: Row, typical: Typical) -> Fact | None:
    amount = row["average_spend"]
    key = "large_purchases" if amount > typical.average_spend else "small_purchases"
    return key, {"amount": round(amount, 2), "typical": round(typical.average_spend, 2)}


def _average_last(purchases: Purchases, features: Features, typical: Typical) -> Features:
    return _changed(features, {"last_spend": features.column("average_spend")})


def _last(row: Row, typical: Typical) -> Fact | None:
    last, average = row["last_spend"], row["average_spend"]
    if row["purchases"] == 1 or abs(last - average) < 0.1 * average:
        return None
    key = "last_purchase_large" if last > average else "last_purchase_small"
    return key, {"amount": round(last, 2), "average": round(average, 2)}


def _no_returns(purchases: Purchases, features: Features, typical: Typical) -> Features:
    nothing = np.zeros(len(features))
    return _changed(features, {"returns": nothing, "returned_share": nothing})


def _returns(row: Row, typical: Typical) -> Fact | None:
    if not row["returns"]:
        return None
    return "returns_much", {"returns": row["returns"], "percent": round(100 * row["returned_share"])}


def _said_days(days: float) -> float:
    """Days up to the last known day, as people count them: features count to the day after it."""
    return days - 1


def _usual_tenure(purchases: Purchases, features: Features, typical: Typical) -> Features:
    at_least = features.column("recency_days") + features.column("purchases") - 1
    repeat = features.column("purchases") > 1  # with a single purchase it is as long ago as the last
    tenure = np.where(repeat, np.maximum(typical.tenure_days, at_least), features.column("tenure_days"))
    return _changed(features, {"tenure_days": tenure})


def _tenure(row: Row, typical: Typical) -> Fact | None:
    if row["purchases"] == 1:
        return None
    if row["tenure_days"] < typical.tenure_days:
        return "new_customer", {"days": _said_days(row["tenure_days"])}
    return "few_in_long_time", {"days": _said_days(row["tenure_days"]), "purchases": row["purchases"]}


def _no_last_year(purchases: Purchases, features: Features, typical: Typical) -> Features:
    nothing = np.zeros(len(features))
    return _changed(features, {"purchases_year_ago": nothing, "spend_year_ago": nothing})


def _last_year(row: Row, typical: Typical) -> Fact | None:
    times = row["purchases_year_ago"]
    return ("bought_this_time_last_year", {"purchases": times}) if times else None


CAUSES: tuple[Cause, ...] = (
    Cause(on_rhythm, _quiet),
    Cause(_usual_count, _count),
    Cause(_steady, _trend),
    Cause(_same_gap, _gap),
    Cause(_usual_money, _money),
    Cause(_average_last, _last),
    Cause(_no_returns, _returns),
    Cause(_usual_tenure, _tenure),
    Cause(_no_last_year, _last_year),
)


def _changed(features: Features, columns: Mapping[str, Floats]) -> Features:
    values = features.values.copy()
    for name, column in columns.items():
        values[:, NAMES.index(name)] = column
    return Features(features.customer_ids, features.as_of, values)

"""Other histories of the same customers: each as it would stand in the books if something happened today."""

from __future__ import annotations

import numpy as np

from analytics.ml.features import Features, build_features
from analytics.ml.purchases import Floats, Purchases

RETURNED_SHARE = 0.5  # of the last purchase: all of it would be a cancelled order, which is no order


def with_purchase(purchases: Purchases, as_of: int) -> Purchases:
    """After one more purchase of each customer's usual size, on the last known day: it counts whatever else came back
    on that day, and undoes no earlier purchase."""
    features = build_features(purchases, as_of)
    return _with_day(purchases, features, features.column("usual_spend") + _came_back(purchases, features))


def _came_back(purchases: Purchases, features: Features) -> Floats:
    """By how much more went back than came in on the last known day, of each customer [n]."""
    last = purchases.between(features.as_of - 1, features.as_of).of(features.customer_ids)
    back = np.zeros(len(features))
    back[np.searchsorted(features.customer_ids, last.customer_ids)] = np.maximum(-last.amounts, 0.0)
    return back


def with_return(purchases: Purchases, as_of: int) -> Purchases:
    """After half of the last purchase came back, on the last known day."""
    features = build_features(purchases, as_of)
    amounts = np.maximum(np.floor(100 * RETURNED_SHARE * features.column("last_spend")) / 100, 0.01)
    return _with_day(purchases, features, -_not_cancelling(purchases, features, amounts))


def _with_day(purchases: Purchases, features: Features, amounts: Floats) -> Purchases:
    days = np.full(len(features), features.as_of - 1)
    happened = Purchases.from_rows(features.customer_ids, days, amounts)
    return Purchases.joined([purchases.before(features.as_of), happened])


def _not_cancelling(purchases: Purchases, features: Features, amounts: Floats) -> Floats:
    """The same amounts, some cents smaller where a whole earlier purchase was worth exactly as much."""
    known = purchases.before(features.as_of)
    ids, cents = known.customer_ids[known.codes].tolist(), np.round(100 * known.amounts).astype(np.int64).tolist()
    worth = set(zip(ids, cents, strict=True))
    smaller = []
    for customer, amount in zip(features.customer_ids.tolist(), np.round(100 * amounts).astype(np.int64), strict=True):
        found = int(amount)
        while found > 1 and (customer, found) in worth:
            found -= 1
        smaller.append(found / 100)
    return np.array(smaller, dtype=np.float64)

"""Learns in a child process what to recommend, and writes the offers of everybody, some customers at a time.

The folder request["parts"] holds `catalogue.npz` (item_ids, for_sale, sold) and `part-….npz` (customer_ids, item_ids,
days, quantities; declined_customers, declined_items); the offers go beside them as `offers-….npz`, with `sold`: how
often everybody bought the product in the last month, of whom the model knows a sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analytics.ml.purchases import Ints
from analytics.ml.recommend.arrays import CATALOGUE, Arrays, read_arrays, write_arrays
from analytics.ml.recommend.baskets import Baskets
from analytics.ml.recommend.offers import Offers, offers
from analytics.ml.recommend.recommender import LEARNERS, Recommender


def learn(request: dict[str, Any], say: Callable[[str, float], None]) -> dict[str, Any]:
    """Offers as of the day number request["as_of"]; returns how many, and what the last stretch says of the model."""
    folder = Path(request["parts"])
    catalogue, parts = read_arrays(folder / CATALOGUE), sorted(folder.glob("part-*.npz"))
    each = -(-LEARNERS // max(len(parts), 1))
    sample = Baskets.joined([_learners(read_arrays(path), catalogue, request).sample(each, seed=0) for path in parts])
    say("fit", 0.1)
    model = Recommender().fit(sample, request["as_of"])
    customers = rows = 0
    for number, path in enumerate(parts, 1):
        found = _offers(model, read_arrays(path), catalogue)
        write_arrays(folder / f"offers-{number:05d}.npz", found)
        customers, rows = customers + len(np.unique(found["customer_ids"])), rows + len(found["places"])
        say("offer", number / len(parts))
    learnt = {"again": model.again_ is not None, "new": model.new_ is not None}
    judged = {name: asdict(one) for name, one in model.judged_.items()}
    return {"customers": customers, "offers": rows, "learnt": learnt, "judged": judged}


def _baskets(part: Arrays, catalogue: Arrays) -> Baskets:
    columns = (part[name] for name in ("customer_ids", "item_ids", "days", "quantities"))
    return Baskets.from_rows(*columns, catalogue=catalogue["item_ids"])


def _learners(part: Arrays, catalogue: Arrays, request: dict[str, Any]) -> Baskets:
    """Of a part of those whose turn it is, not who came besides because they bought: they would sell everything."""
    baskets, turns = _baskets(part, catalogue), request.get("turns")
    if turns is None:
        return baskets
    return baskets.of_customers(np.isin(baskets.customer_ids % request["rest_days"], turns))


def _offers(model: Recommender, part: Arrays, catalogue: Arrays) -> Arrays:
    known = model.know(_baskets(part, catalogue))
    found = offers(model, known, for_sale=catalogue["for_sale"], declined=_declined(part, known.baskets))
    if not found:
        return {name: np.zeros(0, np.int64) for name in (*Offers.__dataclass_fields__, "sold")}
    arrays = [one.as_arrays() for one in found]
    joined = {name: np.concatenate([one[name] for one in arrays]) for name in arrays[0]}
    return {**joined, "sold": catalogue["sold"][np.searchsorted(catalogue["item_ids"], joined["item_ids"])]}


def _declined(part: Arrays, baskets: Baskets) -> Ints:
    customers, items = part["declined_customers"], part["declined_items"]
    is_known = np.isin(customers, baskets.customer_ids) & np.isin(items, baskets.item_ids)
    who = np.searchsorted(baskets.customer_ids, customers[is_known])
    return np.asarray(who * len(baskets.item_ids) + np.searchsorted(baskets.item_ids, items[is_known]))

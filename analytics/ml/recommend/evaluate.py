"""Measures recommendations on any file of purchased products, beside simple ways to order them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from analytics.ml.measuring import (
    OF_ORDERS,
    EvaluatedTask,
    Options,
    Result,
    drawn_first,
    named_columns,
    peak_mb,
    plain_gain,
    sampled,
)
from analytics.ml.metrics import paired_gain
from analytics.ml.purchases import Floats, Ints, day_date, day_number
from analytics.ml.recommend.baselines import OWN, baselines, lists_of
from analytics.ml.recommend.baskets import Baskets, Bools
from analytics.ml.recommend.candidates import Candidates, Known
from analytics.ml.recommend.measures import TEN, Found, Lists, measure
from analytics.ml.recommend.reading import read_baskets
from analytics.ml.recommend.recommender import HORIZON_DAYS, Recommender, next_baskets, ordered
from analytics.ml.table_errors import NothingToLearnError

FEWEST = 30  # customers with a next basket
SEED = 0
MOST_CUSTOMERS = 20_000
ANY, NEW = "any", "new"


def evaluate_recommend(
    path: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    horizon_days: int | None = None,
    cutoff: date | None = None,
) -> Result:
    """Order products as known at the end of the day `cutoff`; what counts is each customer's next shopping day.

    That day is looked for in the `horizon_days` (30, at most a third of the history) after the cut-off, which is by
    default so long before the last day. Views: `any` product, and `new` ones that the customer had never bought;
    `coverage` is the share of all products sold so far that stand in the list of any customer. TableError in clear
    words when the file can't be used.
    """
    with threadpool_limits(limits=1):
        table = read_baskets(path, mapping=mapping)
        baskets = table.baskets
        bought = baskets.days[baskets.quantities > 0]
        if not len(bought):
            raise NothingToLearnError(f"{path.name} has only goods that came back.", rows=table.rows)
        last = int(bought.max())
        days = horizon_days or max(1, min(HORIZON_DAYS, (last - int(bought.min())) // 3))
        as_of = day_number(cutoff) + 1 if cutoff else last - days + 1
        found = _measured(baskets, as_of, days)
    return {
        "task": "recommend",
        "rows": table.rows,
        "customers": len(baskets),
        "items": len(baskets.item_ids),
        "columns": dict(table.columns),
        "cutoff": day_date(as_of - 1).isoformat(),
        "horizon_days": days,
        **found,
        "skipped": dict(table.skipped),
        "peak_mb": round(peak_mb(), 1),
    }


def _measured(baskets: Baskets, as_of: int, days: int) -> dict[str, Any]:
    past, basket = baskets.before(as_of), next_baskets(baskets, as_of, as_of + days)
    was_there = np.bincount(past.customers, minlength=len(baskets)) > 0
    is_back = np.zeros(len(baskets), dtype=bool)
    is_back[basket.customers] = True
    asking, others = np.flatnonzero(was_there & is_back), np.flatnonzero(was_there & ~is_back)
    is_shown = np.zeros(len(baskets), dtype=bool)
    is_shown[drawn_first(asking, others, MOST_CUSTOMERS, seed=SEED)] = True
    if (count := len(asking)) < FEWEST:
        words = f"Only {count} customers who had bought before bought again in the {days} days after"
        return _nothing(f"{words} {day_date(as_of - 1)}: at least {FEWEST} are needed to measure.")
    if len(past.item_ids) <= TEN:
        return _nothing(f"There are only {len(past.item_ids)} products: every list of ten has them all.")
    start = time.perf_counter()
    model = Recommender(horizon_days=days, seed=SEED).fit(baskets, as_of)
    took = time.perf_counter() - start
    known = model.know(baskets)
    wanted = np.sort(basket.customers * len(past.item_ids) + basket.items)
    views = _views(model, known, wanted, is_shown)
    if not views:
        return _nothing(f"Fewer than {FEWEST} customers came back for a product that had been sold before.")
    learnt = {ANY: model.again_ is not None, NEW: model.new_ is not None}
    told = sampled(int(is_shown.sum()), len(asking) + len(others), "customers")
    return {"views": views, "refused": None, "sampled": told, "learnt": learnt, "fit_seconds": round(took, 2)}


def _nothing(words: str) -> dict[str, Any]:
    return {"views": {}, "refused": words, "fit_seconds": 0.0}


def _views(model: Recommender, known: Known, wanted: Ints, is_shown: Bools) -> dict[str, Any]:
    many = len(known.baskets.item_ids)
    wanted = wanted[is_shown[wanted // many]]
    before = known.pairs.customers * many + known.pairs.items
    targets = {ANY: wanted, NEW: wanted[~np.isin(wanted, before)]}
    ours = _product_lists(model, known, is_shown)
    rivals = baselines(known, seed=SEED)
    views: dict[str, Any] = {}
    for view, cells in targets.items():
        asked = np.bincount(cells // many, minlength=len(is_shown)) > 0
        if asked.sum() < FEWEST:
            continue
        names = [name for name in rivals if view == ANY or name != OWN]
        lists = {
            name: lists_of(rivals[name], known, only_new=view == NEW, who=np.flatnonzero(is_shown)) for name in names
        }
        catalogue = int((known.goods.buyers > 0).sum())
        found = {
            name: measure(one, cells, asked, catalogue=catalogue, many=many)
            for name, one in ({"product": ours[view]} | lists).items()
        }
        views[view] = _view(found, int(asked.sum()))
    return views


def _view(found: dict[str, Found], customers: int) -> dict[str, Any]:
    product = found.pop("product")
    best = max(found, key=lambda name: float(found[name].gain.mean()))
    gain = paired_gain(-product.gain, -found[best].gain, seed=SEED)
    return {
        "customers": customers,
        "product": product.as_metrics(),
        "baselines": {name: one.as_metrics() for name, one in found.items()},
        "gain": {"metric": "ndcg10", "against": best, **plain_gain(gain)},
    }


def _product_lists(model: Recommender, known: Known, is_shown: Bools) -> dict[str, Lists]:
    """The product's ten for everybody: of all candidates, and of new ones."""
    parts: dict[str, list[Lists]] = {ANY: [], NEW: []}
    for again, new in model.candidates(known, is_shown):
        parts[NEW].append(_ten([new]))
        parts[ANY].append(_ten([again, new]))
    return {view: _joined(found) for view, found in parts.items()}


def _ten(found: list[tuple[Candidates, Floats]]) -> Lists:
    customers = np.concatenate([one.customers for one, _ in found])
    items = np.concatenate([one.items for one, _ in found])
    rows, places = ordered(customers, np.concatenate([odds for _, odds in found]), most=TEN)
    return Lists(customers[rows], items[rows], places)


def _joined(parts: list[Lists]) -> Lists:
    columns = ([getattr(part, name) for part in parts] for name in ("customers", "items", "places"))
    return Lists(*(np.concatenate(column) for column in columns))


def _measure(options: Options) -> Result:
    return evaluate_recommend(
        options["data"],
        mapping=named_columns(options, {"target": "item", "time": "date", "id": "customer"}),
        horizon_days=options["horizon"],
        cutoff=options["cutoff"],
    )


def _head(result: Result) -> str:
    size = f"recommend: {result['customers']} customers, {result['items']} products, {result['rows']} lines"
    return f"{size}; next baskets in the {result['horizon_days']} days after {result['cutoff']}"


RECOMMEND = EvaluatedTask(
    "recommend", "what each will buy next, and what may be new for them", _measure, _head, uses=OF_ORDERS
)

"""How far what is fed to a model has moved since it was learned: the population stability index of each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analytics.ml.purchases import Floats
from analytics.ml.tabular.columns import Column

TENTHS = 10
MOVED = 0.25  # what is customarily called a large shift
FEWEST = 100
MOST_LEVELS = 20

Spread = Mapping[str, Any]


def spread_of(values: Floats) -> dict[str, Any]:
    """Where the tenths of these numbers [n] lie, and what share stands in each; the last share is that of the unknown.

    Equal edges fall together, so that a number that is mostly 0 has few bins.
    """
    known = values[np.isfinite(values)]
    edges = np.unique(np.quantile(known, np.arange(1, TENTHS) / TENTHS)).tolist() if len(known) else []
    return {"edges": edges, "shares": _shares(values, edges), "rows": len(values)}


def spread_of_words(words: Sequence[str]) -> dict[str, Any]:
    """The shares of the most frequent words; the rest together."""
    levels, counts = np.unique(np.asarray(words, dtype=str), return_counts=True)
    most = [str(levels[at]) for at in np.argsort(-counts, kind="stable")[:MOST_LEVELS]]
    return {"levels": most, "shares": _word_shares(words, most), "rows": len(words)}


def spread_of_columns(columns: Sequence[Column]) -> dict[str, Any]:
    """Of a table, by the names of its columns."""
    return {column.name: spread_of_words(words_of(column)) if column.kind == "category" else spread_of(column.values)
            for column in columns}  # fmt: skip


def words_of(column: Column) -> list[str]:
    """The words of a column [n]; nothing is a word too."""
    return [column.levels[code] if code >= 0 else "" for code in column.codes.tolist()]


def moved_numbers(spreads: Mapping[str, Spread], now: Mapping[str, Floats]) -> dict[str, float]:
    """The index of each number that has moved for sure, the largest first."""
    return _moved({name: (spreads[name], _shares(values, spreads[name]["edges"]), len(values))
                   for name, values in now.items() if "edges" in spreads.get(name, {})})  # fmt: skip


def moved_columns(spreads: Mapping[str, Spread], columns: Sequence[Column]) -> dict[str, float]:
    """The same for the columns of a table."""
    found = {}
    for column in columns:
        spread = spreads.get(column.name)
        if spread is not None and ("levels" in spread) == (column.kind == "category"):
            now = (
                _word_shares(words_of(column), spread["levels"])
                if column.kind == "category"
                else _shares(column.values, spread["edges"])
            )
            found[column.name] = (spread, now, len(column))
    return _moved(found)


def _moved(found: Mapping[str, tuple[Spread, list[float], int]]) -> dict[str, float]:
    far = {}
    for name, (then, now, rows) in found.items():
        index = stability(then["shares"], now)
        noise = (len(now) - 1) * (1 / max(rows, 1) + 1 / max(then["rows"], 1))  # expected where nothing moved
        if rows >= FEWEST and index > MOVED + 2 * noise:
            far[name] = round(index, 3)
    return dict(sorted(far.items(), key=lambda item: -item[1]))


def stability(then: Sequence[float], now: Sequence[float]) -> float:
    """Σ (now - then) · ln(now / then), with a floor for empty bins."""
    before, after = (np.maximum(np.asarray(shares, dtype=float), 1e-3) for shares in (then, now))
    return float(((after - before) * np.log(after / before)).sum())


def _shares(values: Floats, edges: Sequence[float]) -> list[float]:
    known = values[np.isfinite(values)]
    bins = np.bincount(np.searchsorted(np.asarray(edges), known, side="left"), minlength=len(edges) + 1)
    return [*(bins / max(len(values), 1)).tolist(), float(1 - len(known) / max(len(values), 1))]


def _word_shares(words: Sequence[str], levels: Sequence[str]) -> list[float]:
    seen = np.asarray(words, dtype=str)
    shares = [float((seen == level).mean()) if len(seen) else 0.0 for level in levels]
    return [*shares, max(0.0, 1 - sum(shares))]

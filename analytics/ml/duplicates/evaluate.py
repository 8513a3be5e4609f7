"""Measures the finder of duplicates on any list whose truth is known, beside exact rules."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from analytics.ml.duplicates.fields import (
    CLUSTERS,
    EMAIL,
    IDS,
    MAPPED,
    NAME,
    SOURCES,
    Field,
    Words,
    read_fields,
)
from analytics.ml.duplicates.finder import SUGGEST, DuplicateFinder
from analytics.ml.duplicates.truth import MOST_IN_CLUSTER, Pairs, cluster_names, cluster_pairs, id_column, named_pairs
from analytics.ml.measuring import EvaluatedTask, Options, Result, named_columns, peak_mb, plain_gain
from analytics.ml.metrics import bootstrap_gain
from analytics.ml.purchases import Floats, Ints
from analytics.ml.table import find_column, mapped_column, named_field, open_table
from analytics.ml.table_errors import NothingToLearnError

FEWEST = 10
SEED = 0
OF_THE_TRUTH: Mapping[str, tuple[str, ...]] = {"id": IDS, "cluster": CLUSTERS, "source": SOURCES}
FIELDS: dict[str, tuple[str, ...]] = dict.fromkeys(MAPPED, ())
FIELDS |= OF_THE_TRUTH


@dataclass(frozen=True, eq=False)
class _List:
    """The rows of a file, the numbers of its records, and the true pairs."""

    fields: list[Field]
    source: Words | None
    rows: int
    truth: Pairs


def evaluate_duplicates(path: Path, *, truth: Path | None = None, mapping: Mapping[str, str] | None = None) -> Result:
    """The pairs that the product suggests against the true ones, beside equal e-mail and equal names.

    The truth is a file of pairs of record ids, a column with one value a cluster, or stands in the ids (rec-7-org,
    rec-7-dup-0). `mapping` (field → header) names the columns `id`, `cluster` and `source`, and what others hold
    (`given`, `family`, `name`, `email` …). The finder sees neither truth nor ids. TableError in clear words.
    """
    start = time.perf_counter()
    with threadpool_limits(limits=1):
        listed = _read(path, truth, mapping or {})
        finder = DuplicateFinder(seed=SEED).fit(listed.fields, listed.source)
    took = time.perf_counter() - start
    return {
        "task": "duplicates",
        "rows": listed.rows,
        "views": {"all": _view(listed, finder, None), "sure": _view(listed, finder, SUGGEST)},
        "refused": None,
        "fields": {field.name: field.kind for field in listed.fields},
        "cut": _cut(finder),
        "fit_seconds": round(took, 2),
        "peak_mb": round(peak_mb(), 1),
    }


def _read(path: Path, truth: Path | None, mapping: Mapping[str, str]) -> _List:
    with open_table(path) as (header, lines):
        rows = [row for row in lines if any(map(str.strip, row))]
    wanted = {named_field(field, FIELDS): mapped_column(header, name, path) for field, name in mapping.items()}
    known, marked, lists = (
        wanted[field] if field in wanted else find_column(header, names, is_numbered=field == "id")
        for field, names in OF_THE_TRUTH.items()
    )
    if len(rows) < FEWEST:
        words = f"{path.name} has {len(rows)} records; at least {FEWEST} are needed."
        raise NothingToLearnError(words, rows=len(rows))
    if truth and "id" not in wanted:
        known = id_column(truth, rows, len(header), known)
    ids = [_cell(row, known) for row in rows] if known is not None else list(map(str, range(len(rows))))
    pairs = _truth(path, truth, ids, [_cell(row, marked) for row in rows], None if marked is None else header[marked])
    left_out = [at for at in (known, marked, lists) if at is not None]
    named = {at: field for field, at in wanted.items() if field not in OF_THE_TRUTH}
    fields = read_fields(header, rows, leave_out=left_out, named=named)
    source = None if lists is None else np.array([_cell(row, lists) for row in rows], dtype=object)
    if not fields:
        raise NothingToLearnError(f"{path.name} has no column to tell records apart by.", rows=len(rows))
    return _List(fields, source, len(rows), pairs)


def _cell(row: Sequence[str], at: int | None) -> str:
    return row[at].strip() if at is not None and at < len(row) else ""


def _truth(path: Path, truth: Path | None, ids: Sequence[str], clusters: Sequence[str], header: str | None) -> Pairs:
    found = named_pairs(truth, ids) if truth else cluster_pairs(cluster_names(path, ids, clusters, header))
    if not len(found):
        words = "No two records are the same in the truth: there is nothing to find."
        raise NothingToLearnError(words, rows=len(ids))
    return found


def _cut(finder: DuplicateFinder) -> str | None:
    """What was not compared because too many records share it."""
    if not finder.cut_:
        return None
    return (
        f"{finder.cut_} times a record stood among so many that share something (as a common name in a town) that these"
        " were not compared for that alone."
    )


def _view(listed: _List, finder: DuplicateFinder, precision: float | None) -> dict[str, Any]:
    suggested = _packed(finder.suggestions(precision), listed.rows)
    rules = {name: found for name, found in _rules(listed).items() if found is not None}
    best = max(rules, key=lambda name: _measures(rules[name], listed.truth)["f1"], default=None)
    reached = float(np.isin(listed.truth, _packed(finder.candidates_, listed.rows)).mean())
    view: dict[str, Any] = {
        "product": _measures(suggested, listed.truth),
        "baselines": {name: _measures(found, listed.truth) for name, found in rules.items()},
        "candidates": len(finder.candidates_),
        "candidate_recall": reached,
        "true_pairs": len(listed.truth),
    }
    return view | {"gain": _gain(suggested, rules[best], listed.truth, best) if best else None}


def _packed(pairs: Ints, rows: int) -> Pairs:
    return np.asarray(pairs[:, 0] * rows + pairs[:, 1])


def _rules(listed: _List) -> dict[str, Pairs | None]:
    """Pairs by equal e-mail and by equal plain names; None where the list has no such column."""
    return {
        "exact_email": _equal([field for field in listed.fields if field.kind == EMAIL], listed.rows),
        "exact_name": _equal([field for field in listed.fields if field.kind == NAME], listed.rows),
    }


def _equal(fields: list[Field], rows: int) -> Pairs | None:
    if not fields:
        return None
    values = zip(*(field.values for field in fields), strict=True)
    members: dict[str, list[int]] = {}
    for row, value in enumerate(values):
        if any(value):
            members.setdefault("|".join(value), []).append(row)
    large = [found[:MOST_IN_CLUSTER] for found in members.values() if len(found) > 1]
    return np.array([a * rows + b for found in large for i, a in enumerate(found) for b in found[i + 1 :]], np.int64)


def _measures(found: Pairs, truth: Pairs) -> dict[str, float]:
    hits = int(np.isin(found, truth).sum())
    precision, recall = hits / max(len(found), 1), hits / len(truth)
    return {"precision": precision, "recall": recall, "f1": 2 * hits / (len(found) + len(truth))}


def _gain(ours: Pairs, theirs: Pairs, truth: Pairs, against: str) -> dict[str, Any]:
    """More f1 than the best rule; pairs that are true or that either names are drawn with replacement."""
    every = np.unique(np.concatenate((ours, theirs, truth)))
    is_true, first, second = (np.isin(every, part) for part in (truth, ours, theirs))

    def difference(rows: Ints) -> float:
        return _f1(is_true[rows], first[rows]) - _f1(is_true[rows], second[rows])

    return {"metric": "f1", "against": against, **plain_gain(bootstrap_gain(difference, len(every), seed=SEED))}


def _f1(is_true: NDArray[np.bool_], is_found: NDArray[np.bool_]) -> float:
    both: Floats = is_true.astype(np.float64) + is_found
    return float(2 * (both == 2).sum() / max(both.sum(), 1.0))


def _measure(options: Options) -> Result:
    mapping = named_columns(options, {"target": "cluster", "id": "id"})
    return evaluate_duplicates(options["data"], truth=options["truth"], mapping=mapping)


def _head(result: Result) -> str:
    view = result["views"]["all"]
    return f"duplicates: {result['rows']} records, {view['true_pairs']} true pairs, {view['candidates']} compared"


DUPLICATES = EvaluatedTask(
    "duplicates", "which records are one and the same", _measure, _head, uses=("target", "id", "truth")
)

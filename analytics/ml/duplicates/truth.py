"""Which records of a list are the same in truth: by a file of pairs, by one value a cluster, or by their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from analytics.ml.duplicates.fields import CLUSTERS, IDS, NOTHING
from analytics.ml.purchases import Ints
from analytics.ml.table import find_column, open_table
from analytics.ml.table_errors import TableError

Pairs = Ints  # packed: first * records + second, sorted, first below second
MOST_IN_CLUSTER = 200
NUMBERED = re.compile(r"^(.*?\d+)-(?:org|dup(?:-?\d+)?)$")  # rec-12-org, rec-12-dup-0
# Columns that name the record that stays: it is itself the one without a cell.
STAYING = ("duplicateof", "dupof", "mergedinto", "masterid", "masterrecord", "masterrecordid", "survivorid")
VERDICTS = ("label", "match", "ismatch", "matched", "gold", "truth", "duplicate", "isduplicate", "isdup", "same", "y")
SAME = {"1", "1.0", "true", "t", "yes", "y", "match", "matched", "duplicate", "dup", "same", "ja", "oui", "si", "sí"}
DIFFERENT = {
    *("0", "0.0", "-1", "false", "f", "no", "n", "nonmatch", "non-match", "not matched", "distinct", "different"),
    *("nein", "non", "não", "nie", "nee", "unmatched", "no match", ""),
}
MOST = 0.9


def cluster_names(path: Path, ids: Sequence[str], cells: Sequence[str], header: str | None) -> list[str]:
    """The cluster of each record, "" of those that are in none."""
    if any(cells):
        names = [name if name.casefold() not in NOTHING else "" for name in cells]
        stays = header is not None and find_column([header], STAYING) is not None
        return [name or own for name, own in zip(names, ids, strict=True)] if stays else names
    matches = [NUMBERED.match(name) for name in ids]
    if not all(matches):
        raise TableError(
            f"{path.name} has no cluster column: name it with --target or --map cluster=COLUMN,"
            " or give pairs with --truth."
        )
    return [match[1] for match in matches if match]


def cluster_pairs(names: Sequence[str]) -> Pairs:
    """Every two records of one name."""
    members: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name:
            members.setdefault(name, []).append(row)
    if max(map(len, members.values()), default=0) > MOST_IN_CLUSTER:
        raise TableError(f"A cluster of more than {MOST_IN_CLUSTER} records: is that the right column?")
    found = [a * len(names) + b for rows in members.values() for i, a in enumerate(rows) for b in rows[i + 1 :]]
    return np.array(sorted(found), dtype=np.int64)


def read_truth(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header and all other lines with two cells at least."""
    with open_table(path) as (header, lines):
        return header, [[cell.strip() for cell in row] for row in lines if len(row) >= 2]


def named_pairs(path: Path, ids: Sequence[str]) -> Pairs:
    """The pairs of a file: two ids a line, where a verdict follows only those that are the same; or id and cluster."""
    header, rows = read_truth(path)
    places = {name: row for row, name in enumerate(ids)}
    if (clusters := _clusters(header, rows, places)) is not None:
        return cluster_pairs([clusters.get(name, "") for name in ids])
    rows = [[cell.strip() for cell in header], *_same(header, rows)]
    at = [(places[row[0]], places[row[1]]) for row in rows if len(row) > 1 and {*row[:2]} <= places.keys()]
    if not at:
        raise TableError(f"No line of {path.name} names two records of the list in its first two columns.")
    return np.unique([min(pair) * len(ids) + max(pair) for pair in at if pair[0] != pair[1]]).astype(np.int64)


def _same(header: Sequence[str], rows: list[list[str]]) -> list[list[str]]:
    """Without those that a third column says are different: lists of labelled pairs hold both."""
    said = find_column(header[2:], VERDICTS)
    if said is None:
        return rows
    words = [(row[said + 2] if len(row) > said + 2 else "").casefold() for row in rows]
    if not {*words} <= SAME | DIFFERENT:
        return rows
    return [row for row, word in zip(rows, words, strict=True) if word in SAME]


def _clusters(header: Sequence[str], rows: list[list[str]], places: Mapping[str, int]) -> dict[str, str] | None:
    """The cluster of each id where the file says so in a column of that name."""
    of = find_column(header, CLUSTERS)
    who = find_column(header, IDS, is_numbered=True)
    who = 1 - of if who is None and of in (0, 1) else who
    if of is None or who is None or of == who:
        return None
    found = {row[who]: row[of] for row in rows if len(row) > max(of, who) and row[who] in places}
    return found or None


def id_column(truth: Path, rows: Sequence[Sequence[str]], width: int, called: int | None) -> int | None:
    """The column of the list that holds what the truth calls its records: the one `called` so, if it does."""
    header, pairs = read_truth(truth)
    columns = [0, 1] if find_column(header, CLUSTERS) is None else [0]
    named = {row[at] for row in pairs for at in columns}
    places = list(range(width)) if called is None else [called, *range(width)]
    for at in places:
        cells = [row[at].strip() for row in rows if at < len(row)]
        if len({*cells}) == len(cells) and named and len(named & {*cells}) >= MOST * len(named):
            return at
    return called

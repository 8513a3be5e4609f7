"""Reads sales from a file of orders or of finished series, and tells them by day, week or month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.ml.cells import DayCells, read_numbers
from analytics.ml.forecast.shapes import open_series
from analytics.ml.forecast.units import DAY, Unit, native_units, whole_span
from analytics.ml.likely_columns import LikelyColumns, header_words, sampled_rows, with_likely
from analytics.ml.purchases import Floats, Ints
from analytics.ml.table import NUMBERING, find_column, listed, mapped_column, named_field, plain_name
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.transactions import BLOCK, NAMES, NOBODY, known_days

EARLIEST = date(1800, 1, 1)
MOST_SERIES = 1000
LEAST_KNOWN = 4
FIELDS: Mapping[str, tuple[str, ...]] = {
    "date": (*NAMES["date"], "ds", "month", "week", "period", "weekstart", "weekending", "yearmonth"),
    "amount": (*NAMES["amount"], "y", "demand", "unitssold", "orders"),
    "quantity": NAMES["quantity"],
    "unit_price": NAMES["unit_price"],
    "group": (
        *(
            "uniqueid",
            "seriesid",
            "series",
            "productgroup",
            "productcategory",
            "itemcategory",
            "category",
            "categoryname",
        ),
        *("productline", "department", "dept", "family", "warengruppe", "kategorie", "categorie", "categoria"),
    ),
}
WITHOUT_CUSTOMERS = (
    *("group", "store", "storeid", "storenbr", "shop", "branch", "region", "item", "itemid", "sku", "product"),
    *("filiale", "markt", "laden", "magasin", "boutique", "tienda", "loja", "negozio", "winkel", "sklep", "produkt"),
    *("produit", "producto", "prodotto", "produto", "artikel"),
)
SALES_ENDINGS = ("sales", "revenue", "amount", "turnover", "umsatz")


@dataclass(frozen=True, eq=False)
class Sales:
    """Lines as days and amounts with the number of the group of each; `is_series` when every group has one line a day.

    `groups` are the names; one "" where the file has none.
    """

    rows: int
    skipped: Mapping[str, int]
    days: Ints
    amounts: Floats
    codes: Ints
    groups: NDArray[np.str_]
    is_series: bool

    @property
    def units(self) -> tuple[Unit, ...]:
        """What the file can be told in."""
        return native_units(self.days)

    def panel(self, unit: Unit, *, by_group: bool) -> Panel:
        """Sums by unit; in orders a unit without any is 0, in finished series a missing one is unknown."""
        codes = self.codes if by_group else np.zeros(len(self.codes), dtype=np.int64)
        return _panel(self, codes, unit, whole_span(self.days, unit) if DAY in self.units else _span(self.days, unit))


@dataclass(frozen=True, eq=False)
class Panel:
    """`values` [n, t] end with the last whole unit of each series and are padded on the left with NaN."""

    names: NDArray[np.str_]
    values: Floats
    same_end: bool
    last: int


def read_sales(path: Path, *, mapping: Mapping[str, str] | None = None, today: date | None = None) -> Sales:
    """Columns are found by name or given by `mapping` (date, amount, quantity, unit_price, group → header).

    TableError in clear words. Without any amount each line counts as one; days after `today` are left out.
    """
    with open_series(path, earliest=EARLIEST) as (header, all_rows):
        first, rows = sampled_rows(all_rows)
        at = _positions(header, first, mapping or {}, path)
        parts, skipped, read = [], Counter[str](), 0
        dates = DayCells(earliest=EARLIEST, may_count=False)
        while block := list(islice(rows, BLOCK)):
            read += sum(1 for row in block if row)
            parts.append(_block(block, at, skipped, dates))
    found, amounts, names = (np.concatenate([part[i] for part in parts]) if parts else np.empty(0) for i in range(3))
    days, kept = known_days(dates, found.astype(np.int64), skipped, today or datetime.now(UTC).date())
    days, amounts, names = days[kept], amounts[kept], names[kept]
    if not len(days):
        reasons = ", ".join(f"{reason}: {count}" for reason, count in skipped.items())
        words = f"None of the {read} lines of {path.name} can be used ({reasons})."
        raise NothingToLearnError(words if read else f"{path.name} has a header but no lines.", rows=read)
    groups, codes = np.unique(names, return_inverse=True)
    pairs = np.unique(np.stack((codes, days)), axis=1).shape[1]
    return Sales(read, dict(skipped), days, amounts, codes, groups, pairs == len(days) > 1)


def _positions(header: list[str], rows: list[list[str]], mapping: Mapping[str, str], path: Path) -> dict[str, int]:
    named = {named_field(field, FIELDS): mapped_column(header, wanted, path) for field, wanted in mapping.items()}
    names = dict(FIELDS)
    if find_column(header, NAMES["customer"], is_numbered=True) is None:
        names["group"] = (*FIELDS["group"], *WITHOUT_CUSTOMERS)
    found = {field: find_column(header, wanted) for field, wanted in names.items()}
    if found["amount"] is None and None in (found["quantity"], found["unit_price"]):
        endings = (i for i, cell in enumerate(header) if plain_name(cell).endswith(SALES_ENDINGS))
        found["amount"] = next(endings, None)
    at = {field: position for field, position in (found | named).items() if position is not None}
    at = with_likely(header, rows, at, ("date",), earliest=EARLIEST)
    if "amount" not in at and not {"quantity", "unit_price"} & at.keys():
        at |= _values(header, rows, at, path)
    if "date" not in at:
        raise TableError(
            f"{path.name} has no column for: date. Its columns are {listed(header)}. Name it with --map date=COLUMN."
        )
    if "amount" in named or ("amount" in at and not {"quantity", "unit_price"} <= at.keys()):
        at = {field: position for field, position in at.items() if field not in ("quantity", "unit_price")}
    elif {"quantity", "unit_price"} <= at.keys():
        at.pop("amount", None)
    return at


def _values(header: list[str], rows: list[list[str]], at: Mapping[str, int], path: Path) -> dict[str, int]:
    """The column of the sales by its words, or in a finished series the only one of numbers.

    TableError where several might be: the sum of what is not known would be no sales.
    """
    likely = LikelyColumns(header, rows, at.values(), earliest=EARLIEST)
    if found := likely.find(["amount"]):
        return found
    whole = [row for row in rows if len(row) == len(header)]
    lines = {tuple(row[place] for place in at.values()) for row in whole}
    if "date" not in at or len(lines) < len(whole):
        return {}
    numbers = [
        place
        for place in range(len(header))
        if place not in at.values()
        and likely.cells[place]
        and likely.holds_numbers(place)
        and not NUMBERING & {*header_words(header[place])}
    ]
    if len(numbers) > 1:
        names = listed([header[place] for place in numbers])
        raise TableError(f"{path.name} has several columns that may be the sales: {names}. Name one with --target.")
    return {"amount": numbers[0]} if numbers else {}


def _block(
    block: Sequence[list[str]], at: Mapping[str, int], skipped: Counter[str], dates: DayCells
) -> tuple[Ints, Floats, NDArray[np.str_]]:
    """The number of the day of each usable line among `dates`, its amount, and the name of its group."""
    longest = max(at.values())
    rows = [row for row in block if len(row) > longest]
    days = np.array([dates.code(row[at["date"]]) for row in rows], dtype=np.int64)
    amounts = np.ones(len(rows))
    for field in ("amount", "quantity", "unit_price"):
        if field in at:
            amounts = amounts * _column(read_numbers(row[at[field]] for row in rows), rows, at[field])
    groups = np.array([row[at["group"]].strip() if "group" in at else "" for row in rows], dtype=np.str_)
    nameless = np.array([name.casefold() in NOBODY for name in groups], dtype=bool) & ("group" in at)
    kept = ~np.isnan(amounts)
    reasons = {
        "line too short": sum(1 for row in block if row) - len(rows),
        "no readable amount": int((~kept).sum()),
    }
    skipped.update({reason: count for reason, count in reasons.items() if count})
    return days[kept], amounts[kept], np.where(nameless, "-", groups)[kept]


def _column(read: Mapping[str, float | None], rows: Sequence[list[str]], position: int) -> Floats:
    return np.array([np.nan if (cell := read[row[position]]) is None else cell for row in rows], dtype=np.float64)


def _span(days: Ints, unit: Unit) -> tuple[int, int]:
    numbers = unit.number(days)
    return int(numbers.min()), int(numbers.max())


def _panel(sales: Sales, codes: Ints, unit: Unit, span: tuple[int, int]) -> Panel:
    numbers = unit.number(sales.days)
    span = max(span[0], span[1] + 1 - unit.most), span[1]
    inside = (numbers >= span[0]) & (numbers <= span[1])
    codes, numbers, amounts = codes[inside], numbers[inside], sales.amounts[inside]
    count = int(codes.max(initial=0)) + 1
    width = span[1] - span[0] + 1
    if not len(codes) or width < 1:
        return Panel(np.empty(0, dtype=np.str_), np.empty((0, 0)), True, span[1])
    totals = np.bincount(codes, np.abs(amounts), count)
    largest = np.sort(np.argsort(-totals, kind="stable")[:MOST_SERIES])
    place = np.full(count, -1)
    place[largest] = np.arange(len(largest))
    chosen = place[codes] >= 0
    at = place[codes[chosen]] * width + numbers[chosen] - span[0]
    shape = (len(largest), width)
    values = np.bincount(at, amounts[chosen], shape[0] * shape[1]).astype(np.float64).reshape(shape)
    seen = np.bincount(at, minlength=shape[0] * shape[1]).reshape(shape) > 0
    return _aligned(sales, values, seen, largest, span[1])


def _aligned(sales: Sales, values: Floats, seen: NDArray[np.bool_], largest: Ints, last: int) -> Panel:
    """Every finished series ends on the right with its own last value; its gaps are bridged by a line.

    Sums of orders end together, and where nothing was sold they are 0.
    """
    is_finished = sales.is_series and DAY not in sales.units
    width, rows = values.shape[1], []
    ends = width - seen[:, ::-1].argmax(axis=1) if is_finished else np.full(len(values), width)
    known = seen.sum(axis=1) >= LEAST_KNOWN
    for value, mark, end in zip(values[known], seen[known], ends[known], strict=True):
        at = np.flatnonzero(mark)
        row = np.full(width, np.nan)
        inner = np.arange(at[0], end)
        filled = np.interp(inner, at, value[at]) if is_finished else value[inner]
        row[width - len(inner) :] = filled
        rows.append(row)
    names = sales.groups[largest][known] if len(largest) > 1 else np.array([""])[: len(rows)]
    same_end = len(np.unique(ends[known])) <= 1
    return Panel(names, np.array(rows).reshape(len(rows), width), same_end, last)

"""A file of purchased products as baskets, with every line that could not be used counted by its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from analytics.ml.cells import read_days, read_numbers
from analytics.ml.recommend.baskets import Baskets
from analytics.ml.table import TableError, find_column, mapped_column, named_field, open_table
from analytics.ml.transactions import BLOCK, NOBODY
from analytics.ml.transactions import NAMES as TRANSACTION_NAMES

NEEDED = ("customer", "date", "item")
LAST_NUMBERED_DAY = 100_000

# As `plain_name` gives them, best first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "customer": TRANSACTION_NAMES["customer"],
    "date": TRANSACTION_NAMES["date"],
    "item": (
        *("stockcode", "sku", "productid", "productcode", "productno", "productnumber", "itemid", "itemno", "itemcode"),
        *("itemnumber", "articleid", "articlenumber", "articleno", "article", "asin", "isbn", "ean", "upc", "barcode"),
        *("product", "item", "productname", "itemname", "itemdescription", "productdescription", "commodity"),
        *("description", "artikelnummer", "artikel", "produkt", "produit", "producto", "prodotto", "produto"),
        *("subcommoditydesc", "commoditydesc", "material", "title", "category"),
    ),
    "quantity": TRANSACTION_NAMES["quantity"],
    "amount": TRANSACTION_NAMES["amount"],
}


@dataclass(frozen=True, eq=False)
class BasketFile:
    """`rows` lines were read; those that could not be used are counted in `skipped` by reason."""

    baskets: Baskets
    rows: int
    skipped: Mapping[str, int]


def read_baskets(path: Path, *, mapping: Mapping[str, str] | None = None) -> BasketFile:
    """Columns are found by name or given by `mapping` (field → header). TableError in clear words.

    Fields: customer, date (or the number of the day), item, and quantity or amount, which is negative for what came
    back. Lines without a customer, a readable day or a product are left out.
    """
    lines, skipped, read = _Lines(), Counter[str](), 0
    with open_table(path) as (header, rows):
        at = _positions(header, mapping or {}, path)
        while block := list(islice(rows, BLOCK)):
            read += len(block)
            lines.add(_usable([row for row in block if len(row) > max(at.values())], at, skipped))
    if not lines.days:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in skipped.items()) or "it has none"
        raise TableError(f"None of the {read} lines of {path.name} can be used ({reasons}).")
    return BasketFile(lines.baskets(), read, dict(skipped))


class _Lines:
    def __init__(self) -> None:
        self.codes: dict[str, dict[str, int]] = {"customer": {}, "item": {}}
        self.customers: list[int] = []
        self.items: list[int] = []
        self.days: list[int] = []
        self.quantities: list[float] = []

    def add(self, lines: Iterator[tuple[str, str, int, float]]) -> None:
        customers, items = self.codes["customer"], self.codes["item"]
        for customer, item, day, quantity in lines:
            self.customers.append(customers.setdefault(customer, len(customers)))
            self.items.append(items.setdefault(item, len(items)))
            self.days.append(day)
            self.quantities.append(quantity)

    def baskets(self) -> Baskets:
        names = {field: np.array(list(codes)) for field, codes in self.codes.items()}
        return Baskets.from_rows(
            names["customer"][self.customers], names["item"][self.items], self.days, self.quantities
        )


def _positions(header: list[str], mapping: Mapping[str, str], path: Path) -> dict[str, int]:
    at = {field: find_column(header, names) for field, names in NAMES.items()}
    at |= {named_field(field, NAMES): mapped_column(header, wanted, path) for field, wanted in mapping.items()}
    found = {field: position for field, position in at.items() if position is not None}
    missing = [field for field in NEEDED if field not in found]
    if missing:
        listed = ", ".join(map(repr, header[:20]))
        raise TableError(
            f"{path.name} has no column for: {', '.join(missing)}. Its columns are {listed}."
            f" Name it with --map {missing[0]}=COLUMN."
        )
    return found


def _usable(
    rows: list[list[str]], at: Mapping[str, int], skipped: Counter[str]
) -> Iterator[tuple[str, str, int, float]]:
    days = _days([row[at["date"]] for row in rows])
    signed = at.get("quantity", at.get("amount"))
    numbers = read_numbers(row[signed] for row in rows) if signed is not None else {}
    for row in rows:
        customer, item, day = row[at["customer"]].strip(), row[at["item"]].strip(), days[row[at["date"]]]
        quantity = 1.0 if signed is None else numbers[row[signed]]
        if customer.casefold() in NOBODY:
            skipped["no customer"] += 1
        elif day is None:
            skipped["no readable date"] += 1
        elif item.casefold() in NOBODY:
            skipped["no product"] += 1
        else:
            yield customer.removesuffix(".0"), item, day, 1.0 if quantity is None else quantity


def _days(cells: list[str]) -> dict[str, int | None]:
    """Days since 1970, or the numbers of days where the column has such alone."""
    distinct = set(cells)
    if all(cell.strip().isdigit() and int(cell) < LAST_NUMBERED_DAY for cell in distinct):
        return {cell: int(cell) for cell in distinct}
    return read_days(distinct)

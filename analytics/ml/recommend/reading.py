"""A file of purchased products as baskets, with every line that could not be used counted by its reason."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.ml.cells import DayCells, read_numbers
from analytics.ml.likely_columns import sampled_rows, with_likely
from analytics.ml.purchases import Ints
from analytics.ml.recommend.baskets import Baskets
from analytics.ml.table import NUMBERED, find_column, listed, mapped_column, named_field, open_table
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.transactions import BLOCK, NOBODY, UNDOING, customer_of, is_undone, known_days, longest_of
from analytics.ml.transactions import NAMES as TRANSACTION_NAMES

NEEDED = ("customer", "date", "item")

# As `plain_name` gives them, best first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "customer": TRANSACTION_NAMES["customer"],
    "date": TRANSACTION_NAMES["date"],
    "item": (
        *("stockcode", "sku", "productid", "productcode", "productno", "productnumber", "itemid", "itemno", "itemcode"),
        *("itemnumber", "articleid", "articlenumber", "articleno", "article", "asin", "isbn", "ean", "upc", "barcode"),
        *("product", "item", "productname", "itemname", "itemdescription", "productdescription", "commodity"),
        *("description", "artikelnummer", "artikel", "produkt", "produit", "producto", "prodotto", "produto"),
        *("artikelnr", "artikelid", "artikelbezeichnung", "produktnummer", "produktname", "refproduit"),
        *("referenceproduit",),
        *("codeproduit", "codearticle", "idproduit", "reference", "designation", "codicearticolo", "codiceprodotto"),
        *("articolo", "codigoproduto", "codigoproducto", "codigoarticulo", "articulo", "idproducto", "idproduto"),
        *("lineitemsku", "lineitemname", "productsku", "produkty", "towar", "nazwaproduktu", "productcategory"),
        *("subcommoditydesc", "commoditydesc", "material", "title", "category"),
    ),
    "quantity": TRANSACTION_NAMES["quantity"],
    "amount": TRANSACTION_NAMES["amount"],
    "status": TRANSACTION_NAMES["status"],
    "cancelled_at": TRANSACTION_NAMES["cancelled_at"],
}


@dataclass(frozen=True, eq=False)
class BasketFile:
    """`rows` lines were read; those that could not be used are counted in `skipped` by reason."""

    baskets: Baskets
    rows: int
    skipped: Mapping[str, int]
    columns: Mapping[str, str]


def read_baskets(path: Path, *, mapping: Mapping[str, str] | None = None, today: date | None = None) -> BasketFile:
    """Columns are found by name or given by `mapping` (field → header). TableError in clear words.

    Fields: customer, date (or the number of the day), item, and quantity or amount, which is negative for what came
    back, status and cancelled_at. Lines of orders that came to nothing are left out, and those without a customer, a
    readable day up to `today` or a product.
    """
    lines, skipped, read = _Lines(), Counter[str](), 0
    with open_table(path) as (header, all_rows):
        first, rows = sampled_rows(all_rows)
        at = _positions(header, first, mapping or {}, path)
        while block := list(islice(rows, BLOCK)):
            read += sum(1 for row in block if row)
            lines.add(block, at, skipped)
    baskets = lines.baskets(skipped, today or datetime.now(UTC).date())
    if baskets is None:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in skipped.items()) or "it has none"
        raise NothingToLearnError(f"None of the {read} lines of {path.name} can be used ({reasons}).", rows=read)
    return BasketFile(baskets, read, dict(skipped), {field: header[position] for field, position in at.items()})


class _Lines:
    """Usable lines as numbers: of a million lines the distinct words are kept once."""

    def __init__(self) -> None:
        self.codes: dict[str, dict[str, int]] = {"customer": {}, "item": {}}
        self.dates = DayCells()
        self.customers, self.items, self.days = array("q"), array("q"), array("q")
        self.quantities = array("d")

    def add(self, block: list[list[str]], at: Mapping[str, int], skipped: Counter[str]) -> None:
        longest, who, what, when = longest_of(at), at["customer"], at["item"], at["date"]
        rows = [row for row in block if len(row) > longest]
        if len(rows) < len(block):
            skipped["line too short"] += sum(1 for row in block if row) - len(rows)
        signed = at.get("quantity", at.get("amount"))
        numbers = read_numbers(row[signed] for row in rows) if signed is not None else {}
        customers, items = self.codes["customer"], self.codes["item"]
        may_be_undone = not UNDOING.isdisjoint(at)
        for row in rows:
            customer, item = customer_of(row[who]), row[what].strip()
            if not customer:
                skipped["no customer"] += 1
            elif item.casefold() in NOBODY:
                skipped["no product"] += 1
            elif (quantity := _quantity(row, signed, numbers)) > 0 and may_be_undone and is_undone(row, at):
                skipped["cancelled"] += 1
            else:
                self.customers.append(customers.setdefault(customer, len(customers)))
                self.items.append(items.setdefault(item, len(items)))
                self.days.append(self.dates.code(row[when]))
                self.quantities.append(quantity)

    def baskets(self, skipped: Counter[str], today: date) -> Baskets | None:
        """None where no line has a day that can be used."""
        if not self.days:
            return None
        days, kept = known_days(self.dates, np.asarray(self.days), skipped, today)
        if not kept.any():
            return None
        customer_ids, customers = _in_order(list(self.codes["customer"]), np.asarray(self.customers)[kept])
        item_ids, items = _in_order(list(self.codes["item"]), np.asarray(self.items)[kept])
        found = Baskets.from_rows(customers, items, days[kept], np.asarray(self.quantities)[kept])
        return replace(found, customer_ids=customer_ids[found.customer_ids], item_ids=item_ids[found.item_ids])


def _quantity(row: list[str], signed: int | None, numbers: Mapping[str, float | None]) -> float:
    """How much of it, one where the file does not say; below 0 for what came back."""
    found = 1.0 if signed is None else numbers[row[signed]]
    return 1.0 if found is None else found


def _in_order(names: list[str], codes: Ints) -> tuple[NDArray[Any], Ints]:
    """Sorted names, and the place of each code's name among them: numbers are grouped in a fraction of the memory."""
    found = np.array(names)
    order = np.argsort(found)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return found[order], places[codes]


def _positions(header: list[str], rows: list[list[str]], mapping: Mapping[str, str], path: Path) -> dict[str, int]:
    at = {field: find_column(header, names, is_numbered=field in NUMBERED) for field, names in NAMES.items()}
    at |= {named_field(field, NAMES): mapped_column(header, wanted, path) for field, wanted in mapping.items()}
    found = {field: position for field, position in at.items() if position is not None}
    found = with_likely(header, rows, found, ("customer", "date"))
    missing = [field for field in NEEDED if field not in found]
    if missing:
        raise TableError(
            f"{path.name} has no column for: {', '.join(missing)}. Its columns are {listed(header)}."
            f" Name it with --map {missing[0]}=COLUMN."
        )
    return found

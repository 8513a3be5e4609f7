"""A file of transactions as customer-days, with every line that could not be used counted by its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.ml.cells import read_days, read_numbers
from analytics.ml.purchases import Purchases
from analytics.ml.table import TableError, find_column, mapped_column, named_field, open_table

BLOCK = 200_000
NOBODY = {"", "nan", "null", "none", "n/a", "na", "nat", "-"}

# As `plain_name` gives them, best first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "customer": (
        *("customerid", "customerno", "customernumber", "customercode", "customerkey", "customer", "custid", "custno"),
        *("customeruniqueid", "clientid", "clientno", "client", "userid", "user", "buyerid", "buyer", "accountid"),
        *(
            "memberid",
            "membernumber",
            "householdkey",
            "householdid",
            "household",
            "contactid",
            "personid",
            "visitorid",
            "shopperid",
        ),
        *("customeremail", "email", "emailaddress", "cardid", "loyaltyid", "cust", "kundennummer", "kundennr", "kunde"),
        *("kundenid", "kdnr", "numeroclient", "idclient", "codeclient", "cliente", "clienteid", "idcliente"),
        *("codigocliente", "codicecliente", "klantnummer", "klantid", "klant", "klient"),
    ),
    "date": (
        *("date", "invoicedate", "orderdate", "purchasedate", "transactiondate", "transdate", "saledate", "salesdate"),
        *("datetime", "invoicedatetime", "timestamp", "orderpurchasetimestamp", "orderedat", "orderedon", "createdat"),
        *("created", "purchasedat", "paidat", "processedat", "transactiontime", "ordertime", "day", "time", "trandate"),
        *("datum", "bestelldatum", "rechnungsdatum", "fecha", "datecommande", "datefacture", "data", "dataordine"),
        *(
            "kaufdatum",
            "auftragsdatum",
            "belegdatum",
            "dateachat",
            "datedachat",
            "datedecommande",
            "fechapedido",
            "fechacompra",
            "fechafactura",
        ),
        *("dataacquisto", "datafattura", "datacompra", "datapedido", "besteldatum", "orderdatum", "factuurdatum"),
    ),
    "amount": (
        *("amount", "netamount", "totalamount", "orderamount", "invoiceamount", "salesamount", "tranamount", "spend"),
        *("transactionamount", "paymentvalue", "amountpaid", "linetotal", "lineamount", "total", "ordertotal"),
        *("grandtotal", "totalprice", "totalsales", "sales", "salesvalue", "salevalue", "revenue", "netrevenue"),
        *("turnover", "subtotal", "value", "ordervalue", "spent", "paid", "betrag", "summe", "gesamt", "umsatz"),
        *("gesamtbetrag", "gesamtsumme", "gesamtpreis", "rechnungsbetrag", "bestellsumme", "bestellwert"),
        *("nettobetrag", "bruttobetrag", "nettoumsatz", "warenwert", "montant", "montanttotal", "montantttc"),
        *("montantht", "totalttc"),
        *("importe", "importetotal", "importo", "importototale", "totale", "valor", "valortotal", "bedrag"),
        *("totaalbedrag", "totaal", "kwota", "dollars", "monetary"),
    ),
    "quantity": (*("quantity", "qty", "units", "count", "pieces", "number", "menge", "anzahl"), "quantite", "cantidad"),
    "unit_price": (
        *("unitprice", "price", "priceperunit", "itemprice", "unitcost", "sellingprice", "avgprice", "preis"),
        *("einzelpreis", "stueckpreis", "stückpreis", "prix", "prixunitaire", "precio", "prezzo"),
    ),
    "invoice": (
        *("invoice", "invoiceno", "invoiceid", "invoicenumber", "orderid", "orderno", "ordernumber", "order"),
        *("transactionid", "transactionno", "basketid", "receiptid", "receiptno", "receipt", "saleid", "billno"),
        *("rechnungsnummer", "bestellnummer", "auftragsnummer", "facture", "factura"),
    ),
}
FIELDS = tuple(NAMES)


@dataclass(frozen=True, eq=False)
class Transactions:
    """`rows` lines were read; those that could not be used are counted in `skipped` by reason."""

    purchases: Purchases
    rows: int
    skipped: Mapping[str, int]
    columns: Mapping[str, str]
    has_money: bool


def read_transactions(path: Path, *, mapping: Mapping[str, str] | None = None) -> Transactions:
    """Columns are found by name or given by `mapping` (field → header). TableError in clear words.

    Fields: customer, date, amount (or quantity and unit_price), invoice. Without any money each line counts as one.
    Lines without a customer, a readable day or a readable amount are left out.
    """
    with open_table(path) as (header, rows):
        at = _positions(header, mapping or {}, path)
        blocks, skipped, read = _Blocks(), Counter[str](), 0
        while block := list(islice(rows, BLOCK)):
            read += sum(1 for row in block if row)
            blocks.add(_usable(block, at, skipped))
    has_money = "amount" in at or "unit_price" in at
    if not blocks.days:
        raise TableError(_nothing_usable(path, read, skipped))
    columns = {field: header[position] for field, position in at.items()}
    return Transactions(blocks.purchases("invoice" in at), read, dict(skipped), columns, has_money)


class _Blocks:
    def __init__(self) -> None:
        self.customers: list[str] = []
        self.days: list[int] = []
        self.amounts: list[float] = []
        self.invoices: list[str] = []

    def add(self, lines: Iterator[tuple[str, int, float, str]]) -> None:
        for customer, day, amount, invoice in lines:
            self.customers.append(customer)
            self.days.append(day)
            self.amounts.append(amount)
            self.invoices.append(invoice)

    def purchases(self, with_invoices: bool) -> Purchases:
        invoices = _codes(self.invoices) if with_invoices else None
        names, codes = np.unique(np.asarray(self.customers), return_inverse=True)
        rows = Purchases.from_transactions(codes, self.days, self.amounts, invoices)
        return Purchases(names[rows.customer_ids], rows.starts, rows.days, rows.amounts, rows.orders)


def _positions(header: list[str], mapping: Mapping[str, str], path: Path) -> dict[str, int]:
    at = {field: find_column(header, names) for field, names in NAMES.items()}
    at |= {named_field(field, NAMES): mapped_column(header, wanted, path) for field, wanted in mapping.items()}
    found = {field: position for field, position in at.items() if position is not None}
    missing = [field for field in ("customer", "date") if field not in found]
    if missing:
        listed = ", ".join(repr(name) for name in header[:20])
        raise TableError(
            f"{path.name} has no column for: {', '.join(missing)}. Its columns are {listed}."
            f" Name it with --map {missing[0]}=COLUMN."
        )
    if (
        "amount" in found
        and "amount" not in {named_field(field, NAMES) for field in mapping}
        and {"quantity", "unit_price"} <= found.keys()
    ):
        found = {field: position for field, position in found.items() if field not in ("quantity", "unit_price")}
    return found


def _usable(
    block: list[list[str]], at: Mapping[str, int], skipped: Counter[str]
) -> Iterator[tuple[str, int, float, str]]:
    longest = max(at.values())
    whole = [row for row in block if len(row) > longest]
    skipped.update({"line too short": sum(1 for row in block if row) - len(whole)} if len(whole) < len(block) else {})
    days = read_days(row[at["date"]] for row in whole)
    money = {
        field: read_numbers(row[at[field]] for row in whole)
        for field in ("amount", "quantity", "unit_price")
        if field in at
    }
    for row in whole:
        customer, day = _customer(row[at["customer"]]), days[row[at["date"]]]
        amount = _amount(row, at, money)
        if customer in NOBODY:
            skipped["no customer"] += 1
        elif day is None:
            skipped["no readable date"] += 1
        elif amount is None:
            skipped["no readable amount"] += 1
        else:
            yield customer, day, amount, row[at["invoice"]] if "invoice" in at else ""


def _customer(cell: str) -> str:
    text = cell.strip()
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else ("" if text.casefold() in NOBODY else text)


def _amount(row: list[str], at: Mapping[str, int], money: Mapping[str, Mapping[str, float | None]]) -> float | None:
    if "amount" in at:
        return money["amount"][row[at["amount"]]]
    if "unit_price" not in at:
        return 1.0
    price = money["unit_price"][row[at["unit_price"]]]
    quantity = money["quantity"][row[at["quantity"]]] if "quantity" in at else 1.0
    return None if price is None or quantity is None else price * quantity


def _codes(texts: list[str]) -> NDArray[np.int64]:
    numbers: dict[str, int] = {}
    return np.fromiter((numbers.setdefault(text, len(numbers)) for text in texts), np.int64, len(texts))


def _nothing_usable(path: Path, read: int, skipped: Mapping[str, int]) -> str:
    if not read:
        return f"{path.name} has a header but no lines."
    reasons = ", ".join(f"{reason}: {count}" for reason, count in skipped.items() if count)
    return f"None of the {read} lines of {path.name} can be used ({reasons})."

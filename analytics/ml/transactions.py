"""A file of transactions as customer-days, with every line that could not be used counted by its reason."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.ml.cells import DayCells, read_numbers
from analytics.ml.likely_columns import sampled_rows, with_likely
from analytics.ml.purchases import Ints, Purchases, day_number
from analytics.ml.table import NUMBERED, find_column, listed, mapped_column, named_field, open_table
from analytics.ml.table_errors import NothingToLearnError, TableError

BLOCK = 200_000
NOBODY = {"", "nan", "null", "none", "n/a", "na", "nat", "-"}

# As `plain_name` gives them, best first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "customer": (
        *("customerid", "customerno", "customernumber", "customercode", "customerkey", "customer", "custid", "custno"),
        *("customeruniqueid", "clientid", "clientno", "client", "userid", "user", "buyerid", "buyer", "accountid"),
        *("memberid", "membernumber", "householdkey", "householdid", "household", "contactid", "personid"),
        *("visitorid", "shopperid"),
        *("customeremail", "email", "emailaddress", "cardid", "loyaltyid", "cust", "kundennummer", "kundennr", "kunde"),
        *("kundenid", "kdnr", "numeroclient", "idclient", "codeclient", "cliente", "clienteid", "idcliente"),
        *("codigocliente", "codicecliente", "customeruser", "klienta", "klantnr", "klantnummer", "klantid", "klant"),
        *("klient",),
    ),
    "date": (
        *("date", "invoicedate", "orderdate", "purchasedate", "transactiondate", "transdate", "saledate", "salesdate"),
        *("datetime", "invoicedatetime", "timestamp", "orderpurchasetimestamp", "orderedat", "orderedon", "createdat"),
        *("created", "purchasedat", "paidat", "processedat", "transactiontime", "ordertime", "day", "time", "trandate"),
        *("datum", "bestelldatum", "rechnungsdatum", "fecha", "datecommande", "datefacture", "data", "dataordine"),
        *("kaufdatum", "auftragsdatum", "belegdatum", "dateachat", "datedachat", "datecompleted", "datepaid"),
        *("datazamowienia", "datasprzedazy", "datavenda", "datavendita", "fechaventa", "datedecommande"),
        *("fechapedido", "fechacompra", "fechafactura"),
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
        *("wartosc", "suma", "prixtotal", "preciototal", "prezzototale", "precototal"),
        *("totaalbedrag", "totaal", "kwota", "dollars", "monetary"),
    ),
    "quantity": (
        *("quantity", "qty", "units", "count", "pieces", "number", "menge", "anzahl"),
        *("quantite", "cantidad", "stuckzahl", "stuck", "qte", "quantidade", "qtd", "qtde", "quantita"),
        *("aantal", "ilosc", "lineitemquantity", "itemquantity", "orderquantity", "quantityordered", "unitssold"),
    ),
    "unit_price": (
        *("unitprice", "price", "priceperunit", "itemprice", "unitcost", "sellingprice", "avgprice", "preis"),
        *("einzelpreis", "stueckpreis", "stückpreis", "prix", "prixunitaire", "precio", "prezzo"),
    ),
    "invoice": (
        *("invoice", "invoiceno", "invoiceid", "invoicenumber", "orderid", "orderno", "ordernumber", "order"),
        *("transactionid", "transactionno", "basketid", "receiptid", "receiptno", "receipt", "saleid", "billno"),
        *("rechnungsnummer", "bestellnummer", "auftragsnummer", "facture", "factura"),
    ),
    "status": (
        *("status", "orderstatus", "financialstatus", "paymentstatus", "invoicestatus", "orderstate", "bestellstatus"),
        *("auftragsstatus", "zahlungsstatus", "statut", "statutcommande", "etat", "estado", "estadopedido", "stato"),
        *("statoordine", "situacao", "orderstatusname", "stanzamowienia", "statuszamowienia"),
    ),
    "cancelled_at": (
        *("cancelledat", "canceledat", "cancelledon", "canceledon", "cancellationdate", "storniertam", "stornodatum"),
        *("annulele", "dateannulation", "canceladoel", "canceladoem", "annullatoil", "geannuleerdop"),
    ),
}
FIELDS = tuple(NAMES)
UNDOING = {"status", "cancelled_at"}  # fields that a line need not have
# Of an order that came to nothing, or whose money went back in whole.
UNDONE = frozenset(
    "cancelled canceled cancel voided void failed declined refunded rejected unavailable storniert annulliert "
    "erstattet abgebrochen annulé annulée annule annulee remboursé remboursée cancelado cancelada anulado anulada "
    "reembolsado annullato annullata rimborsato geannuleerd terugbetaald anulowane anulowany zwrócone".split()
)


@dataclass(frozen=True, eq=False)
class Transactions:
    """`rows` lines were read; those that could not be used are counted in `skipped` by reason."""

    purchases: Purchases
    rows: int
    skipped: Mapping[str, int]
    columns: Mapping[str, str]
    has_money: bool


def read_transactions(
    path: Path, *, mapping: Mapping[str, str] | None = None, today: date | None = None
) -> Transactions:
    """Columns are found by name or given by `mapping` (field → header). TableError in clear words.

    Fields: customer, date, amount (or quantity and unit_price), invoice, status and cancelled_at. Without any money
    each line counts as one. Lines without a customer, a readable day up to `today` or a readable amount are left out,
    and those of orders that came to nothing; money that goes back by a line of its own counts.
    """
    with open_table(path) as (header, all_rows):
        first, rows = sampled_rows(all_rows)
        at = _positions(header, first, mapping or {}, path)
        lines, skipped, read = _Lines(), Counter[str](), 0
        while block := list(islice(rows, BLOCK)):
            read += sum(1 for row in block if row)
            lines.add(block, at, skipped)
    purchases = lines.purchases(skipped, today or datetime.now(UTC).date(), "invoice" in at)
    if purchases is None:
        raise NothingToLearnError(_nothing_usable(path, read, skipped), rows=read)
    columns = {field: header[position] for field, position in at.items()}
    return Transactions(purchases, read, dict(skipped), columns, "amount" in at or "unit_price" in at)


class _Lines:
    """Usable lines as numbers: of a million lines the distinct words are kept once."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.bills: dict[str, int] = {}
        self.dates = DayCells()
        self.customers, self.days, self.invoices = array("q"), array("q"), array("q")
        self.amounts = array("d")

    def add(self, block: list[list[str]], at: Mapping[str, int], skipped: Counter[str]) -> None:
        longest, who, when, bill = longest_of(at), at["customer"], at["date"], at.get("invoice")
        whole = [row for row in block if len(row) > longest]
        if len(whole) < len(block):
            skipped["line too short"] += sum(1 for row in block if row) - len(whole)
        amounts, may_be_undone = amounts_of(whole, at), not UNDOING.isdisjoint(at)
        for row, amount in zip(whole, amounts, strict=True):
            customer = customer_of(row[who])
            if not customer:
                skipped["no customer"] += 1
            elif amount is None:
                skipped["no readable amount"] += 1
            elif may_be_undone and amount > 0 and is_undone(row, at):
                skipped["cancelled"] += 1
            else:
                self.customers.append(self.names.setdefault(customer, len(self.names)))
                self.days.append(self.dates.code(row[when]))
                self.amounts.append(amount)
                if bill is not None:
                    self.invoices.append(self.bills.setdefault(row[bill], len(self.bills)))

    def purchases(self, skipped: Counter[str], today: date, with_invoices: bool) -> Purchases | None:
        """None where no line has a day that can be used."""
        if not self.days:
            return None
        days, kept = known_days(self.dates, np.asarray(self.days), skipped, today)
        if not kept.any():
            return None
        invoices = np.asarray(self.invoices)[kept] if with_invoices else None
        used, codes = np.unique(np.asarray(self.customers)[kept], return_inverse=True)
        rows = Purchases.from_transactions(codes, days[kept], np.asarray(self.amounts)[kept], invoices)
        names = np.asarray(list(self.names))[used]
        order = np.argsort(names)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        renamed = Purchases.from_rows(place[rows.codes], rows.days, rows.amounts, rows.orders)
        return Purchases(names[order], renamed.starts, renamed.days, renamed.amounts, renamed.orders)


def known_days(dates: DayCells, codes: Ints, skipped: Counter[str], today: date) -> tuple[Ints, NDArray[np.bool_]]:
    """The day of each line [n], and which lines have one that is no later than tomorrow; the others are counted."""
    days = dates.days()[codes]
    is_future = days > day_number(today) + 1
    reasons = {"no readable date": int(np.isnan(days).sum()), "date in the future": int(is_future.sum())}
    skipped.update({reason: count for reason, count in reasons.items() if count})
    kept = ~np.isnan(days) & ~is_future
    return np.where(kept, days, 0).astype(np.int64), kept


def longest_of(at: Mapping[str, int]) -> int:
    """The last column that every line must have."""
    return max(position for field, position in at.items() if field not in UNDOING)


def is_undone(row: list[str], at: Mapping[str, int]) -> bool:
    """The order of this line came to nothing, as its status or the day of its end says."""

    def cell(field: str) -> str:
        position = at.get(field, len(row))
        return row[position].strip().casefold() if position < len(row) else ""

    return cell("status") in UNDONE or cell("cancelled_at") not in NOBODY


def amounts_of(rows: list[list[str]], at: Mapping[str, int]) -> list[float | None]:
    """The money of each line, None where it can't be read; 1 where the file has none."""
    money = {
        field: read_numbers(row[at[field]] for row in rows)
        for field in ("amount", "quantity", "unit_price")
        if field in at
    }
    return [_amount(row, at, money) for row in rows]


def _positions(header: list[str], rows: list[list[str]], mapping: Mapping[str, str], path: Path) -> dict[str, int]:
    at = {field: find_column(header, names, is_numbered=field in NUMBERED) for field, names in NAMES.items()}
    at |= {named_field(field, NAMES): mapped_column(header, wanted, path) for field, wanted in mapping.items()}
    found = {field: position for field, position in at.items() if position is not None}
    has_price = "unit_price" in found
    found = with_likely(header, rows, found, ("customer", "date") if has_price else ("customer", "date", "amount"))
    missing = [field for field in ("customer", "date") if field not in found]
    if missing:
        raise TableError(
            f"{path.name} has no column for: {', '.join(missing)}. Its columns are {listed(header)}."
            f" Name it with --map {missing[0]}=COLUMN."
        )
    if (
        "amount" in found
        and "amount" not in {named_field(field, NAMES) for field in mapping}
        and {"quantity", "unit_price"} <= found.keys()
    ):
        found = {field: position for field, position in found.items() if field not in ("quantity", "unit_price")}
    return found


def customer_of(cell: str) -> str:
    """The customer's id as it is meant, "" where there is none: 17850.0 is 17850."""
    text = cell.strip()
    if text.casefold() in NOBODY:
        return ""
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def _amount(row: list[str], at: Mapping[str, int], money: Mapping[str, Mapping[str, float | None]]) -> float | None:
    if "amount" in at:
        return money["amount"][row[at["amount"]]]
    if "unit_price" not in at:
        return 1.0
    price = money["unit_price"][row[at["unit_price"]]]
    quantity = money["quantity"][row[at["quantity"]]] if "quantity" in at else 1.0
    return None if price is None or quantity is None else price * quantity


def _nothing_usable(path: Path, read: int, skipped: Mapping[str, int]) -> str:
    if not read:
        return f"{path.name} has a header but no lines."
    reasons = ", ".join(f"{reason}: {count}" for reason, count in skipped.items() if count)
    return f"None of the {read} lines of {path.name} can be used ({reasons})."

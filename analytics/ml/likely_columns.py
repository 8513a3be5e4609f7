"""Finds a column that no known name fits: by the words of its header, if its cells are of the right kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice

import numpy as np

from analytics.ml.cells import EARLIEST, DayCells, read_numbers
from analytics.ml.table import without_accents

SAMPLE = 500
MOSTLY = 0.9
FEWEST_CUSTOMERS = 3
# How words begin, as `header_words` gives them; with a full stop the whole word. Best first.
CUSTOMER_WORDS = (
    *("customer", "client", "kund", "klant", "klient", "cliente", "shopper", "buyer", "member", "mitglied", "cust."),
    *("user", "uid.", "household", "guest", "patron", "compra", "acheteur", "kupuj", "kaufer", "besteller", "koper"),
    *("cpf.", "cnpj.", "email", "mail.", "correo", "courriel", "account.", "contact."),
)
NOT_WHO = (
    *("country", "land", "pays", "pais", "city", "stadt", "ville", "ciudad", "state", "region", "type", "typ.", "tipo"),
    *("segment", "group", "gruppe", "since", "age.", "alter.", "gender", "category", "kategorie", "channel", "status"),
    *("phone", "telefon", "zip.", "postal", "plz.", "address", "adresse", "rating", "comment", "note", "service"),
    *("tier", "level", "lang", "satisfaction", "agent", "rep.", "opt.", "subscribed", "sent.", "price"),
)
DAY_WORDS = (
    *("order", "purchase", "bestell", "commande", "pedido", "kauf", "achat", "compra", "zamow", "sold", "sale"),
    *("vent", "acquist", "ordine", "inv.", "invoice", "rechnung", "facture", "fattur", "factuur", "txn.", "tran"),
    *("payment", "paid", "created", "placed", "booking", "date", "datum", "fecha", "data.", "day", "tag.", "dia."),
    *("jour", "giorno", "dzien", "dag.", "time", "ts.", "month", "monat", "mois", "mes.", "mese", "maand", "miesiac"),
    *("at.", "quart", "trimest", "week", "woche", "kw.", "semaine", "semana", "settimana", "tydzien", "period"),
)
NOT_DAY = (
    *("ship", "deliver", "due.", "birth", "dob.", "update", "modif", "last.", "first.", "signup", "regist", "valid"),
    *("expir", "return", "cancel", "liefer", "versand", "geb.", "geburt", "geander", "entrega", "livraison", "naiss"),
    *("nacim", "estimat", "approv", "since", "end.", "fallig", "refund", "consegna", "wysylk", "dostaw", "zone"),
)
MONEY_WORDS = (
    *("amount", "amt.", "total", "revenue", "turnover", "sales", "spend", "spent", "betrag", "gesamt", "summe"),
    *("umsatz", "montant", "chiffre", "importe", "valor", "value", "importo", "bedrag", "omzet", "kwota", "wartosc"),
    *("suma.", "fatturato", "ventas", "receita", "paid", "erlos", "faturamento"),
)
NOT_MONEY = (
    *("tax", "vat.", "mwst", "ust.", "iva.", "tva.", "btw.", "discount", "rabatt", "remise", "descuento", "sconto"),
    *("korting", "ship", "versand", "porto", "frais", "freight", "frete", "cost", "fee.", "fees.", "profit"),
    *("margin", "refund", "balance", "tip.", "qty.", "quantit", "quantid", "menge", "anzahl", "cantidad", "items"),
    *("count", "unit", "einzel", "per.", "pro.", "each", "id.", "no.", "nr.", "number", "points", "date", "datum"),
    *("number", "orders", "lines", "weight", "rate", "percent", "currency", "wahrung", "devise"),
)
CODE = re.compile(r"^[^\W\d_]+[-_]?\d+$")
IDS = {"id", "nr", "no", "num", "number", "nummer", "numero", "code", "key", "ref", "uid", "kod", "hash"}
NAMES = {"name", "names", "nom", "nombre", "nome", "naam", "nazwa", "vorname", "nachname", "first", "last"}


def sampled_rows(rows: Iterator[list[str]]) -> tuple[list[list[str]], Iterator[list[str]]]:
    """The first rows to look at, and all rows."""
    first = list(islice(rows, SAMPLE))
    return first, chain(first, rows)


def header_words(header: str) -> list[str]:
    """The words of a header in lower case without accents; "orderDate" are two."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return re.sub(r"[\W_]+", " ", without_accents(apart)).split()


class LikelyColumns:
    """The columns of a file that may stand for a field, by their headers and first rows; none is taken twice."""

    def __init__(
        self, header: Sequence[str], rows: Sequence[Sequence[str]], taken: Iterable[int], *, earliest: date = EARLIEST
    ) -> None:
        self.earliest = earliest
        self.words = [header_words(name) for name in header]
        self.taken = set(taken)
        whole = [row for row in rows if len(row) >= len(header)]
        self.cells = [[cell for row in whole if (cell := row[at].strip())] for at in range(len(header))]

    def find(self, fields: Iterable[str]) -> dict[str, int]:
        """The position of each of `fields` (date, amount, customer) for which there is a likely column."""
        finders = {"date": self._date, "amount": self._amount, "customer": self._customer}
        found = {}
        for field in (field for field in finders if field in fields):
            if (position := finders[field]()) is not None:
                found[field] = position
                self.taken.add(position)
        return found

    def _date(self) -> int | None:
        """The best by its words of those that hold days; without such a word the only one that holds written days."""
        days = [at for at in self._free() if not begins(self.words[at], NOT_DAY) and self._holds_days(at)]
        named = [at for at in days if begins(self.words[at], DAY_WORDS)]
        if named:
            return min(named, key=lambda at: place(self.words[at], DAY_WORDS))
        return days[0] if len(days) == 1 else None

    def _amount(self) -> int | None:
        money = [at for at in self._free() if self._is_called(at, MONEY_WORDS, NOT_MONEY) and self.holds_numbers(at)]
        return min(money, key=lambda at: place(self.words[at], MONEY_WORDS), default=None)

    def _customer(self) -> int | None:
        """A number or code before an address, an address before a name."""
        who = [at for at in self._free() if self._is_called(at, CUSTOMER_WORDS, NOT_WHO) and self._tells_apart(at)]
        return min(
            who,
            key=lambda at: (
                bool(NAMES & {*self.words[at]}),
                not IDS & {*self.words[at]},
                place(self.words[at], CUSTOMER_WORDS),
            ),
            default=None,
        )

    def _free(self) -> list[int]:
        return [at for at in range(len(self.words)) if at not in self.taken and self.cells[at]]

    def _is_called(self, at: int, words: Sequence[str], others: Sequence[str]) -> bool:
        return begins(self.words[at], words) and not begins(self.words[at], others)

    def _holds_days(self, at: int) -> bool:
        """Numbers are days only where the header says so: a telephone number may look like one."""
        cells = self.cells[at]
        if not begins(self.words[at], DAY_WORDS) and all(re.fullmatch(r"[\d.]+", cell) for cell in cells):
            return False
        days = DayCells(earliest=self.earliest, may_count=False)
        codes = [days.code(cell) for cell in cells]
        read = days.days()
        return bool(np.isfinite(read[codes]).sum() >= MOSTLY * len(cells))

    def holds_numbers(self, at: int) -> bool:
        """Nearly all cells are numbers, with a currency or not."""
        return are_numbers(self.cells[at])

    def _tells_apart(self, at: int) -> bool:
        return len({*self.cells[at]}) >= min(FEWEST_CUSTOMERS, len(self.cells[at]))


def are_numbers(cells: Sequence[str]) -> bool:
    """Nearly all are numbers, and no codes as P12."""
    read = read_numbers(cells)
    return sum(read[cell] is not None and not CODE.match(cell) for cell in cells) >= MOSTLY * len(cells)


def begins(words: Sequence[str], starts: Sequence[str]) -> bool:
    """Some word begins with one of `starts`, or is one that ends with a full stop."""
    return place(words, starts) < len(starts)


def place(words: Sequence[str], starts: Sequence[str]) -> int:
    """The number of the first of `starts` that fits; their number where none does."""
    fits = (at for at, start in enumerate(starts) if any(f"{word}.".startswith(start) for word in words))
    return next(fits, len(starts))


def with_likely(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    found: Mapping[str, int],
    fields: Iterable[str],
    *,
    earliest: date = EARLIEST,
) -> dict[str, int]:
    """`found` and what is likely for those of `fields` that it lacks."""
    missing = [field for field in fields if field not in found]
    if not missing:
        return dict(found)
    return {**found, **LikelyColumns(header, rows, found.values(), earliest=earliest).find(missing)}

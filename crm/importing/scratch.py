"""Order rows grouped into whole orders on disk: lines of one order may lie anywhere in a file of any length.

A throw-away SQLite file beside the uploaded one. It is rebuilt from the file when it is missing or half-made, and
always comes out the same: orders stand in the order of their first line.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from crm.importing.order_lines import OrderLineCells

SCALE = 10_000
PRAGMAS = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-20000"
LINE_COLUMNS = (
    "seq, line, okey, number, placed_at, customer, email, name, country, currency, channel, is_dead, total, has_line, "
    "sku, label, quantity, price, amount"
)


@dataclass(slots=True)
class Line:
    """One line of an order as it will be written."""

    line: int
    sku: str
    label: str
    quantity: Decimal
    price: Decimal
    amount: Decimal


@dataclass(slots=True)
class WholeOrder:
    """An order with all its lines. `rows` counts the file's rows, of which some may carry no line."""

    ordinal: int
    key: str
    number: str
    line: int
    rows: int
    placed_at: datetime | None
    customer: str
    email: str
    name: str
    country: str
    currency: str
    channel: str
    is_dead: bool
    bad_line: int
    total: Decimal
    lines: list[Line]


@dataclass(frozen=True)
class BadRow:
    """A row that can't be read, with the reason."""

    line: int
    reason: str
    values: list[str]
    is_comment: bool


@dataclass(frozen=True)
class OrderFacts:
    """What the file holds in orders that can be read: the measure that the database is checked against."""

    orders: int
    customers: int
    anonymous: int
    returns: int
    revenue: Decimal
    lines: int


class OrderScratch:
    """Collects rows with `add`, groups them with `finish`, then gives whole orders from any ordinal on."""

    def __init__(self, path: Path, alive: Callable[[], None]) -> None:
        """`alive` is called now and then during long statements, too."""
        self._pending: list[tuple[object, ...]] = []
        self._base = sqlite3.connect(path)
        self._base.set_progress_handler(alive, 2_000_000)
        self._base.executescript(PRAGMAS)

    def close(self) -> None:
        self._base.close()

    @property
    def is_finished(self) -> bool:
        """True when every row has been grouped; False for a file that a crash left half-made."""
        found = self._base.execute("SELECT count(*) FROM sqlite_master WHERE name = 'finished'").fetchone()
        return bool(found[0])

    def begin(self) -> None:
        """Start anew."""
        columns = LINE_COLUMNS.replace("seq", "seq INTEGER PRIMARY KEY", 1)
        self._base.executescript(
            "DROP TABLE IF EXISTS finished; DROP TABLE IF EXISTS lines;"
            "DROP TABLE IF EXISTS orders; DROP TABLE IF EXISTS bad;"
            f"CREATE TABLE lines ({columns});"
            "CREATE TABLE bad (number INTEGER PRIMARY KEY, line INT, okey TEXT, reason TEXT, cells TEXT, is_comment);"
        )

    def add(self, seq: int, line: int, cells: OrderLineCells) -> None:
        """Keep one row; `seq` numbers the rows of the file."""
        self._pending.append(
            (
                seq, line, cells.key, cells.number, cells.placed_at.isoformat() if cells.placed_at else None,
                cells.customer or None, cells.email or None, cells.name or None, cells.country or None,
                cells.currency or None, cells.channel or None, cells.is_dead,
                _units(cells.total) if cells.total is not None else None, cells.has_line, cells.sku, cells.label,
                _units(cells.quantity), _units(cells.price), _units(cells.amount),
            )
        )  # fmt: skip
        if len(self._pending) >= 5_000:
            self._flush()

    def add_bad(self, line: int, key: str, reason: str, values: Sequence[str], *, is_comment: bool = False) -> None:
        """Keep a row that can't be read; its order, where known, is refused as a whole: no order is half there."""
        cells = json.dumps(values)
        self._base.execute(
            "INSERT INTO bad (line, okey, reason, cells, is_comment) VALUES (?, ?, ?, ?, ?)",
            (line, key, reason, cells, is_comment),
        )

    def _flush(self) -> None:
        marks = ", ".join("?" * len(LINE_COLUMNS.split(",")))
        self._base.executemany(f"INSERT INTO lines VALUES ({marks})", self._pending)  # noqa: S608 (question marks only)
        self._pending.clear()

    def finish(self) -> None:
        """Group the rows. An order's own values come from its first row that has them; its date is the earliest."""
        self._flush()
        self._base.executescript(
            """
            CREATE INDEX bad_okey ON bad (okey, line);
            CREATE INDEX lines_okey ON lines (okey, seq);
            CREATE TABLE orders AS
              SELECT row_number() OVER (ORDER BY min(seq)) - 1 AS ordinal, okey, min(line) AS line, count(*) AS rows,
                min(placed_at) AS placed_at, max(is_dead) AS is_dead, sum(amount) AS amount,
                sum(has_line) AS line_count, NULL AS total, NULL AS buyer,
                coalesce((SELECT min(bad.line) FROM bad WHERE bad.okey = lines.okey), 0) AS bad_line
              FROM lines GROUP BY okey;
            CREATE UNIQUE INDEX orders_ordinal ON orders (ordinal);
            UPDATE orders SET total = coalesce((
                SELECT total FROM lines WHERE lines.okey = orders.okey AND total IS NOT NULL ORDER BY seq LIMIT 1
              ), amount), buyer = coalesce((
                SELECT customer FROM lines WHERE lines.okey = orders.okey AND customer IS NOT NULL ORDER BY seq LIMIT 1
              ), (
                SELECT email FROM lines WHERE lines.okey = orders.okey AND email IS NOT NULL ORDER BY seq LIMIT 1
              ));
            CREATE TABLE finished (yes);
            """
        )

    def facts(self) -> OrderFacts:
        """Totals over the orders that can be imported."""
        orders, customers, known, returns, revenue, lines = self._base.execute(
            "SELECT count(*), count(DISTINCT buyer), count(buyer), coalesce(sum(total < 0), 0), "
            "coalesce(sum(total), 0), coalesce(sum(line_count), 0) "
            "FROM orders WHERE bad_line = 0 AND is_dead = 0 AND placed_at IS NOT NULL"
        ).fetchone()
        return OrderFacts(orders, customers, orders - known, returns, Decimal(revenue) / SCALE, lines)

    @property
    def bad_count(self) -> int:
        return int(self._base.execute("SELECT count(*) FROM bad").fetchone()[0])

    @property
    def order_count(self) -> int:
        return int(self._base.execute("SELECT count(*) FROM orders").fetchone()[0])

    def bad_rows(self, start: int = 0) -> Iterator[BadRow]:
        """Rows that can't be read, from the one numbered `start` (0 = the first) on."""
        with closing(self._base.cursor()) as found:
            found.execute("SELECT line, reason, cells, is_comment FROM bad WHERE number > ? ORDER BY number", (start,))
            for line, reason, cells, is_comment in found:
                yield BadRow(line, reason, json.loads(cells), bool(is_comment))

    def orders(self, start: int = 0) -> Iterator[WholeOrder]:
        """Whole orders from ordinal `start` on, in the order of their first line."""
        with closing(self._base.cursor()) as heads:
            heads.execute(
                "SELECT ordinal, okey, line, rows, placed_at, is_dead, bad_line, total FROM orders "
                "WHERE ordinal >= ? ORDER BY ordinal",
                (start,),
            )
            for head in heads:
                yield self._whole(head)

    def _whole(self, head: Sequence[Any]) -> WholeOrder:
        ordinal, key, line, rows, placed_at, is_dead, bad_line, total = head
        found = self._base.execute(
            "SELECT number, customer, email, name, country, currency, channel, "
            "line, has_line, sku, label, quantity, price, amount FROM lines WHERE okey = ? ORDER BY seq",
            (key,),
        ).fetchall()
        number, customer, email, name, country, currency, channel = (
            next((row[column] for row in found if row[column]), "") for column in range(7)
        )
        lines = [Line(r[7], r[9], r[10], _number(r[11]), _number(r[12]), _number(r[13])) for r in found if r[8]]
        return WholeOrder(
            ordinal, key, number, line, rows, datetime.fromisoformat(placed_at) if placed_at else None,
            customer, email, name, country, currency, channel, bool(is_dead), bad_line, _number(total), lines,
        )  # fmt: skip

    def rows_of(self, key: str) -> list[int]:
        """Line numbers of an order's rows in the file."""
        found = self._base.execute("SELECT line FROM lines WHERE okey = ? ORDER BY seq", (key,))
        return [row[0] for row in found]


def _units(number: Decimal) -> int:
    return int(number * SCALE)


def _number(units: int) -> Decimal:
    return Decimal(units).scaleb(-4)

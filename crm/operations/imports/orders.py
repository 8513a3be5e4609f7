"""Writes whole orders: lines grouped by order, returns, anonymous sales; a repeated file changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from crm.bulk_insert import insert_objects, insert_rows
from crm.events import build_event, record_events
from crm.importing.job_files import folder_of, open_job_table, reading_of
from crm.importing.order_lines import OrderLineReader
from crm.importing.scratch import BadRow, OrderFacts, OrderScratch, WholeOrder
from crm.importing.values import BadValueError
from crm.models import Event, ImportJob, Order, OrderLine, Person
from crm.operations.orders import order_event_data, order_event_kind, recount_orders

from .customers import CustomerBook, ProductBook, orders_of_erased
from .outcomes import Counts, Journal
from .writer import CHUNK, Alive

BATCH = 500
LINE_FIELDS = ("order", "product", "description", "quantity", "unit_price", "amount", "position")


@dataclass
class Portion:
    """Work for one transaction: unreadable rows first, then whole orders. `until` is the cursor behind it."""

    until: int
    bad: list[BadRow] = field(default_factory=list)
    orders: list[WholeOrder] = field(default_factory=list)


class OrderWriter:
    """The order kind of import. Its cursor counts the unreadable rows, then the orders."""

    def __init__(self, job: ImportJob, *, limit: int | None = None) -> None:
        self._job = job
        self._limit = limit
        self._reading = reading_of(job)
        self._scratch: OrderScratch | None = None
        self._customers = CustomerBook(job)
        self._products = ProductBook(job, self._reading.currency)

    def close(self) -> None:
        if self._scratch is not None:
            self._scratch.close()

    def read(self, alive: Alive) -> dict[str, Any]:
        """Group the whole file into orders on disk and measure it. Raises UnreadableFileError."""
        scratch = self._new_scratch(alive)
        rows = self._gather(scratch, alive)
        return {"rows": rows, "work": scratch.bad_count + scratch.order_count, **_plain_facts(scratch.facts())}

    def _new_scratch(self, alive: Alive) -> OrderScratch:
        self.close()
        self._scratch = OrderScratch(
            folder_of(self._job) / ("preview.sqlite3" if self._limit else "orders.sqlite3"), partial(alive, 0)
        )
        return self._scratch

    def _grouped(self, alive: Alive = lambda _rows: None) -> OrderScratch:
        """The grouped orders; made anew from the file when a crash or a restart took them away."""
        scratch = self._scratch or self._new_scratch(alive)
        if not scratch.is_finished:
            self._gather(scratch, alive)
        return scratch

    def _gather(self, scratch: OrderScratch, alive: Alive) -> int:
        reader = OrderLineReader(self._job.mapping, self._reading)
        scratch.begin()
        rows = 0
        for row in islice(open_job_table(self._job).rows(), self._limit):
            rows += 1
            if row.problem:
                key = "" if row.is_comment else reader.key_of(row.values)
                scratch.add_bad(row.line, key, row.problem, row.values, is_comment=row.is_comment)
                continue
            try:
                scratch.add(row.number, row.line, reader.read(row.values))
            except BadValueError as error:
                scratch.add_bad(row.line, reader.key_of(row.values), str(error), row.values)
            if rows % 5_000 == 0:
                alive(rows)
        scratch.finish()
        return rows

    def chunks(self, cursor: int, alive: Alive) -> Iterator[Portion]:
        scratch = self._grouped(alive)
        bad = scratch.bad_count
        if cursor < bad:
            rows = scratch.bad_rows(cursor)
            while portion := list(islice(rows, CHUNK)):
                cursor += len(portion)
                yield Portion(cursor, bad=portion)
        yield from self._order_portions(scratch, bad, max(cursor - bad, 0))

    @staticmethod
    def _order_portions(scratch: OrderScratch, bad: int, start: int) -> Iterator[Portion]:
        """As many orders as make about CHUNK lines."""
        portion, lines = Portion(0), 0
        for order in scratch.orders(start):
            portion.orders.append(order)
            portion.until = bad + order.ordinal + 1
            lines += order.rows
            if lines >= CHUNK:
                yield portion
                portion, lines = Portion(0), 0
        if portion.orders:
            yield portion

    def write(self, chunk: Portion, counts: Counts) -> int:
        journal = Journal(self._job)
        for row in chunk.bad:
            counts.add("skipped" if row.is_comment else "failed")
            (journal.skipped if row.is_comment else journal.failed)(row.line, row.values, row.reason)
        fresh = self._sort_out(chunk.orders, counts, journal)
        if fresh:
            self._create(fresh, counts, journal)
        journal.save()
        return chunk.until

    def _sort_out(self, orders: Sequence[WholeOrder], counts: Counts, journal: Journal) -> list[WholeOrder]:
        """The orders to be written; the others are counted and noted with the reason."""
        keys = [order.key for order in orders]
        known = dict(
            Order.objects.filter(source=self._job.source, external_id__in=keys).values_list("external_id", "total")
        )
        fresh = []
        for order in orders:
            if reason := _refusal(order):
                counts.add("failed", order.rows)
                for line in self._grouped().rows_of(order.key):
                    journal.failed(line, [], reason)
            elif order.is_dead:
                counts.add("skipped", order.rows)
                journal.skipped(order.line, [], _("Order %(number)s was cancelled.") % {"number": order.number})
            elif order.key in known:
                counts.add("skipped", order.rows)
                counts.add("orders_known")
                if known[order.key] != order.total:
                    journal.skipped(order.line, [], _differs(order, known[order.key]))
            else:
                fresh.append(order)
        return fresh

    def _create(self, wholes: list[WholeOrder], counts: Counts, journal: Journal) -> None:
        people = self._customers.find_or_make(wholes, counts, journal)
        for whole in wholes:
            if whole.ordinal in self._customers.hidden:
                counts.add("failed", whole.rows)
                for line in self._grouped().rows_of(whole.key):
                    journal.failed(line, [], _("This customer belongs to a colleague."))
        wholes = [whole for whole in wholes if whole.ordinal not in self._customers.hidden]
        orders = insert_objects(self._order(whole, people.get(whole.ordinal)) for whole in wholes)
        products = self._products.find_or_make([line for whole in wholes for line in whole.lines])
        _insert_lines(zip(orders, wholes, strict=True), products)
        for order, whole in zip(orders, wholes, strict=True):
            journal.created(whole.line, "order", order.pk)
            if whole.ordinal in self._customers.nameless:
                counts.add("erased")
            counts.add("created", whole.rows)
            counts.add("orders")
            counts.add("lines", len(whole.lines))
            counts.add("returns", order.is_return)
            counts.add("anonymous", order.person_id is None)
        record_events(self._event(order) for order in orders)

    def _order(self, whole: WholeOrder, person: Person | None) -> Order:
        assert whole.placed_at is not None  # noqa: S101 (orders without a date were refused before)
        return Order(
            number=whole.number or whole.key[:100],
            person=person,
            placed_at=whole.placed_at,
            total=whole.total,
            currency=whole.currency or self._reading.currency,
            is_return=whole.total < 0,
            channel=whole.channel,
            country=whole.country,
            source=self._job.source,
            external_id=whole.key,
        )

    def _event(self, order: Order) -> Event:
        data = {**order_event_data(order), "import": self._job.pk}
        if self._job.run_flows:
            data["run_flows"] = True
        return build_event(
            kind=order_event_kind(order), subject=order, actor=self._job.actor, at=order.placed_at, data=data
        )

    def check(self, alive: Alive) -> dict[str, Any]:
        """Count every customer's orders anew, and compare order by order with the file."""
        scratch = self._grouped(alive)
        comparison = Comparison(self._job)
        for batch in _batches(order for order in scratch.orders() if not _refusal(order) and not order.is_dead):
            comparison.add(batch)
            alive(0)
        for people in _batches(sorted(comparison.people)):
            recount_orders(people)
            alive(0)
        return comparison.report(scratch.facts(), self._job)


def _refusal(order: WholeOrder) -> str:
    if order.bad_line:
        return _("Another line of order %(number)s can't be read: line %(line)d.") % {
            "number": order.number,
            "line": order.bad_line,
        }
    if order.placed_at is None:
        return _("Order %(number)s has no date.") % {"number": order.number}
    return ""


def _differs(order: WholeOrder, here: Decimal) -> str:
    return _("Order %(number)s is here already with the total %(here)s; the file says %(there)s.") % {
        "number": order.number,
        "here": f"{here:.2f}",
        "there": f"{order.total:.2f}",
    }


def _insert_lines(orders: Iterable[tuple[Order, WholeOrder]], products: dict[str, int]) -> None:
    rows = (
        (order.pk, products.get(line.sku), line.label or line.sku, line.quantity, line.price, line.amount, at)
        for order, whole in orders
        for at, line in enumerate(whole.lines)
    )
    insert_rows(OrderLine, LINE_FIELDS, rows)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    found = iter(items)
    while batch := list(islice(found, BATCH)):
        yield batch


def _plain_facts(facts: OrderFacts) -> dict[str, Any]:
    return {
        "orders": facts.orders,
        "customers": facts.customers,
        "anonymous": facts.anonymous,
        "returns": facts.returns,
        "revenue": str(facts.revenue.quantize(Decimal("0.01"))),
        "lines": facts.lines,
    }


class Comparison:
    """The orders of the file beside those in the database."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._source = job.source
        self.people: set[int] = set()
        self._nameless: dict[str, bool] = {}  # of buyers who were erased: whether every order was placed before that
        self._orders = self._anonymous = self._returns = self._lines = 0
        self._revenue = Decimal(0)
        self._differences: list[str] = []
        self._different = 0

    def add(self, wholes: Sequence[WholeOrder]) -> None:
        """Look these orders up."""
        keys = [whole.key for whole in wholes]
        rows = Order.objects.filter(source=self._source, external_id__in=keys)
        found = {
            key: (pk, total, person)
            for pk, key, total, person in rows.values_list("pk", "external_id", "total", "person_id")
        }
        erased = orders_of_erased(self._job, wholes)
        for whole in wholes:
            if whole.ordinal in erased:
                buyer = whole.customer or whole.email
                self._nameless[buyer] = self._nameless.get(buyer, True) and erased[whole.ordinal]
        self._lines += OrderLine.objects.filter(order__in=[pk for pk, _total, _person in found.values()]).count()
        for whole in wholes:
            if whole.key not in found:
                self._note(_("Order %(number)s is not here.") % {"number": whole.number})
                continue
            _pk, total, person = found[whole.key]
            self._orders += 1
            self._revenue += total
            self._returns += total < 0
            self._anonymous += not erased.get(whole.ordinal) and person is None
            if person is not None:
                self.people.add(person)
            if total != whole.total:
                self._note(_differs(whole, total))

    def _note(self, words: str) -> None:
        self._different += 1
        if len(self._differences) < 20:
            self._differences.append(words)

    def report(self, facts: OrderFacts, job: ImportJob) -> dict[str, Any]:
        """Both sides of each measure, whether they agree, and the first differences in words."""
        counts = job.counts
        accounted = sum(counts.get(name, 0) for name in ("created", "updated", "skipped", "failed"))
        erased = sum(self._nameless.values())
        database = OrderFacts(
            self._orders, len(self.people) + erased, self._anonymous, self._returns, self._revenue, self._lines
        )
        return {
            "rows": {"file": job.rows, "database": accounted},
            **{
                name: {"file": there, "database": _plain_facts(database)[name]}
                for name, there in _plain_facts(facts).items()
            },
            "differences": self._differences,
            "different": self._different,
            "verified": facts == database and not self._different and accounted == job.rows,
        }

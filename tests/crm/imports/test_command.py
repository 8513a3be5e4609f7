"""`manage.py import_file`: a report that programs can read, and the real shop's orders to the last penny."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Sum

from crm.models import ImportJob, Order, OrderLine, Person, User
from tests.data import shared_data

PATIENCE = 240.0  # seconds
REAL_FILE = "online_retail/transactions.csv.gz"


def run(*args: object, **options: Any) -> dict[str, Any]:
    """The report, which is the last thing printed."""
    out = StringIO()
    with suppress(SystemExit):
        call_command("import_file", *map(str, args), as_json=True, stdout=out, **options)
    report: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return report


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text("no,when,who,n,each\n1,2024-05-01,7,2,10.50\n2,2024-05-02,8,1,x\n")
    return path


@pytest.mark.django_db
def test_columns_are_mapped_by_flags(orders: Path) -> None:
    pairs = ["invoice=no", "date=when", "customer_id=3", "quantity=n", "unit_price=each"]
    report = run(orders, kind="orders", pairs=pairs, source="till")
    assert (report["created"], report["failed"], report["verified"], report["source"]) == (1, 1, True, "till")
    assert report["problems"] == [{"line": 3, "reason": "“x” is not a number."}]
    assert Order.objects.get().total == Decimal("21.00")


@pytest.mark.django_db
def test_a_field_or_column_that_is_none_is_named(orders: Path) -> None:
    with pytest.raises(CommandError, match="no field 'colour'"):
        run(orders, kind="orders", pairs=["colour=no"])
    with pytest.raises(CommandError, match="no column 'nr'"):
        run(orders, kind="orders", pairs=["invoice=nr"])


@pytest.mark.django_db
def test_what_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"%PDF-1.4")
    with pytest.raises(CommandError, match="PDF"):
        run(tmp_path / "x.csv")
    assert not ImportJob.objects.exists()


@pytest.mark.django_db
def test_ambiguous_dates_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("order number,date,total\n1,03/04/2024,5\n")
    with pytest.raises(CommandError, match="day or the month"):
        run(path)
    assert run(path, dates="mdy")["verified"]
    assert Order.objects.get().placed_at.month == 3


@pytest.mark.django_db
def test_refused_rows_are_written_where_asked(orders: Path, tmp_path: Path) -> None:
    pairs = ["invoice=no", "date=when", "customer_id=who", "quantity=n", "unit_price=each"]
    run(orders, kind="orders", pairs=pairs, result=tmp_path / "refused.csv")
    assert "2,2024-05-02,8,1,x,3,refused,“x” is not a number." in (tmp_path / "refused.csv").read_text("utf-8-sig")


@pytest.mark.django_db
def test_the_import_is_a_colleagues(orders: Path, sales: User) -> None:
    run(orders, kind="orders", pairs=["invoice=no", "date=when", "quantity=n", "unit_price=each"], user=sales.email)
    assert ImportJob.objects.get().actor == sales


@dataclass(frozen=True)
class Real:
    """What a count of the file's lines says that nobody of the product made."""

    lines: int
    orders: int
    customers: int
    total: Decimal
    of_nobody: int
    buyers: int  # more than these did not only return


WHOLE = Real(425_696, 19_367, 3_067, Decimal("7270577.234"), 3_710, 3_000)
BEGINNING = Real(60_000, 2_422, 944, Decimal("969259.180"), 477, 890)


def first_lines(count: int, path: Path) -> Path:
    with gzip.open(shared_data(REAL_FILE), "rt", encoding="utf-8") as whole:
        path.write_text("".join(islice(whole, count + 1)), encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.django_db
def test_every_order_of_a_real_shop_comes_in(tmp_path: Path) -> None:
    # A test is one transaction, at whose end PostgreSQL looks up every foreign key of every line: minutes for them all.
    if connection.vendor == "sqlite":
        real, path = WHOLE, shared_data(REAL_FILE)
    else:
        real, path = BEGINNING, first_lines(BEGINNING.lines, tmp_path / "orders.csv")
    report = run(path, kind="orders")
    assert report["verified"], report["check"]
    assert report["rows"] == report["created"] == OrderLine.objects.count() == real.lines
    assert report["check"]["orders"] == {"file": real.orders, "database": real.orders}
    assert report["check"]["customers"] == {"file": real.customers, "database": real.customers}
    assert round(Order.objects.aggregate(Sum("total"))["total__sum"], 3) == real.total
    assert Order.objects.filter(person=None).count() == real.of_nobody
    assert real.buyers < Person.objects.filter(order_count__gt=0).count() <= real.customers


@pytest.mark.django_db
def test_a_real_file_that_comes_twice_comes_in_once(tmp_path: Path) -> None:
    path = first_lines(20_000, tmp_path / "first.csv")
    first, again = run(path), run(path)
    assert (first["created"], again["created"], again["skipped"]) == (20_000, 0, 20_000)
    assert first["verified"]
    assert again["verified"]
    assert first["check"] == again["check"]


class Shop:
    """A data folder of its own, in which commands run as processes that can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {**os.environ, "RAPPORT_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
        self.env.pop("DATABASE_URL", None)  # its database is the file that `ask` reads
        self.run("migrate", "-v0")

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", *args]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.env, cwd=settings.BASE_DIR, stdout=pipe, stderr=pipe)

    def run(self, *args: str) -> bytes:
        process = self.start(*args)
        out, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors.decode()
        return out

    def ask(self, question: str) -> Any:
        """One value out of the database file; None while there is no such table or row."""
        files = [path for path in self.folder.glob("*.sqlite3") if "queue" not in path.name]
        base = sqlite3.connect(f"file:{files[0]}?mode=ro", uri=True, timeout=5)
        try:
            row = base.execute(question).fetchone()
        finally:
            base.close()
        return row[0] if row else None

    def tell(self, statement: str) -> None:
        files = [path for path in self.folder.glob("*.sqlite3") if "queue" not in path.name]
        base = sqlite3.connect(files[0], timeout=5)
        base.execute(statement)
        base.commit()
        base.close()


# As a loss of power would: a chunk is written, and its transaction still open.
KILLED = """
import os, signal
from django.core.management import call_command
from crm.operations.imports.kinds import WRITERS

writer = WRITERS["orders"]
write = writer.write

def write_and_die(self, chunk, counts):
    cursor = write(self, chunk, counts)
    if cursor > 2000:
        os.kill(os.getpid(), signal.SIGKILL)
    return cursor

writer.write = write_and_die
call_command("import_file", {path!r})
"""


@pytest.mark.slow
def test_an_import_killed_in_the_middle_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "data")
    rows = "".join(
        f"{i // 4},2024-05-{i // 4 % 28 + 1:02d},{i // 4 % 900},S{i % 60},{i % 5 + 1},2.50\n" for i in range(16_000)
    )
    (tmp_path / "o.csv").write_text("order number,date,customer id,sku,quantity,price\n" + rows)
    process = shop.start("shell", "-v0", "-c", KILLED.format(path=str(tmp_path / "o.csv")))
    _out, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL, errors.decode()
    reached = shop.ask("SELECT cursor FROM crm_importjob")
    assert 1_000 < reached <= 2_000
    assert shop.ask("SELECT count(*) FROM crm_order") == reached
    shop.tell("UPDATE crm_importjob SET lease_until = '2020-01-01 00:00:00'")
    shop.run("shell", "-v0", "-c", "from crm.operations.imports import work_on; assert work_on(1)")
    assert shop.ask("SELECT state FROM crm_importjob") == "done"
    assert shop.ask("SELECT json_extract(report, '$.verified') FROM crm_importjob") == 1
    assert shop.ask("SELECT count(*) FROM crm_order") == 4_000
    assert shop.ask("SELECT count(*) FROM crm_orderline") == 16_000
    assert shop.ask("SELECT count(*) FROM crm_person") == 900
    assert shop.ask("SELECT count(*) FROM crm_event WHERE kind = 'order.placed'") == 4_000

"""kill -9 in the middle of an import: it goes on by itself, and not one order is missing or doubled."""

import csv
import os
import random
import signal
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from .house import House, free_port, wait_for

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"), pytest.mark.slow]

ORDERS, LINES = 6000, 4
ENQUEUE = """
from crm.operations import imports
from pathlib import Path
path = Path({path!r})
job = imports.prepare_job(actor=None, name=path.name, chunks=[path.read_bytes()], kind="orders")
imports.start_job(job=imports.set_up_job(job=job, stated=imports.JobSettings()))
"""
STATE = "SELECT state, phase, cursor, report, error FROM crm_importjob"


@pytest.fixture
def house(tmp_path: Path, template: Path) -> Iterator[House]:
    running = House(tmp_path / "data", free_port(), template=template)
    wait_for(lambda: running.status() == 200)
    yield running
    running.kill()


def write_orders(path: Path) -> Decimal:
    """A file of orders as shop programs export them; returns the sum over all lines."""
    chance = random.Random(5)
    total = Decimal(0)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["Invoice", "InvoiceDate", "Customer ID", "Description", "Quantity", "Price", "Country"])
        for number in range(ORDERS):
            day = f"2025-{1 + number % 12:02d}-{1 + number % 28:02d} 10:{number % 60:02d}:00"
            for line in range(LINES):
                price = Decimal(chance.randrange(100, 5000)) / 100
                total += 2 * price
                customer = 10000 + number % 700
                table.writerow([500000 + number, day, customer, f"Thing {line}", 2, price, "United Kingdom"])
    return total


def cursor(house: House) -> int:
    row = house.row(STATE)
    return int(row[2]) if row else 0


def kill(house: House, part: str) -> None:
    os.killpg(house.part(part), signal.SIGKILL)


def test_an_import_survives_the_death_of_every_part(house: House, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    total = write_orders(file)
    house.run(ENQUEUE.format(path=str(file)))
    wait_for(lambda: cursor(house) > 0)
    kill(house, "rapport-heavy")
    reached = cursor(house)
    assert house.row(STATE)[0] == "running"
    kill(house, "rapport-worker")
    kill(house, "rapport-beat")
    kill(house, "rapport-web")
    wait_for(lambda: cursor(house) > reached or house.row(STATE)[0] == "done")
    wait_for(lambda: house.row(STATE)[0] in ("done", "failed"))
    assert house.row(STATE)[0] == "done", house.row(STATE)
    orders, distinct, imported = house.row("SELECT count(*), count(DISTINCT number), sum(total) FROM crm_order")
    assert (orders, distinct, Decimal(str(imported)).quantize(total)) == (ORDERS, ORDERS, total)
    assert house.row("SELECT count(*) FROM crm_orderline") == (ORDERS * LINES,)
    assert house.row("SELECT count(*) FROM crm_person") == (700,)

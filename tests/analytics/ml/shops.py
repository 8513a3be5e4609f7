"""Seeded shops for the learning tests, and the public ones where they are at hand."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from analytics.ml.purchases import Purchases, day_number

SHARED = Path(__file__).parents[3].parent / "shared" / "data"


def shop(
    customers: int = 300, *, days: int = 500, seed: int = 1, gap_days: float = 30, leave: float = 0.1
) -> Purchases:
    """Customers with their own rhythm and purse who start over time and leave for good by chance."""
    rng = np.random.default_rng(seed)
    ids, on, money = [], [], []
    for customer in range(customers):
        rhythm, purse = gap_days * rng.gamma(3, 1 / 3), 50 * rng.lognormal(0, 0.5)
        day = float(rng.integers(0, days))
        while day < days:
            ids.append(1000 + customer)
            on.append(int(day))
            money.append(purse * rng.lognormal(0, 0.3))
            if rng.random() < leave:
                break
            day += max(1.0, rng.exponential(rhythm))
    return Purchases.from_rows(ids, np.asarray(on) + day_number(date(2023, 1, 1)), money)


@cache
def public_shop(name: str) -> Purchases:
    """`online_retail` or `cdnow_sample`; skips the test where the data is not at hand."""
    path = SHARED / name / "transactions.csv.gz"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [_row(row) for row in csv.DictReader(file) if row["customer_id"]]
    ids, days, money, invoices = zip(*rows, strict=True)
    return Purchases.from_transactions(ids, days, money, invoices)


def _row(row: dict[str, str]) -> tuple[int, int, float, str]:
    day = day_number(date.fromisoformat((row.get("date") or row["invoice_date"])[:10]))
    if "amount" in row:
        return int(row["customer_id"]), day, float(row["amount"]), f"{row['customer_id']}-{day}"
    return int(row["customer_id"]), day, int(row["quantity"]) * float(row["unit_price"]), row["invoice"]

"""Small made-up tables of leads and contracts whose outcome follows some columns."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

TODAY = date(2025, 1, 1)


def leads(rows: int = 600, *, seed: int = 1, signal: float = 1.5) -> dict[str, list[Any]]:
    """Won or lost by visits, source and budget; `signal` 0 is chance alone."""
    rng = np.random.default_rng(seed)
    visits, budget = rng.poisson(4, rows), np.round(rng.lognormal(8, 1, rows), 2)
    source = rng.choice(["web", "fair", "phone", "partner"], rows, p=[0.5, 0.2, 0.2, 0.1])
    margin = signal * ((visits - 4) / 2 + (source == "partner") + np.log(budget / 3000) / 2)
    won = rng.random(rows) < 1 / (1 + np.exp(-margin))
    return {
        "lead_id": [f"L{number:05d}" for number in range(rows)],
        "created": [(date(2023, 1, 1) + timedelta(days=at // 2)).isoformat() for at in range(rows)],
        "visits": visits.tolist(),
        "budget": [f"£{amount:,.2f}" for amount in budget],
        "source": source.tolist(),
        "result": ["Won" if one else "Lost" for one in won],
    }


def contracts(rows: int = 600, *, seed: int = 2) -> dict[str, list[Any]]:
    """Churned or not by tenure and kind of contract."""
    rng = np.random.default_rng(seed)
    tenure, kind = rng.integers(1, 72, rows), rng.choice(["monthly", "yearly"], rows)
    margin = -tenure / 15 + 1.5 * (kind == "monthly")
    left = rng.random(rows) < 1 / (1 + np.exp(-margin))
    return {
        "customerID": [f"{number:04d}-AB" for number in rng.permutation(rows)],
        "tenure": tenure.tolist(),
        "Contract": kind.tolist(),
        "Autopay": rng.choice(["Yes", "No"], rows).tolist(),
        "Churn": ["Yes" if one else "No" for one in left],
    }


def write(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """As a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path

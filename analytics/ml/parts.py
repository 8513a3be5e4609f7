"""Customer-days in files of a folder: how they go from whoever gathers them to whoever learns from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analytics.ml.purchases import Purchases


def save_part(purchases: Purchases, path: Path) -> None:
    """One chunk of customer-days as columns."""
    arrays = {name: getattr(purchases, name) for name in ("customer_ids", "starts", "days", "amounts", "orders")}
    with path.open("wb") as file:
        np.savez(file, **arrays)


def load_part(path: Path) -> Purchases:
    with np.load(path, allow_pickle=False) as arrays:
        return Purchases(**{name: arrays[name] for name in arrays.files})


def part_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.npz"))

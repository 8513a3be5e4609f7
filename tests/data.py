"""Where the shared real data lies, for tests that use it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(name: str) -> Path:
    """The path of a shared data file; skips the test with the reason where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"real data is absent: {name}")
    return path

"""What the tests of faults share: a prepared data folder, so that not every house migrates anew."""

from pathlib import Path

import pytest

from tests.kept import kept

from .house import prepare


@pytest.fixture(scope="session")
def template() -> Path:
    return kept("house", prepare)

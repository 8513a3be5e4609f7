"""What the tests of faults share: a prepared data folder, so that not every house migrates anew."""

from pathlib import Path

import pytest

from .house import prepare


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare(tmp_path_factory.mktemp("template") / "data")

"""What a test does without something that it needs: skip with a reason; fail where RAPPORT_TESTS_STRICT=1 says so."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

IS_STRICT = os.environ.get("RAPPORT_TESTS_STRICT") == "1"


def do_without(reason: str) -> NoReturn:
    """Skip the test, or fail it in CI, where everything that tests need has been installed."""
    if IS_STRICT:
        pytest.fail(f"RAPPORT_TESTS_STRICT=1, but {reason}")
    pytest.skip(reason)


def needed(variable: str, what: str) -> str:
    """The address in an environment variable, such as a test server's."""
    return os.environ.get(variable) or do_without(f"{variable} names no {what}")

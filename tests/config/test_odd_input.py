"""What somebody writes into an address by hand is refused in words and never a fault."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from crm.models import User


def _refuse_nul(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """PostgreSQL takes no NUL in text; SQLite would."""
    assert not any(isinstance(value, str) and "\0" in value for value in params or ()), sql[:200]
    return execute(sql, params, many, context)


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/api/v1/people/", {"cursor": "cD1hYmM="}, 404),  # p=abc
        ("/api/v1/people/", {"filter": "[" * 3000}, 400),
        ("/api/v1/events/", {"kind": "a\0b"}, 200),
        ("/inbox/open", {"q": "ann\0lee"}, 200),
    ],
)
def test_an_odd_parameter_is_no_fault(
    client: Client, owner: User, path: str, params: dict[str, str], status: int
) -> None:
    client.force_login(owner)
    with connection.execute_wrapper(_refuse_nul):
        assert client.get(path, params).status_code == status

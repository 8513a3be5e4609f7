"""Words that tests of pages share."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

HTMX = {"HX-Request": "true"}


def html(response: Any) -> str:
    text: str = response.content.decode()
    return text


def page(client: Client, url: str, status: int = 200) -> str:
    """The whole page at this address."""
    answer = client.get(url)
    assert answer.status_code == status, url
    return html(answer)


def weight(response: Any) -> int:
    """Bytes of a page, its ids of three digits at most: on PostgreSQL they go on from test to test."""
    return len(re.sub(rb"\d{4,}", b"123", response.content))


def part(client: Client, url: str) -> str:
    """What htmx gets from it."""
    return html(client.get(url, headers=HTMX))

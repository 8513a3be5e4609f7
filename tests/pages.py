"""Words that tests of pages share."""

from __future__ import annotations

from typing import Any

HTMX = {"HX-Request": "true"}


def html(response: Any) -> str:
    text: str = response.content.decode()
    return text

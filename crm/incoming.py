"""What anybody may send, made safe at the door: JSON that a database can keep, text without NUL, days that can be."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from django.http import QueryDict

DEEPEST = 40  # levels of JSON; nothing of ours nests deeper than ten
FIRST_YEAR, LAST_YEAR = 1900, 2200


def read_json(text: str) -> Any:
    """The value of a JSON text. Raises ValueError for what no database keeps or no page can show.

    That is: NUL, half a character (a lone surrogate), numbers beyond all bounds, and nesting without end.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    check_plain(value)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def check_plain(value: object, depth: int = 0) -> None:
    """Raises ValueError unless every part of a JSON value can be kept."""
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        if not is_text(value):
            raise ValueError("no text")
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_plain(key, depth + 1)
            check_plain(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            check_plain(inner, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no finite number")


def is_text(value: str) -> bool:
    """Whether this is text: no NUL, and nothing that can't be written as UTF-8."""
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def without_nul(given: QueryDict) -> Any:
    """The same parameters without NUL: no text has one, and PostgreSQL takes none."""
    if not any("\0" in name or any("\0" in value for value in values) for name, values in given.lists()):
        return given
    clean = QueryDict(mutable=True, encoding=given.encoding)
    for name, values in given.lists():
        clean.setlist(name.replace("\0", ""), [value.replace("\0", "") for value in values])
    clean._mutable = False
    return clean


V = TypeVar("V", bound=Callable[..., Any])
LARGEST_FILE = 1 << 30


def takes_files(view: V) -> V:
    """A view to which those who are signed in may send a file; all others take what a form holds."""
    view.largest_body = LARGEST_FILE + (1 << 20)  # type: ignore[attr-defined]
    return view


def is_believable(day: date) -> bool:
    """Whether a day or moment of a business can be meant. Those at the ends of the calendar break time zones."""
    return FIRST_YEAR <= day.year <= LAST_YEAR

"""Questions to the database that are given up after some time, so that no page waits for a long count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from django.db import OperationalError, connection, transaction

STEPS = 20_000  # of SQLite's machine between two looks at the clock: some milliseconds
_GIVEN_UP = ("interrupted", "statement timeout")


class TooSlowError(Exception):
    """The database has not answered in time."""


@contextmanager
def at_most(seconds: float | None) -> Iterator[None]:
    """Each question inside takes at most so long; None does not limit. Raises TooSlowError."""
    if seconds is None:
        yield
        return
    try:
        with _on_postgresql(seconds) if connection.vendor == "postgresql" else _on_sqlite(seconds):
            yield
    except OperationalError as error:
        if not any(words in str(error) for words in _GIVEN_UP):
            raise
        raise TooSlowError from error


@contextmanager
def _on_postgresql(seconds: float) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(int(seconds * 1000))])
        yield
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")


@contextmanager
def _on_sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    handle = connection.connection
    until = monotonic() + seconds
    handle.set_progress_handler(lambda: int(monotonic() > until), STEPS)
    try:
        yield
    finally:
        handle.set_progress_handler(None, 0)

"""Rows that the tests of a file share: for a fixture of the module, so that what takes seconds is made once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def shared_rows(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written inside is there for every test of the file, and gone after the last one.

    A test works in a savepoint of this transaction, so what it changes is taken back as ever. All tests of the file see
    the rows, whoever asks for them: they stand in a file of their own. Not for tests that commit (`transaction=True`).
    """
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)

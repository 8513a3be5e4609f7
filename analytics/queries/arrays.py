"""Millions of rows as numpy columns: the database puts each column together, so that no row becomes an object here."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray

# How PostgreSQL writes out a value, and how numpy reads it.
SENT = {"int": ("int8send(c{0}::bigint)", ">i8", np.int64), "float": ("float8send(c{0}::float8)", ">f8", np.float64),
        "bool": ("boolsend(c{0})", "?", np.bool_)}  # fmt: skip


def read_columns(rows: QuerySet[Any, tuple[Any, ...]], kinds: tuple[str, ...]) -> list[NDArray[Any]]:
    """The columns of a query of `values_list`, none of which may be null; `kinds` are int, float and bool.

    All rows are held at once, in both places: ask for so many people at a time.
    """
    return _sent(rows, kinds) if connection.vendor == "postgresql" else _listed(rows, kinds)


def _listed(rows: QuerySet[Any, tuple[Any, ...]], kinds: tuple[str, ...]) -> list[NDArray[Any]]:
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    return [np.array(column, dtype=SENT[kind][2]) for column, kind in zip(columns, kinds, strict=True)]


def _sent(rows: QuerySet[Any, tuple[Any, ...]], kinds: tuple[str, ...]) -> list[NDArray[Any]]:
    """One row with a string of bytes for each column: a tenth of the time that rows take."""
    sql, parameters = rows.query.sql_with_params()
    columns = ", ".join(f"string_agg({SENT[kind][0].format(i)}, '')" for i, kind in enumerate(kinds))
    names = ", ".join(f"c{i}" for i in range(len(kinds)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM ({sql}) AS rows({names})", parameters)  # noqa: S608 (a query of ours)
        found = cursor.fetchone()
    return [_read(column, *SENT[kind][1:]) for column, kind in zip(found, kinds, strict=True)]


def _read(column: bytes | memoryview | None, sent: str, kept: Any) -> NDArray[Any]:
    return np.frombuffer(column or b"", dtype=sent).astype(kept)

"""What the worker asks of each kind of import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from crm.models import ImportJob

from .outcomes import Counts

CHUNK = 1_000
Alive = Callable[[int], None]  # told how many rows have been read, so that the lease and the progress bar go on


class Writer(Protocol):
    """Reads a file through, writes it chunk by chunk, and checks the outcome against the file."""

    def __init__(self, job: ImportJob, *, limit: int | None = None) -> None:
        """`limit` rows at most are read: for a preview."""

    def read(self, alive: Alive) -> dict[str, Any]:
        """Go through the whole file once; the facts hold at least `rows`. Raises UnreadableFileError."""

    def chunks(self, cursor: int, alive: Alive) -> Iterator[Any]:
        """Portions of work from the cursor on, each small enough for one transaction."""

    def write(self, chunk: Any, counts: Counts) -> int:
        """Write a portion inside the caller's transaction; returns the new cursor."""

    def check(self, alive: Alive) -> dict[str, Any]:
        """Compare the records with the file; the report says `verified` and how they differ. May run twice."""

    def close(self) -> None:
        """Let go of files."""

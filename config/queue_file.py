"""The queue of the embedded default: one SQLite file of messages with leases, shared by all processes of one machine.

Nothing of value lives here. Every unit of work is a row of the customer database; a message only wakes a worker, and a
sweep writes it again when this file is lost. It is a file of its own so that polling and leases never wait for the
single writer of the customer database. See docs/adr/0001-embedded-default.md.
"""

import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    tag TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    visible_at REAL NOT NULL,
    owner TEXT
);
CREATE INDEX IF NOT EXISTS message_due ON message (queue, visible_at);
"""
DUE = "queue = ? AND visible_at <= ? AND (owner IS NULL OR owner != ?)"

_left_by_parent: list[sqlite3.Connection] = []


class QueueFile:
    """Messages by queue, taken under a lease; safe to share between threads and to carry over a fork.

    `lease_seconds`: how long a taken message stays hidden unless it is renewed. Times are seconds since the epoch.
    """

    def __init__(self, path: str | Path, *, lease_seconds: float = 30.0) -> None:
        self.path = str(path)
        self.lease_seconds = lease_seconds
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0
        self._owner = ""
        self._has_taken = False

    def put(self, *, queue: str, tag: str, body: str, due_at: float = 0.0) -> None:
        """Add a message that nobody sees before `due_at`."""
        values = (queue, tag, body, max(due_at, time.time()))
        with self._write() as connection:
            connection.execute("INSERT INTO message (queue, tag, body, visible_at) VALUES (?, ?, ?, ?)", values)

    def take(self, queue: str) -> str | None:
        """The body of the message that is due longest, hidden from others for a lease; None when there is none.

        Looks with a plain read first, so that an idle poll takes no write lock. What this process holds already is
        never taken again, even when its lease ran out while the machine slept.
        """
        if self._next(queue) is None:
            return None
        with self._write() as connection:
            found = self._next(queue)
            if found is None:
                return None
            row_id, body = found
            lease = (time.time() + self.lease_seconds, self._owner, row_id)
            connection.execute("UPDATE message SET visible_at = ?, owner = ? WHERE id = ?", lease)
        self._has_taken = True
        return body

    def finish(self, tag: str) -> None:
        """Remove a message whose work is done."""
        with self._write() as connection:
            connection.execute("DELETE FROM message WHERE tag = ?", (tag,))

    def give_back(self, tag: str) -> None:
        """Let others see a taken message at once."""
        with self._write() as connection:
            connection.execute("UPDATE message SET visible_at = ?, owner = NULL WHERE tag = ?", (time.time(), tag))

    def give_back_of(self, pid: int) -> int:
        """Give back all that a dead process of this machine had taken; returns how many."""
        values = (time.time(), f"{pid}-%")
        with self._write() as connection:
            changed = connection.execute("UPDATE message SET visible_at = ?, owner = NULL WHERE owner LIKE ?", values)
            return changed.rowcount

    def renew(self) -> None:
        """Prolong the lease of everything that this process has taken and not finished."""
        if self._has_taken and self._count("owner = ?", self._owner):
            with self._write() as connection:
                lease = (time.time() + self.lease_seconds, self._owner)
                connection.execute("UPDATE message SET visible_at = ? WHERE owner = ?", lease)

    def size(self, queue: str) -> int:
        """How many messages wait in `queue`, those due later included, those being worked on not."""
        return self._count("queue = ? AND owner IS NULL", queue)

    def busy(self, queue: str) -> int:
        """How many messages of `queue` are being worked on under a living lease."""
        return self._count("queue = ? AND owner IS NOT NULL AND visible_at > ?", queue, time.time())

    def purge(self, queue: str) -> int:
        """Remove all waiting messages of `queue`; returns how many."""
        with self._write() as connection:
            return connection.execute("DELETE FROM message WHERE queue = ? AND owner IS NULL", (queue,)).rowcount

    def close(self) -> None:
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    def _next(self, queue: str) -> tuple[int, str] | None:
        with self._lock:
            connection = self._open()
            query = f"SELECT id, body FROM message WHERE {DUE} ORDER BY visible_at, id LIMIT 1"  # noqa: S608
            found: tuple[int, str] | None = connection.execute(query, (queue, time.time(), self._owner)).fetchone()
            return found

    def _count(self, where: str, *values: object) -> int:
        with self._lock:
            row = self._open().execute(f"SELECT count(*) FROM message WHERE {where}", values).fetchone()  # noqa: S608
            return int(row[0])

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._pid == os.getpid():
            return self._connection
        if self._connection is not None:
            # SQLite forbids to use or even close a connection that came over a fork.
            _left_by_parent.append(self._connection)
        self._pid = os.getpid()
        self._owner = f"{self._pid}-{uuid.uuid4().hex}"
        self._has_taken = False
        self._connection = connect(self.path)
        return self._connection


def connect(path: str) -> sqlite3.Connection:
    """Open the file and make its table when it is new."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(SCHEMA)
    return connection

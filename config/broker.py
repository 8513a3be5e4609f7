"""The kombu transport of the embedded default: Celery messages in a QueueFile, without a server."""

import json
import sqlite3
import threading
import time
from datetime import datetime
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.scheduling import FairCycle

from config.queue_file import QueueFile

SCHEME = "queuefile"
LONGEST_WAIT = 0.5  # seconds


class QoS(virtual.QoS):
    """Acknowledging deletes the row; rejecting or a shutdown gives it back."""

    channel: "Channel"

    def ack(self, delivery_tag: str) -> None:
        self.channel.file.finish(delivery_tag)
        super().ack(delivery_tag)
        self.channel.connection_freed()

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if requeue:
            self.channel.file.give_back(delivery_tag)
        else:
            self.channel.file.finish(delivery_tag)
        super().ack(delivery_tag)
        self.channel.connection_freed()


class Channel(virtual.Channel):
    """One conversation with the queue file."""

    QoS = QoS
    connection: "Transport"
    body_encoding = ""  # bodies are JSON text already
    supports_fanout = False

    @property
    def file(self) -> QueueFile:
        return self._file

    def __init__(self, connection: "Transport", **options: Any) -> None:
        self._file = connection.file  # acks may come after the connection has let go of its channels
        self._freed = connection.freed
        super().__init__(connection, **options)

    def connection_freed(self) -> None:
        """Wake the poll at once: a worker whose hands were full can take the next message."""
        self._freed.set()

    def _put(self, queue: str, message: dict[str, Any], **_options: Any) -> None:
        tag = message["properties"]["delivery_tag"]
        self.file.put(queue=queue, tag=tag, body=json.dumps(message), due_at=due_at(message))

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        body = self.file.take(queue)
        if body is None:
            raise Empty
        self.connection.keep_leases()
        message: dict[str, Any] = json.loads(body)
        return message

    def _restore(self, message: virtual.Message) -> None:
        self.file.give_back(str(message.delivery_tag))

    def _size(self, queue: str) -> int:
        return self.file.size(queue)

    def _purge(self, queue: str) -> int:
        return self.file.purge(queue)

    def _delete(self, queue: str, *_args: Any, **_options: Any) -> None:
        """A queue is only a word in a row: nothing to remove, and its messages stay."""


def due_at(message: dict[str, Any]) -> float:
    """When a message may be seen: its ETA, so that no worker holds it while it waits; 0 for at once."""
    eta = (message.get("headers") or {}).get("eta")
    return datetime.fromisoformat(eta).timestamp() if eta else 0.0


class Transport(virtual.Transport):
    """Polls a queue file. Options: `path` (required), `polling_interval` and `lease_seconds` in seconds."""

    Channel = Channel
    cycle: FairCycle
    driver_type = SCHEME
    driver_name = SCHEME
    polling_interval = 0.05
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.OperationalError)
    channel_errors = virtual.Transport.channel_errors

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        settings = client.transport_options
        self.file = QueueFile(settings["path"], lease_seconds=settings.get("lease_seconds", 30.0))
        self.freed = threading.Event()
        self._closed = threading.Event()
        self._keeper: threading.Thread | None = None

    def driver_version(self) -> str:
        return sqlite3.sqlite_version

    def drain_events(self, connection: Any, timeout: float | None = None, **_options: Any) -> None:
        """Deliver one message; TimeoutError after `timeout` seconds without any, or sooner, so that a stop is seen."""
        deadline = None if timeout is None else time.monotonic() + min(timeout, LONGEST_WAIT)
        while True:
            self.freed.clear()
            try:
                self.cycle.get(self._deliver, timeout=timeout)
            except Empty:
                if deadline is not None and time.monotonic() >= deadline:
                    raise TimeoutError from None
                self.freed.wait(self.polling_interval)
            else:
                return

    def keep_leases(self) -> None:
        """Renew leases from now on, so that work may take longer than one."""
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._renew_until_closed, name="leases", daemon=True)
            self._keeper.start()

    def _renew_until_closed(self) -> None:
        while not self._closed.wait(self.file.lease_seconds / 3):
            try:
                self.file.renew()
            except sqlite3.OperationalError:  # a full disk or a long lock: two more tries come before the lease ends
                continue

    def close_connection(self, connection: Any) -> None:
        self._closed.set()
        super().close_connection(connection)
        self.file.close()


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"

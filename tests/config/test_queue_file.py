"""The queue file by itself: order, leases, due times, forks."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from config.queue_file import QueueFile
from tests.factories import NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stands still until a test moves it: how long this machine takes decides nothing."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def test_messages_come_out_in_the_order_they_were_due(path: Path, clock: time_machine.Traveller) -> None:
    queue = QueueFile(path)
    queue.put(queue="bulk", tag="late", body="late", due_at=NOW.timestamp() + 2)
    queue.put(queue="bulk", tag="first", body="first")
    queue.put(queue="bulk", tag="second", body="second")
    assert [queue.take("bulk") for _ in range(3)] == ["first", "second", None]
    clock.shift(1.9)
    assert queue.take("bulk") is None
    clock.shift(0.1)
    assert queue.take("bulk") == "late"


def test_a_taken_message_is_hidden_until_its_lease_ends(path: Path, clock: time_machine.Traveller) -> None:
    one, other = QueueFile(path, lease_seconds=1), QueueFile(path)
    one.put(queue="bulk", tag="a", body="a")
    assert one.take("bulk") == "a"
    clock.shift(0.9)
    assert other.take("bulk") is None
    clock.shift(0.1)
    assert other.take("bulk") == "a"


def test_a_process_never_takes_what_it_holds_already(path: Path, clock: time_machine.Traveller) -> None:
    queue = QueueFile(path, lease_seconds=1)
    queue.put(queue="bulk", tag="a", body="a")
    queue.take("bulk")
    clock.shift(60)  # as after a machine slept
    assert queue.take("bulk") is None


def test_renewing_keeps_a_message_hidden(path: Path, clock: time_machine.Traveller) -> None:
    one, other = QueueFile(path, lease_seconds=2), QueueFile(path)
    one.put(queue="bulk", tag="a", body="a")
    one.take("bulk")
    for _ in range(5):
        clock.shift(1.5)
        one.renew()
    assert other.take("bulk") is None
    assert other.busy("bulk") == 1


def test_a_finished_message_is_gone(path: Path) -> None:
    queue = QueueFile(path)
    queue.put(queue="bulk", tag="a", body="a")
    queue.take("bulk")
    queue.finish("a")
    assert (queue.size("bulk"), queue.busy("bulk")) == (0, 0)


def test_a_message_given_back_is_seen_at_once(path: Path) -> None:
    queue = QueueFile(path)
    queue.put(queue="bulk", tag="a", body="a")
    queue.take("bulk")
    queue.give_back("a")
    assert queue.take("bulk") == "a"


def test_only_the_messages_of_the_named_process_are_given_back(path: Path) -> None:
    queue = QueueFile(path)
    queue.put(queue="bulk", tag="a", body="a")
    queue.take("bulk")
    assert queue.give_back_of(os.getpid() + 1) == 0
    assert queue.give_back_of(os.getpid()) == 1


def test_purging_leaves_what_is_being_worked_on(path: Path) -> None:
    queue = QueueFile(path)
    queue.put(queue="bulk", tag="a", body="a")
    queue.take("bulk")
    queue.put(queue="bulk", tag="b", body="b")
    assert queue.purge("bulk") == 1
    assert queue.busy("bulk") == 1


def test_a_child_process_opens_the_file_for_itself(path: Path) -> None:
    queue = QueueFile(path)
    queue.put(queue="bulk", tag="a", body="a")
    queue.take("bulk")
    child = os.fork()
    if child == 0:
        queue.put(queue="bulk", tag="b", body="b")
        os._exit(0 if queue.take("bulk") == "b" else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert queue.busy("bulk") == 2


def test_looking_at_an_empty_queue_takes_no_write_lock(path: Path) -> None:
    queue = QueueFile(path)
    assert queue.size("bulk") == 0
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert queue.take("bulk") is None  # who waited for the lock would fail after ten seconds: "database is locked"
    writer.execute("ROLLBACK")
    writer.close()

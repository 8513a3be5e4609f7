"""A small Celery application on the queue file, for workers that tests start, race and kill."""

import os
import time
from pathlib import Path

from celery import Celery, Task

from config import broker  # noqa: F401

FOLDER = Path(os.environ["BROKER_TEST_FOLDER"])

# Neither the current application of the process nor a giver of tasks to others: tests import this module, too.
app = Celery("broker-test", broker="queuefile://", set_as_current=False)
app.conf.update(
    broker_transport_options={
        "path": str(FOLDER / "queue.sqlite3"),
        "polling_interval": 0.02,
        "lease_seconds": float(os.environ.get("BROKER_TEST_LEASE", "30")),
    },
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_default_queue="interactive",
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_lost_wait=1,
    broker_connection_retry_on_startup=True,
)


def note(name: str, word: str) -> None:
    """Append one line to a file: small appends don't mix, whatever process makes them."""
    descriptor = os.open(FOLDER / name, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.write(descriptor, f"{word} {time.time()}\n".encode())
    os.close(descriptor)


@app.task(shared=False)
def write(word: str) -> None:
    note("written", word)


@app.task(shared=False)
def write_slowly(word: str, seconds: float) -> None:
    note("begun", word)
    time.sleep(seconds)
    note("written", word)


@app.task(bind=True, max_retries=3, shared=False)
def write_at_third_try(self: Task, word: str) -> None:  # type: ignore[type-arg]
    note("begun", word)
    if self.request.retries < 2:
        raise self.retry(countdown=0.3)
    note("written", word)


@app.task(shared=False)
def die(word: str) -> None:
    """Kill the process of the pool on the first try, work on the second."""
    note("begun", word)
    if len((FOLDER / "begun").read_text().splitlines()) == 1:
        os.kill(os.getpid(), 9)
    note("written", word)

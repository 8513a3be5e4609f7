"""`manage.py serve`: everything that one shop needs, from one command on one machine."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import json
import os
import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from config import services
from config.alive import status_of
from config.celery import app as celery
from config.environment import SettingError
from config.messages import compile_messages
from config.preparation import prepare
from config.queue_file import QueueFile
from config.supervisor import Service, Supervisor, fork

LOG_LIMIT = 20_000_000  # bytes after which the log begins anew; one old is kept
PORT_PATIENCE = 4.0  # seconds in which processes of a killed run may still let go of the port


def say(words: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone: the house goes on
        print(words, flush=True)


def serve() -> None:
    """Prepare, then run until asked to stop. Raises SettingError with one clear line when it can't start."""
    with (
        only_one(settings.DATA) as lock,
        listening(settings.HOST, settings.PORT) as listener,
        log_file(settings.DATA) as log,
    ):
        translate()
        load_application()
        facts = prepared(log)

        def inside(run: Callable[[], None], *, is_listening: bool = False) -> Callable[[], None]:
            def closed_and_run() -> None:
                lock.close()
                if not is_listening:
                    listener.close()
                run()

            return closed_and_run

        console = os.dup(sys.stdout.fileno())
        wanted = [
            Service("web", "The web server", inside(lambda: services.run_web(listener), is_listening=True)),
            Service("worker", "The worker for quick tasks", inside(services.run_interactive_worker)),
            Service("heavy", "The worker for heavy tasks", inside(services.run_heavy_worker)),
            Service("beat", "The scheduler", inside(services.run_beat)),
            Service("welcome", "The greeting", inside(lambda: welcome(facts, log.name, console)), is_once=True),
        ]
        if facts["is_demo_wanted"]:
            wanted.append(Service("demo", "Loading the demo business", inside(load_demo), is_once=True))
        Supervisor(wanted, say, log_fd=log.fileno(), on_death=give_back_messages, on_tick=lambda: keep_small(log)).run()
    say("Rapport has stopped.")


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[BinaryIO]:
    """Refuse to run twice on one data folder."""
    with (data / "serve.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingError(f"Rapport runs already with RAPPORT_DATA={data}: stop it first.") from None
        yield lock


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """The open socket of the web server. The parent keeps it, so that a restarted server loses no visitor."""
    deadline = time.monotonic() + PORT_PATIENCE
    while (listener := try_to_listen(host, port)) is None:
        if time.monotonic() > deadline:
            raise SettingError(f"PORT={port} is used by another program: stop it, or choose another with PORT=8001.")
        time.sleep(0.1)
    with listener:
        yield listener


def try_to_listen(host: str, port: int) -> socket.socket | None:
    """None while the port is taken; SettingError when it can't ever work."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=512)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return None
        raise SettingError(f"Can't listen at RAPPORT_HOST={host} PORT={port}: {error.strerror}.") from None


@contextlib.contextmanager
def log_file(data: Path) -> Iterator[BinaryIO]:
    """The log of all processes; they append to it, so that it can be cut while they run."""
    path = data / "log" / "rapport.log"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("ab", buffering=0) as log:
        yield log


def keep_small(log: BinaryIO) -> None:
    """Move a log that has grown large to rapport.log.1, in place of the one before."""
    if os.fstat(log.fileno()).st_size > LOG_LIMIT:
        with contextlib.suppress(OSError):  # on a full disk the old log is what we can do without
            shutil.copyfile(log.name, f"{log.name}.1")
        log.truncate(0)


def translate() -> None:
    """Compile the translations after an update; where the code can't be written to, what is there has to do."""
    try:
        compile_messages(settings.BASE_DIR / "locale")
    except OSError as error:
        say(f"The translations could not be compiled ({error.strerror}: {error.filename}): some words are in English.")


def load_application() -> None:
    """Load in the parent all that the children need, and open nothing: they share the memory."""
    from config.wsgi import application

    celery.loader.import_default_modules()
    application.resolve_request  # noqa: B018
    connections.close_all()
    gc.collect()
    gc.freeze()


def prepared(log: BinaryIO) -> dict[str, Any]:
    """Migrate and look around in a child, so that the parent never opens the database."""
    read_fd, write_fd = os.pipe()

    def work() -> None:
        os.write(write_fd, json.dumps(prepare()).encode())

    pid = fork(Service("prepare", "The preparation", work), log.fileno())
    os.close(write_fd)
    with os.fdopen(read_fd, "rb") as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    if not text:
        raise SettingError(f"the preparation failed; the reason stands at the end of {log.name}")
    facts: dict[str, Any] = json.loads(text)
    if facts["problem"]:
        raise SettingError(facts["problem"])
    return facts


def give_back_messages(pid: int) -> None:
    """Let another worker take at once what a dead one held; on a full disk its lease has to run out."""
    if settings.QUEUE_FILE.exists():
        queue = QueueFile(settings.QUEUE_FILE)
        with contextlib.suppress(sqlite3.Error):
            queue.give_back_of(pid)
        queue.close()


def welcome(facts: dict[str, Any], log: str, console: int) -> None:
    """Wait for the first page, then say where it is and how to sign in."""
    while not status_of(settings.HOST, settings.PORT, site=settings.SITE_URL):
        time.sleep(0.05)
    sign_in = f"Sign in as {facts['owner']}." if facts["owner"] else "Open it to create the owner and the workspace."
    lines = [
        f"Rapport runs at {settings.SITE_URL}",
        f"  {sign_in}",
        f"  Data: {settings.DATA}   Log: {log}   Stop: Ctrl-C",
        "",
    ]
    os.write(console, "\n".join(lines).encode())


def load_demo() -> None:
    call_command("demo")

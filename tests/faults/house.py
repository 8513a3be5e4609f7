"""`manage.py serve` in a folder of its own, for tests that kill its parts."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
OWNER, PASSWORD = "owner@example.com", "a long enough password"
OURS = ("RAPPORT_", "DATABASE_URL", "REDIS_URL", "PORT", "DJANGO_")
PATIENCE = 240.0  # seconds: a machine that does much else at once starts a house in half a minute
T = TypeVar("T")
PARTS = ("rapport-web", "rapport-worker", "rapport-heavy", "rapport-beat")


def environment(data: Path, port: int) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    settings = {"RAPPORT_DATA": str(data), "PORT": str(port)}
    return clean | settings | {"RAPPORT_OWNER_EMAIL": OWNER, "RAPPORT_OWNER_PASSWORD": PASSWORD}


def prepare(data: Path) -> Path:
    """A data folder with a migrated database and an owner, to be copied."""
    command = [sys.executable, "manage.py", "prepare"]
    subprocess.run(command, cwd=ROOT, env=environment(data, 8000), capture_output=True, check=True)
    return data


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class House:
    """`manage.py serve` on a folder and a port of its own; `template` saves it the first migration."""

    def __init__(self, data: Path, port: int, *, template: Path | None = None, **settings: str) -> None:
        self.data, self.port = data, port
        if template:
            shutil.copytree(template, data)
        self.environment = environment(data, port) | settings
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def status(self, path: str = "/healthz") -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                json.loads(answer.read())
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except (OSError, ValueError):
            return 0

    def parts(self) -> dict[str, int]:
        """The direct children by name."""
        own = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {name: int(pid) for pid in own if (name := name_of(pid))}

    def part(self, name: str) -> int:
        """The process of a part, as soon as it is there."""
        return wait_for(lambda: self.parts().get(name))

    def row(self, query: str, *values: object) -> Any:
        """The first row of a query on the house's database, None when there is none."""
        database = sqlite3.connect(self.data / "rapport.sqlite3", timeout=30)
        try:
            return database.execute(query, values).fetchone()
        finally:
            database.close()

    def seen_at(self, name: str) -> str:
        row = self.row("SELECT seen_at FROM crm_heartbeat WHERE name = ?", name)
        return str(row[0]) if row else ""

    def run(self, code: str) -> str:
        """What Python code prints with the house's settings."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "--verbosity=0", "--command", code]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=90)
        return self.process.returncode, said

    def kill(self) -> None:
        """The end of a test: whatever its parts are at, none of them is waited for."""
        groups = [self.process.pid, *self.parts().values()]
        for pid in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE)


def name_of(pid: str) -> str:
    """Of a process that may end meanwhile: then none."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def wait_for(condition: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """What it returns, as soon as that is true. Patience costs a passing test nothing: `seconds` are for judging."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
    return found


def group_is_gone(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False

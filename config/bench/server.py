"""A Rapport of its own to be measured: its folder, its processes, its memory."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EMAIL, PASSWORD = "bench@rapport.example", "measured and not guessed"
START_SECONDS = 120


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Answer:
    """One answer of the server and what it took."""

    status: int
    milliseconds: float
    queries: int
    cpu: float
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class StayHere(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: where it leads is another page."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


class Server:
    """`manage.py serve` on a folder of its own, or on `database` (a URL), with a signed-in browser."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.port = free_port()
        self.environment = {
            **os.environ, "RAPPORT_DATA": str(folder), "PORT": str(self.port), "RAPPORT_OWNER_EMAIL": EMAIL,
            "RAPPORT_OWNER_PASSWORD": PASSWORD, "DJANGO_SETTINGS_MODULE": "config.bench.settings",
            "DATABASE_URL": database,
        }  # fmt: skip
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.stayer = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), StayHere())
        self.tokens: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *words: str) -> str:
        """Run a management command on this folder; its output. Raises CalledProcessError."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE)
        return done.stdout.decode()

    def start(self) -> float:
        """Start and wait for the first page; returns the seconds that took."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"], env=self.environment, stdout=subprocess.DEVNULL
        )
        while time.monotonic() - began < START_SECONDS:
            try:
                if self.get("/healthz").status == 200:
                    return time.monotonic() - began
            except urllib.error.URLError:
                time.sleep(0.1)
        raise TimeoutError("The server did not start.")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)

    def get(self, path: str, **headers: str) -> Answer:
        return self._send(urllib.request.Request(f"http://localhost:{self.port}{path}", headers=headers))

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        body = urllib.parse.urlencode(fields).encode()
        return self._send(urllib.request.Request(f"http://localhost:{self.port}{path}", body, headers))

    def submit(self, path: str, fields: dict[str, str]) -> Answer:
        """Send the form of a page; the answer is the redirect itself."""
        if path not in self.tokens:
            self.tokens[path] = self._token(path)
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self.tokens[path], **fields}).encode()
        return self._send(urllib.request.Request(f"http://localhost:{self.port}{path}", body), self.stayer)

    def _token(self, path: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        if token is None:
            raise RuntimeError(f"There is no form on {path}.")
        return token[1]

    def api(self, path: str, token: str, body: object | None = None) -> Any:
        """A call of the API; its answer as JSON."""
        request = urllib.request.Request(
            f"http://localhost:{self.port}/api/v1/{path}",
            json.dumps(body).encode() if body is not None else None,
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        return json.loads(self._send(request).body)

    def sign_in(self) -> None:
        fields = {"csrfmiddlewaretoken": self._token("/sign-in"), "username": EMAIL, "password": PASSWORD}
        self.post("/sign-in", fields)
        if self.get("/today").text.count('id="main"') != 1:
            raise RuntimeError("Signing in failed.")

    def _send(self, request: urllib.request.Request, opener: urllib.request.OpenerDirector | None = None) -> Answer:
        began = time.perf_counter()
        try:
            with (opener or self.opener).open(request, timeout=60) as response:
                body, status, said = response.read(), response.status, response.headers
        except urllib.error.HTTPError as error:
            body, status, said = error.read(), error.code, error.headers
        milliseconds = (time.perf_counter() - began) * 1000
        return Answer(status, milliseconds, int(said.get("X-Queries", 0)), float(said.get("X-CPU", 0)), body)

    def memory(self) -> Memory | None:
        """What all its processes hold now; None where the system does not say (Linux does)."""
        if self.process is None or not Path("/proc/self/smaps_rollup").exists():
            return None
        sizes = [size for pid in family(self.process.pid) if (size := _proportional_size(pid))]
        return Memory(round(sum(sizes)), len(sizes))


@dataclass(frozen=True)
class Memory:
    """Megabytes that processes hold together, pages that they share counted once."""

    megabytes: int
    processes: int


def _proportional_size(pid: int) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it ended meanwhile
        return 0.0
    pss = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(pss[1]) / 1024 if pss else 0.0


def family(pid: int) -> list[int]:
    """A process and everything that descends from it."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found, ahead = [pid], [pid]
    while ahead:
        children = parents.get(ahead.pop(), [])
        found += children
        ahead += children
    return found

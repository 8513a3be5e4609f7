"""PostgreSQL away for a moment: pages say so at once, and work again as soon as it is back."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.strict import needed

from .house import PATIENCE, free_port, wait_for
from .test_production import Site
from .visitor import Visitor


class Wire:
    """A TCP connection to `target` that can be cut and mended."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.is_cut = False
        self.open: list[socket.socket] = []
        self.changes = threading.Lock()  # what is connected while the wire is cut would stay whole
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        with self.changes:
            self.is_cut = True
            for end in self.open:
                end.close()
            self.open.clear()

    def mend(self) -> None:
        self.is_cut = False

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            with self.changes:
                if self.is_cut:
                    near.close()
                    continue
                far = socket.create_connection(self.target)
                self.open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=pump, args=(source, sink), daemon=True).start()

    def close(self) -> None:
        self.listener.close()
        self.cut()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    server = urlsplit(needed("RAPPORT_TEST_POSTGRES", "PostgreSQL"))
    made = Wire((server.hostname or "", server.port or 5432))
    yield made
    made.close()


@pytest.fixture
def site(wire: Wire, tmp_path: Path) -> Iterator[Site]:
    server = needed("RAPPORT_TEST_POSTGRES", "PostgreSQL")
    name = f"rapport_away_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    user = urlsplit(server).username
    running = Site(
        tmp_path,
        RAPPORT_DATA=str(tmp_path / "data"),
        DATABASE_URL=f"postgresql://{user}@127.0.0.1:{wire.port}/{name}",
        PORT=str(free_port()),
    )
    yield running
    running.close()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.slow
def test_pages_say_that_the_database_is_away_and_recover(site: Site, wire: Wire) -> None:
    assert site.start("prepare").wait(timeout=PATIENCE) == 0
    site.start("web")
    visitor = Visitor(int(site.environment["PORT"]))
    wait_for(lambda: can_ask(visitor) and visitor.ask("/healthz")[0] == 200)
    wire.cut()
    status, page, headers = visitor.ask("/sign-in")
    assert (status, headers.get("Retry-After")) == (503, "5")
    assert "Back in a moment" in page
    assert visitor.ask("/healthz")[0] == 503
    wire.mend()
    wait_for(lambda: visitor.ask("/healthz")[0] == 200, seconds=30)
    assert visitor.ask("/sign-in")[0] in (200, 302)  # 302: to the first-run page


def can_ask(visitor: Visitor) -> bool:
    try:
        visitor.ask("/healthz")
    except OSError:
        return False
    return True

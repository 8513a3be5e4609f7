"""How much goes through when several people work at once: the list beside the bare page, by turns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from config.bench.pages import BARE
from config.bench.server import Server

CLIENTS = 8
TURNS = 3
TURN_SECONDS = 4.0
LIST = "/people/"
LEAST_SHARE = 1 / 3  # of the bare page's answers a second
SLOWEST_MS = 300.0


@dataclass(frozen=True)
class Load:
    """Answers a second and milliseconds that 19 of 20 stay under, with eight clients; `share` of the bare page's."""

    bare_per_second: float
    list_per_second: float
    share: float
    p95: float
    within: bool


def measure_load(server: Server) -> Load:
    """Turn by turn, so that other load on the machine meets both pages alike."""
    waits: dict[str, list[float]] = {BARE: [], LIST: []}
    for _turn in range(TURNS):
        for path in waits:
            waits[path] += _turn_of(server, path)
    bare, listed = (len(found) / (TURNS * TURN_SECONDS) for found in waits.values())
    p95 = sorted(waits[LIST])[int(0.95 * (len(waits[LIST]) - 1))]
    share = listed / bare
    return Load(
        bare_per_second=round(bare, 1),
        list_per_second=round(listed, 1),
        share=round(share, 2),
        p95=round(p95, 1),
        within=share >= LEAST_SHARE and p95 <= SLOWEST_MS,
    )


def _turn_of(server: Server, path: str) -> list[float]:
    until = time.monotonic() + TURN_SECONDS

    def one_client(_number: int) -> list[float]:
        return list(_waits(server, path, until))

    with ThreadPoolExecutor(CLIENTS) as clients:
        return [wait for waits in clients.map(one_client, range(CLIENTS)) for wait in waits]


def _waits(server: Server, path: str, until: float) -> Iterator[float]:
    while time.monotonic() < until:
        answer = server.get(path)
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status} under load.")
        yield answer.milliseconds


def summary(load: Load) -> str:
    """In a line to read."""
    words = f"{CLIENTS} clients: list {load.list_per_second}/s, bare page {load.bare_per_second}/s ({load.share:.0%})"
    return f"{words}, list p95 {load.p95} ms{'' if load.within else '  over budget'}"

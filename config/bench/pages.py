"""How long the pages take, beside the bare page in the same rounds."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from config.bench.server import Answer, Server

BARE = "/bench/bare"
HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Budget:
    """What a page may take at most: queries with those of session and shell, times the bare page, kilobytes."""

    path: str
    queries: int
    times_bare: float
    kilobytes: float = 60
    headers: Mapping[str, str] = field(default_factory=dict)


BUDGETS = {
    "bare page": Budget(BARE, 3, 1),
    "today": Budget("/today", 13, 5, 80),
    "people, first page": Budget("/people/", 11, 3),
    "people, by risk": Budget("/people/?sort=-risk", 11, 3),
    "people, deep page": Budget("deep", 11, 3),
    "people, search": Budget("/people/?q=kowal", 12, 4),
    "person": Budget("person", 16, 4),
    "search box": Budget("/search?q=kowal", 8, 3, 25, HTMX),
    "companies": Budget("/companies/", 11, 3),
    "deals board": Budget("/deals", 11, 5, 80),
    "deals list": Budget("/deals/list", 12, 3),
    "tasks": Budget("/tasks", 10, 4, 80),
    "inbox": Budget("/inbox/open", 10, 3),
    "insights": Budget("/insights", 13, 4),
}


@dataclass(frozen=True)
class Timing:
    """One page: milliseconds as seen by the client, times the bare page, queries and size."""

    page: str
    p50: float
    p95: float
    times_bare: float
    queries: int
    kilobytes: float
    within: bool


def measure_pages(server: Server, *, rounds: int) -> list[Timing]:
    """Every page once a round, so that other load on the machine meets all of them alike."""
    paths = {page: _resolve(server, budget.path) for page, budget in BUDGETS.items()}
    answers: dict[str, list[Answer]] = {page: [] for page in paths}
    for number in range(rounds + 2):
        for page, path in paths.items():
            answer = server.get(path, **BUDGETS[page].headers)
            if number >= 2:  # the first rounds warm caches and prepared templates
                answers[page].append(answer)
    bare = statistics.median(answer.milliseconds for answer in answers["bare page"])
    return [_timing(page, answers[page], bare) for page in paths]


def _timing(page: str, answers: list[Answer], bare: float) -> Timing:
    times = sorted(answer.milliseconds for answer in answers)
    p50 = statistics.median(times)
    budget, times_bare, kilobytes = BUDGETS[page], p50 / bare, len(answers[-1].body) / 1024
    queries = max(answer.queries for answer in answers)
    is_fine = all(answer.status == 200 for answer in answers)
    return Timing(
        page=page,
        p50=round(p50, 1),
        p95=round(times[int(0.95 * (len(times) - 1))], 1),
        times_bare=round(times_bare, 2),
        queries=queries,
        kilobytes=round(kilobytes, 1),
        within=is_fine
        and queries <= budget.queries
        and times_bare <= budget.times_bare
        and kilobytes <= budget.kilobytes,
    )


def _resolve(server: Server, path: str) -> str:
    """The pages whose address depends on the data: some person, and a page far down the list."""
    if path == "person":
        found = re.search(r'href="(/people/\d+/)"', server.get("/people/").text)
        return found[1] if found else "/people/"
    if path == "deep":
        here = "/people/"
        for _page in range(20):
            found = re.search(r'href="([^"]*after=[^"]*)"', server.get(here).text)
            if found is None:
                break
            here = "/people/" + found[1].replace("&amp;", "&").removeprefix("/people/")
        return here
    return path


def table(timings: list[Timing]) -> str:
    """The timings as lines to read."""
    lines = [f"{'page':22} {'p50 ms':>7} {'p95 ms':>7} {'× bare':>7} {'queries':>7} {'kB':>7}"]
    for row in timings:
        figures = f"{row.p50:7.1f} {row.p95:7.1f} {row.times_bare:7.2f} {row.queries:7d} {row.kilobytes:7.1f}"
        lines.append(f"{row.page:22} {figures}{'' if row.within else '  over budget'}")
    return "\n".join(lines)


def as_data(timings: list[Timing]) -> list[dict[str, object]]:
    return [asdict(row) for row in timings]

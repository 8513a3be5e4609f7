"""How long the pages take, beside the bare page in the same rounds."""

from __future__ import annotations

import re
import statistics
from dataclasses import asdict, dataclass

from config.bench.server import Answer, Server

BARE = "/bench/bare"
# page: (path, most queries, most times the bare page) as docs/speed.md has them
BUDGETS: dict[str, tuple[str, int, float]] = {
    "bare page": (BARE, 2, 1),
    "today": ("/today", 12, 4),
    "people, first page": ("/people/", 10, 3),
    "people, by risk": ("/people/?sort=-risk", 10, 3),
    "people, deep page": ("deep", 10, 3),
    "people, search": ("/people/?q=kowal", 10, 4),
    "person": ("person", 15, 4),
    "search box": ("/search?q=kowal", 8, 3),
    "companies": ("/companies/", 10, 3),
    "deals board": ("/deals", 10, 5),
    "deals list": ("/deals/list", 10, 3),
    "tasks": ("/tasks", 10, 3),
    "inbox": ("/inbox/open", 10, 3),
    "insights": ("/insights", 10, 3),
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
    paths = {page: _resolve(server, path) for page, (path, _queries, _times) in BUDGETS.items()}
    answers: dict[str, list[Answer]] = {page: [] for page in paths}
    for number in range(rounds + 2):
        for page, path in paths.items():
            answer = server.get(path)
            if number >= 2:  # the first rounds warm caches and prepared templates
                answers[page].append(answer)
    bare = statistics.median(answer.milliseconds for answer in answers["bare page"])
    return [_timing(page, answers[page], bare) for page in paths]


def _timing(page: str, answers: list[Answer], bare: float) -> Timing:
    times = sorted(answer.milliseconds for answer in answers)
    p50 = statistics.median(times)
    _path, most_queries, most_times = BUDGETS[page]
    queries = max(answer.queries for answer in answers)
    is_fine = all(answer.status == 200 for answer in answers)
    return Timing(
        page=page,
        p50=round(p50, 1),
        p95=round(times[int(0.95 * (len(times) - 1))], 1),
        times_bare=round(p50 / bare, 2),
        queries=queries,
        kilobytes=round(len(answers[-1].body) / 1024, 1),
        within=is_fine and queries <= most_queries and p50 / bare <= most_times,
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

"""How long the pages take, beside the bare page in the same rounds."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from urllib.parse import urlencode

from config.bench.server import Answer, Server

BARE = "/bench/bare"
HTMX = {"HX-Request": "true"}
COUNTRY = "/people/?" + urlencode({"filter": '{"all":[{"field":"country","op":"is","value":"France"}]}'})
MILLION = 500_000  # people from which on the budgets for large databases hold


@dataclass(frozen=True)
class Budget:
    """What a page may take at most: queries with those of session and shell, times the bare page, kilobytes.

    `large` is what a million people may cost. With `fields` it is a form that is sent: measured until the redirect.
    """

    path: str
    queries: int
    times_bare: float
    large: float
    kilobytes: float = 60
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


BUDGETS = {
    "bare page": Budget(BARE, 3, 1, 1),
    "today": Budget("/today", 13, 3, 4, 80),
    "people, first page": Budget("/people/", 11, 3, 4),
    "people, by risk": Budget("/people/?sort=-risk", 11, 3, 4),
    "people, one country": Budget(COUNTRY, 11, 3, 4),
    "people, deep page": Budget("deep", 11, 3, 4),
    "people, part of a name": Budget("/people/?q=kowal", 11, 4, 8),
    "people, part of an address": Budget("/people/?q=romano12", 11, 4, 8),
    "people, digits": Budget("/people/?q=0770+0012", 11, 4, 8),
    "people, two letters": Budget("/people/?q=zo", 11, 4, 8),
    "person": Budget("person", 16, 4, 5),
    "person, saved": Budget("/people/new/", 20, 3, 4, fields={"name": "Ann Example"}),
    "search box": Budget("/search?q=kowal", 8, 3, 8, 25, HTMX),
    "search box, nobody": Budget("/search?q=qxzv", 8, 3, 8, 25, HTMX),
    "companies": Budget("/companies/", 11, 3, 4),
    "deals board": Budget("/deals", 11, 5, 8, 80),
    "deals list": Budget("/deals/list", 12, 3, 4),
    "deals forecast": Budget("/deals/forecast", 11, 3, 4),
    "tasks": Budget("/tasks", 10, 4, 4, 80),
    "inbox": Budget("/inbox/open", 10, 3, 4),
    "inbox, rare words": Budget("/inbox/all?q=order+4711", 14, 3, 4),
    "inbox, common words": Budget("/inbox/all?q=parcel", 14, 3, 4),
    "inbox, nothing": Budget("/inbox/all?q=qxzvw", 14, 3, 4),
    "inbox, somebody": Budget("/inbox/all?q=kowal", 14, 3, 4),
    "insights": Budget("/insights", 14, 3, 4),
}


@dataclass(frozen=True)
class Timing:
    """One page: milliseconds as seen by the client and times the bare page, those that the web server's own work took
    (which other load on the machine does not change) and times the bare page's, queries and size."""

    page: str
    p50: float
    p95: float
    times_bare: float
    cpu: float
    times_cpu: float
    queries: int
    kilobytes: float
    within: bool


def measure_pages(server: Server, *, rounds: int, people: int) -> list[Timing]:
    """Every page once a round, so that other load on the machine meets all of them alike."""
    paths = {page: _resolve(server, budget.path) for page, budget in BUDGETS.items()}
    answers: dict[str, list[Answer]] = {page: [] for page in paths}
    for number in range(rounds + 2):
        for page, path in paths.items():
            answer = _visit(server, BUDGETS[page], path)
            if number >= 2:  # the first rounds warm caches and prepared templates
                answers[page].append(answer)
    return [_timing(page, answers[page], answers["bare page"], is_large=people >= MILLION) for page in paths]


def _visit(server: Server, budget: Budget, path: str) -> Answer:
    return server.submit(path, dict(budget.fields)) if budget.fields else server.get(path, **budget.headers)


def _timing(page: str, answers: list[Answer], bare: list[Answer], *, is_large: bool) -> Timing:
    times = sorted(answer.milliseconds for answer in answers)
    p50, cpu = statistics.median(times), statistics.median(answer.cpu for answer in answers)
    times_bare = p50 / statistics.median(answer.milliseconds for answer in bare)
    times_cpu = cpu / statistics.median(answer.cpu for answer in bare)
    budget, kilobytes = BUDGETS[page], len(answers[-1].body) / 1024
    queries = max(answer.queries for answer in answers)
    is_fine = all(answer.status == (302 if budget.fields else 200) for answer in answers)
    return Timing(
        page=page,
        p50=round(p50, 1),
        p95=round(times[int(0.95 * (len(times) - 1))], 1),
        times_bare=round(times_bare, 2),
        cpu=round(cpu, 1),
        times_cpu=round(times_cpu, 2),
        queries=queries,
        kilobytes=round(kilobytes, 1),
        within=is_fine
        and queries <= budget.queries
        and times_bare <= (budget.large if is_large else budget.times_bare)
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
    lines = [
        f"{'page':26} {'p50 ms':>7} {'p95 ms':>7} {'× bare':>7} {'cpu ms':>7} {'× bare':>7} {'queries':>7} {'kB':>7}"
    ]
    for row in timings:
        wall = f"{row.p50:7.1f} {row.p95:7.1f} {row.times_bare:7.2f} {row.cpu:7.1f} {row.times_cpu:7.2f}"
        lines.append(
            f"{row.page:26} {wall} {row.queries:7d} {row.kilobytes:7.1f}{'' if row.within else '  over budget'}"
        )
    return "\n".join(lines)


def as_data(timings: list[Timing]) -> list[dict[str, object]]:
    return [asdict(row) for row in timings]

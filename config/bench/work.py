"""How fast the heavy work goes: import, training, and one order until its new score."""

from __future__ import annotations

import csv
import json
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from config.bench.server import EMAIL, Server

IMPORTED = 20_000
SLOWEST_SCORE = 30


def measure_import(server: Server, folder: Path) -> dict[str, Any]:
    """Rows a second of a people file that nobody has seen before."""
    stamp = int(time.time())
    path = folder / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Name", "E-mail", "City", "Country"])
        for number in range(IMPORTED):
            writer.writerow([f"Person {number}", f"p{number}.{stamp}@example.net", "Graz", "Austria"])
    began = time.monotonic()
    report = server.manage("import_file", str(path), "--kind", "people", "--source", f"bench{stamp}", "--json")
    seconds = time.monotonic() - began
    return {"rows": IMPORTED, "seconds": round(seconds, 1), "rows_per_second": round(IMPORTED / seconds),
            "report": last_json(report)}  # fmt: skip


def measure_training(server: Server) -> dict[str, Any]:
    """Seconds and peak memory of one retrain of everything."""
    began = time.monotonic()
    report = server.manage("retrain", "--json")
    return {"seconds": round(time.monotonic() - began, 1), "report": last_json(report)}


def learning_words(training: dict[str, Any]) -> Iterator[str]:
    """What each step of the nightly run took, as lines to read."""
    report = training["report"]
    yield from (f"{step:<24}{seconds:>8} s" for step, seconds in report["seconds"].items())
    for name, task in report["tasks"].items():
        if measured := task.get("measured"):
            told = ", ".join(f"{metric} {value:.4f}" for metric, value in measured.items() if value is not None)
            yield f"{name}: {task['seconds']} s, {task['cpu_seconds']} s of computing; {told}"
    children = max((task.get("peak_mb", 0) for task in report["tasks"].values()), default=0)
    yield f"{'all':<24}{training['seconds']:>8} s, at most {report['peak_mb']} MB itself, {children} MB in training"
    yield f"{'computing alone':<24}{report['cpu_seconds']:>8} s without the database and without training"


def measure_models(server: Server) -> list[dict[str, Any]]:
    """Size, time to load and time of an answer of each network, shipped and trained."""
    models: list[dict[str, Any]] = last_json(server.manage("model_speed", "--json"))["models"]
    return models


def measure_scoring(server: Server, *, orders: int = 10) -> dict[str, Any]:
    """Seconds from an order's answer by the API to a newer score of its person."""
    token = server.manage("create_token", EMAIL, "--scope", "write").strip().splitlines()[-1]
    scores = server.api("scores/?limit=200", token)["results"]
    random = Random(3)  # noqa: S311 (which people are tried)
    buyers = sorted({row["person"] for row in scores})
    waits = [_until_scored(server, token, person) for person in random.sample(buyers, orders)]
    return {"orders": orders, "median_seconds": statistics.median(waits), "slowest_seconds": max(waits)}


def _until_scored(server: Server, token: str, person: int) -> float:
    before = _scored_at(server, token, person)
    now = datetime.now(UTC) - timedelta(minutes=1)
    line = {"description": "Tea", "quantity": "1", "unit_price": "12.50"}
    order = {"number": f"B{time.time_ns()}", "person": person, "placed_at": now.isoformat(), "currency": "EUR"}
    began = time.monotonic()
    server.api("orders/", token, {**order, "lines": [line]})
    while time.monotonic() - began < SLOWEST_SCORE:
        if _scored_at(server, token, person) != before:
            break
        time.sleep(0.05)
    return round(time.monotonic() - began, 2)


def _scored_at(server: Server, token: str, person: int) -> list[str]:
    return sorted(row["scored_at"] for row in server.api(f"scores/?person={person}", token)["results"])


def model_words(model: dict[str, Any]) -> str:
    """One network's figures as a line to read."""
    many = f"{model['many']:,} in {model['many_ms']:,} ms"
    return (
        f"{model['name']:<16}{model['kilobytes']:>8,} kB, loaded in {model['load_ms']} ms,"
        f" one in {model['p50_ms']} ms (95 % in {model['p95_ms']}), {many}"
    )


def last_json(text: str) -> Any:
    """The JSON object that a command printed last."""
    start = text.rfind("\n{") + 1
    try:
        return json.loads(text[start:])
    except ValueError:
        return None


def summary(result: dict[str, Any]) -> Iterator[str]:
    """The figures that are no pages, as lines to read."""
    yield f"start {result['start_seconds']} s until health answers"
    for when, held in result["memory"].items():
        yield f"memory {when}: {held['megabytes']} MB in {held['processes']} processes"
    if training := result.get("training"):
        peak = max((task.get("peak_mb", 0) for task in training["report"]["tasks"].values()), default=0)
        scored = training["report"]["scored"]
        yield f"retrain {training['seconds']} s, at most {peak} MB, {scored:,} customers scored"
    for model in result.get("models", []):
        yield model_words(model)
    if scoring := result.get("scoring"):
        yield f"order to new score: median {scoring['median_seconds']} s, slowest {scoring['slowest_seconds']} s"
    if done := result.get("import"):
        report = done["report"]
        yield f"import {done['rows']:,} people: {report['rows_per_second']} rows/s, at most {report['peak_mb']} MB"

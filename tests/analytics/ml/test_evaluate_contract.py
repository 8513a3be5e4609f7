"""The object that `evaluate --json` ends with, read as somebody reads it who knows nothing but its description."""

import csv
import json
import math
import random
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from analytics.ml.evaluate import TASKS, main
from analytics.ml.measuring import EvaluatedTask
from tests.analytics.ml.test_duplicates import HEADER, people

WORDS = "parcel invoice refund colour size delivery shop order gift voucher".split()
METRICS = {
    "churn": {"auc", "brier", "ece", "lift10"},
    "churn_contract": {"auc", "brier", "ece", "lift10"},
    "leads": {"auc", "brier", "ece", "lift10"},
    "cltv": {"mae", "spearman"},
    "forecast": {"mase", "smape", "cover80", "cover95", "msis"},
    "recommend": {"ndcg10", "hit10", "recall10", "coverage"},
    "duplicates": {"precision", "recall", "f1"},
    "segments": {"silhouette", "ari"},
    "sentiment": {"accuracy", "macro_f1", "polarity", "ece", "p50_ms", "p95_ms"},
    "topics": {"accuracy", "macro_f1", "ece", "coverage", "p50_ms", "p95_ms"},
    "language": {"accuracy", "macro_f1", "coverage", "p50_ms", "p95_ms"},
    "search": {"recall1", "recall3", "mrr10", "p50_ms", "p95_ms"},
}


def orders() -> list[list[Any]]:
    rng = random.Random(4)
    rows: list[list[Any]] = [["customer_id", "date", "product", "quantity", "amount"]]
    for customer in range(160):
        day, end, likes = rng.randrange(120), rng.randrange(150, 900), rng.sample(range(40), 6)
        while day < min(end, 420):
            bought = (date(2023, 1, 1) + timedelta(day)).isoformat()
            rows += [
                [f"C{customer}", bought, f"P{rng.choice(likes):02}", 1, f"{rng.uniform(5, 60):.2f}"]
                for _ in range(rng.randrange(1, 4))
            ]
            day += 1 + int(rng.expovariate(1 / 25))
    return rows


def table(outcome: str) -> list[list[Any]]:
    rng = random.Random(5)
    rows: list[list[Any]] = [["record", "visits", "budget", "channel", outcome]]
    for number in range(320):
        visits, budget = rng.randrange(12), rng.lognormvariate(7, 1)
        yes = rng.random() < 1 / (1 + math.exp(2 - 0.35 * visits))
        rows.append([f"R-{number:05}", visits, f"{budget:.2f}", rng.choice(["web", "fair", "phone"]), int(yes)])
    return rows


def texts(task: str) -> list[list[Any]]:
    rng = random.Random(6)
    said = {
        "sentiment": {
            "pos": "I love this, wonderful",
            "neg": "Terrible, broken and useless",
            "neu": "It comes on Monday",
        },
        "topics": {"delivery": "Where is my parcel", "refund": "I want my money back", "sizes": "Which size fits me"},
        "language": {"en": "Where is the parcel that you sent", "de": "Wo ist das Paket geblieben, das ihr schickt"},
    }[task]
    rows = [
        [f"{words}, {rng.choice(WORDS)} {rng.choice(WORDS)} {n}", label, label if task == "language" else "en"]
        for n in range(30)
        for label, words in said.items()
    ]
    return [["text", "label", "lang"], *rows]


def questions() -> list[list[Any]]:
    return [
        ["question", "answer"],
        *([f"How about the {w} {n}?", f"The {w} takes {n} days."] for n in range(3) for w in WORDS),
    ]


FILES: dict[str, Callable[[], list[list[Any]]]] = {
    **dict.fromkeys(("churn", "cltv", "forecast", "recommend", "segments"), orders),
    "leads": lambda: table("converted"),
    "churn_contract": lambda: table("churn"),
    "duplicates": lambda: [HEADER, *people()],
    **{task: partial(texts, task) for task in ("sentiment", "topics", "language")},
    "search": questions,
}


def write(path: Path, rows: list[list[Any]], *, delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def check(found: dict[str, Any], task: str) -> None:
    """Everything that the description promises of the object."""
    assert {"task", "rows", "views", "refused", "fit_seconds", "peak_mb"} <= found.keys()
    assert found["task"] == task
    assert isinstance(found["rows"], int)
    assert found["refused"] is None or found["refused"].strip()
    assert isinstance(found["fit_seconds"], float)
    assert found["fit_seconds"] >= 0
    assert isinstance(found["peak_mb"], float)
    assert found["peak_mb"] > 1
    for view in found["views"].values():
        assert METRICS[task] <= view["product"].keys()
        assert all(value is None or math.isfinite(value) for value in view["product"].values())
        assert view["baselines"]
        for simple in view["baselines"].values():
            assert simple.keys() <= view["product"].keys()
            assert all(value is None or math.isfinite(value) for value in simple.values())
        gain = view["gain"]
        assert gain is None or found["refused"] or gain["metric"] in view["product"]
        if gain and gain["value"] is not None:
            assert gain["low"] <= gain["value"] <= gain["high"]


def test_every_task_has_a_file_and_metrics() -> None:
    assert FILES.keys() == METRICS.keys() == TASKS.keys()


@pytest.mark.parametrize("task", TASKS)
def test_the_last_line_alone_is_the_object_that_was_described(task: str, tmp_path: Path, capfd: Any) -> None:
    path = write(tmp_path / "file.csv", FILES[task]())
    assert main([task, "--data", str(path), "--json"]) == 0
    printed = capfd.readouterr()
    *before, last = printed.out.splitlines()
    assert before == []
    found = json.loads(last, parse_constant=pytest.fail)
    check(found, task)
    assert found["refused"] is None
    assert found["views"]
    assert found["rows"] == len(FILES[task]()) - 1


def test_a_warning_never_stands_where_the_object_is_read(monkeypatch: Any, tmp_path: Path, capfd: Any) -> None:
    def noisy(_options: Any) -> dict[str, Any]:
        warnings.warn("a library complains", RuntimeWarning, stacklevel=1)
        return {"task": "churn", "rows": 1, "views": {}, "refused": "no", "fit_seconds": 0.0, "peak_mb": 2.0}

    monkeypatch.setitem(TASKS, "churn", EvaluatedTask("churn", "", noisy, str))
    with pytest.warns(RuntimeWarning):
        assert main(["churn", "--data", str(tmp_path), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["rows"] == 1


def test_the_command_of_a_fresh_process_prints_the_object_last_and_complains_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path / "people.csv", FILES["duplicates"]())
    command = [sys.executable, "-W", "always", "manage.py", "evaluate", "duplicates", "--data", str(path), "--json"]
    done = subprocess.run([*command, "--horizon", "30"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    check(found, "duplicates")
    assert "--horizon means nothing to duplicates" in done.stderr
    assert found["not_used"] == ["horizon"]


@pytest.mark.parametrize(
    ("task", "header", "mapping"),
    [
        ("leads", ["Vorgang", "Besuche", "Etat", "Weg", "Ausgang"], "outcome=Ausgang,id=Vorgang"),
        ("churn_contract", ["Vertrag", "Besuche", "Etat", "Weg", "Ende"], "outcome=Ende,id=Vertrag"),
        (
            "duplicates",
            ["nummer", "a", "b", "c", "d", "e", "gruppe"],
            "id=nummer,given=a,family=b,email=c,phone=d,city=e,cluster=gruppe",
        ),
    ],
)
def test_map_names_the_columns_of_tables_too(task: str, header: Any, mapping: str, tmp_path: Path, capsys: Any) -> None:
    rows = FILES[task]()
    known, renamed = write(tmp_path / "known.csv", rows), write(tmp_path / "renamed.csv", [header, *rows[1:]])
    by_name = ["--id", rows[0][0], "--target", rows[0][-1]]
    assert main([task, "--data", str(known), "--json", *by_name]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert main([task, "--data", str(renamed), "--map", mapping, "--json"]) == 0
    mapped = json.loads(capsys.readouterr().out)
    assert mapped["views"] == plain["views"]


@pytest.mark.parametrize("task", TASKS)
def test_a_field_that_a_task_does_not_know_is_refused_in_words(task: str, tmp_path: Path, capsys: Any) -> None:
    path = write(tmp_path / "file.csv", FILES[task]())
    assert main([task, "--data", str(path), "--map", f"shoe_size={FILES[task]()[0][0]}", "--json"]) == 2
    printed = capsys.readouterr()
    assert "'shoe_size'" in printed.err
    assert json.loads(printed.out)["refused"] == printed.err.strip()

"""Long files are measured in part: the object says so, has figures all the same, and the same ones when run again."""

import json
from pathlib import Path
from typing import Any

import pytest

from analytics.ml.evaluate import main
from analytics.ml.recommend import evaluate as recommend
from analytics.ml.tabular import holdout
from analytics.ml.text import evaluate as sentiment
from analytics.ml.text.search import evaluate as search
from analytics.ml.text.topics import evaluate as topics
from tests.analytics.ml.test_evaluate_contract import FILES, write

MOST = 40
LIMITS: dict[str, dict[str, Any]] = {
    "sentiment": {"MOST_ROWS": sentiment},
    "topics": {"MOST_JUDGED": topics},
    "search": {"MOST_QUERIES": search, "MOST_TEXTS": search},
    "recommend": {"MOST_CUSTOMERS": recommend},
}
SAID = {
    "sentiment": "40 of 90 texts, drawn with the seed",
    "topics": "40 of 60 texts not learnt from, drawn with the seed",
    "search": "40 of 60 queries, drawn with the seed; 40 of 60 texts, drawn with the seed",
    "recommend": "40 of ",
}
TIMES = ("p50_ms", "p95_ms")


def measured(task: str, path: Path, capsys: Any) -> dict[str, Any]:
    assert main([task, "--data", str(path), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    for view in found["views"].values():
        for name in TIMES:
            view["product"].pop(name, None)
    return found


def questions(count: int) -> list[list[Any]]:
    return [["question", "answer"], *([f"How about tea {n}?", f"Tea {n} takes {n} days."] for n in range(count))]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    rows = {task: FILES[task]() for task in LIMITS} | {"search": questions(60)}
    return {task: write(tmp_path / f"{task}.csv", found) for task, found in rows.items()}


@pytest.mark.parametrize("task", LIMITS)
def test_a_part_is_measured_and_said(
    task: str, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name, module in LIMITS[task].items():
        monkeypatch.setattr(module, name, MOST)
    found = measured(task, files[task], capsys)
    assert found["sampled"].startswith(SAID[task])
    assert found["refused"] is None
    assert found["views"]
    assert found["rows"] == len(files[task].read_text(encoding="utf-8").splitlines()) - 1
    assert measured(task, files[task], capsys)["views"] == found["views"]
    assert main([task, "--data", str(files[task])]) == 0
    assert f"Measured: {found['sampled']}." in capsys.readouterr().out


@pytest.mark.parametrize("task", LIMITS)
def test_a_short_file_is_measured_whole(task: str, files: dict[str, Path], capsys: Any) -> None:
    assert measured(task, files[task], capsys)["sampled"] is None


def test_those_who_come_back_are_drawn_before_others(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    whole = measured("recommend", files["recommend"], capsys)
    back = whole["views"]["any"]["customers"]
    assert recommend.FEWEST < back < whole["customers"] - 10
    monkeypatch.setattr(recommend, "MOST_CUSTOMERS", back + 10)
    assert measured("recommend", files["recommend"], capsys)["views"]["any"]["customers"] == back


def test_so_few_customers_that_no_view_is_left_are_refused_in_words(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(recommend, "MOST_CUSTOMERS", 20)
    found = measured("recommend", files["recommend"], capsys)
    assert found["views"] == {}
    assert found["refused"]


def test_few_queries_keep_the_texts_that_answer_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    rows: list[list[Any]] = [["kind", "id", "text", "answer", "doc"]]
    rows += [["doc", n, f"Tea {n}", f"It takes {n} days.", ""] for n in range(200)]
    rows += [["query", "", f"How long does tea {n} take?", "", n] for n in range(20)]
    monkeypatch.setattr(search, "MOST_TEXTS", 30)
    found = measured("search", write(tmp_path / "faq.csv", rows), capsys)
    assert (found["rows"], found["texts"], found["views"]["all"]["rows"]) == (220, 30, 20)
    assert found["sampled"] == "30 of 200 texts, drawn with the seed"
    monkeypatch.setattr(search, "MOST_TEXTS", 5)
    assert measured("search", tmp_path / "faq.csv", capsys)["texts"] == 20


def test_folds_of_a_part_are_said_in_the_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    header, *rows = FILES["leads"]()
    path = write(tmp_path / "leads.csv", [header[1:], *(row[1:] for row in rows)])
    monkeypatch.setattr(holdout, "MOST_IN_FOLDS", 300)
    found = measured("leads", path, capsys)
    assert found["views"]["folds"]["rows"] == 300
    assert found["notes"][-1] == "Folds are of 300 of the 320 rows, drawn with the seed."
    assert measured("leads", path, capsys)["views"] == found["views"]
    assert main(["leads", "--data", str(path)]) == 0
    assert capsys.readouterr().out.count(found["notes"][-1]) == 1


def test_an_option_that_is_not_used_is_named_where_nothing_is_measured_as_well(tmp_path: Path, capsys: Any) -> None:
    header, *rows = questions(3)
    path = write(tmp_path / "few.csv", [header, *rows])
    assert main(["search", "--data", str(path), "--json", "--horizon", "30"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["refused"]
    assert found["not_used"] == ["horizon"]
    assert main(["search", "--data", str(tmp_path / "none.csv"), "--json", "--horizon", "30"]) == 2
    assert json.loads(capsys.readouterr().out)["not_used"] == ["horizon"]

"""The language of texts is measured on any file that names it."""

import json
from pathlib import Path

import pytest

from analytics.ml.evaluate import main
from analytics.ml.table_errors import TableError
from analytics.ml.text.evaluate_language import evaluate_language
from tests.analytics.ml.text.test_reading import ANGRY, HAPPY, PLAIN

ROWS = [(language, text) for messages in (ANGRY, HAPPY, PLAIN) for language, text in messages.items()]


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_languages_are_measured_beside_simple_methods(tmp_path: Path) -> None:
    short = [{"text": "Where is it?", "lang": "en"}] * 20
    path = write(tmp_path / "a.jsonl", [{"text": text, "lang": language} for language, text in ROWS] + short)
    report = evaluate_language(path)
    assert report["rows"] == 44
    assert report["views"].keys() == {"all", "short", "en"}
    everything = report["views"]["all"]
    assert everything["product"]["accuracy"] > 0.95
    assert everything["baselines"]["majority"]["accuracy"] == pytest.approx(23 / 44)
    assert everything["gain"]["low"] > 0
    json.dumps(report)


def test_the_language_may_stand_as_the_label(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [{"text": text, "label": language.upper()} for language, text in ROWS])
    assert evaluate_language(path)["rows"] == len(ROWS)


def test_unknown_counts_as_wrong(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [{"text": f"{number}", "lang": "en"} for number in range(20)])
    found = evaluate_language(path)["views"]["all"]["product"]
    assert (found["accuracy"], found["coverage"], found["precision"]) == (0, 0, 0)


def test_a_file_without_languages_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [{"text": text} for _, text in ROWS])
    with pytest.raises(TableError, match="names the language of 0 texts"):
        evaluate_language(path)
    assert main(["language", "--data", str(path), "--json"]) == 2

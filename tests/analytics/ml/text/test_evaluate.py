"""Any labelled file is measured beside simple methods, or refused in words."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from analytics.ml.evaluate import main
from analytics.ml.table_errors import TableError
from analytics.ml.text.evaluate import Row, evaluate_text, macro_f1, metrics, read_rows
from tests.analytics.ml.text.test_reading import ANGRY, HAPPY, PLAIN

ROWS = [
    {"text": text, "label": label, "lang": language}
    for label, messages in (("neg", ANGRY), ("pos", HAPPY), ("neu", PLAIN))
    for language, text in messages.items()
]


def write_csv(path: Path, header: str, lines: list[str]) -> Path:
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return path


def test_json_lines_are_measured_in_the_agreed_shape(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    report = evaluate_text(path)
    assert (report["task"], report["rows"], report["refused"]) == ("sentiment", len(ROWS), None)
    assert {"accuracy", "macro_f1", "polarity", "ece", "p50_ms", "p95_ms"} <= report["views"]["all"]["product"].keys()
    assert report["views"]["all"]["product"]["accuracy"] > 0.9
    assert {"majority", "tfidf_lr"} == report["views"]["all"]["baselines"].keys()
    assert report["views"]["all"]["gain"]["low"] > 0
    assert report["peak_mb"] > 0
    json.dumps(report)


def test_csv_with_other_delimiter_and_words_is_read(tmp_path: Path) -> None:
    lines = [
        f'"{row["text"]}";{ {"neg": "negative", "pos": "Positive", "neu": "neutral"}[row["label"]] }' for row in ROWS
    ]
    rows = read_rows(write_csv(tmp_path / "a.csv", "Text;Label", lines))
    assert [row.label for row in rows][:1] == [0]
    assert len(rows) == len(ROWS)


def test_languages_with_enough_rows_get_a_view(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    rows = [row | {"lang": "en"} for row in ROWS] + [ROWS[1]]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert evaluate_text(path)["views"].keys() == {"all", "en"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty"),
        ("text,label\n", "0 labelled texts"),
        ("text,label\nhello,neg\n", "1 labelled texts"),
        ("parcel,label\nhello,neg\n", "needs the columns text and label; it has parcel, label"),
        ("text,label\n" + "hello,five moons\n" * 30, "five moons"),
        ("{not json\n", "line 1"),
        ('{"text": "hello"}\n', "needs the columns text and label; it has text"),
        ('{"text": "hello", "label": "neg"}\n[1, 2]\n', "line 2"),
        ("text,label\n" + "good day,pos\n" * 30, "one class only"),
    ],
)
def test_a_file_that_cannot_be_measured_is_refused_in_words(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "labelled.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TableError, match=reason):
        read_rows(path)


def test_a_missing_a_binary_and_a_cut_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"text": "hello", "label": "neg"}\n' * 500)[:-20])
    for name in ("binary.csv", "absent.csv", "cut.jsonl.gz"):
        with pytest.raises(TableError, match=name):
            read_rows(tmp_path / name)


def test_a_gzipped_file_and_one_of_another_encoding_are_read(tmp_path: Path) -> None:
    lines = "".join(f"Schön für Sie {number},pos,DE-at\nübel {number},neg,de\n" for number in range(10))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(f"text,label,language\n{lines}".encode("cp1252")))
    rows = read_rows(tmp_path / "a.csv.gz")
    assert rows[0] == Row("Schön für Sie 0", 2, "de")


def test_nasty_texts_are_measured_too(tmp_path: Path) -> None:
    nasty = ["a" * 999_000, "\u202e\x07\x1b[31m", "👍" * 500, "\ud800", "a@" * 5000, ".!" * 5000, '"\n";,\t']
    rows = [*ROWS, *({"text": text, "label": "neu", "lang": "xx"} for text in nasty)]
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert evaluate_text(path)["rows"] == len(rows)


def test_macro_f1_is_the_mean_over_classes_that_occur() -> None:
    chances = np.array([[0.9, 0.0, 0.1], [0.2, 0.7, 0.1], [0.1, 0.3, 0.6], [0.6, 0.3, 0.1]])
    assert macro_f1(np.array([0, 1, 2, 2]), chances) == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert macro_f1(np.array([0, 0, 2, 2]), chances) == pytest.approx((0.8 + 2 / 3) / 2)


def test_polarity_ignores_neutral_texts() -> None:
    chances = np.array([[0.4, 0.5, 0.1], [0.3, 0.5, 0.2], [0.1, 0.8, 0.1]])
    found = metrics(np.array([0, 2, 1]), chances)
    assert found["polarity"] == 0.5
    assert found["accuracy"] == pytest.approx(1 / 3)


def test_the_command_line_measures_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    assert main(["sentiment", "--data", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"] == len(ROWS)
    assert main(["sentiment", "--data", str(path)]) == 0
    assert "tfidf_lr" in capsys.readouterr().out
    path.write_text("nothing\nat all\n", encoding="utf-8")
    assert main(["sentiment", "--data", str(path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["refused"]

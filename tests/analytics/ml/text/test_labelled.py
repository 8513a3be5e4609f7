"""Texts and labels are found in files of other programs; what is not there is not guessed."""

import json
from pathlib import Path
from typing import Any

import pytest

from analytics.ml.table_errors import TableError
from analytics.ml.text.labelled import read_labelled
from analytics.ml.text.labels import read_labels
from analytics.ml.text.search.evaluate import PAIRS, evaluate_search

TEXT = "The parcel came on Tuesday as announced"


def write(path: Path, header: str, line: str) -> Path:
    path.write_text("\n".join([header, *[line] * 30]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Kundenmeinung;Bewertung (1-5);Datum", f"{TEXT};good;01.02.2024"),
        ("Customer sentiment;Ticket subject;Ticket description;Id", f"good;A word;{TEXT};7"),
        ("Wrote;Label;City", f"{TEXT};good;New York"),
    ],
)
def test_a_text_is_the_column_with_the_most_words(tmp_path: Any, header: str, line: str) -> None:
    row = read_labelled(write(tmp_path / "texts.csv", header, line))[0]
    assert (row.text, row.label) == (TEXT, "good")


@pytest.mark.parametrize(
    ("header", "line", "missing"),
    [("v1;v2", f"spam;{TEXT}", "--target COLUMN"), ("Label;Name;City", "good;Ann Lee;New York", "text=COLUMN")],
)
def test_a_label_or_a_text_that_is_not_there_is_asked_for(tmp_path: Any, header: str, line: str, missing: str) -> None:
    path = write(tmp_path / "texts.csv", header, line)
    with pytest.raises(TableError, match=missing):
        read_labelled(path)


def test_stars_may_have_a_decimal_comma() -> None:
    assert read_labels(["1,0", "3,0", "5,0"]) == {"1,0": 0, "3,0": 1, "5,0": 2}


@pytest.mark.parametrize(("question", "answer"), [("Question Text", "Answer text"), ("q", "a")])
def test_questions_and_answers_have_more_names(tmp_path: Any, question: str, answer: str) -> None:
    path = tmp_path / "faq.json"
    things = ["bicycle", "kettle", "tent", "lamp", "printer", "mattress"] * 4
    rows = [
        {question: f"How do I clean the {thing} {at}?", answer: f"Wipe the {thing}."} for at, thing in enumerate(things)
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert evaluate_search(path)["refused"] is None
    assert "q" in PAIRS["question"]

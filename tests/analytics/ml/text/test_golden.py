"""The shipped network still says what it said when it was made, on any machine and version of its libraries."""

import json
from pathlib import Path

import pytest

from analytics.ml.text.reading import read_message

GOLDEN = [
    json.loads(line) for line in Path(__file__).with_name("golden.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_recorded_readings_are_found_again() -> None:
    assert len(GOLDEN) == 200
    changed = []
    for row in GOLDEN:
        reading = read_message(row["text"], languages_hint=[row["language"]])
        is_same = list(reading.probabilities.values()) == pytest.approx(row["probabilities"], abs=0.05)
        if not is_same or reading.language != row["language"]:
            changed.append((row["text"], row["probabilities"], reading.probabilities))
    assert not changed


def test_recorded_readings_are_of_all_classes_and_languages() -> None:
    found = {(row["language"], row["sentiment"]) for row in GOLDEN if row["sentiment"]}
    assert len(found) == 8 * 3

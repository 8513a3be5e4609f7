"""Every reason that a model can name has words, with its numbers in them."""

from __future__ import annotations

import pytest

from analytics.ml.reasons import REASONS
from analytics.reasons import SENTENCES, band_words, chance_words, horizon_words, reason_words

NUMBERS = {
    "days": 94, "usual_days": 21, "shop_days": 30, "purchases": 1, "typical": 7, "recent": 2, "earlier": 5,
    "amount": 61.5, "average": 240, "returns": 3, "percent": 12,
}  # fmt: skip


def test_every_reason_has_words_and_no_words_lack_a_reason() -> None:
    assert set(SENTENCES) == set(REASONS)


@pytest.mark.parametrize("key", sorted(REASONS))
def test_a_reason_says_its_numbers(key: str) -> None:
    kind = REASONS[key]
    assert set(SENTENCES[key].numbers) == set(kind.numbers)
    words = reason_words({"key": key, "direction": "up", "numbers": NUMBERS}, "EUR")
    assert all(str(int(NUMBERS[name])) in words for name in kind.numbers)
    assert "%" not in words.replace("12%", "")


def test_numbers_are_said_as_people_say_them() -> None:
    quiet = {"key": "quiet_longer_than_usual", "numbers": {"days": 94.0, "usual_days": 1.0}}
    assert reason_words(quiet, "EUR") == "No order for 94 days; usually one every 1 day"
    small = {"key": "last_purchase_small", "numbers": {"amount": 9.5, "average": 1240.4}}
    assert reason_words(small, "EUR") == "The last order was small: €9.50, usually €1,240"


def test_a_reason_of_another_version_is_silent() -> None:
    assert reason_words({"key": "moon_phase", "numbers": {}}, "EUR") == ""
    assert reason_words({"key": "bought_recently", "numbers": {"days": 3}}, "EUR") == ""


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.01, "fewer than 1 in 20"), (0.055, "1 in 10"), (0.32, "3 in 10"), (0.951, "more than 19 in 20")],
)
def test_chances_are_counted(probability: float, words: str) -> None:
    assert chance_words(probability) == words


def test_times_to_come_are_said_in_months_where_they_are_months() -> None:
    assert [horizon_words(days) for days in (365, 90, 91, 45, 30)] == [
        "12 months", "3 months", "3 months", "45 days", "30 days",
    ]  # fmt: skip


def test_bands_are_words() -> None:
    assert (band_words("churn", "high"), band_words("value", "low")) == ("High risk", "Lower")

"""Every reason that a model can name has words, with its numbers in them."""

from __future__ import annotations

import pytest

from analytics.ml.reasons import REASONS
from analytics.queries import contract_history, deal_history, lead_history
from analytics.reasons import CHANCE_SENTENCES, SENTENCES, band_words, chance_words, horizon_words, reason_words

NUMBERS = {
    "days": 94, "usual_days": 21, "shop_days": 30, "purchases": 1, "typical": 7, "recent": 2, "earlier": 5,
    "amount": 61.5, "average": 240, "returns": 3, "percent": 12,
}  # fmt: skip


def test_every_reason_has_words_and_no_words_lack_a_reason() -> None:
    assert set(SENTENCES) == set(REASONS)


def test_every_fact_of_a_chance_has_words_and_no_words_lack_a_fact() -> None:
    facts = {
        "win": deal_history.NAMES | {"own"},
        "lead": lead_history.NAMES | {"own"},
        "contract": contract_history.NAMES,
    }
    assert {f"{task}.{name}" for task, names in facts.items() for name in names} == set(CHANCE_SENTENCES)


@pytest.mark.parametrize("key", sorted(CHANCE_SENTENCES))
def test_a_fact_of_a_chance_is_said_with_its_number_or_word(key: str) -> None:
    for value in (0.0, 1.0, 12.0):
        reason = {"key": key, "numbers": {"value": value, "usual": 5.0}, "word": "Fair <b>", "label": "Size"}
        assert reason_words(reason, "EUR")
    assert not CHANCE_SENTENCES[key].numbers or reason_words({"key": key}, "EUR") == ""


def test_codes_are_said_as_people_say_them() -> None:
    assert reason_words({"key": "lead.language", "word": "es"}, "EUR") == "Language: Spanish"
    assert reason_words({"key": "lead.via", "word": "import"}, "EUR") == "Added by an import"
    assert reason_words({"key": "contract.interval", "word": "year"}, "EUR") == "Pays every year"


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

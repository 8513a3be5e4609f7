"""Money, numbers and days in the words of several languages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone, translation

from crm import formats

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "exact", "whole", "short"),
    [
        ("en", "€1,234,567.50", "€1,234,568", "€1.2M"),
        ("de", "1.234.567,50\xa0€", "1.234.568\xa0€", "1,2\xa0Mio.\xa0€"),
        ("fr", "1\u202f234\u202f567,50\xa0€", "1\u202f234\u202f568\xa0€", "1,2\xa0M\xa0€"),
    ],
)
def test_money_follows_the_language(language: str, exact: str, whole: str, short: str) -> None:
    with translation.override(language):
        amount = Decimal("1234567.5")
        assert formats.money(amount, "EUR") == exact
        assert formats.money_whole(amount, "EUR") == whole
        assert formats.money_short(amount, "EUR") == short


def test_money_keeps_to_the_decimals_of_the_currency() -> None:
    assert formats.money(Decimal(1200), "JPY") == "¥1,200"


def test_small_and_negative_money_is_not_shortened() -> None:
    assert formats.money_short(Decimal("-940.4"), "GBP") == "-£940"


def test_german_groups_thousands_instead_of_shortening_them() -> None:
    with translation.override("de"):
        assert formats.number_short(123456) == "123.456"
        assert formats.money_short(45000, "EUR") == "45.000\xa0€"


def test_percent_is_rounded_to_what_was_asked() -> None:
    assert formats.percent(0.1234) == "12%"
    assert formats.percent(0.1234, digits=1) == "12.3%"


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=25), "25 minutes ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=40), "May 6"),
        (timedelta(days=800), "Apr 6, 2024"),
        (-timedelta(minutes=20), "in 20 minutes"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_moments_are_relative_for_a_week(gap: timedelta, words: str) -> None:
    assert formats.ago_words(timezone.now() - gap) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "Today"), (1, "Tomorrow"), (-1, "Yesterday"), (3, "Thursday"), (7, "Jun 22"), (-30, "May 16")],
)
@time_machine.travel(NOW, tick=False)
def test_days_have_names_when_they_are_near(days: int, words: str) -> None:
    assert formats.day_words(date(2026, 6, 15) + timedelta(days=days)) == words


@time_machine.travel(NOW, tick=False)
def test_what_is_late_says_by_how_much() -> None:
    assert formats.due_words(date(2026, 6, 14)) == "1 day late"
    assert formats.due_words(date(2026, 6, 13)) == "2 days late"
    assert formats.due_words(date(2026, 6, 15)) == "Today"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ann Lee", "AL"), ("Maria de la Cruz", "MC"), ("محمد علي", "مع"), ("Cher", "C"), ("(x)", "?"), ("", "?")],
)
def test_initials_are_of_the_first_and_last_word(name: str, letters: str) -> None:
    assert formats.initials(name) == letters

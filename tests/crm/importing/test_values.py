"""Cells to values: numbers, money, dates, yes and no as the world writes them."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm.importing.values import (
    BadValueError,
    DateEvidence,
    NumberEvidence,
    is_empty,
    parse_boolean,
    parse_date,
    parse_datetime,
    parse_number,
)


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("1,234.56", ".", "1234.56"),
        ("1.234,56", ",", "1234.56"),
        ("1\u202f234,56 €", ",", "1234.56"),
        ("CHF 1'234.50", ".", "1234.50"),
        ("(12.50)", ".", "-12.50"),
        ("12.5-", ".", "-12.5"),
        ("−5", ".", "-5"),
        ("$1,000", ".", "1000"),
        ("1.000", ",", "1000"),
        ("1.000", ".", "1.000"),
        ("12,34,567.89", ".", "1234567.89"),
        ("4.25", ",", "4.25"),
        ("R$ 1.234,00", ",", "1234"),
        ("12 %", ".", "0.12"),
        ("1e3", ".", "1000"),
        ("١٢٣٫٥", ".", "123.5"),
        (".5", ".", "0.5"),
    ],
)
def test_numbers_are_read(text: str, decimal: str, expected: str) -> None:
    assert parse_number(text, decimal) == Decimal(expected)


@pytest.mark.parametrize("text", ["", "abc", "=1+1", "1.2.3", "12-13", "NaN", "Infinity", "1e400", "1,2,3", "9" * 20])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        parse_number(text)


@pytest.mark.parametrize(
    ("cells", "decimal", "ambiguous"),
    [
        (["1.234,50", "3"], ",", False),
        (["1,50", "1.234"], ",", False),
        (["1,234", "99.5"], ".", False),
        (["1,234", "5,678"], ".", True),
        (["1", "2"], ".", False),
    ],
)
def test_a_column_says_which_decimal_sign_it_uses(cells: list[str], decimal: str, ambiguous: bool) -> None:
    evidence = NumberEvidence()
    for cell in cells:
        evidence.add(cell)
    assert (evidence.decimal, evidence.is_ambiguous) == (decimal, ambiguous)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2010-12-01 08:26:00", "2010-12-01T08:26:00+01:00"),
        ("2010-12-01T08:26:00Z", "2010-12-01T08:26:00+00:00"),
        ("2026-05-01 10:00:00 +0200", "2026-05-01T10:00:00+02:00"),
        ("13.12.2010", "2010-12-13T00:00:00+01:00"),
        ("12/13/2010 8:05 PM", "2010-12-13T20:05:00+01:00"),
        ("3/4/24 12:30 AM", "2024-04-03T00:30:00+02:00"),
        ("12 Mar 2024", "2024-03-12T00:00:00+01:00"),
        ("March 5, 2024", "2024-03-05T00:00:00+01:00"),
        ("5. März 2024", "2024-03-05T00:00:00+01:00"),
        ("5 de marzo de 2024", "2024-03-05T00:00:00+01:00"),
        ("1er janvier 2024", "2024-01-01T00:00:00+01:00"),
        ("Mon, 12 Feb 2024 10:00:00 GMT", "2024-02-12T10:00:00+00:00"),
        ("Dec 1 2010  8:26AM", "2010-12-01T08:26:00+01:00"),
        ("2024年3月5日", "2024-03-05T00:00:00+01:00"),
        ("40513.25", "2010-12-01T06:00:00+01:00"),
        ("20240305", "2024-03-05T00:00:00+01:00"),
        ("2022-05-25 10.39.15", "2022-05-25T10:39:15+02:00"),
    ],
)
def test_dates_are_read_in_many_writings(text: str, expected: str) -> None:
    assert parse_datetime(text, "dmy", ZoneInfo("Europe/Berlin")).isoformat() == expected


@pytest.mark.parametrize("text", ["", "yesterday", "31/02/2024", "0/0/00", "2024-13-01", "12/2010", "99", "=NOW()"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadValueError):
        parse_datetime(text)


def test_the_order_of_day_and_month_is_the_callers() -> None:
    assert parse_date("03/04/2024", "mdy").isoformat() == "2024-03-04"
    assert parse_date("03/04/2024", "dmy").isoformat() == "2024-04-03"


def test_two_digit_years_lie_in_the_nearest_century() -> None:
    assert parse_datetime("1.2.10") == datetime(2010, 2, 1, tzinfo=UTC)
    assert parse_datetime("1.2.85") == datetime(1985, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "order", "ambiguous"),
    [
        (["03/04/2024", "25/04/2024"], "dmy", False),
        (["03/04/2024", "04/25/2024"], "mdy", False),
        (["03/04/2024", "05/06/2024"], "", True),
        (["25/04/2024", "04/25/2024", "03/04/2024"], "", True),
        (["2024-04-03", "2024-05-06"], "ymd", False),
    ],
)
def test_a_column_says_whether_the_day_comes_first(cells: list[str], order: str, ambiguous: bool) -> None:
    evidence = DateEvidence()
    for cell in cells:
        evidence.add(cell)
    assert (evidence.order, evidence.is_ambiguous) == (order, ambiguous)


def test_yes_and_no_are_understood_and_anything_else_is_not() -> None:
    assert [parse_boolean(word) for word in ("Yes", "ja", "oui", "TRUE", "1")] == [True] * 5
    assert [parse_boolean(word) for word in ("No", "nein", "non", "false", "0")] == [False] * 5
    with pytest.raises(BadValueError):
        parse_boolean("maybe")


def test_words_for_nothing_are_empty() -> None:
    assert all(map(is_empty, ["", " ", "-", "N/A", "NULL", "none", "\\N"]))
    assert not is_empty("0")

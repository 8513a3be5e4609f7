"""Brings a file of series into lines of one day and one value: periods as columns, and years beside months."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from analytics.ml.cells import read_days
from analytics.ml.likely_columns import MOSTLY, LikelyColumns, are_numbers, sampled_rows
from analytics.ml.table import find_column, open_table

Rows = Iterator[list[str]]
FEWEST_PERIODS = 8
YEARS = ("year", "jahr", "annee", "ano", "anno", "jaar", "rok", "yr", "yyyy", "salesyear", "orderyear")
PARTS: Mapping[str, tuple[str, ...]] = {
    "month": (
        *("month", "monat", "mois", "mes", "mese", "maand", "miesiac", "monthno", "monthnumber", "monthofyear", "mm"),
        *("monthname", "salesmonth", "ordermonth"),
    ),
    "week": (
        *("week", "weekno", "weeknumber", "isoweek", "weekofyear", "weeknum", "kw", "kalenderwoche", "woche"),
        *("semaine", "semana", "settimana", "tydzien"),
    ),
    "quarter": ("quarter", "quartal", "qtr", "trimestre", "kwartal", "kwartaal", "q"),
}
DAYS = ("day", "tag", "jour", "dia", "giorno", "dag", "dzien", "dayofmonth", "dd")
SUMS = ("total", "sum", "gesamt", "summe", "grandtotal")


@contextmanager
def open_series(path: Path, *, earliest: date) -> Iterator[tuple[list[str], Rows]]:
    """As `open_table`, with a column `date` where the file has its periods as columns or a year beside a month."""
    with open_table(path) as (header, rows):
        if periods := _periods(header, earliest):
            yield _long(header, rows, periods)
            return
        first, every = sampled_rows(rows)
        parts = _parts(header, first, earliest)
        if parts is None:
            yield header, every
        else:
            unit, year, part, day = parts
            gone = {at for at in (year, part, day) if at is not None}
            kept = [at for at in range(len(header)) if at not in gone]
            longest = max(gone)
            yield (
                ["date", *(header[at] for at in kept)],
                (
                    [_joined(row, unit, year, part, day), *(row[at] for at in kept if at < len(row))]
                    for row in every
                    if len(row) > longest
                ),
            )


def _periods(header: Sequence[str], earliest: date) -> list[int]:
    """The columns that are days, weeks, months or quarters; none where they are few or not most."""
    read = read_days(header, earliest=earliest)
    found = [at for at, name in enumerate(header) if read[name] is not None]
    days = {read[header[at]] for at in found}
    return found if len(found) >= max(FEWEST_PERIODS, len(header) / 2) and len(days) == len(found) else []


def _long(header: Sequence[str], rows: Rows, periods: Sequence[int]) -> tuple[list[str], Rows]:
    """One line a series and period; what stands beside the periods is kept, and what tells rows apart is the name."""
    whole = [[*row, *[""] * (len(header) - len(row))] for row in rows if len(row) > max(periods)]
    beside = [at for at in range(len(header)) if at not in periods]
    names = [at for at in beside if not are_numbers([row[at] for row in whole])]
    if len({tuple(row[at] for at in names) for row in whole}) < len(whole):
        names = beside
    whole = [row for row in whole if not any(row[at].strip().casefold() in SUMS for at in names)]
    long = (
        [" / ".join(row[name].strip() for name in names), *(row[at] for at in beside), header[period], row[period]]
        for row in whole
        for period in periods
        if row[period].strip()
    )
    return ["series", *(header[at] for at in beside), "date", "amount"], long


def _parts(
    header: Sequence[str], rows: Sequence[Sequence[str]], earliest: date
) -> tuple[str, int, int, int | None] | None:
    """The unit and the columns of year, month (or week or quarter) and day of the month, where a date is cut so.

    None where the file has days beside them: a month would tell less.
    """
    whole = [row for row in rows if len(row) == len(header)]
    year = find_column(header, YEARS)
    if year is None or not all(len(row[year].strip()) == 4 and row[year].strip().isdecimal() for row in whole):
        return None
    for unit, names in PARTS.items():
        part = find_column(header, names)
        if part is None:
            continue
        day = find_column(header, DAYS) if unit == "month" else None
        joined = [_joined(row, unit, year, part, day) for row in whole]
        read = read_days(joined, earliest=earliest)
        if joined and sum(read[cell] is not None for cell in joined) >= MOSTLY * len(joined):
            beside = LikelyColumns(header, whole, [at for at in (year, part, day) if at is not None], earliest=earliest)
            return None if beside.find(["date"]) else (unit, year, part, day)
    return None


def _joined(row: Sequence[str], unit: str, year: int, part: int, day: int | None) -> str:
    """In a notation that `read_days` knows."""
    number = row[part].strip().removesuffix(".0")
    digits = number.lstrip("QqTtWwKk. ")
    if unit == "week":
        return f"{row[year].strip()}-W{digits:0>2}"
    if unit == "quarter":
        return f"{row[year].strip()}-Q{digits}"
    if day is not None:
        return f"{row[year].strip()}-{number}-{row[day].strip()}"
    return f"{row[year].strip()}-{number:0>2}" if number.isdecimal() else f"{number} {row[year].strip()}"

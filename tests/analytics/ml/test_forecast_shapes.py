"""Series in the shapes of other programs are the same series."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from analytics.ml.forecast.reading import read_sales
from analytics.ml.forecast.units import MONTH, WEEK
from analytics.ml.table_errors import TableError

MONTHS = [(2021 + at // 12, at % 12 + 1) for at in range(24)]
WORDS = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()
ENGLISH = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
VALUES = {"North": [100 + 7 * at for at in range(24)], "South": [50 + (at * 5) % 13 for at in range(24)]}
TOTAL = [sum(pair) for pair in zip(*VALUES.values(), strict=True)]


def read(tmp_path: Any, lines: list[str], **options: Any) -> Any:
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_sales(path, **options)


def months(sales: Any) -> Any:
    return sales.panel(MONTH, by_group=False).values[0].tolist()


@pytest.mark.parametrize(
    ("header", "how"),
    [
        ("Month;Passengers", "{year}-{month:02};{value}"),
        ("Mois;Chiffre d'affaires HT", "{word} {year};{value},00 €"),
        ("Period;Sales of shampoo over two years", "{english}-{short};{value}.0"),
        ("Jahr;Monat;Umsatz in TEUR", "{year};{month};{value}"),
        ("Year;Month;Turnover", "{year};{english};{value}"),
        ("Year;Month;Day;Sales", "{year};{month};15;{value}"),
        ("Periode;Umsatz", "{month}/{year};{value}"),
        ("yearmonth;store;net_sales", "{year}{month:02};1;{value}"),
    ],
)
def test_months_of_a_series_in_many_notations(tmp_path: Any, header: str, how: str) -> None:
    lines = [
        how.format(
            year=year, month=month, short=year % 100, word=WORDS[month - 1], english=ENGLISH[month - 1], value=value
        )
        for (year, month), value in zip(MONTHS, TOTAL, strict=True)
    ]
    assert months(read(tmp_path, [header, *lines])) == TOTAL


@pytest.mark.parametrize("how", ["{english} {year}", "{year}-{month:02}-01", "{month:02}/{year}"])
def test_periods_may_be_columns(tmp_path: Any, how: str) -> None:
    names = [how.format(year=year, month=month, english=ENGLISH[month - 1]) for year, month in MONTHS]
    rows = [",".join([region, "SKU1", *map(str, values)]) for region, values in VALUES.items()]
    rows.append(",".join(["Total", "", *map(str, TOTAL)]))
    sales = read(tmp_path, [",".join(["Area", "Article", *names]), *rows])
    assert sales.groups.tolist() == ["North / SKU1", "South / SKU1"]
    assert months(sales) == TOTAL
    assert sales.panel(MONTH, by_group=True).values.tolist() == [VALUES["North"], VALUES["South"]]


def test_lines_of_periods_may_end_early(tmp_path: Any) -> None:
    names = [f"{year}-{month:02}" for year, month in MONTHS]
    rows = [",".join([region, *map(str, values)]) for region, values in VALUES.items()]
    assert months(read(tmp_path, [",".join(["Area", *names, "Remark"]), rows[0], rows[1] + ",new"])) == TOTAL


def test_a_year_beside_a_week_is_a_week(tmp_path: Any) -> None:
    lines = [f"{year},{week},{week + 10}" for year in (2022, 2023) for week in range(1, 53)]
    found = read(tmp_path, ["Year,Week,Weekly sales", *lines]).panel(WEEK, by_group=False).values[0]
    assert np.array_equal(found, [*range(11, 63), *range(11, 63)])


def test_a_year_beside_a_whole_date_stays_as_it_is(tmp_path: Any) -> None:
    lines = [f"{year}-{month:02}-01,{year},{value}" for (year, month), value in zip(MONTHS, TOTAL, strict=True)]
    assert months(read(tmp_path, ["date,year,sales", *lines])) == TOTAL


@pytest.mark.parametrize("name", ["date", "Order date", "ds"])
def test_a_year_and_a_month_beside_days_leave_the_days(tmp_path: Any, name: str) -> None:
    days = [date(2023, 1, 1) + timedelta(days=at) for at in range(120)]
    lines = [f"{day.year},{day.month},{day},{at}" for at, day in enumerate(days)]
    assert len(np.unique(read(tmp_path, [f"Year,Month,{name},sales", *lines]).days)) == 120


def test_an_old_series_and_a_line_too_short_are_no_trouble(tmp_path: Any) -> None:
    lines = [f"{value},{year - 72},{month}" for (year, month), value in zip(MONTHS, TOTAL, strict=True)]
    assert months(read(tmp_path, ["sales,Year,Month", "note", *lines])) == TOTAL


def test_of_several_columns_of_numbers_one_has_to_be_named(tmp_path: Any) -> None:
    lines = [f"{year}-{month:02},{at},{at * 2}" for at, (year, month) in enumerate(MONTHS)]
    with pytest.raises(TableError, match=r"several columns that may be the sales: 'North', 'South'.*--target"):
        read(tmp_path, ["Month,North,South", *lines])
    found = read(tmp_path, ["Month,North,South", *lines], mapping={"amount": "South"})
    assert months(found) == [at * 2 for at in range(24)]


def test_lines_of_orders_without_money_are_still_counted(tmp_path: Any) -> None:
    lines = [f"{year}-{month:02}-0{at + 1},{at}" for year, month in MONTHS for at in (0, 0, 1)]
    assert {*months(read(tmp_path, ["date,clerk", *lines]))} == {3.0}

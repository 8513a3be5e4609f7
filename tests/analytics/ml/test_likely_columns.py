"""Orders whose headers no list of names holds are read all the same; what is no such column is not taken."""

from datetime import date
from typing import Any

import pytest

from analytics.ml.recommend.reading import read_baskets
from analytics.ml.table_errors import TableError
from analytics.ml.transactions import read_transactions

DAYS = [date(2023, 5, day) for day in range(10, 30)]


def read(tmp_path: Any, header: str, line: str, how: str = "%Y-%m-%d") -> Any:
    path = tmp_path / "orders.csv"
    lines = [line.format(who=number % 5, day=day.strftime(how), money=10 + number) for number, day in enumerate(DAYS)]
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return read_transactions(path)


@pytest.mark.parametrize(
    ("header", "line", "how", "columns"),
    [
        ("Bestellt am;Kunde;Bruttoumsatz gesamt", "{day} 13:05;K{who};{money},50 €", "%d.%m.%y", "1 0 2"),
        ("created_ts;uid;net_total_cents;channel", "{day};u{who};{money};web", "%s", "1 0 2"),
        ("Txn Date;Member ID;Gross Sales ($);Discount ($)", "{day};{who};${money};$1", "%m/%d/%Y", "1 0 2"),
        ("Pedido;CPF do cliente;Data do pedido;Valor (R$)", "7;00{who};{day};R$ {money},00", "%d/%m/%Y", "1 2 3"),
        ("E-mail kupującego;Data zamówienia;Wartość zamówienia", "k{who}@a.example;{day};{money},00 zł", "%F", "0 1 2"),
        ("Kunde;Monat;Umsatz netto", "K{who};{day};{money}", "%m/%Y", "0 1 2"),
        ("Sold at;Customer name;Customer code;Shipped at;Total paid", "{day};A;c{who};{day};£{money}", "%F", "2 0 4"),
        (
            "Client age;Client name;Delivered;Ordered;Tax total;Line value",
            "3;N{who};{day};{day};1;{money}",
            "%F",
            "1 3 5",
        ),
    ],
)
def test_a_column_is_found_by_the_words_of_its_header_and_its_cells(
    tmp_path: Any, header: str, line: str, how: str, columns: str
) -> None:
    found = read(tmp_path, header, line, how)
    names = header.split(";")
    assert found.columns == {
        field: names[int(at)] for field, at in zip(("customer", "date", "amount"), columns.split(), strict=True)
    }
    assert found.skipped == {}
    assert len(found.purchases.customer_ids) == 5


def test_the_only_column_of_written_days_is_the_date(tmp_path: Any) -> None:
    assert read(tmp_path, "Kunde;Wann;Betrag", "K{who};{day};{money}").columns["date"] == "Wann"


@pytest.mark.parametrize(
    ("header", "line", "missing"),
    [
        ("Kunde;Delivery date;Betrag", "K{who};{day};{money}", "date"),
        ("Kunde;Serial;Betrag", "K{who};45{money}0;{money}", "date"),
        ("Customer segment;Client since;Datum;Betrag", "A;{who};{day};{money}", "customer"),
        ("Customer;Date of birth;Betrag", "K{who};{day};{money}", "date"),
    ],
)
def test_what_only_sounds_like_it_is_not_taken(tmp_path: Any, header: str, line: str, missing: str) -> None:
    with pytest.raises(TableError, match=f"no column for: {missing}"):
        read(tmp_path, header, line)


@pytest.mark.parametrize("header", ["Total discount", "Shipping amount", "Total VAT amount", "Order count total"])
def test_money_that_is_no_revenue_is_not_taken(tmp_path: Any, header: str) -> None:
    found = read(tmp_path, f"Kunde;Bestellt am;{header}", "K{who};{day};{money}")
    assert not found.has_money


def test_days_of_a_workbook_may_have_a_time(tmp_path: Any) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Cust Code,Inv Date,Net Amt\nC1,44000.5,10\nC2,44001,12\nC3,44002.25,9\n", encoding="utf-8")
    found = read_transactions(path)
    assert found.columns == {"customer": "Cust Code", "date": "Inv Date", "amount": "Net Amt"}
    assert found.purchases.last_day - found.purchases.first_day == 2
    assert found.purchases.last_day == (date(2020, 6, 20) - date(1970, 1, 1)).days


def test_baskets_are_found_alike(tmp_path: Any) -> None:
    path = tmp_path / "lines.csv"
    rows = [f"K{number % 5};{day.isoformat()};P{number}" for number, day in enumerate(DAYS)]
    path.write_text("\n".join(["Buyer code;Bought on day;Artikel", *rows]), encoding="utf-8")
    assert read_baskets(path).columns == {"customer": "Buyer code", "date": "Bought on day", "item": "Artikel"}

from pathlib import Path
from typing import Any

import pytest

from analytics.ml.cells import read_days, read_numbers
from analytics.ml.purchases import day_date
from analytics.ml.table_errors import TableError
from analytics.ml.transactions import read_transactions


def read(tmp_path: Any, text: Any, **options: Any) -> Any:
    path = tmp_path / "orders.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_transactions(path, **options)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12", 12),
        ("-3.5", -3.5),
        ("£1,234.50", 1234.5),
        ("$ 5", 5),
        ("(7.25)", -7.25),
        ("9-", -9),
        ("1 234.5", 1234.5),
        ("1e3", 1000),
        ("", None),
        ("abc", None),
        ("nan", None),
        ("1e99", None),
        ("--", None),
    ],
)
def test_a_number_is_read_in_many_notations(cell: Any, number: Any) -> None:
    assert read_numbers([cell])[cell] == number


def test_one_decimal_comma_decides_for_the_column() -> None:
    found = read_numbers(["1.234,50", "1.234", "3,5", "12"])
    assert found == {"1.234,50": 1234.5, "1.234": 1234, "3,5": 3.5, "12": 12}


def test_groups_of_thousands_are_no_decimals() -> None:
    assert read_numbers(["1,234", "12,345,678"]) == {"1,234": 1234, "12,345,678": 12_345_678}


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2011-12-09", "2011-12-09"),
        ("2011-12-09 12:50:00", "2011-12-09"),
        ("2011-12-09T12:50:00Z", "2011-12-09"),
        ("20111209", "2011-12-09"),
        ("2011/12/9", "2011-12-09"),
        ("12/9/2011 8:26", "2011-12-09"),
        ("9.12.2011", "2011-12-09"),
        ("9 Dec 2011", "2011-12-09"),
        ("09-Dec-11", "2011-12-09"),
        ("Dec 9, 2011", "2011-12-09"),
        ("Fri, 9 Dec 2011 10:00", "2011-12-09"),
        ("1323388800", "2011-12-09"),
        ("1323388800000", "2011-12-09"),
        ("03/2011", "2011-03-01"),
        ("201103", "2011-03-01"),
        ("Mar-11", "2011-03-01"),
        ("mars 2011", "2011-03-01"),
        ("mrt '11", "2011-03-01"),
        ("févr. 2011", "2011-02-01"),
        ("Q2 2011", "2011-04-01"),
        ("2011-T2", "2011-04-01"),
        ("KW 05/2011", "2011-01-31"),
        ("2011-W05", "2011-01-31"),
        ("2011 KW 5", "2011-01-31"),
        ("13/2011", None),
        ("KW 54/2011", None),
        ("0001-01-01", None),
        ("9999-12-31", None),
        ("2011-13-01", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_day_is_read_in_many_notations(cell: Any, day: Any) -> None:
    found = read_days([cell])[cell]
    assert (found and day_date(found).isoformat()) == day


def test_one_day_above_twelve_decides_for_the_column() -> None:
    found: Any = read_days(["05/04/2024", "25/04/2024"])
    assert day_date(found["05/04/2024"]).isoformat() == "2024-04-05"
    late: Any = read_days(["05/04/2024", "05/14/2024"])
    assert day_date(late["05/04/2024"]).isoformat() == "2024-05-04"


@pytest.mark.parametrize(
    "header",
    [
        *(
            "customer_id,date,amount",
            "Customer ID,InvoiceDate,Total",
            "CUSTOMERID,Order Date,Revenue",
            "user,day,sales",
        ),
        *("Kundennummer,Bestelldatum,Gesamtbetrag", "Code client,Date d'achat,Montant TTC", "Klant,Datum,Totaalbedrag"),
    ],
)
def test_columns_are_recognised_by_name(tmp_path: Any, header: Any) -> None:
    found = read(tmp_path, f"{header}\n7,2020-01-05,3.5\n")
    assert found.purchases.amounts.tolist() == [3.5]


def test_quantity_times_price_is_the_amount_and_returns_are_netted(tmp_path: Any) -> None:
    text = (
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "1,a,2,12/1/2010 8:26,3.5,17850.0\n1,b,1,12/1/2010 8:26,1,17850.0\nC2,a,-1,12/1/2010 9:00,3.5,17850\n"
    )
    found = read(tmp_path, text).purchases
    assert found.customer_ids.tolist() == ["17850"]
    assert found.amounts.tolist() == [4.5]
    assert found.orders.tolist() == [1]


def test_lines_that_can_not_be_used_are_counted_by_reason(tmp_path: Any) -> None:
    found = read(tmp_path, "customer,date,amount\n1,2020-01-01,5\n,2020-01-01,5\n1,x,5\n1,2020-01-01,y\n1\n\n")
    assert found.rows == 5
    assert found.skipped == {
        "no customer": 1,
        "no readable date": 1,
        "no readable amount": 1,
        "line too short": 1,
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_and_encoding_are_found_out(tmp_path: Any, delimiter: Any, encoding: Any) -> None:
    text = delimiter.join(["Kunde", "Datum", "Betrag"]) + "\n" + delimiter.join(["Müller", "2020-01-05", "3.5"])
    assert read(tmp_path, text.encode(encoding)).purchases.customer_ids.tolist() == ["Müller"]


def test_without_money_each_line_counts_as_one(tmp_path: Any) -> None:
    found = read(tmp_path, "customer,date\n1,2020-01-05\n")
    assert not found.has_money
    assert found.purchases.amounts.tolist() == [1.0]


def test_a_mapping_beats_the_recognised_name(tmp_path: Any) -> None:
    found = read(tmp_path, "customer,date,amount,paid_later\n1,2020-01-05,3,8\n", mapping={"amount": "Paid Later"})
    assert found.purchases.amounts.tolist() == [8.0]


@pytest.mark.parametrize(
    "header", ["Sales ID", "Tax Amount", "MwSt-Betrag", "Importe IVA", "Total (tax)", "Number of sales"]
)
def test_a_tax_or_a_number_is_no_revenue(tmp_path: Any, header: Any) -> None:
    found = read(tmp_path, f"customer,date,quantity,unit price,{header}\nA,2024-01-01,3,10,7\n")
    assert "amount" not in found.columns
    assert found.purchases.amounts.tolist() == [30]


@pytest.mark.parametrize("header", ["Betrag inkl. MwSt.", "Total (excl. VAT)", "Montant TTC", "Importe IVA incl."])
def test_revenue_with_or_without_tax_is_revenue(tmp_path: Any, header: Any) -> None:
    found = read(tmp_path, f"customer,date,{header}\nA,2024-01-01,30\n")
    assert found.columns["amount"] == header


def test_a_mapped_column_is_never_guessed(tmp_path: Any) -> None:
    text = "customer,date,Total (EUR)\nA,2024-01-01,30\n"
    assert read(tmp_path, text, mapping={"amount": "total eur"}).columns["amount"] == "Total (EUR)"
    with pytest.raises(TableError, match="no column 'Total'"):
        read(tmp_path, text, mapping={"amount": "Total"})


def test_a_customer_may_be_numbered(tmp_path: Any) -> None:
    assert read(tmp_path, "Kunden-Nr.,Datum,Betrag\n7,2024-01-01,30\n").columns["customer"] == "Kunden-Nr."


@pytest.mark.parametrize(
    ("header", "undone"), [("Financial Status", "voided"), ("Statut", "Annulé"), ("Cancelled at", "2024-01-03")]
)
def test_orders_that_came_to_nothing_are_no_purchases(tmp_path: Path, header: str, undone: str) -> None:
    lives = "" if header == "Cancelled at" else "paid"
    path = tmp_path / "orders.csv"
    path.write_text(
        f"customer,date,amount,{header}\nann,2024-01-02,10,{lives}\nann,2024-01-02,99,{undone}\n"
        f"bob,2024-01-02,20,{lives}\nbob,2024-01-04,-5,{undone}\nbob,2024-02-02,7\n",
        encoding="utf-8",
    )
    table = read_transactions(path)
    assert table.purchases.amounts.tolist() == [10, 20, -5, 7]
    assert table.skipped == {"cancelled": 1}

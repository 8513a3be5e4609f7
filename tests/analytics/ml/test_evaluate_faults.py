"""Whatever file and options `evaluate` is given, it ends in one valid object: figures, or a line of words."""

import csv
import gzip
import json
import os
from collections import Counter
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from analytics.ml.cells import DayCells, read_days, read_numbers
from analytics.ml.evaluate import TASKS, as_json, main
from analytics.ml.table import open_table
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.tabular.table import Choices, read_examples
from analytics.ml.text.evaluate import read_rows
from analytics.ml.text.labelled import read_labelled
from analytics.ml.text.labels import language_code, read_labels
from analytics.ml.transactions import read_transactions

ORDERS = ("churn", "cltv", "forecast", "recommend", "segments")
TABLES = ("leads", "churn_contract")
TEXTS = ("sentiment", "topics", "language")
HEADERS = {
    **dict.fromkeys(ORDERS, "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID"),
    "leads": "lead_id,budget,source,converted",
    "churn_contract": "customer_id,fee,channel,churn",
    "duplicates": "id,first_name,last_name,email,cluster",
    **dict.fromkeys(TEXTS, "text,label,lang"),
    "search": "question,answer",
}
LINES = {
    **dict.fromkeys(ORDERS, "5{0},SKU{0},2,2024-01-0{0},9.50,10{0}"),
    "leads": "L{0},{0}5,web,1",
    "churn_contract": "C{0},{0}5,web,1",
    "duplicates": "{0},Ann,Lee,ann{0}@example.org,{0}",
    **dict.fromkeys(TEXTS, "Thank you for parcel number {0},pos,en"),
    "search": "Where is parcel {0}?,On its way {0}",
}


def measured(task: str, path: Any, capsys: Any, *options: str) -> tuple[int, dict[str, Any], str]:
    """The exit status, the object at the end, and the complaint."""
    status = main([task, "--data", str(path), *options, "--json"])
    printed = capsys.readouterr()
    return status, json.loads(printed.out.splitlines()[-1], parse_constant=_no_constant), printed.err.strip()


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def lines_of(task: str, count: int) -> str:
    return "\n".join([HEADERS[task], *(LINES[task].format(1 + at % 9) for at in range(count))]) + "\n"


def test_every_task_is_tried() -> None:
    assert HEADERS.keys() == LINES.keys() == TASKS.keys()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n\n \r\n",
        bytes(range(256)) * 40,
        b"PK\x03\x04workbook",
        b"%PDF-1.7",
        b"\x1f\x8bcut",
        gzip.compress(b"a,b\n1,2\n")[:-9],
        b"x" * 300_000 + b"\n1" * 40,
        b"<!doctype html><p>not, found</p>\n" * 30,
        b'"' + b"y" * 1_200_000 + b'",b\n',
        b"nothing,of,this\n1,2,3\n" * 30,
    ],
    ids=("empty", "blank", "binary", "zip", "pdf", "no_gzip", "cut_gzip", "one_word", "html", "endless", "other"),
)
def test_a_file_of_another_kind_is_a_mistake_told_in_one_line(
    task: str, content: bytes, tmp_path: Any, capsys: Any
) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    status, result, complaint = measured(task, tmp_path / "bad.csv", capsys)
    assert status == 2
    assert result["refused"] == complaint
    assert len(complaint.splitlines()) == 1
    assert len(complaint) < 2000
    assert result.keys() == {"task", "rows", "views", "refused", "fit_seconds", "peak_mb"}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["missing.csv", ".", "file.csv/inside.csv", "locked.csv"])
def test_a_file_that_can_not_be_opened_is_a_mistake(task: str, name: str, tmp_path: Any, capsys: Any) -> None:
    (tmp_path / "file.csv").write_text("a,b\n")
    (tmp_path / "locked.csv").touch(mode=0)
    if name == "locked.csv" and os.access(tmp_path / name, os.R_OK):
        pytest.skip("this user may read every file")
    status, result, complaint = measured(task, tmp_path / name, capsys)
    assert status == 2
    assert result["refused"] == complaint
    assert "can't be" in complaint


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("lines", [0, 1, 9])
def test_too_few_lines_are_refused_without_a_mistake(task: str, lines: int, tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "few.csv"
    path.write_text(lines_of(task, lines), encoding="utf-8")
    status, result, complaint = measured(task, path, capsys)
    assert (status, complaint, result["views"]) == (0, "", {})
    assert result["refused"]
    assert result["rows"] in (0, lines)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("cell", ["", "NaN", "null"])
def test_a_file_without_any_value_is_refused_without_a_mistake(
    task: str, cell: str, tmp_path: Any, capsys: Any
) -> None:
    path = tmp_path / "hollow.csv"
    columns = HEADERS[task].count(",") + 1
    path.write_text("\n".join([HEADERS[task], *[",".join([cell] * columns)] * 60]), encoding="utf-8")
    status, result, _ = measured(task, path, capsys)
    assert (status, result["views"]) == (0, {})
    assert result["refused"]


@pytest.mark.parametrize("task", [*ORDERS, *TABLES, *TEXTS, "search", "duplicates"])
@pytest.mark.parametrize("option", ["--target", "--map"])
def test_a_column_that_is_not_there_is_a_mistake(task: str, option: str, tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "file.csv"
    path.write_text(lines_of(task, 9), encoding="utf-8")
    field = {"forecast": "amount", "search": "question", "duplicates": "email", **dict.fromkeys(TABLES, "outcome")}.get(
        task, "text" if task in TEXTS else "customer"
    )
    status, result, complaint = measured(
        task, path, capsys, option, "nowhere" if option == "--target" else f"{field}=nowhere"
    )
    assert status == 2
    assert "'nowhere'" in complaint
    assert result["refused"] == complaint


def test_what_is_not_finite_is_null_in_the_object() -> None:
    found = as_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": {"d": (-float("inf"),)}})
    assert json.loads(found) == {"a": None, "b": [None, 1.5], "c": {"d": [None]}}


# One table in many writings


PLAIN = [["Kunde", "Betrag", "Bemerkung"], ["Ännchen", "1,50", 'sagte "ja",\nzweimal'], ["Bo", "2", ""]]


def _written(delimiter: str, end: str = "\n") -> str:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in PLAIN]
    return end.join(delimiter.join(row) for row in quoted) + end


@pytest.mark.parametrize(
    "content",
    [
        _written(",").encode(),
        _written(";").encode(),
        _written("\t").encode(),
        _written("|").encode(),
        _written(";", "\r\n").encode(),
        b"\xef\xbb\xbf" + _written(",").encode(),
        _written(";").encode("cp1252"),
        _written(";").encode("utf-16"),
        _written(";").encode("utf-16-le"),
        _written(";").encode("utf-16-be"),
        _written("\t").encode("utf-32"),
        ("sep=;\n" + _written(";")).encode(),
        ("\n \n" + _written(",")).encode(),
        gzip.compress(_written(",").encode()),
    ],
)
def test_one_table_in_many_writings_is_read_alike(content: bytes, tmp_path: Any) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with open_table(path) as (header, rows):
        assert [header, *rows] == PLAIN


# Days and numbers


@pytest.mark.parametrize(
    "cell",
    [
        *("2024-03-05", "2024-03-05T23:30:00+05:30", "2024-03-05 23:30:00.000Z", "2024-03-05 23:30 UTC", "20240305"),
        *("5 March 2024", "5. März 2024", "05-Mar-2024", "Mar 5, 2024", "Tue, 5 Mar 2024 10:00", "5 de marzo de 2024"),
        *("5 mars 2024", "5 marzo 2024", "5 maart 2024", "5 marca 2024", "1709596800", "1709596800000", "05.03.2024"),
    ],
)
def test_a_day_is_read_in_many_notations(cell: str) -> None:
    assert read_days([cell])[cell] == (date(2024, 3, 5) - date(1970, 1, 1)).days


@pytest.mark.parametrize("month", ["Mai", "mai", "may", "mayo", "maggio", "maio", "mei", "maja"])
def test_may_is_may_in_every_language(month: str) -> None:
    assert read_days([f"7 {month} 2021"])[f"7 {month} 2021"] == (date(2021, 5, 7) - date(1970, 1, 1)).days


@pytest.mark.parametrize("cell", ["0000-00-00", "soon", "31.02.2024", "5 Foo 2024", "inf", "1e308", "-5", "😀"])
def test_what_is_no_day_is_none(cell: str) -> None:
    assert read_days([cell])[cell] is None


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *(("20.39 EUR", 20.39), ("EUR 20.39", 20.39), ("€ 1,234.50", 1234.5), ("CHF 1'234.50", 1234.5), ("1e3", 1000)),
        *(("−7.5", -7.5), ("(7.50)", -7.5), ("12E", 12), ("1.234.567", 1_234_567), ("1e308", None), ("inf", None)),
        *(("9" * 400, None), ("Europe", None), ("", None)),
    ],
)
def test_a_number_is_read_with_its_currency(cell: str, number: float | None) -> None:
    assert read_numbers([cell])[cell] == number


def test_one_notation_is_taken_for_the_days_of_all_blocks(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("analytics.ml.transactions.BLOCK", 2)
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\n" + "".join(f"{at},{at:02d}/03/2024,5\n" for at in range(1, 20)))
    purchases = read_transactions(path).purchases
    assert purchases.last_day - purchases.first_day == 18


def test_days_of_a_workbook_and_counted_days() -> None:
    for cells, first in ((["45356", "45357"], date(2024, 3, 5)), (["1", "2"], date(1970, 1, 2))):
        days = DayCells()
        codes = [days.code(cell) for cell in (*cells, "")]
        found = days.days()[codes]
        assert found[:2].tolist() == [(first - date(1970, 1, 1)).days + at for at in (0, 1)]
        assert np.isnan(found[2])


def test_a_line_of_next_century_does_not_move_the_cut_off(tmp_path: Any) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\n1,2024-03-05,5\n2,2099-01-01,5\n")
    read = read_transactions(path)
    assert (len(read.purchases), dict(read.skipped)) == (1, {"date in the future": 1})


@pytest.mark.parametrize(
    "header",
    [
        *("InvoiceNo,InvoiceDate,CustomerID,Quantity,UnitPrice", "RECHNUNGSNUMMER,DATUM,KUNDENNUMMER,MENGE,PREIS"),
        *("order_id,order_date,customer_id,qty,price", "Bestellnummer,Bestelldatum,Kundennr,Anzahl,Einzelpreis"),
        *("facture,date_commande,code_client,quantite,prix unitaire", "factura,fecha,id_cliente,cantidad,precio"),
        *("x,x_date,x_customer,x_qty,x_price",),
    ],
)
def test_orders_are_read_under_many_headers(header: str, tmp_path: Any) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"{header}\n7,2024-03-05,A,2,4.50\n7,2024-03-05,A,1,1.00\n", encoding="utf-8")
    named = dict(zip(("invoice", "date", "customer", "quantity", "unit_price"), header.split(","), strict=True))
    found = read_transactions(path, mapping=named if header.startswith("x") else None).purchases
    assert (found.customer_ids.tolist(), found.amounts.tolist(), found.orders.tolist()) == (["A"], [10.0], [1])


def test_target_time_and_id_name_the_columns_of_orders_too(tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("wer,wann,was\n" + "".join(f"K{at},2024-01-{1 + at % 28:02d},5\n" for at in range(40)))
    for task in ("churn", "cltv", "segments", "recommend"):
        status, result, _ = measured(task, path, capsys, "--id", "wer", "--time", "wann", "--target", "was")
        assert (status, result["rows"]) == (0, 40)


# Tables with an outcome


def _leads(path: Any, words: Any, *, copies: int = 1) -> Any:
    rng = np.random.default_rng(1)
    rows = [(f"L{at}", rng.normal(), words[at % len(words)]) for at in range(120)] * copies
    path.write_text("lead_id,score1,converted\n" + "".join(f"{name},{x:.3f},{y}\n" for name, x, y in rows))
    return path


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        *(("yes", "no"), ("Ja", "Nein"), ("TRUE", "FALSE"), ("t", "f"), ("Oui", "Non"), ("1", "0"), ("1.0", "0.0")),
        *(("1", "-1"), ("2", "1"), ("Won", "Lost"), ("tak", "nie"), ("sí", "no")),
    ],
)
def test_an_outcome_is_understood_in_many_words(yes: str, no: str, tmp_path: Any) -> None:
    path = _leads(tmp_path / "leads.csv", [yes, no, no])
    found = read_examples("leads", path, Choices(), today=date(2026, 1, 1))
    assert (found.target.yes, found.outcome.mean()) == ((yes,), pytest.approx(1 / 3))


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (["1"], NothingToLearnError, "only '1'"),
        ([""], NothingToLearnError, "holds nothing"),
        (["a", "b", "c"], TableError, "--positive"),
    ],
)
def test_an_outcome_that_is_none_is_refused(words: Any, error: Any, said: str, tmp_path: Any) -> None:
    with pytest.raises(error, match=said):
        read_examples("leads", _leads(tmp_path / "leads.csv", words), Choices(), today=date(2026, 1, 1))


def test_rows_that_stand_twice_under_one_id_are_learnt_from_once(tmp_path: Any) -> None:
    path = _leads(tmp_path / "leads.csv", ["yes", "no"], copies=3)
    found = read_examples("leads", path, Choices(), today=date(2026, 1, 1))
    assert (len(found), found.skipped) == (120, {"the same row again": 240})


# Texts


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["NEG", "Positive", "neutral"], [0, 2, 1]),
        (["negativ", "POSITIF", "neutro"], [0, 2, 1]),
        (["-1", "1", "0"], [0, 2, 1]),
        (["-1.0", "1.0"], [0, 2]),
        (["0", "1"], [0, 2]),
        (["0", "2", "1"], [0, 2, 1]),
        (["LABEL_0", "LABEL_2", "LABEL_1"], [0, 2, 1]),
        (["0", "4"], [0, 2]),
        (["1", "5", "3", "2", "4"], [0, 2, 1, 0, 2]),
        (["1 star", "5 stars"], [0, 2]),
        (["1 Stern", "4 Sterne", "3 Sterne"], [0, 2, 1]),
        (["★", "★★★★★", "★★★☆☆"], [0, 2, 1]),
        (["1", "10", "5"], [0, 2, 1]),
    ],
)
def test_a_label_is_understood_in_many_spellings(words: Any, meant: Any) -> None:
    assert read_labels(words) == dict(zip(words, meant, strict=True))


@pytest.mark.parametrize("words", [["foo"], ["mixed"], ["7", "900"], ["nan"], [""]])
def test_a_label_that_means_nothing_is_not_guessed(words: Any) -> None:
    assert read_labels(words) == {}


def test_rows_with_a_strange_or_no_label_are_left_out_and_counted(tmp_path: Any) -> None:
    lines = [f"Parcel {at} came late again,{('neg', 'pos', 'neu', 'mixed', '')[at % 5]}" for at in range(100)]
    path = tmp_path / "texts.csv"
    path.write_text("\n".join(["review,sentiment", *lines]))
    skipped = Counter[str]()
    assert len(read_rows(path, skipped=skipped)) == 60
    assert skipped == {"no label": 20, "label not understood": 20}


@pytest.mark.parametrize("header", ["text,label,lang", "Review,Sentiment,Language", "tweet,airline_sentiment,locale"])
def test_texts_are_read_under_many_headers(header: str, tmp_path: Any) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("\n".join([header, *["All is well here,pos,German"] * 20]))
    row = read_labelled(path)[0]
    assert (row.text, row.label, row.language) == ("All is well here", "pos", "de")


def test_lines_and_a_list_of_json_are_read_alike(tmp_path: Any) -> None:
    rows = [{"text": f"Hello number {at}", "label": "pos"} for at in range(20)]
    lines, whole = tmp_path / "lines.jsonl", tmp_path / "whole.json"
    lines.write_text("\n".join(map(json.dumps, rows)))
    whole.write_text(json.dumps(rows, indent=1))
    assert read_labelled(lines) == read_labelled(whole)


@pytest.mark.parametrize(
    "content",
    ['{"text": "x", "lab', '{"text":' + "[" * 100_000, "[1, 2]", '[{"text": "x"', '{"text": "x", "label": "pos"}\n"y"'],
)
def test_broken_json_is_a_mistake_told_in_one_line(content: str, tmp_path: Any, capsys: Any) -> None:
    (tmp_path / "bad.jsonl").write_text(content)
    for task in (*TEXTS, "search"):
        status, _, complaint = measured(task, tmp_path / "bad.jsonl", capsys)
        assert status == 2
        assert "JSON" in complaint or "columns" in complaint


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("English", "en"),
        ("deu", "de"),
        ("ger", "de"),
        ("pt-BR", "pt"),
        ("en_US", "en"),
        ("Français", "fr"),
        ("", ""),
        ("Portugeese", "pt"),
        ("Sweedish", "sv"),
        ("Estonian", "et"),
        ("Malayalam", "malayalam"),
        ("est", "et"),
    ],
)
def test_a_language_is_told_by_name_and_code(word: str, code: str) -> None:
    assert language_code(word) == code


@pytest.mark.parametrize("task", ["sentiment", "topics"])
@pytest.mark.parametrize("text", ["😀😡🎉", "...", "wörd"])
def test_texts_that_say_nothing_end_in_figures(task: str, text: str, tmp_path: Any, capsys: Any) -> None:
    rows = [{"text": text, "label": ("neg", "pos")[at % 2]} for at in range(20)]
    rows[0]["text"] *= 20_000
    path = tmp_path / "texts.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    status, result, _ = measured(task, path, capsys)
    assert status == 0
    assert result["views"]["all"]["product"]["accuracy"] == 0.5


def test_a_query_without_words_is_left_out(tmp_path: Any, capsys: Any) -> None:
    docs = [{"kind": "doc", "id": at, "text": f"Question {at}", "answer": "So"} for at in range(30)]
    path = tmp_path / "faq.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in [*docs, *({"kind": "query", "doc": at} for at in range(30))]))
    status, result, _ = measured("search", path, capsys)
    assert status == 0
    assert "30 texts and 0 queries" in result["refused"]


# Shops that are strange


def _orders(path: Any, lines: Any) -> Any:
    path.write_text("\n".join(["invoice,sku,date,amount,customer", *lines]))
    return path


STRANGE = {
    "ten customers": [f"{at},S{at % 3},2024-0{1 + at % 9}-11,5,{at % 10}" for at in range(60)],
    "one order": ["1,S,2024-01-11,5,1"],
    "one day": [f"{at},S{at % 3},2024-01-11,5,{at}" for at in range(60)],
    "only returns": [f"{at},S{at % 3},2024-0{1 + at % 9}-11,-5,{at}" for at in range(60)],
    "nobody twice": [f"{at},S{at % 3},2024-0{1 + at % 9}-11,5,{at}" for at in range(60)],
    "one customer": [f"{at},S{at % 3},2024-0{1 + at % 9}-{10 + at % 18},5,1" for at in range(90)],
    "free": [f"{at},S{at % 3},2024-0{1 + at % 9}-11,0,{at}" for at in range(60)],
}


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("task", ORDERS)
def test_a_strange_shop_is_refused_in_words(task: str, name: str, tmp_path: Any, capsys: Any) -> None:
    status, result, _ = measured(task, _orders(tmp_path / "orders.csv", STRANGE[name]), capsys)
    assert status == 0
    assert result["refused"] or result["views"]
    if task in ("churn", "cltv"):
        assert result["refused"]


def test_one_cell_of_ten_to_the_308_is_left_out_and_counted(tmp_path: Any) -> None:
    day = date(2024, 1, 1)
    lines = [f"{at},S,{day + timedelta(at)},{'1e308' if at == 3 else 'inf' if at == 4 else 5},{at}" for at in range(9)]
    read = read_transactions(_orders(tmp_path / "orders.csv", lines))
    assert (read.purchases.amounts.max(), dict(read.skipped)) == (5, {"no readable amount": 2})


def test_a_table_of_json_lines_is_read_as_the_same_csv(tmp_path: Any) -> None:
    rows = [{"id": i, "size": i % 7, "note": None if i % 5 else "a, b", "won": i % 7 > 3} for i in range(300)]
    lines, table = tmp_path / "rows.jsonl", tmp_path / "rows.csv"
    lines.write_text("\n".join(map(json.dumps, rows)))
    with table.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerows(
            [list(rows[0]), *[[row["id"], row["size"], row["note"], json.dumps(row["won"])] for row in rows]]
        )
    with open_table(lines) as (header, found), open_table(table) as (same_header, same):
        assert header == same_header
        assert list(found) == list(same)


def test_a_header_in_brackets_is_no_json(tmp_path: Any) -> None:
    path = tmp_path / "export.csv"
    path.write_text("[Id],[Name]\n1,Ann\n")
    with open_table(path) as (header, rows):
        assert header == ["[Id]", "[Name]"]
        assert list(rows) == [["1", "Ann"]]

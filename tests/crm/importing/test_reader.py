"""Opening table files: nasty ones are read rightly or refused with a line and a reason."""

import bz2
import datetime as dt
import gzip
import json
import zipfile
from io import StringIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from crm.importing.dialect import sniff_dialect
from crm.importing.reader import ReadOptions, Table, open_table
from crm.importing.records import MAX_RECORD, read_records
from crm.importing.source import UnreadableFileError
from tests.data import shared_data


def table_of(tmp_path: Path, content: bytes | str, name: str = "t.csv") -> Table:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(path)


def _outcome(path: Path) -> str:
    """ "rows", or the reason for the refusal."""
    try:
        return "rows" if sum(1 for _ in open_table(path).rows()) else "only a header"
    except UnreadableFileError as error:
        return error.reason


def values(table: Table) -> list[list[str]]:
    return [row.values for row in table.rows() if not row.problem]


def problems(table: Table) -> list[int]:
    return [row.line for row in table.rows() if row.problem]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a;b\n1;2\n", [["1", "2"]]),
        ("a\tb\n1\t2,5\n", [["1", "2,5"]]),
        ("a|b\n1|x y\n", [["1", "x y"]]),
        ("sep=;\na;b\n1;2\n", [["1", "2"]]),
        ('a, "b"\n1, "x, y"\n', [["1", "x, y"]]),
        ("'a';'b'\n'x;1';'y'\n", [["x;1", "y"]]),
        ('a,b\n"he said \\"no\\"",2\n', [['he said "no"', "2"]]),
        ('a,b\r\n"one\r\ntwo",2\r\n', [["one\r\ntwo", "2"]]),
        ("a,b\r1,2\r3,4\r", [["1", "2"], ["3", "4"]]),
        ("a,b\n1,x\0y\n", [["1", "xy"]]),
        ("Land;Umsatz\nBerlin;1.234,50\nKöln;2.000,00\n", [["Berlin", "1.234,50"], ["Köln", "2.000,00"]]),
        ("zeit\n10:30\n11:45\n", [["10:30"], ["11:45"]]),
        ("a,b\n1,2\n,\n\n3,4\n", [["1", "2"], ["3", "4"]]),
    ],
)
def test_delimiters_quotes_and_line_ends_are_found(tmp_path: Path, content: str, expected: list[list[str]]) -> None:
    assert values(table_of(tmp_path, content)) == expected


@pytest.mark.parametrize(
    "codec",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "mac-roman", "cp850"],
)
def test_the_encoding_of_western_text_is_found(tmp_path: Path, codec: str) -> None:
    text = "Name;Stadt\nJörg Groß;Köln\nAnaïs Lefèvre;Orléans\nZoë Müller;Zürich\n"
    table = table_of(tmp_path, text.encode(codec))
    assert table.columns == ("Name", "Stadt")
    assert values(table) == [["Jörg Groß", "Köln"], ["Anaïs Lefèvre", "Orléans"], ["Zoë Müller", "Zürich"]]


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("cp1250", ["Łukasz Wiśniewski", "Małgorzata Dąbrowska", "Świętokrzyskie"]),
        ("iso8859_2", ["Łukasz Wiśniewski", "Małgorzata Dąbrowska", "Świętokrzyskie"]),
        ("cp1251", ["Иван Петров", "Ольга Смирнова", "Москва"]),
        ("koi8-r", ["Иван Петров", "Ольга Смирнова", "Москва"]),
        ("cp1253", ["Γιώργος Παπαδόπουλος", "Αθήνα"]),
        ("cp1254", ["Ayşe Yılmaz", "Gülşah Şahin", "Muğla"]),
        ("cp1255", ["דוד כהן", "שרה לוי", "תל אביב"]),
        ("cp1256", ["محمد الأحمد", "القاهرة", "شركة النور"]),
        ("cp932", ["山田太郎", "高橋ゆかり", "東京都新宿区"]),
        ("euc-jp", ["山田太郎", "高橋ゆかり", "東京都新宿区"]),
        ("iso2022_jp", ["山田太郎", "高橋ゆかり", "東京都新宿区"]),
        ("gb18030", ["王小明", "上海市", "北京市朝阳区"]),
        ("big5", ["王小明", "陳小姐", "台北市"]),
        ("cp949", ["김철수", "이영희", "서울특별시"]),
    ],
)
def test_code_pages_of_the_world_are_told_apart(tmp_path: Path, codec: str, words: list[str]) -> None:
    text = "id,name\r\n" + "".join(f"{i},{word}\r\n" for i, word in enumerate(words))
    assert [row[1] for row in values(table_of(tmp_path, text.encode(codec)))] == words


def test_a_line_in_another_encoding_is_refused_alone(tmp_path: Path) -> None:
    lines = ["name,city"] + [f"Müller {i},Köln" for i in range(20)]
    content = "\n".join(lines).encode() + "\nJosé,Málaga\n".encode("cp1252") + "Zoë,Bern\n".encode()
    table = table_of(tmp_path, content)
    assert problems(table) == [22]
    assert len(values(table)) == 21


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "no rows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'{"a": 1}', "JSON"),
        (bytes(range(256)) * 20, "binary"),
        (b"BEGIN:VCARD\nFN:x\nEND:VCARD\n", "vCard"),
        (b"\x1f\x8b\x08\x00broken", "damaged"),
        (b"PK\x03\x04broken", "damaged"),
        (",".join(f"c{i}" for i in range(2100)).encode() + b"\n", "2000 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(tmp_path: Path, content: bytes, word: str) -> None:
    with pytest.raises(UnreadableFileError, match=word):
        table_of(tmp_path, content)


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(80):
            file.write(b"a,b\n" * (1 << 18))
    with pytest.raises(UnreadableFileError, match="grows too much"):
        sum(1 for _ in open_table(path).rows())


def test_a_workbook_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    with pytest.raises(UnreadableFileError, match="too large"):
        open_table(path)


def test_packed_tables_are_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    (tmp_path / "t.csv.bz2").write_bytes(bz2.compress(b"a,b\n1,2\n"))
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.csv", "a,b\n1,2\n")
    for name in ("t.csv.gz", "t.csv.bz2", "t.zip"):
        assert values(open_table(tmp_path / name)) == [["1", "2"]]


def test_a_preamble_before_the_header_is_skipped(tmp_path: Path) -> None:
    notes = 'Notes:\n"When exporting, you may miss some addresses, see help."\n\n'
    content = notes + "First Name,Last Name,Email Address\nAda,King,a@x.org\n"
    table = table_of(tmp_path, content)
    assert table.columns == ("First Name", "Last Name", "Email Address")
    assert (table.header_line, next(table.rows()).line) == (4, 5)


def test_a_file_without_header_gets_numbered_columns(tmp_path: Path) -> None:
    table = table_of(tmp_path, "1,english\n2,german\n3,french\n")
    assert table.columns == ("Column 1", "Column 2")
    assert len(values(table)) == 3


def test_the_user_can_state_what_was_misjudged(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x;1\ny;2\n")
    assert open_table(path, ReadOptions(header_line=0)).columns == ("Column 1", "Column 2")
    assert open_table(path, ReadOptions(header_line=1)).columns == ("x", "1")
    assert len(open_table(path, ReadOptions(delimiter=",")).columns) == 1


def test_duplicate_and_empty_headers_become_distinct(tmp_path: Path) -> None:
    assert table_of(tmp_path, "A,B,b,,B,\n1,2,3,4,5,6\n").columns == (
        "A",
        "B",
        "b (2)",
        "Column 4",
        "B (3)",
        "Column 6",
    )


def test_two_hundred_columns_are_fine(tmp_path: Path) -> None:
    header = ",".join(f"c{i}" for i in range(250))
    assert values(table_of(tmp_path, f"{header}\n{','.join(map(str, range(250)))}\n")) == [[str(i) for i in range(250)]]


def test_a_row_with_too_many_values_is_refused_and_a_short_one_filled(tmp_path: Path) -> None:
    rows = "".join(f"{i},x,y\n" for i in range(10))
    table = table_of(tmp_path, f"a,b,c\n{rows}1,2,3,4\n5,6\n7,8,9,\n")
    assert problems(table) == [12]
    assert values(table)[-2:] == [["5", "6", ""], ["7", "8", "9"]]


def test_pieces_of_a_row_broken_by_a_bare_line_end_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"{i},x,y,z\n" for i in range(10))
    table = table_of(tmp_path, f"a,b,c,d\n{rows}11,first\nsecond,3,4\n12,x,y,z\n")
    assert problems(table) == [12, 13]
    assert values(table)[-1][0] == "12"


def test_a_quotation_mark_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    rows = "".join(f"{i},name {i},x\n" for i in range(5000))
    table = table_of(tmp_path, f'a,b,c\n1,"never closed,x\n{rows}')
    assert problems(table) == [2]
    assert len(values(table)) == 5000


def test_a_stray_quotation_mark_is_text(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'id,what\n1,"6" pipe, long"\n2,6" pipe\n')
    assert values(table) == [["1", '6" pipe, long'], ["2", '6" pipe']]


def test_a_huge_cell_is_refused_with_its_line(tmp_path: Path) -> None:
    content = b"a,b\n1,2\n3," + b"x" * (MAX_RECORD + 10) + b"\n5,6\n"
    table = table_of(tmp_path, content)
    bad = [row for row in table.rows() if row.problem]
    assert [row.line for row in bad] == [3]
    assert "longer than" in bad[0].problem
    assert values(table) == [["1", "2"], ["5", "6"]]


def test_reading_resumes_at_any_row(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a\n" + "\n".join(f"v{i}" for i in range(100)))
    assert [row.number for row in table.rows(start=97)] == [97, 98, 99]


def test_a_workbook_is_read_with_dates_numbers_and_formulas_as_values(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Report for May"])
    sheet.append(["Name", "Date", "Amount", "Paid"])
    sheet.append(["Ada", dt.datetime(2024, 5, 1, 8, 30), 0.1 + 0.2, True])  # noqa: DTZ001 (sheets know no zone)
    sheet.append([])
    sheet.append(["Bo", None, 12, None])
    book.save(tmp_path / "t.xlsx")
    table = open_table(tmp_path / "t.xlsx")
    assert table.columns == ("Name", "Date", "Amount", "Paid")
    assert values(table) == [["Ada", "2024-05-01 08:30:00", "0.3", "true"], ["Bo", "", "12", ""]]
    assert [row.line for row in table.rows()] == [3, 5]


@pytest.mark.parametrize("name", ["comma_in_quotes", "escaped_quotes", "newlines_crlf", "quotes_and_newlines"])
def test_the_csv_spectrum_is_read_as_expected(name: str) -> None:
    folder = shared_data("corpora/csv/csv-spectrum")
    table = open_table(folder / f"{name}.csv")
    expected = json.loads((folder / f"{name}.json").read_text())
    assert [dict(zip(table.columns, row, strict=True)) for row in values(table)] == expected


@pytest.mark.parametrize(
    ("name", "columns", "count"),
    [
        ("frictionless/table-with-accents.csv", ("Classement", "Quartier", "Date", "Année"), 638),
        ("frictionless/country-2.csv", ("id", "neighbor_id", "name", "population"), 5),
        ("frictionless/matrix-with-comment.csv", ("f1", "f2", "f3", "f4"), 4),
        ("frictionless/skip-rows.csv", ("id", "name"), 2),
        ("frictionless/skip-rows.xlsx", ("A", "B"), 2),
        ("frictionless/transpose.csv", ("id", "1", "2", "3"), 2),
        ("frictionless/issue-1232.csv", ("comune", "codice_regione"), 5),
        ("frictionless/table.csv.zip", ("id", "name"), 2),
        ("csvkit/test_empty_columns.csv", ("a", "b", "c", "Column 4", "Column 5"), 2),
        ("csvkit/dummy.csv.bz2", ("a", "b", "c"), 1),
    ],
)
def test_files_of_other_readers_are_understood(name: str, columns: tuple[str, ...], count: int) -> None:
    table = open_table(shared_data(f"corpora/csv/{name}"))
    assert table.columns[: len(columns)] == columns
    assert len(values(table)) == count


def test_no_file_of_the_corpora_ends_in_anything_but_rows_or_a_reason() -> None:
    outcomes = [_outcome(path) for path in sorted(shared_data("corpora").rglob("*")) if path.is_file()]
    assert all(outcomes)
    assert outcomes.count("rows") > 100


def test_the_cases_of_a_browser_csv_parser_come_out_the_same() -> None:
    cases = json.loads(shared_data("corpora/csv/papaparse/papaparse-cases.json").read_text())
    plain = [c for c in cases if c["set"] in ("CORE_PARSER_TESTS", "PARSE_TESTS") and not c.get("config")]
    wrong = []
    for case in plain:
        dialect = sniff_dialect(case["input"], complete=True)
        got = [r.cells for r in read_records(StringIO(case["input"], newline=""), dialect) if not r.problem]
        if got != [row for row in case["expected"]["data"] if any(cell.strip() for cell in row)]:
            wrong.append(case["description"])
    assert wrong == ["Quoted field has no closing quote"]  # they swallow the rest of the file, we refuse the line

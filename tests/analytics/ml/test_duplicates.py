import csv
import json
import random
from typing import Any

import numpy as np
import pytest

from analytics.ml.duplicates.evaluate import evaluate_duplicates
from analytics.ml.duplicates.fields import CODE, EMAIL, NAME, PHONE, TEXT, kind_of, plain_value, read_fields
from analytics.ml.duplicates.finder import DuplicateFinder
from analytics.ml.duplicates.keys import candidate_pairs
from analytics.ml.evaluate import main
from analytics.ml.table import open_table
from analytics.ml.table_errors import TableError
from tests.data import shared_data

HEADER = ["id", "first_name", "surname", "email", "phone", "city", "cluster"]
GIVEN = "Ann Bert Clara Dirk Edda Falk Gesa Hanno Ilka Jens Karla Lars Mona Nils Oda Per Ruth Sven Thea Udo".split()
FAMILY = (
    "Adler Brandt Claus Dorn Engel Fink Graf Huber Ihle Jahn Krug Lenz Moll Nagel Otto Pohl Rabe Seitz Voss".split()
)
CITIES = "Bremen Kiel Halle Trier Essen Mainz Ulm Jena".split()


def people(count: int = 150, *, seed: int = 5) -> list[list[str]]:
    """People, every third of them twice: with a slip in the name and without phone or e-mail."""
    rng = random.Random(seed)
    rows: list[list[str]] = []
    for number in range(count):
        first, last, town = rng.choice(GIVEN), rng.choice(FAMILY), rng.choice(CITIES)
        mail, phone = f"{first}.{last}{number}@example.com".lower(), f"0{rng.randrange(10**9, 10**10)}"
        rows.append([str(len(rows)), first, last, mail, phone, town, str(number)])
        if number % 3 == 0:
            slip = last[:2] + last[3:] if number % 2 else last
            rows.append(
                [
                    str(len(rows)),
                    first.upper(),
                    slip,
                    "" if number % 6 else mail,
                    phone if number % 6 else "",
                    town,
                    str(number),
                ]
            )
    return rows


def write(path: Any, rows: Any, header: Any = HEADER) -> Any:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_the_last_thing_printed_is_one_object_as_promised(tmp_path: Any, capsys: Any) -> None:
    assert main(["duplicates", "--data", str(write(tmp_path / "people.csv", people())), "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"task", "rows", "views", "refused", "fit_seconds", "peak_mb"} <= result.keys()
    view = result["views"]["all"]
    assert list(view["product"]) == list(view["baselines"]["exact_email"]) == ["precision", "recall", "f1"]
    assert view["product"]["f1"] > 0.95
    assert view["gain"]["low"] > 0


def test_pairs_or_numbered_ids_say_the_truth_as_well_as_a_column(tmp_path: Any) -> None:
    rows = people()
    by_column = evaluate_duplicates(write(tmp_path / "a.csv", rows))
    first = {row[6]: row[0] for row in reversed(rows)}
    pairs = [[first[row[6]], row[0]] for row in rows if first[row[6]] != row[0]]
    bare = write(tmp_path / "b.csv", [row[:6] for row in rows], HEADER[:6])
    by_pairs = evaluate_duplicates(bare, truth=write(tmp_path / "pairs.csv", pairs, ["one", "other"]))
    numbered = [[f"rec-{row[6]}-{'org' if first[row[6]] == row[0] else 'dup-0'}", *row[1:6]] for row in rows]
    by_ids = evaluate_duplicates(write(tmp_path / "c.csv", numbered, HEADER[:6]))
    assert by_column["views"] == by_pairs["views"] == by_ids["views"]


def test_the_truth_is_never_seen_by_the_finder(tmp_path: Any) -> None:
    rows = people()
    with open_table(write(tmp_path / "a.csv", rows)) as (header, lines):
        names = [field.name for field in read_fields(header, list(lines), leave_out=[0, 6])]
    assert names == ["firstname", "surname", "email", "phone", "city"]


def test_a_secret_number_is_no_field() -> None:
    rows = [[str(i), f"name {i}"] for i in range(5)]
    assert [field.name for field in read_fields(["soc_sec_id", "name"], rows, leave_out=[])] == ["name"]


@pytest.mark.parametrize(
    ("cell", "kind", "plain"),
    [
        (" Ännchen  O'Neil-Groß ", NAME, "annchen oneil gross"),
        ("Ann@Example.com ", EMAIL, "ann@example.com"),
        ("+49 (30) 123 45-67", PHONE, "9301234567"),
        ("1980-02-03", CODE, "19800203"),
        ("N/A", TEXT, ""),
    ],
)
def test_values_are_compared_in_a_plain_form(cell: Any, kind: Any, plain: Any) -> None:
    assert plain_value(cell, kind) == plain


def test_columns_tell_their_kind_by_their_name() -> None:
    named = [("email", EMAIL), ("mobilephone", PHONE), ("dateofbirth", CODE), ("surname", NAME), ("address1", TEXT)]
    assert [kind_of(name) for name, _ in named] == [kind for _, kind in named]


def test_swapped_names_and_accents_are_found() -> None:
    rows = [row[1:6] for row in people(60)] + [["Schäfer", "Zoë", "", "", "Kiel"], ["Zoe", "Schafer", "", "", "Kiel"]]
    found = DuplicateFinder().fit(read_fields(HEADER[1:6], rows, leave_out=[])).suggestions()
    assert [len(rows) - 2, len(rows) - 1] in found.tolist()


def test_one_address_shared_by_two_people_makes_them_no_duplicates() -> None:
    rows = [row[1:6] for row in people(60)]
    rows += [["Otto", "Quast", "office@example.org", "", "Ulm"], ["Wilma", "Zander", "office@example.org", "", "Ulm"]]
    found = DuplicateFinder().fit(read_fields(HEADER[1:6], rows, leave_out=[])).suggestions()
    assert [len(rows) - 2, len(rows) - 1] not in found.tolist()


def test_a_value_that_all_share_makes_no_square_of_pairs() -> None:
    rows = [[f"{i % 977}x{i}", "same town"] for i in range(4000)]
    assert len(candidate_pairs(read_fields(["name", "city"], rows, leave_out=[]))) < 4000 * 40


def test_the_same_list_gives_the_same_chances() -> None:
    fields = read_fields(HEADER[1:6], [row[1:6] for row in people(60)], leave_out=[])
    assert np.array_equal(DuplicateFinder().fit(fields).chance_, DuplicateFinder().fit(fields).chance_)


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        ([], HEADER, "has 0 records"),
        (people(30), [*HEADER[:6], "colour"], "no cluster column"),
        ([[str(i), "Ann", "", "", "", "", "1"] for i in range(20)], HEADER, "no column to tell records apart"),
        ([[str(i), f"A{i}", "", "", "", "", "1"] for i in range(300)], HEADER, "more than 200"),
        ([[str(i), f"A{i}", "", "", "", "", str(i)] for i in range(30)], HEADER, "nothing to find"),
    ],
)
def test_a_list_that_can_not_be_measured_is_refused_in_words(tmp_path: Any, rows: Any, header: Any, words: Any) -> None:
    with pytest.raises(TableError, match=words):
        evaluate_duplicates(write(tmp_path / "list.csv", rows, header))


@pytest.mark.parametrize(
    ("name", "f1", "precision"),
    [("febrl/dataset2", 0.995, 0.999), ("febrl/dataset3", 0.995, 0.999), ("splink_fake_1000/people", 0.88, 0.97)],
)
def test_the_goals_on_public_lists_are_met(name: Any, f1: Any, precision: Any) -> None:
    found = evaluate_duplicates(shared_data(f"{name}.csv.gz"))["views"]["all"]
    assert found["product"]["f1"] >= f1
    assert found["product"]["precision"] >= precision
    assert found["gain"]["low"] > 0

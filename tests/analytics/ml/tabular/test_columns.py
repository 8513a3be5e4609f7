from typing import Any

import numpy as np
import pytest

from analytics.ml.table_errors import TableError
from analytics.ml.tabular.columns import make_column, read_columns
from analytics.ml.tabular.target import CHURN_CONTRACT, LEADS, find_outcome


@pytest.mark.parametrize(
    ("name", "cells", "kind", "first"),
    [
        ("price", ["$1,200.50", "$3", "$15.25"], "number", 1200.5),
        ("Preis", ["1.200,50 €", "3,00 €", "15,25 €"], "number", 1200.5),
        ("share", ["12 %", "7 %", "(3 %)"], "number", 12.0),
        ("year", ["2016", "2017", "2016"], "number", 2016.0),
        ("paid", ["Yes", "No", "yes"], "flag", 1.0),
        ("paid", ["ja", "nein", ""], "flag", 1.0),
        ("active", ["1", "0", "1"], "flag", 1.0),
        ("since", ["31.12.2023", "01.02.2024", "5.3.2024"], "date", 19722.0),
        ("since", ["2023-12-31", "", "2024-02-01 10:30"], "date", 19722.0),
        ("since", ["Dec 31, 2023", "Feb 1, 2024", "n/a"], "date", 19722.0),
        ("order_date", ["20231231", "20240201", "20240305"], "date", 19722.0),
        ("level", ["basic.4y", "basic.6y", "basic.4y"], "category", np.nan),
        ("size", ["A12", "B7", "A12"], "category", np.nan),
        ("all", ["x y", "x y", "x y"], "constant", np.nan),
        ("none", ["", "NA", "NaN"], "empty", np.nan),
    ],
)
def test_a_column_is_what_its_cells_show(name: Any, cells: Any, kind: Any, first: Any) -> None:
    column = make_column(name, cells)
    assert column.kind == kind
    np.testing.assert_equal(column.values[0], first)


def test_ids_and_free_text_are_told_from_categories_and_amounts() -> None:
    many = range(200)
    assert make_column("row", [str(at) for at in many]).kind == "id"
    assert make_column("Customer ID", [str(at * at) for at in many]).kind == "id"
    assert make_column("CLIENTNUM", [str(7 * at * at) for at in many]).kind == "id"
    assert make_column("balance", [str(at * at) for at in many]).kind == "number"
    assert make_column("contact", [f"K-{at}x" for at in many]).kind == "id"
    assert make_column("remark", [f"they called about offer {at} twice" for at in many]).kind == "text"
    assert make_column("city", [f"Town {at % 12}" for at in many]).kind == "category"


def test_repeated_headers_are_told_apart(tmp_path: Any) -> None:
    (tmp_path / "a.csv").write_text("status,status,\n1,2,3\n", encoding="utf-8")
    assert [column.name for column in read_columns(tmp_path / "a.csv")] == ["status", "status (2)", "column 3"]


@pytest.mark.parametrize(
    ("task", "header", "cells", "values"),
    [
        (LEADS, "deal_stage", ["Won", "Lost", "Engaging"], [1, 0, np.nan]),
        (LEADS, "Converted", ["1", "0", "1"], [1, 0, 1]),
        (LEADS, "y", ["yes", "no", ""], [1, 0, np.nan]),
        (CHURN_CONTRACT, "Attrition_Flag", ["Attrited Customer", "Existing Customer"] * 2, [1, 0, 1, 0]),
        (CHURN_CONTRACT, "Exited", ["0.0", "1.0", "0.0"], [0, 1, 0]),
        (CHURN_CONTRACT, "Customer Status", ["Churned", "Stayed", "Joined"], [1, 0, np.nan]),
        (CHURN_CONTRACT, "churn", ["2", "1", "1"], [1, 0, 0]),
        (CHURN_CONTRACT, "churn", ["gone", "here", "here"], [1, 0, 0]),
    ],
)
def test_the_outcome_is_recognised_in_its_own_words(task: Any, header: Any, cells: Any, values: Any) -> None:
    columns = [make_column("tenure", [str(at) for at in range(len(cells))]), make_column(header, cells)]
    np.testing.assert_equal(find_outcome(task, columns, wanted=None, positive=None).values, values)


def test_an_outcome_can_be_named_with_what_means_yes() -> None:
    columns = [make_column("mood", ["red", "green", "blue"])]
    assert find_outcome(LEADS, columns, wanted="Mood", positive="Green").values.tolist() == [0, 1, 0]
    with pytest.raises(TableError, match="3 different things"):
        find_outcome(LEADS, columns, wanted="mood", positive=None)
    with pytest.raises(TableError, match="never holds 'black'"):
        find_outcome(LEADS, columns, wanted="mood", positive="black")
    with pytest.raises(TableError, match="--target"):
        find_outcome(LEADS, columns, wanted=None, positive=None)

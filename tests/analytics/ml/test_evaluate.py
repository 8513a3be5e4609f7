import gzip
import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from analytics.ml.evaluate import main
from analytics.ml.evaluate_purchases import evaluate_file
from analytics.ml.purchases import day_date
from analytics.ml.table_errors import TableError
from tests.analytics.ml.shops import SHARED, shop

CHURN_KEYS = ["auc", "pr_auc", "brier", "log_loss", "ece", "lift10"]
VALUE_KEYS = ["mae", "rmse", "spearman", "total_error", "top10", "top10_best"]


def write_shop(path: Any, rows: Any, *, header: Any = "customer_id,date,amount", line: Any = "{0},{1},{2:.2f}") -> Any:
    cells = zip(rows.customer_ids[rows.codes], map(day_date, rows.days), rows.amounts, strict=True)
    path.write_text("\n".join([header, *(line.format(*cell) for cell in cells)]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: Any) -> Any:
    return write_shop(tmp_path_factory.mktemp("evaluate") / "orders.csv", shop(400, days=400))


@pytest.mark.parametrize(
    ("task", "keys", "simple"),
    [("churn", [*CHURN_KEYS, "ece_chance"], "recency"), ("cltv", [*VALUE_KEYS, "cover80"], "own_mean")],
)
def test_the_last_thing_printed_is_one_object_as_promised(
    file: Any, capsys: Any, task: Any, keys: Any, simple: Any
) -> None:
    assert main([task, "--data", str(file), "--horizon", "60", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"task", "rows", "customers", "cutoff", "horizon_days", "views", "fit_seconds", "peak_mb"} <= result.keys()
    assert set(result["views"]) == {"recent180", "all"}
    for view in result["views"].values():
        assert list(view["product"]) == keys
        assert 0 <= view["product"][keys[-1]] <= 1
        assert list(view["baselines"][simple]) == keys[:-1]


def test_without_json_a_table_for_people_is_printed(file: Any, capsys: Any) -> None:
    assert main(["churn", "--data", str(file), "--horizon", "60"]) == 0
    printed = capsys.readouterr().out
    assert "recent180" in printed
    assert "product" in printed


def test_nothing_after_the_cut_off_reaches_the_model(tmp_path: Any) -> None:
    rows = shop(400, days=400)
    cut = rows.last_day - 60
    whole = evaluate_file("churn", write_shop(tmp_path / "a.csv", rows), horizon_days=60)
    window = rows.keep((rows.days <= cut) | (rows.days == rows.last_day))
    emptied = evaluate_file("churn", write_shop(tmp_path / "b.csv", window), horizon_days=60)
    assert whole["cutoff"] == emptied["cutoff"] == day_date(cut).isoformat()
    assert whole["members"] == emptied["members"]
    assert emptied["views"]["all"]["product"]["brier"] != whole["views"]["all"]["product"]["brier"]


def test_a_cut_off_can_be_given(file: Any) -> None:
    cut = date(2023, 1, 1) + timedelta(300)
    assert evaluate_file("churn", file, horizon_days=30, cutoff=cut)["cutoff"] == "2023-10-28"


def test_a_window_that_has_not_ended_is_refused(file: Any) -> None:
    with pytest.raises(TableError, match="have not ended"):
        evaluate_file("churn", file, horizon_days=60, cutoff=date(2024, 1, 20))


@pytest.mark.parametrize("task", ["churn", "cltv"])
def test_forty_customers_are_measured_and_twenty_refused_in_words(tmp_path: Any, task: Any) -> None:
    few = evaluate_file(task, write_shop(tmp_path / "few.csv", shop(20, days=400)), horizon_days=60)
    assert few["views"] == {}
    assert "needed" in few["refused"]
    some = evaluate_file(task, write_shop(tmp_path / "some.csv", shop(60, days=400)), horizon_days=60)
    assert some["members"] == ["bg_nbd"]
    assert some["refused"] is None


def test_columns_are_named_on_the_command_line(tmp_path: Any, capsys: Any) -> None:
    path = write_shop(tmp_path / "odd.csv", shop(100, days=300), header="Wer;Wann;Was", line="{0};{1};{2:.2f}")
    assert main(["cltv", "--data", str(path), "--json"]) == 2
    assert "no column for: customer" in json.loads(capsys.readouterr().out)["refused"]
    mapped = ["--map", "customer=Wer,date=Wann", "--map", "amount=Was"]
    assert main(["cltv", "--data", str(path), "--json", *mapped]) == 0


def test_other_notations_give_the_same_figures(tmp_path: Any, file: Any) -> None:
    rows = shop(400, days=400)
    path = tmp_path / "german.csv.gz"
    cells = zip(rows.customer_ids[rows.codes], map(day_date, rows.days), rows.amounts, strict=True)
    lines = [
        f"K{who};{day:%d.%m.%Y} 10:05;{money:.2f} €".replace(",", "").replace(".", ".") for who, day, money in cells
    ]
    lines = [line.rpartition(";")[0] + ";" + line.rpartition(";")[2].replace(".", ",") for line in lines]
    path.write_bytes(gzip.compress("\r\n".join(["\ufeffKundennummer;Rechnungsdatum;Betrag", *lines]).encode("utf-8")))
    ours, theirs = (evaluate_file("cltv", one, horizon_days=60) for one in (file, path))
    assert ours["views"]["all"]["product"]["mae"] == pytest.approx(theirs["views"]["all"]["product"]["mae"], rel=1e-6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b,c\n1,2,3\n", "no column for"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"\x00\x01\x02", "binary"),
        (b"\x1f\x8bbroken", "can't be read"),
        (b'customer_id,date,amount\n1,2020-01-01,"' + b"x" * 1_100_000 + b'"\n', "not a readable CSV"),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_in_words(tmp_path: Any, capsys: Any, content: Any, words: Any) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert main(["churn", "--data", str(path)]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "no lines"),
        ("1,someday,3", "no readable date"),
        ("1,2020-01-01,much", "no readable amount"),
        (",2020-01-01,3\nnan,2020-01-02,3", "no customer"),
        ("1\n2", "line too short"),
        ("1,2098-01-01,3", "date in the future"),
        ("1,2020-01-01,3", "nothing to learn from"),
        ("1,2020-01-01,-3\n1,2020-09-01,-3", "nothing to learn from"),
    ],
)
def test_orders_that_can_teach_nothing_are_refused_without_a_mistake(
    tmp_path: Any, capsys: Any, lines: Any, words: Any
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(f"customer_id,date,amount\n{lines}\n", encoding="utf-8")
    assert main(["churn", "--data", str(path), "--json"]) == 0
    assert words in json.loads(capsys.readouterr().out)["refused"]


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Any, capsys: Any, name: Any) -> None:
    assert main(["churn", "--data", str(tmp_path / name)]) == 2
    assert "can't be opened" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["customer", "colour=Red", "customer=Nowhere"])
def test_a_mapping_that_makes_no_sense_is_refused_in_words(file: Any, capsys: Any, given: Any) -> None:
    assert main(["churn", "--data", str(file), "--map", given]) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "lines",
    [
        ["{0},2020-01-01,5"] * 3,
        ["{0},2020-01-{1:02d},0"],
        ["{0},2020-01-{1:02d},-5"],
        ["{0},20{1:02d}-01-01,5", "{0},2020-01-{1:02d},1e9"],
    ],
)
@pytest.mark.parametrize("task", ["churn", "cltv"])
def test_strange_shops_end_in_words_or_figures(tmp_path: Any, capsys: Any, task: Any, lines: Any) -> None:
    rows = [line.format(who, 1 + who % 28) for who in range(80) for line in lines]
    path = tmp_path / "strange.csv"
    path.write_text("\n".join(["customer_id,date,amount", *rows]), encoding="utf-8")
    status = main([task, "--data", str(path), "--horizon", "10", "--json"])
    printed = capsys.readouterr()
    result = json.loads(printed.out.splitlines()[-1])
    assert status == 0 or printed.err
    assert result["refused"] or result["views"]
    assert "NaN" not in printed.out


@pytest.mark.parametrize(
    ("name", "task", "view", "goals"),
    [
        ("cdnow_sample", "churn", "recent180", {"brier": 0.198}),
        ("online_retail", "churn", "recent180", {"brier": 0.198, "ece": 0.05}),
        ("cdnow_sample", "cltv", "all", {"total_error": 0.15}),
        ("online_retail", "cltv", "all", {"total_error": 0.15}),
    ],
)
def test_the_goals_on_public_shops_are_met(name: Any, task: Any, view: Any, goals: Any) -> None:
    path = SHARED / name / "transactions.csv.gz"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    found = evaluate_file(task, path, horizon_days=90)["views"][view]
    product, baselines = found["product"], found["baselines"].values()
    assert all(abs(product[key]) <= most for key, most in goals.items())
    if task == "churn":
        assert product["auc"] > max(other["auc"] for other in baselines)
    else:
        assert product["mae"] < min(other["mae"] for other in baselines)
        assert np.isfinite(product["spearman"])

import json
from typing import Any

import numpy as np
import pytest

from analytics.ml.evaluate import main
from analytics.ml.features import build_features
from analytics.ml.segments.evaluate import evaluate_segments
from analytics.ml.segments.groups import Groups, names_of, rfm
from tests.analytics.ml.shops import shop
from tests.analytics.ml.test_evaluate import write_shop
from tests.data import shared_data


def blobs(seed: int = 0) -> Any:
    """Three kinds of customers, far apart."""
    rng = np.random.default_rng(seed)
    return np.vstack([rng.normal(middle, 0.2, (60, 3)) for middle in ([1, 3, 6], [3, 2, 4], [5, 1, 2])])


def test_the_last_thing_printed_is_one_object_as_promised(tmp_path: Any, capsys: Any) -> None:
    path = write_shop(tmp_path / "orders.csv", shop(200, days=400))
    assert main(["segments", "--data", str(path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"task", "rows", "views", "refused", "fit_seconds", "peak_mb"} <= result.keys()
    assert set(result["views"]) == {"resampled", "month_before"}
    for view in result["views"].values():
        assert list(view["baselines"]["rfm_thirds"]) == ["silhouette", "ari"]
        assert {"silhouette", "ari"} <= view["product"].keys()
    month = result["views"]["month_before"]
    assert month["product"]["kept"] >= 0.9
    assert month["product"]["ari"] >= month["baselines"]["refit"]["ari"]
    assert sum(result["groups"].values()) == result["customers"]


def test_groups_that_are_there_are_found_and_keep_their_numbers() -> None:
    values = blobs()
    labels = Groups().fit(values).predict(values)
    assert labels.tolist() == [0] * 60 + [1] * 60 + [2] * 60
    again = np.random.default_rng(1).permutation(len(values))
    assert Groups().fit(values[again]).predict(values).tolist() == labels.tolist()


def test_the_best_come_first_and_are_named_so() -> None:
    groups = Groups().fit(blobs())
    assert names_of(groups.centres_)[0] == "best"
    assert names_of(groups.centres_)[-1] == "lapsed"


def test_two_groups_of_one_kind_have_different_names() -> None:
    centres = np.array([[1.0, -1, -1], [1.2, -1, -1]])
    assert names_of(centres) == ["lapsed_1", "lapsed_2"]


def test_the_same_shop_gives_the_same_groups() -> None:
    rows = shop(150, days=400)
    values = rfm(build_features(rows, rows.last_day + 1))
    assert np.array_equal(Groups().fit(values).predict(values), Groups().fit(values).predict(values))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([f"{who},2024-01-01,5" for who in range(5)], "too few"),
        ([f"{who},2024-01-01,5" for who in range(50)], "alike"),
        ([f"{who},2024-01-01,-5" for who in range(50)], "too few"),
    ],
)
def test_where_there_are_no_groups_it_says_so(tmp_path: Any, lines: Any, words: Any) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(["customer_id,date,amount", *lines]), encoding="utf-8")
    result = evaluate_segments(path)
    assert result["views"] == {}
    assert words in result["refused"]


def test_an_unusable_file_is_refused_in_words(tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("customer_id,date,amount\n1,soon,5\n", encoding="utf-8")
    assert main(["segments", "--data", str(path), "--json"]) == 0
    assert "no readable date" in capsys.readouterr().out


@pytest.mark.parametrize("customers", [60, 90, 200])
def test_a_gain_lies_within_its_interval(tmp_path: Any, customers: int) -> None:
    path = write_shop(tmp_path / "orders.csv", shop(customers, days=400))
    for view in evaluate_segments(path)["views"].values():
        assert view["gain"]["low"] <= view["gain"]["value"] <= view["gain"]["high"]


def test_the_groups_of_a_public_shop_come_back() -> None:
    views = evaluate_segments(shared_data("cdnow_sample/transactions.csv.gz"))["views"]
    assert views["resampled"]["product"]["ari"] >= 0.8
    assert views["resampled"]["gain"]["low"] > 0

import json
from typing import Any

import numpy as np
import pytest

from analytics.ml.network import build_network
from analytics.ml.session import Network
from analytics.ml.tabular.columns import Column, make_column
from analytics.ml.tabular.encoding import Encoder
from analytics.ml.tabular.model import ChanceModel
from tests.analytics.ml.tabular.frames import leads


def lead_columns(rows: int, *, seed: int = 1) -> tuple[list[Column], Any]:
    table = leads(rows, seed=seed)
    outcome = np.array([float(word == "Won") for word in table["result"]])
    names = ("created", "visits", "budget", "source")
    return [make_column(name, [str(cell) for cell in table[name]]) for name in names], outcome


@pytest.fixture(scope="module")
def model() -> ChanceModel:
    return ChanceModel(time="created", is_ordered=True).fit(*lead_columns(700))


def test_large_tables_get_trees_and_small_ones_a_regression(model: ChanceModel) -> None:
    assert "logistic" in model.members_
    assert ChanceModel().fit(*lead_columns(300)).members_ == ("logistic",)


def test_later_rows_count_more_only_where_the_outcome_moves(model: ChanceModel) -> None:
    assert not model.drifts_
    assert model.weight(np.arange(10)) is None
    columns, outcome = lead_columns(300)
    outcome[150:] = np.random.default_rng(1).random(150) < 0.05
    drifting = ChanceModel(is_ordered=True).fit(columns, outcome)
    weight = drifting.weight(np.arange(10))
    assert weight is not None
    assert weight[-1] > 1.5 * weight[0]


def test_the_network_says_what_the_model_says_of_one_row_and_of_many(model: ChanceModel) -> None:
    columns, _ = lead_columns(200, seed=9)
    card = json.loads(json.dumps(model.encoder_.as_json()))
    inputs = Encoder.from_json(card).transform(columns)
    served = Network(build_network({"chance": model.head_}), ["chance"], width=inputs.shape[1])
    ours = model.head_.margin(model.encoder_.transform(columns))
    np.testing.assert_allclose(served.margins(inputs)["chance"], ours, atol=1e-4)
    np.testing.assert_allclose(served.margins(inputs[:1])["chance"], ours[:1], atol=1e-4)


def test_unknown_levels_and_missing_cells_get_a_chance_too(model: ChanceModel) -> None:
    cells = {"created": "2024-01-01", "visits": "", "budget": "nan", "source": "carrier pigeon"}
    columns = [make_column(name, ["2024-01-02" if name == "created" else "x", cell]) for name, cell in cells.items()]
    kinds = {"created": "date", "visits": "number", "budget": "number", "source": "category"}
    columns = [Column(one.name, kinds[one.name], one.codes, one.levels, one.values) for one in columns]  # type: ignore[arg-type]
    chance = model.predict(columns)
    assert ((chance > 0) & (chance < 1)).all()


def test_no_row_sees_its_own_outcome_in_the_rates_of_its_level() -> None:
    rng = np.random.default_rng(3)
    outcome = (rng.random(400) < 0.5).astype(float)
    column = make_column("city", [f"town {at}" for at in rng.integers(0, 20, 400)])
    inputs = Encoder().fit_transform([column], outcome)
    assert abs(np.corrcoef(inputs[:, -1], outcome)[0, 1]) < 0.15

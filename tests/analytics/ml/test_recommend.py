import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from analytics.ml.evaluate import main
from analytics.ml.purchases import day_date
from analytics.ml.recommend import candidates as candidates_module
from analytics.ml.recommend import recommender as recommender_module
from analytics.ml.recommend.als import factorise
from analytics.ml.recommend.baskets import Baskets
from analytics.ml.recommend.candidates import MOST_LIKE, MOST_POPULAR, Known, candidates
from analytics.ml.recommend.evaluate import evaluate_recommend
from analytics.ml.recommend.heads import Head
from analytics.ml.recommend.likeness import Likeness
from analytics.ml.recommend.measures import Lists, measure
from analytics.ml.recommend.reading import read_baskets
from analytics.ml.recommend.recommender import SHORTLIST, Recommender, next_baskets, ordered
from tests.data import shared_data

FIRST = 19_000
TASTES, GOODS = 6, 8


def tasteful_shop(customers: int = 240, days: int = 300, seed: int = 0) -> Baskets:
    """Everybody shops from one of six shelves of eight products, in a rhythm of their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        shelf, gap = customer % TASTES, int(rng.integers(10, 25))
        favourites = rng.permutation(GOODS)
        for day in range(int(rng.integers(0, gap)), days, gap):
            wanted = favourites[: 3 + day // 60]
            goods = rng.choice(wanted, size=min(3, len(wanted)), replace=False)
            rows += [(customer, shelf * GOODS + int(good), FIRST + day) for good in goods]
    return Baskets.from_rows(*(np.array(column) for column in zip(*rows, strict=True)))


SHOP = tasteful_shop()
TODAY = FIRST + 270


@pytest.fixture(scope="module")
def recommender() -> Recommender:
    return Recommender(asked=200).fit(SHOP, TODAY)


def write_baskets(path: Path, baskets: Baskets) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Customer", "Date", "SKU"])
        writer.writerows(
            (f"c{customer}", day_date(day).isoformat(), f"p{item}")
            for customer, item, day in zip(baskets.customers, baskets.items, baskets.days, strict=True)
        )
    return path


def test_the_last_thing_printed_is_one_object_as_promised(tmp_path: Path, capsys: Any) -> None:
    path = write_baskets(tmp_path / "orders.csv", SHOP)
    assert main(["recommend", "--data", str(path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"task", "rows", "views", "refused", "fit_seconds", "peak_mb"} <= result.keys()
    assert set(result["views"]) == {"any", "new"}
    for view in result["views"].values():
        assert set(view["product"]) == {"ndcg10", "hit10", "recall10", "coverage"}
        assert {"popular", "item_knn", "als"} <= set(view["baselines"])
        assert {"metric", "value", "low", "high"} <= set(view["gain"])
    assert "own_frequency" in result["views"]["any"]["baselines"]
    assert "own_frequency" not in result["views"]["new"]["baselines"]


def test_new_products_come_from_the_customers_shelf(recommender: Recommender) -> None:
    known = recommender.know(SHOP)
    for _, (new, odds) in recommender.candidates(known, np.ones(len(SHOP), dtype=bool)):
        rows, places = ordered(new.customers, odds, most=1)
        assert set(places) == {0}
        assert np.mean(new.items[rows] // GOODS == new.customers[rows] % TASTES) > 0.9


def test_nothing_that_was_bought_is_new(recommender: Recommender) -> None:
    known = recommender.know(SHOP)
    bought = set(zip(known.pairs.customers.tolist(), known.pairs.items.tolist(), strict=True))
    for (again, _), (new, _) in recommender.candidates(known, np.ones(len(SHOP), dtype=bool)):
        assert bought.isdisjoint(zip(new.customers.tolist(), new.items.tolist(), strict=True))
        assert bought.issuperset(zip(again.customers.tolist(), again.items.tolist(), strict=True))


def test_what_is_not_for_sale_is_never_offered(recommender: Recommender) -> None:
    for_sale = np.arange(len(SHOP.item_ids)) % 2 == 0
    everybody = np.ones(len(SHOP), dtype=bool)
    for (again, _), (new, _) in recommender.candidates(recommender.know(SHOP), everybody, for_sale=for_sale):
        assert for_sale[again.items].all()
        assert for_sale[new.items].all()


def test_what_happens_later_changes_nothing() -> None:
    late = SHOP.keep(SHOP.days < TODAY)
    first, second = (Recommender(asked=100, windows=1).fit(baskets, TODAY) for baskets in (SHOP, late))
    odds = [
        np.concatenate(
            [found[1] for pair in model.candidates(model.know(SHOP), np.ones(len(SHOP), bool)) for found in pair]
        )
        for model in (first, second)
    ]
    assert np.array_equal(odds[0], odds[1])


def test_one_customer_is_ranked_as_in_the_crowd(recommender: Recommender) -> None:
    one = np.arange(len(SHOP)) == 7
    alone = SHOP.of_customers(one)
    crowd = [odds for pair in recommender.candidates(recommender.know(SHOP), one) for _, odds in pair]
    single = [
        odds for pair in recommender.candidates(recommender.know(alone), np.ones(1, dtype=bool)) for _, odds in pair
    ]
    for ours, theirs in zip(crowd, single, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_young_shop_ranks_by_habit_and_likeness() -> None:
    young = Baskets.from_rows(["a", "a", "a", "b"], ["tea", "tea", "cup", "tea"], [1, 9, 9, 5])
    model = Recommender().fit(young, 10)
    assert model.again_ is None
    assert model.new_ is None
    (again, odds), (new, _) = next(iter(model.candidates(model.know(young), np.array([True, True]))))
    best = ordered(again.customers, odds, most=1)[0]
    assert young.item_ids[again.items[best]].tolist() == ["tea", "tea"]
    assert [(young.customer_ids[c], young.item_ids[i]) for c, i in zip(new.customers, new.items, strict=True)] == [
        ("b", "cup")
    ]


def test_a_shop_where_nobody_bought_yet_is_refused() -> None:
    with pytest.raises(ValueError, match="Nobody has bought"):
        Recommender().fit(Baskets.from_rows(["a"], ["tea"], [9]), 9)


def test_what_went_back_was_not_bought() -> None:
    baskets = Baskets.from_rows([1, 1, 1], [5, 5, 6], [10, 12, 10], [2.0, -2.0, 1.0])
    assert baskets.item_ids[baskets.before(13).items].tolist() == [6]
    assert baskets.item_ids[baskets.before(12).items].tolist() == [5, 6]


def test_the_next_basket_is_that_of_the_first_day() -> None:
    baskets = Baskets.from_rows([1, 1, 1, 2], [5, 6, 7, 5], [10, 12, 14, 13])
    found = next_baskets(baskets, 11, 14)
    assert list(zip(found.customers.tolist(), found.items.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_parts_of_different_customers_are_joined_in_order() -> None:
    catalogue = np.array([1, 2, 3])
    parts = [Baskets.from_rows(who, [1, 3], [5, 6], catalogue=catalogue) for who in ([30, 10], [20, 40])]
    whole = Baskets.joined(parts)
    assert whole.customer_ids.tolist() == [10, 20, 30, 40]
    assert whole.items.tolist() == [2, 0, 0, 2]


def test_the_rhythm_of_a_pair_is_drawn_to_that_of_the_product() -> None:
    baskets = Baskets.from_rows([1] * 5 + [2], [7] * 6, [0, 10, 20, 30, 40, 35])
    known = Known.of(baskets.before(50), 50)
    assert known.pairs.own_gap[0] == 10
    assert known.pairs.gap.tolist() == pytest.approx([10, 10])
    assert np.isnan(known.pairs.own_gap[1])


def test_products_bought_together_are_alike() -> None:
    customers = np.array([0, 0, 1, 1, 2, 2, 3])
    found = Likeness(shrinkage=0, ridge=1).fit(customers, np.array([0, 1, 0, 1, 2, 3, 2]), shape=(4, 5))
    assert found.kept_.tolist() == [0, 1, 2, 3]
    assert found.cosine_[0, 1] == pytest.approx(1)
    assert found.cosine_[0, 2] == 0
    assert found.linear_[0, 1] > 0.5 > abs(found.linear_[0, 2])


def test_rare_products_are_left_out_of_likeness_when_there_are_too_many() -> None:
    found = Likeness(most_items=2).fit(np.array([0, 1, 0, 1, 0]), np.array([3, 3, 1, 1, 2]), shape=(2, 4))
    assert found.kept_.tolist() == [1, 3]


def test_factors_bring_customers_to_what_their_like_buy() -> None:
    bought = np.kron(np.eye(2), np.ones((10, 5)))
    bought[0, 4] = 0
    customers, items = factorise(csr_matrix(bought))
    wanted = customers[0] @ items.T
    assert wanted[4] > wanted[5:].max()


def test_a_perfect_list_has_all_the_gain_and_a_wrong_one_none() -> None:
    lists = Lists(np.array([0, 0, 1]), np.array([3, 4, 0]), np.array([0, 1, 0]))
    asked = np.array([True, True])
    found = measure(lists, np.array([3, 4, 12]), asked, catalogue=10, many=10)
    assert found.gain.tolist() == [1, 0]
    assert found.recall.tolist() == [1, 0]
    assert found.coverage == 0.3


def test_baskets_of_orders_that_came_to_nothing_are_left_out(tmp_path: Any) -> None:
    path = tmp_path / "lines.csv"
    rows = ["1,2024-01-01,x,2,paid", "1,2024-01-02,y,1,Cancelled", "1,2024-01-03,x,-1,cancelled", "2,2024-01-02,x,1"]
    path.write_text("\n".join(["customer,date,sku,qty,Order status", *rows]), encoding="utf-8")
    found = read_baskets(path)
    assert found.skipped == {"cancelled": 1}
    assert found.baskets.item_ids.tolist() == ["x"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["when,what", "2024-01-01,x"], "no column for: customer, item"),
        (["customer,date,sku", "1,never,x"], "None of the 1 lines"),
        (["customer,date,sku"], "None of the 0 lines"),
        (["customer,date,sku,qty", "1,2024-01-01,x,-1"], "only goods that came back"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(
    lines: list[str], words: str, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(lines))
    assert main(["recommend", "--data", str(path), "--json"]) == (2 if "column" in words else 0)
    assert words in json.loads(capsys.readouterr().out.splitlines()[-1])["refused"]


def test_too_few_next_baskets_are_refused(tmp_path: Path) -> None:
    path = write_baskets(tmp_path / "few.csv", tasteful_shop(customers=12))
    assert "at least 30" in evaluate_recommend(path)["refused"]


def test_days_may_be_numbers(tmp_path: Path) -> None:
    path = tmp_path / "numbered.csv"
    rows = zip(SHOP.customers, SHOP.items, SHOP.days - FIRST + 1, strict=True)
    path.write_text("household_key,PRODUCT_ID,DAY\n" + "\n".join(f"{c},{i},{d}" for c, i, d in rows))
    assert evaluate_recommend(path)["views"]["any"]["product"]["hit10"] > 0.9


@pytest.mark.slow
def test_the_gift_shop_is_served_better_than_by_habit_or_likeness() -> None:
    result = evaluate_recommend(shared_data("online_retail/transactions.csv.gz"), cutoff=date(2011, 4, 15))
    for view in ("any", "new"):
        assert result["views"][view]["gain"]["low"] > 0
        assert result["views"][view]["product"]["coverage"] > 0.2


def test_so_few_candidates_are_looked_at_together_that_memory_stays_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known.of(SHOP.before(TODAY), TODAY)
    everybody = np.ones(len(known.baskets), dtype=bool)
    [(again, new)] = candidates(known, everybody)
    monkeypatch.setattr(candidates_module, "ROWS", 10 * (2 * MOST_LIKE + MOST_POPULAR))
    parts = list(candidates(known, everybody))
    assert len(parts) == len(known.baskets) / 10
    assert all(len(np.unique(part.customers)) <= 10 for some in parts for part in some)
    for kind, whole in enumerate((again, new)):
        for name in ("customers", "items", "inputs", "plain"):
            joined = np.concatenate([getattr(some[kind], name) for some in parts])
            assert np.allclose(joined, getattr(whole, name)), name


class Counted:
    """Trees that say nothing, and count the rows that they are asked about."""

    rows = 0

    def predict(self, inputs: Any, **_how: Any) -> Any:
        self.rows += len(inputs)
        return np.zeros(len(inputs))


def test_the_trees_are_asked_about_the_likeliest_new_products_only(monkeypatch: pytest.MonkeyPatch) -> None:
    model, trees = Recommender(asked=200).fit(SHOP, TODAY), Counted()
    known = model.know(SHOP)
    everybody = np.ones(len(known.baskets), dtype=bool)
    [(_again, (plain, _))] = model.candidates(known, everybody)
    model.new_ = Head(np.eye(plain.inputs.shape[1])[-1], 0.0, trees)
    [(_again, (new, odds))] = model.candidates(known, everybody)
    assert trees.rows == len(new.items) <= SHORTLIST * len(known.baskets) < len(plain.items)
    monkeypatch.setattr(recommender_module, "SHORTLIST", 1000)
    [(_again, (whole, all_odds))] = model.candidates(known, everybody)
    assert len(whole.items) == len(plain.items)
    best, best_of_all = (
        [(int(found.customers[row]), int(found.items[row])) for row in ordered(found.customers, said, most=3)[0]]
        for found, said in ((new, odds), (whole, all_odds))
    )
    assert best == best_of_all

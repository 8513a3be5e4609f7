from typing import Any

import numpy as np
import pytest

from analytics.ml.purchases import Purchases


def test_rows_of_one_customer_and_day_are_netted() -> None:
    rows = Purchases.from_rows([7, 3, 7, 7], [11, 10, 11, 12], [100.0, 5.0, -40.0, 1.0])
    assert rows.customer_ids.tolist() == [3, 7]
    assert rows.days.tolist() == [10, 11, 12]
    assert rows.amounts.tolist() == [5.0, 60.0, 1.0]
    assert rows.starts.tolist() == [0, 1, 3]


def test_a_cancelled_giant_on_the_same_day_leaves_no_purchase() -> None:
    rows = Purchases.from_rows([1, 1, 1], [10, 10, 11], [77_184.0, -77_184.0, 20.0])
    assert rows.buys().amounts.tolist() == [20.0]


def test_lines_of_one_invoice_are_one_order() -> None:
    rows = Purchases.from_transactions([1, 1, 1, 1], [5, 5, 5, 5], [3.0, 4.0, 5.0, -1.0], ["a", "a", "b", "c"])
    assert rows.orders.tolist() == [2]
    assert rows.amounts.tolist() == [11.0]


def test_before_knows_nothing_of_the_day_itself() -> None:
    rows = Purchases.from_rows(["ann", "ann", "bob"], [10, 20, 20], [1.0, 2.0, 3.0])
    assert rows.before(20).customer_ids.tolist() == ["ann"]
    assert rows.before(21).days.tolist() == [10, 20, 20]


def test_chunks_joined_are_the_whole() -> None:
    rows = Purchases.from_rows([1, 1, 2, 3, 3], [1, 2, 1, 4, 5], [1.0, 2.0, 3.0, 4.0, -5.0])
    again = Purchases.joined(list(rows.chunks(2)))
    for column in ("customer_ids", "starts", "days", "amounts", "orders"):
        assert np.array_equal(getattr(rows, column), getattr(again, column)), column


def test_no_rows_make_an_empty_container() -> None:
    rows = Purchases.from_rows([], [], [])
    assert len(rows) == 0
    assert len(rows.before(5).buys()) == 0
    assert len(Purchases.joined([])) == 0


@pytest.mark.parametrize("amount", [float("nan"), float("inf")])
def test_an_amount_that_is_no_number_is_refused(amount: Any) -> None:
    with pytest.raises(ValueError, match="finite"):
        Purchases.from_rows([1], [1], [amount])


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="lengths"):
        Purchases.from_rows([1, 2], [1], [1.0, 2.0])

"""Columns come out of the database as they went in."""

from __future__ import annotations

import numpy as np
import pytest
from django.db.models import F, FloatField
from django.db.models.functions import Cast

from analytics.queries.arrays import read_columns
from analytics.queries.frames import Seconds
from crm.models import Order
from tests.factories import make_order, make_person

pytestmark = pytest.mark.django_db

KINDS = ("int", "int", "float", "bool")


def rows() -> object:
    return Order.objects.order_by("pk").values_list(
        "person_id", Seconds(F("placed_at")), Cast("total", FloatField()), "is_return"
    )


def test_each_column_has_its_kind_and_the_order_of_the_rows() -> None:
    person = make_person()
    orders = [make_order(person, days_ago=days) for days in (400, 3, 70)]
    people, seconds, totals, returned = read_columns(rows(), KINDS)  # type: ignore[arg-type]
    assert people.tolist() == [person.pk] * 3
    assert seconds.tolist() == [int(order.placed_at.timestamp()) for order in orders]
    assert totals.tolist() == [float(order.total) for order in orders]
    assert returned.tolist() == [False] * 3
    assert [column.dtype for column in (people, seconds, totals, returned)] == [np.int64, np.int64, float, bool]


def test_no_rows_are_empty_columns() -> None:
    assert [len(column) for column in read_columns(rows(), KINDS)] == [0] * 4  # type: ignore[arg-type]

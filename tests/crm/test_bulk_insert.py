"""Many rows at once: few or thousands, with and without rows that are there already."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from crm.bulk_insert import FEW, insert_rows, put_rows
from crm.models import Tag

pytestmark = pytest.mark.django_db


def names(count: int) -> list[tuple[str, int]]:
    return [(f"tag {number}\t\\N é", number % 360) for number in range(count)]


@pytest.mark.parametrize("count", [0, 3, FEW + 1])
def test_every_row_arrives_as_it_is(count: int) -> None:
    put_rows(Tag, ["name", "hue"], names(count))
    assert sorted(Tag.objects.values_list("name", "hue")) == sorted(names(count))


@pytest.mark.parametrize("count", [3, FEW + 1])
def test_what_is_there_already_stays_where_that_is_wanted(count: int) -> None:
    insert_rows(Tag, ["name", "hue"], names(2))
    insert_rows(Tag, ["name", "hue"], names(count), ignore_conflicts=True)
    insert_rows(Tag, ["name", "hue"], names(count), ignore_conflicts=True)
    assert Tag.objects.count() == count


@pytest.mark.parametrize("count", [3, FEW + 1])
def test_what_is_there_already_is_an_error_elsewhere(count: int) -> None:
    insert_rows(Tag, ["name", "hue"], names(2))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Tag, ["name", "hue"], names(count))
    assert Tag.objects.count() == 2

"""Every search is served by an index on both databases: without one, a million people take a second."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from crm.models import Company, Deal, Person
from crm.search import matching

pytestmark = pytest.mark.django_db


def plan(model: Any, text: str) -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # a handful of rows is read faster without any index
    words: str = matching(model.objects.all(), text).order_by().values("pk").explain()
    return words


@pytest.mark.parametrize("model", [Person, Company, Deal])
@pytest.mark.parametrize("text", ["kowal", "ann kowal", "kowalski@", "0770 900 123"])
def test_parts_of_words_and_numbers_are_found_by_trigrams(model: Any, text: str) -> None:
    name = "search VIRTUAL TABLE INDEX" if connection.vendor == "sqlite" else "trigrams"
    assert f"{model._meta.db_table}_{name}" in plan(model, text)


@pytest.mark.parametrize("model", [Person, Company, Deal])
def test_two_letters_are_found_at_the_beginning(model: Any) -> None:
    assert f"{model._meta.db_table}_head" in plan(model, "zo")

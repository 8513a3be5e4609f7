"""Risk and expected value in the list of people: cells, order, filters and files."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from crm.filters import compile_filter
from crm.models import Person, User
from tests.factories import make_person

from .test_person_insight import score

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> dict[str, Person]:
    """Four with scores, from the riskiest to one who left long ago, and one without."""
    rows = {"Ann": (0.9, "high", 50, 5), "Bob": (0.5, "medium", 900, 3), "Cat": (0.1, "low", 400, 1),
            "Dan": (0.99, "lapsed", 0, 2)}  # fmt: skip
    made = {}
    for name, (risk, band, value, fifth) in rows.items():
        person = made[name] = make_person(name=name)
        score(person, value=risk, band=band, place=risk - 2 if band == "lapsed" else risk, fifth=fifth)
        score(person, task="value", value=value, place=value, band="low")
    made["Eve"] = make_person(name="Eve")
    return made


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("-risk", ["Ann", "Bob", "Cat", "Dan", "Eve"]),
        ("risk", ["Dan", "Cat", "Bob", "Ann", "Eve"]),
        ("-value", ["Bob", "Cat", "Ann", "Dan", "Eve"]),
        ("value", ["Dan", "Ann", "Cat", "Bob", "Eve"]),
    ],
)
def test_the_list_sorts_by_risk_and_by_value(
    client: Client, owner: User, people: dict[str, Person], sort: str, order: list[str]
) -> None:
    client.force_login(owner)
    words = client.get(f"/people/?sort={sort}").content.decode()
    assert sorted(order, key=lambda name: words.index(f">{name}</a>")) == order


def test_cells_say_risk_and_value(client: Client, owner: User, people: dict[str, Person]) -> None:
    client.force_login(owner)
    words = client.get("/people/").content.decode()
    assert all(said in words for said in ("High risk", "Left long ago", "€900"))


def test_a_file_takes_both_along(client: Client, owner: User, people: dict[str, Person]) -> None:
    client.force_login(owner)
    response: Any = client.post("/lists/person/export/", {"columns": "risk,value", "all": "1"})
    rows = response.getvalue().decode("utf-8-sig").splitlines()
    assert rows == [
        "Name,Risk,Expected value", "Ann,High risk,50.0", "Bob,Medium risk,900.0", "Cat,Low risk,400.0",
        "Dan,Left long ago,0.0", "Eve,,",
    ]  # fmt: skip


def chosen(field: str, op: str, value: Any) -> set[str]:
    rule = {"field": field, "op": op, "value": value}
    return set(Person.objects.filter(compile_filter("person", rule)).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("field", "op", "value", "found"),
    [
        ("risk", "is", "high", {"Ann"}),
        ("risk", "any_of", ["high", "lapsed"], {"Ann", "Dan"}),
        ("risk", "is_not", "high", {"Bob", "Cat", "Dan", "Eve"}),
        ("risk", "is_empty", None, {"Eve"}),
        ("risk", "is_set", None, {"Ann", "Bob", "Cat", "Dan"}),
        ("worth", "is", "low", {"Cat", "Dan"}),
        ("worth", "none_of", ["low", "medium"], {"Ann", "Eve"}),
        ("value_fifth", "at_least", 5, {"Ann"}),
        ("expected_value", "more_than", 400, {"Bob"}),
        ("expected_value", "between", [50, 400], {"Ann", "Cat"}),
        ("expected_value", "is", 50, {"Ann"}),
        ("expected_value", "is_empty", None, {"Eve"}),
    ],
)
def test_people_are_filtered_by_what_is_predicted(
    people: dict[str, Person], field: str, op: str, value: Any, found: set[str]
) -> None:
    assert chosen(field, op, value) == found


def test_filter_and_order_go_together(client: Client, owner: User, people: dict[str, Person]) -> None:
    client.force_login(owner)
    tree = json.dumps({"all": [{"field": "risk", "op": "any_of", "value": ["low", "medium", "lapsed"]}]})
    words = client.get(f"/people/?{urlencode({'filter': tree, 'sort': '-value'})}").content.decode()
    places = [words.index(f">{name}</a>") for name in ("Bob", "Cat", "Dan")]
    assert places == sorted(places)
    assert ">Ann</a>" not in words


def test_scores_of_hidden_people_stay_hidden(client: Client, stranger: User, people: dict[str, Person]) -> None:
    client.force_login(stranger)
    words = client.get("/people/?sort=-risk").content.decode()
    assert not any(f">{name}</a>" in words for name in people)

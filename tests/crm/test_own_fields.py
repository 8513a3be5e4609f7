"""Own fields are filtered by what they hold, whatever their kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from crm.filters import compile_filter, find_field, operators_of
from crm.models import CustomField, Person, User
from crm.operations.people import update_person
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(owner: User) -> None:
    """Ann 9, Bob 42, Cat 100.5 by the form's way; Dan's number stands as text, Eve has none, Fay has a word."""
    CustomField.objects.create(target="person", key="size", label="Size", kind="number")
    for name, size in (("Ann", "9"), ("Bob", "42"), ("Cat", "100.5")):
        update_person(person=make_person(name=name), actor=owner, custom={"size": Decimal(size)})
    Person.objects.filter(pk=make_person(name="Dan").pk).update(custom={"size": "-3"})
    make_person(name="Eve")
    Person.objects.filter(pk=make_person(name="Fay").pk).update(custom={"size": "large"})


@pytest.mark.parametrize(
    ("op", "value", "names"),
    [
        ("is", "42", "Bob"),
        ("is", "42.0", "Bob"),
        ("more_than", "9", "Bob Cat"),
        ("at_least", "9", "Ann Bob Cat"),
        ("less_than", "9", "Dan"),
        ("at_most", "100.5", "Ann Bob Cat Dan"),
        ("between", ["-5", "42"], "Ann Bob Dan"),
        ("is_empty", None, "Eve"),
        ("is_set", None, "Ann Bob Cat Dan Fay"),
    ],
)
def test_numbers_compare_as_numbers(people: None, op: str, value: Any, names: str) -> None:
    rule = {"field": "custom.size", "op": op} | ({} if value is None else {"value": value})
    found = Person.objects.filter(compile_filter("person", rule)).order_by("name")
    assert " ".join(found.values_list("name", flat=True)) == names


@pytest.mark.parametrize("kind", CustomField.Kind.values)
def test_the_list_answers_every_condition_of_every_kind(client: Client, owner: User, kind: str) -> None:
    CustomField.objects.create(target="person", key="own", label="Own", kind=kind, options=["a", "b"])
    person = make_person(name="Ann")
    held: Any = {"text": "a", "number": 3, "date": "2026-03-01", "boolean": True, "choice": "a"}[kind]
    update_person(person=person, actor=owner, custom={"own": held})
    client.force_login(owner)
    for op in operators_of(find_field("person", "custom.own")):
        typed = "yes" if kind == "boolean" else held
        data = {"field": "custom.own", "op": op, "value": typed, "highest": typed, "days": "3", "apply": "1"}
        asked = client.get("/lists/person/filter/", data)
        assert asked.status_code == 302, (op, asked.content)
        shown = client.get(asked["Location"])
        assert shown.status_code == 200
        assert shown.context["page"].error == "", op

"""Values of the business's own fields: of their kind, whoever writes them, and kept while a field is archived."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crm.models import CustomField
from crm.operations.editing import CustomValueError
from crm.operations.people import update_person
from tests.factories import make_person

pytestmark = pytest.mark.django_db
Kind = CustomField.Kind


def make_field(kind: str, key: str = "own", **fields: Any) -> CustomField:
    return CustomField.objects.create(target="person", key=key, label=key.title(), kind=kind, **fields)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (Kind.TEXT, "tea", "tea"),
        (Kind.NUMBER, 2.0, 2),
        (Kind.NUMBER, 2.5, 2.5),
        (Kind.DATE, "2026-06-15", "2026-06-15"),
        (Kind.DATE, date(2026, 6, 15), "2026-06-15"),
        (Kind.BOOLEAN, False, False),
        (Kind.CHOICE, "gold", "gold"),
    ],
)
def test_a_value_of_its_kind_is_kept(kind: str, value: Any, kept: Any) -> None:
    make_field(kind, options=["gold"])
    assert make_person(custom={"own": value}).custom == {"own": kept}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.TEXT, 5),
        (Kind.TEXT, ["tea"]),
        (Kind.TEXT, "x" * 501),
        (Kind.NUMBER, "5"),
        (Kind.NUMBER, True),
        (Kind.NUMBER, float("nan")),
        (Kind.NUMBER, 10**15),
        (Kind.DATE, "soon"),
        (Kind.DATE, "2026-02-30"),
        (Kind.DATE, "0001-01-01"),
        (Kind.BOOLEAN, 1),
        (Kind.CHOICE, "silver"),
        (Kind.CHOICE, {"gold": 1}),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: str, value: Any) -> None:
    make_field(kind, options=["gold"])
    with pytest.raises(CustomValueError):
        make_person(custom={"own": value})


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(CustomValueError, match="nothing"):
        make_person(custom={"nothing": 1})


def test_what_an_archived_field_held_outlives_an_edit() -> None:
    field = make_field(Kind.TEXT, key="old")
    make_field(Kind.TEXT, key="new")
    person = make_person(custom={"old": "kept"})
    field.is_archived = True
    field.save()
    assert update_person(person=person, actor=None, custom={"new": "more"}).custom == {"new": "more", "old": "kept"}


def test_a_choice_that_is_no_longer_offered_stays_until_it_is_changed() -> None:
    field = make_field(Kind.CHOICE, options=["gold"])
    person = make_person(custom={"own": "gold"})
    field.options = ["silver"]
    field.save()
    assert update_person(person=person, actor=None, name="Ann", custom={"own": "gold"}).custom == {"own": "gold"}

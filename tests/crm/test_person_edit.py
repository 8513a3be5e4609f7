"""The facts of a person: edited in place or in one form, by one or by two at once."""

from __future__ import annotations

import pytest
from django.test import Client

from crm.models import (
    CustomField,
    Event,
    Person,
    User,
)
from crm.operations.people import update_person
from tests.factories import make_user
from tests.pages import HTMX, html

pytestmark = pytest.mark.django_db


def url(person: Person, rest: str = "") -> str:
    return f"/people/{person.pk}/{rest}"


def record(person: Person, rest: str) -> str:
    return f"/records/person/{person.pk}/{rest}"


def test_a_field_is_edited_in_its_place(as_owner: Client, owner: User, ann: Person) -> None:
    editor = html(as_owner.get(record(ann, "fields/city/"), headers=HTMX))
    assert 'value="Bonn"' in editor
    assert "<html" not in editor
    saved = as_owner.post(record(ann, "fields/city/"), {"city": "Köln", "version": 1}, headers=HTMX)
    assert saved.status_code == 200
    assert "Köln" in html(saved)
    assert "record-changed" in saved["HX-Trigger-After-Settle"]
    ann.refresh_from_db()
    assert (ann.city, ann.version) == ("Köln", 2)
    assert Event.objects.get(kind="person.changed").actor == owner


def test_without_scripts_the_editor_is_a_page_and_leads_back(as_owner: Client, ann: Person) -> None:
    assert "<html" in html(as_owner.get(record(ann, "fields/city/")))
    saved = as_owner.post(record(ann, "fields/city/"), {"city": "Köln", "version": 1})
    assert saved["Location"] == url(ann)


def test_an_empty_name_is_refused_in_words(as_owner: Client, ann: Person) -> None:
    response = as_owner.post(record(ann, "fields/name/"), {"name": " ", "version": 1}, headers=HTMX)
    assert response.status_code == 422
    assert "required" in html(response)


def test_two_who_edit_at_once_see_both_values(as_owner: Client, ann: Person) -> None:
    update_person(person=ann, actor=None, city="Paris")
    response = as_owner.post(record(ann, "fields/city/"), {"city": "London", "version": 1}, headers=HTMX)
    assert response.status_code == 409
    assert "Paris" in html(response)
    assert 'value="London"' in html(response)
    again = as_owner.post(record(ann, "fields/city/"), {"city": "London", "version": 2}, headers=HTMX)
    assert again.status_code == 200
    ann.refresh_from_db()
    assert ann.city == "London"


def test_the_whole_form_tells_a_conflict_too(as_owner: Client, ann: Person) -> None:
    update_person(person=ann, actor=None, city="Paris")
    data = {"name": "Ann Lee", "city": "London", "version": 1}
    response = as_owner.post(record(ann, "edit/"), data, headers=HTMX)
    assert response.status_code == 409
    assert "Paris" in html(response)
    assert as_owner.post(record(ann, "edit/"), {**data, "version": 2}).status_code == 302
    ann.refresh_from_db()
    assert ann.city == "London"


def test_no_profiling_is_switched_on_and_off(as_owner: Client, ann: Person) -> None:
    as_owner.post(record(ann, "fields/no_profiling/"), {"no_profiling": "on", "version": 1})
    ann.refresh_from_db()
    assert ann.no_profiling
    as_owner.post(record(ann, "fields/no_profiling/"), {"version": 2})
    ann.refresh_from_db()
    assert not ann.no_profiling


def test_the_owner_is_changed_to_an_active_colleague_only(as_owner: Client, ann: Person, sales: User) -> None:
    gone = make_user(is_active=False)
    assert as_owner.post(record(ann, "fields/owner/"), {"owner": gone.pk, "version": 1}).status_code == 422
    as_owner.post(record(ann, "fields/owner/"), {"owner": sales.pk, "version": 1})
    ann.refresh_from_db()
    assert ann.owner == sales


OWN_FIELDS = [
    ("text", "Blue", "Blue", "Blue"),
    ("number", "38", 38, "38"),
    ("number", "38.5", 38.5, "38.5"),
    ("date", "2026-05-01", "2026-05-01", "2026-05-01"),
    ("boolean", "on", True, "Yes"),
    ("choice", "L", "L", "L"),
]


@pytest.mark.parametrize("case", OWN_FIELDS)
def test_own_fields_are_edited_like_any_other(
    as_owner: Client, ann: Person, case: tuple[str, str, object, str]
) -> None:
    kind, typed, kept, words = case
    CustomField.objects.create(target="person", key="size", label="Size", kind=kind, options=["M", "L"])
    CustomField.objects.create(target="person", key="other", label="Other")
    Person.objects.filter(pk=ann.pk).update(custom={"other": "stays", "archived": "gone"})
    where = record(ann, "fields/custom.size/")
    response = as_owner.post(where, {"custom.size": typed, "version": 1}, headers=HTMX)
    assert words in html(response)
    ann.refresh_from_db()
    assert ann.custom == {"size": kept, "other": "stays"}


def test_a_field_that_is_not_offered_cannot_be_edited(as_owner: Client, ann: Person) -> None:
    for name in ("search_text", "version", "spent", "custom.none", "password"):
        assert as_owner.post(record(ann, f"fields/{name}/"), {name: "1", "version": 1}).status_code == 404

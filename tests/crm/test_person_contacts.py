"""Addresses, numbers and employers of a person."""

from __future__ import annotations

import pytest
from django.test import Client

from crm.models import (
    Company,
    ContactPoint,
    Employment,
    Event,
    Person,
    Scope,
)
from tests.factories import make_company, make_person, make_user
from tests.pages import HTMX, html

pytestmark = pytest.mark.django_db


def url(person: Person, rest: str = "") -> str:
    return f"/people/{person.pk}/{rest}"


def record(person: Person, rest: str) -> str:
    return f"/records/person/{person.pk}/{rest}"


def test_an_address_is_added_made_the_first_and_removed(as_owner: Client, ann: Person) -> None:
    as_owner.post(url(ann, "contacts/"), {"kind": "email", "value": "second@lee.example"})
    second = ContactPoint.objects.get(normalised="second@lee.example")
    assert not second.is_primary
    as_owner.post(f"/people/contacts/{second.pk}/primary/")
    assert list(ContactPoint.objects.filter(person=ann, kind="email", is_primary=True)) == [second]
    as_owner.post(f"/people/contacts/{second.pk}/remove/")
    assert ContactPoint.objects.get(person=ann, kind="email").is_primary
    assert Event.objects.filter(kind__startswith="person.contact_").count() == 3


@pytest.mark.parametrize(("kind", "value"), [("email", "ann@"), ("phone", "call me"), ("fax", "1234567")])
def test_an_address_that_is_none_is_refused_in_words(as_owner: Client, ann: Person, kind: str, value: str) -> None:
    response = as_owner.post(url(ann, "contacts/"), {"kind": kind, "value": value}, headers=HTMX)
    assert response.status_code == 422
    assert ContactPoint.objects.count() == 2


def test_an_address_that_is_taken_says_whose_it_is(as_owner: Client, ann: Person) -> None:
    ben = make_person(name="Ben")
    response = as_owner.post(url(ben, "contacts/"), {"kind": "email", "value": "ANN@lee.example"}, headers=HTMX)
    assert response.status_code == 422
    assert "Ann Lee" in html(response)
    assert f'href="{url(ann)}"' in html(response)


def test_whose_address_it_is_stays_hidden_from_who_does_not_see_them(client: Client, ann: Person) -> None:
    reader = make_user(scope=Scope.OWN)
    ben = make_person(name="Ben", owner=reader)
    client.force_login(reader)
    response = client.post(url(ben, "contacts/"), {"kind": "email", "value": "ann@lee.example"}, headers=HTMX)
    assert response.status_code == 422
    assert "Ann Lee" not in html(response)
    assert "taken" in html(response)


def test_an_employer_is_found_by_name_added_when_asked_and_taken_off(as_owner: Client, ann: Person) -> None:
    make_company(name="Lee & Sons")
    as_owner.post(url(ann, "jobs/"), {"company": "lee & sons", "role": "Buyer"})
    job = Employment.objects.get(person=ann)
    assert (job.company.name, job.role) == ("Lee & Sons", "Buyer")
    asked = as_owner.post(url(ann, "jobs/"), {"company": "New Ltd"}, headers=HTMX)
    assert asked.status_code == 422
    assert 'type="checkbox" name="add_company"' in html(asked)
    as_owner.post(url(ann, "jobs/"), {"company": "New Ltd", "add_company": "on"})
    assert Company.objects.filter(name="New Ltd", employments__person=ann).exists()
    as_owner.post(url(ann, f"jobs/{job.pk}/remove/"))
    assert Employment.objects.filter(person=ann).count() == 1


def test_companies_of_one_name_are_told_apart_by_number(as_owner: Client, ann: Person) -> None:
    first, second = make_company(name="Twin"), make_company(name="Twin")
    asked = as_owner.post(url(ann, "jobs/"), {"company": "Twin"}, headers=HTMX)
    assert asked.status_code == 422
    options = html(as_owner.get("/companies/suggest/?company=twin"))
    assert f"Twin #{first.pk}" in options
    as_owner.post(url(ann, "jobs/"), {"company": f"Twin #{second.pk}"})
    assert Employment.objects.get(person=ann).company == second


def test_suggestions_and_names_find_only_visible_companies(client: Client) -> None:
    reader = make_user(scope=Scope.OWN)
    hidden = make_company(name="Hidden Ltd")
    ben = make_person(owner=reader)
    client.force_login(reader)
    assert "Hidden" not in html(client.get("/companies/suggest/?company=hidden"))
    client.post(url(ben, "jobs/"), {"company": f"x #{hidden.pk}"}, headers=HTMX)
    assert not Employment.objects.exists()

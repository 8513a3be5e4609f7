"""A new person by the page: what is kept, what is refused, and whose address it already is."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.models import Company, CustomField, Person, Scope, User
from tests.factories import make_company, make_person, make_user
from tests.pages import HTMX, html

pytestmark = pytest.mark.django_db
URL = "/people/new/"


def test_a_person_is_added_with_everything_that_was_typed(as_owner: Client, owner: User) -> None:
    company = make_company(name="Lee & Sons")
    CustomField.objects.create(target="person", key="shoe", label="Shoe size", kind=CustomField.Kind.NUMBER)
    data = {
        "name": "Ann Lee", "email": "Ann@Lee.example", "phone": "+44 20 7946 0018", "company": "Lee & Sons",
        "job_title": "Buyer", "owner": owner.pk, "custom.shoe": "38", "no_profiling": "on",
    }  # fmt: skip
    response = as_owner.post(URL, data)
    ann = Person.objects.get()
    assert response["Location"] == f"/people/{ann.pk}/"
    assert (ann.name, ann.job_title, ann.owner, ann.no_profiling) == ("Ann Lee", "Buyer", owner, True)
    assert ann.custom == {"shoe": 38}
    assert ann.employments.get().company == company
    assert set(ann.contact_points.values_list("normalised", flat=True)) == {"ann@lee.example", "+442079460018"}


def test_htmx_is_led_to_the_new_page(as_owner: Client) -> None:
    response = as_owner.post(URL, {"name": "Ann"}, headers=HTMX)
    assert response["HX-Redirect"] == f"/people/{Person.objects.get().pk}/"


def test_a_name_is_taken_from_the_address_when_there_is_none(as_owner: Client) -> None:
    as_owner.post(URL, {"email": "ann.lee@example.com"})
    assert Person.objects.get().name == "ann.lee"


@pytest.mark.parametrize(
    "data",
    [{}, {"name": "Ann", "email": "ann@"}, {"name": "Ann", "phone": "call me"}, {"name": "x" * 201}],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(as_owner: Client, data: dict[str, str]) -> None:
    response = as_owner.post(URL, data, headers=HTMX)
    assert response.status_code == 422
    assert "field__error" in html(response)
    assert not Person.objects.exists()


def test_a_required_own_field_is_asked_for(as_owner: Client) -> None:
    CustomField.objects.create(target="person", key="size", label="Size", is_required=True)
    assert as_owner.post(URL, {"name": "Ann"}, headers=HTMX).status_code == 422
    assert as_owner.post(URL, {"name": "Ann", "custom.size": "L"}).status_code == 302


def test_an_address_that_is_known_leads_to_who_has_it(as_owner: Client) -> None:
    ann = make_person(name="Ann Lee", email="ann@lee.example")
    response = as_owner.post(URL, {"name": "Anna", "email": "ann@LEE.example"}, headers=HTMX)
    assert response.status_code == 422
    assert f'href="/people/{ann.pk}/"' in html(response)
    assert Person.objects.count() == 1


def test_who_has_an_address_stays_hidden_from_who_does_not_see_them(client: Client, stranger: User) -> None:
    make_person(name="Ann Lee", email="ann@lee.example")
    client.force_login(stranger)
    response = client.post(URL, {"name": "Anna", "email": "ann@lee.example", "company": ""}, headers=HTMX)
    assert response.status_code == 422
    assert "Ann Lee" not in html(response)


def test_a_new_company_comes_with_the_person_or_not_at_all(as_owner: Client) -> None:
    make_person(email="ann@lee.example")
    data = {"name": "Anna", "company": "Lee & Sons"}
    assert as_owner.post(URL, data, headers=HTMX).status_code == 422
    taken = as_owner.post(URL, {**data, "email": "ann@lee.example", "add_company": "on"}, headers=HTMX)
    assert taken.status_code == 422
    assert not Company.objects.exists()
    assert as_owner.post(URL, {**data, "add_company": "on"}).status_code == 302
    assert Person.objects.get(name="Anna").employments.get().company.name == "Lee & Sons"


def test_the_dialog_and_the_page_are_one_form(as_owner: Client) -> None:
    page, dialog = html(as_owner.get(f"{URL}?company=Lee")), html(as_owner.get(URL, headers=HTMX))
    assert "<html" in page
    assert 'value="Lee"' in page
    assert "<html" not in dialog
    assert 'id="dialog-title"' in dialog


def test_readers_may_not_add_anybody(client: Client, readonly: User) -> None:
    client.force_login(readonly)
    assert client.get(URL).status_code == 403
    assert client.post(URL, {"name": "Ann"}).status_code == 403
    assert not Person.objects.exists()


def test_the_new_person_is_seen_by_who_added_them(client: Client) -> None:
    seller = make_user(scope=Scope.OWN)
    client.force_login(seller)
    page = client.get(URL)
    assert page.context["form"]["owner"].value() == seller.pk
    response = client.post(URL, {"name": "Ann", "owner": seller.pk})
    assert client.get(response["Location"]).status_code == 200


def test_saving_costs_a_bounded_number_of_queries(
    as_owner: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    as_owner.get(URL)
    with django_assert_max_num_queries(22):
        as_owner.post(URL, {"name": "Ann", "email": "ann@lee.example", "owner": owner.pk})

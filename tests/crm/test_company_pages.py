"""The list of companies, the page of one, and a new one."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.models import Company, CustomField, Domain, Event, Person, Scope, User
from crm.operations.companies import add_domain
from tests.factories import make_company, make_deal, make_order, make_person, make_user
from tests.pages import HTMX, html, weight

pytestmark = pytest.mark.django_db


def test_the_list_counts_people_and_open_deals(as_owner: Client) -> None:
    company = make_company(name="Lee & Sons", industry="Gifts")
    for _number in range(3):
        make_person(company=company)
    make_deal(company=company)
    row = as_owner.get("/companies/").context["page"].rows[0]
    assert row.cells[-3:-1] == ["3", "1"]
    assert "Lee &amp; Sons" in html(as_owner.get("/companies/?q=lee"))


def test_the_list_counts_only_what_the_reader_sees(client: Client) -> None:
    reader = make_user(scope=Scope.OWN)
    company = make_company(owner=reader)
    make_person(company=company)
    make_person(company=company, owner=reader)
    make_deal(company=company)
    client.force_login(reader)
    [row] = client.get("/companies/").context["page"].rows
    assert (row.record.people_count, row.record.open_deals) == (1, 0)


def test_the_list_asks_a_fixed_number_of_queries(
    as_owner: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        make_person(company=make_company(name=f"C{number}", owner=owner))
    as_owner.get("/companies/")
    with django_assert_max_num_queries(10):
        page = as_owner.get("/companies/")
    assert weight(page) <= 60_000


def test_the_page_shows_people_deals_and_orders_of_the_company(as_owner: Client) -> None:
    company = make_company(name="Lee & Sons", city="Bonn")
    ann = make_person(name="Ann Lee", company=company)
    make_deal(title="Big one", company=company, amount=4000)
    make_order(ann, total="50")
    make_order(None, company=company, total="25")
    response = as_owner.get(f"/companies/{company.pk}/")
    page = response.context["page"]
    assert [colleague.person for colleague in page.people] == [ann]
    assert [deal.title for deal in page.deals] == ["Big one"]
    assert (page.sales.count, page.sales.total) == (2, "€75.00")
    assert "Bonn" in html(response)


def test_the_page_asks_a_fixed_number_of_queries(
    as_owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    company = make_company()
    for _number in range(30):
        make_order(make_person(company=company))
    as_owner.get(f"/companies/{company.pk}/")
    with django_assert_max_num_queries(15):
        response = as_owner.get(f"/companies/{company.pk}/")
    assert response.context["page"].people_count == 30
    assert len(response.context["page"].people) == 12


def test_all_people_of_a_company_are_one_link_away(as_owner: Client) -> None:
    company = make_company(name='Lee "&" Sons')
    for number in range(13):
        make_person(name=f"P{number}", company=company)
    make_person(name="Elsewhere")
    page = as_owner.get(f"/companies/{company.pk}/")
    found = as_owner.get(page.context["page"].people_url)
    assert found.context["page"].count.number == 13


@pytest.mark.parametrize("path", ["", "domains/"])
def test_a_stranger_finds_nothing(client: Client, stranger: User, path: str) -> None:
    company = make_company()
    client.force_login(stranger)
    assert client.get(f"/companies/{company.pk}/{path}").status_code == 404
    assert client.post(f"/companies/{company.pk}/domains/", {"domain": "lee.example"}).status_code == 404
    assert client.post(f"/records/company/{company.pk}/fields/city/", {"city": "X", "version": 1}).status_code == 404


def test_readers_change_nothing(client: Client, readonly: User) -> None:
    company = make_company(domain="lee.example")
    client.force_login(readonly)
    for path in ("/companies/new/", f"/companies/{company.pk}/domains/"):
        assert client.post(path, {"name": "X", "domain": "x.example"}).status_code == 403
    domain = company.domains.get()
    assert client.post(f"/companies/{company.pk}/domains/{domain.pk}/remove/").status_code == 403
    assert Company.objects.count() == Domain.objects.count() == 1


def test_a_company_is_added_with_its_domain(as_owner: Client, owner: User) -> None:
    CustomField.objects.create(target="company", key="tier", label="Tier")
    data = {
        "name": "Lee & Sons", "domain": "https://www.lee.example/", "website": "lee.example", "city": "Bonn",
        "owner": owner.pk, "custom.tier": "Gold",
    }  # fmt: skip
    response = as_owner.post("/companies/new/", data)
    company = Company.objects.get()
    assert response["Location"] == f"/companies/{company.pk}/"
    assert (company.website, company.owner, company.custom) == ("https://lee.example", owner, {"tier": "Gold"})
    assert company.domains.get().name == "lee.example"


@pytest.mark.parametrize(
    "data",
    [{}, {"name": "Lee", "domain": "gmail.com"}, {"name": "Lee", "website": "javascript:alert(1)"}],
)
def test_a_company_that_is_wrong_is_refused_in_words(as_owner: Client, data: dict[str, str]) -> None:
    response = as_owner.post("/companies/new/", data, headers=HTMX)
    assert response.status_code == 422
    assert "field__error" in html(response)
    assert not Company.objects.exists()


def test_a_domain_is_added_recognises_people_and_is_removed(as_owner: Client) -> None:
    company = make_company(name="Lee")
    as_owner.post(f"/companies/{company.pk}/domains/", {"domain": "lee.example"})
    assert make_person(email="ann@lee.example").employments.get().company == company
    domain = company.domains.get()
    as_owner.post(f"/companies/{company.pk}/domains/{domain.pk}/remove/")
    assert not make_person(email="ben@lee.example").employments.exists()
    assert Event.objects.filter(kind="company.changed", company=company).count() == 2


def test_a_domain_of_another_company_is_refused_in_words(as_owner: Client) -> None:
    add_domain(company=make_company(), domain="lee.example", actor=None)
    company = make_company()
    response = as_owner.post(f"/companies/{company.pk}/domains/", {"domain": "lee.example"}, headers=HTMX)
    assert response.status_code == 422
    assert "another company" in html(response)


def test_a_company_is_deleted_and_its_people_stay(as_owner: Client) -> None:
    company = make_company()
    ann = make_person(company=company)
    as_owner.post(f"/records/company/{company.pk}/delete/")
    assert not Company.objects.exists()
    assert Person.objects.get() == ann


def test_a_field_of_a_company_is_edited_in_its_place(as_owner: Client) -> None:
    company = make_company(city="Bonn")
    response = as_owner.post(f"/records/company/{company.pk}/fields/city/", {"city": "Ulm", "version": 1}, headers=HTMX)
    assert "Ulm" in html(response)
    company.refresh_from_db()
    assert company.city == "Ulm"

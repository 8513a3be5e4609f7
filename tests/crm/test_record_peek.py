"""The panel beside a list: the essentials of a record, for those who may see it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.models import User
from tests.factories import make_company, make_deal, make_order, make_person, make_task
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


def test_the_essentials_come_in_few_queries(
    client: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_person(name="Ann Lee", email="ann@lee.example", city="Bonn")
    make_task(title="Call her", person=person)
    for number in range(7):
        make_order(person, days_ago=number)
    client.force_login(owner)
    url = reverse("crm:record-peek", args=["person", person.pk])
    client.get(url)
    with django_assert_max_num_queries(10):
        page = client.get(url, headers=HTMX).content.decode()
    for words in ("ann@lee.example", "Bonn", "Call her", f"/people/{person.pk}/"):
        assert words in page
    assert page.count("timeline__item") == 5
    assert "Postcode" not in page


def test_companies_and_deals_have_one_and_strangers_see_none(client: Client, owner: User, stranger: User) -> None:
    urls = [
        reverse("crm:record-peek", args=[target, record.pk])
        for target, record in (("company", make_company(owner=owner)), ("deal", make_deal(owner=owner)))
    ]
    client.force_login(owner)
    assert [client.get(url).status_code for url in urls] == [200, 200]
    client.force_login(stranger)
    assert [client.get(url).status_code for url in urls] == [404, 404]

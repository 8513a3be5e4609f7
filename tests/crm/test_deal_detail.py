"""Opening a deal, its page, editing in place, who is on it, and who may do what."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.models import CustomField, Deal, DealLine, DealPerson, User
from crm.operations.deals import add_deal_person, move_deal, update_deal
from crm.operations.work import add_note, set_tags
from tests.factories import make_company, make_deal, make_person, make_stage, make_task
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, sales: User) -> Client:
    client.force_login(sales)
    return client


def body_of(client: Client, deal: Deal) -> str:
    return client.get(reverse("crm:deal-detail", args=[deal.pk])).content.decode()


def field_url(deal: Deal, name: str) -> str:
    return reverse("crm:record-field", args=["deal", deal.pk, name])


def new_deal(client: Client, **data: Any) -> Any:
    fields = {"title": "Chairs", "amount": "1,200.50", "currency": "EUR", "stage": make_stage().pk, **data}
    return client.post(reverse("crm:deal-create"), fields, headers=HTMX)


# --- opening --------------------------------------------------------------------------------------------------------


def test_a_deal_is_opened_from_the_dialog(page: Client, sales: User) -> None:
    person, company = make_person(name="Ann Lee"), make_company(name="Lee Ltd")
    response = new_deal(
        page, person=person.pk, company="", company_text="lee ltd", expected_close_on="2027-01-31", owner=sales.pk
    )
    deal = Deal.objects.get()
    assert response.headers["HX-Redirect"] == reverse("crm:deal-detail", args=[deal.pk])
    assert (deal.title, deal.amount, deal.currency, deal.rate) == ("Chairs", Decimal("1200.5"), "EUR", Decimal(1))
    assert (deal.person, deal.company, deal.owner, deal.stage) == (person, company, sales, make_stage())
    assert deal.expected_close_on == date(2027, 1, 31)


def test_an_amount_is_read_as_the_reader_writes_it(page: Client, sales: User) -> None:
    sales.language = "de"
    sales.save()
    new_deal(page, amount="1.200,50")
    assert Deal.objects.get().amount == Decimal("1200.5")


@pytest.mark.parametrize("amount", ["abc", "-5", "1e30", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused_in_words(page: Client, amount: str) -> None:
    response = new_deal(page, amount=amount)
    assert response.status_code == 422
    assert "Enter a" in response.content.decode()
    assert not Deal.objects.exists()


def test_another_currency_needs_its_rate(page: Client) -> None:
    response = new_deal(page, currency="USD")
    assert response.status_code == 422
    assert "Say what 1 USD is worth in EUR." in response.content.decode()
    new_deal(page, currency="USD", rate="0.91234567")
    assert Deal.objects.get().rate == Decimal("0.91234567")


def test_the_page_that_a_deal_is_opened_from_fills_it_in(page: Client) -> None:
    person = make_person(name="Ann Lee")
    body = page.get(reverse("crm:deal-create"), {"person": person.pk}, headers=HTMX).content.decode()
    assert f'name="person" value="{person.pk}"' in body
    assert 'value="Ann Lee"' in body


def test_a_deal_is_not_opened_for_a_person_whom_one_does_not_see(client: Client, stranger: User) -> None:
    hidden = make_person(name="Hidden Person")
    client.force_login(stranger)
    assert client.get(reverse("crm:deal-create"), {"person": hidden.pk}).status_code == 404
    response = new_deal(client, person=hidden.pk)
    assert response.status_code == 422
    assert "Hidden" not in response.content.decode()
    assert not Deal.objects.exists()


def test_own_fields_that_are_required_are_asked_for(page: Client) -> None:
    make_stage()
    CustomField.objects.create(target="deal", key="floor", label="Floor", kind="number", is_required=True)
    CustomField.objects.create(target="deal", key="colour", label="Colour")
    assert new_deal(page).status_code == 422
    new_deal(page, **{"custom.floor": "3"})
    assert Deal.objects.get().custom == {"floor": 3}


def test_the_form_is_a_page_of_its_own_without_scripts(page: Client) -> None:
    response = page.post(reverse("crm:deal-create"), {"title": ""})
    assert response.status_code == 422
    assert "<html" in response.content.decode()


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_shows_value_stage_people_tasks_notes_and_tags(page: Client, sales: User) -> None:
    person = make_person(name="Ann Lee", email="ann@lee.example")
    deal = make_deal(title="Chairs", amount=Decimal(1200), person=person, company=make_company(name="Lee Ltd"))
    add_deal_person(deal=deal, person=make_person(name="Bob Ray"), actor=sales, role="Decides")
    make_task(title="Send the offer", deal=deal)
    add_note(actor=sales, body="Wants oak", deal=deal)
    set_tags(record=deal, names=["Big"], actor=sales)
    DealLine.objects.create(deal=deal, description="Oak chair", quantity=Decimal(4), unit_price=Decimal(300))
    body = body_of(page, deal)
    for words in ("Chairs", "€1,200.00", "10 % chance", "Lee Ltd", "Ann Lee", "ann@lee.example", "Bob Ray", "Decides",
                  "Send the offer", "Wants oak", "Big", "Oak chair", "since today"):  # fmt: skip
        assert words in body, words


def test_a_foreign_amount_is_shown_in_workspace_currency_too(page: Client) -> None:
    body = body_of(page, make_deal(amount=Decimal(100), currency="USD", rate=Decimal("0.9")))
    assert "$100.00" in body
    assert "€90.00" in body


def test_a_lost_deal_says_why_and_when(page: Client) -> None:
    deal = move_deal(deal=make_deal(), stage=make_stage("Lost"), actor=None, lost_reason="Too dear")
    body = body_of(page, deal)
    assert "Too dear" in body
    assert "badge--bad" in body
    assert "Reason for losing it" not in body_of(page, make_deal())


@pytest.mark.parametrize("number", [1, 25])
def test_the_page_takes_the_same_queries_for_any_amount_of_content(page: Client, sales: User, number: int) -> None:
    deal = make_deal(person=make_person(email="a@b.example"), company=make_company())
    for _number in range(number):
        add_deal_person(deal=deal, person=make_person(), actor=sales)
        make_task(deal=deal, owner=sales)
        add_note(actor=sales, body="Hm", deal=deal)
        DealLine.objects.create(deal=deal, description="Oak", unit_price=Decimal(3))
    with CaptureQueriesContext(connection) as queries:
        body_of(page, deal)
    assert len(queries) <= 20


def test_text_of_users_is_escaped(page: Client, sales: User) -> None:
    evil = "<script>alert(1)</script>"
    deal = make_deal(title=evil, person=make_person(name=evil), company=make_company(name=evil), next_step=evil)
    add_deal_person(deal=deal, person=make_person(name=evil), actor=sales, role=evil)
    add_note(actor=sales, body=evil, deal=deal)
    DealLine.objects.create(deal=deal, description=evil, unit_price=Decimal(3))
    assert evil not in body_of(page, deal)


def test_names_are_no_links_where_the_reader_does_not_see_the_record(client: Client, stranger: User) -> None:
    person, company = make_person(), make_company()
    deal = make_deal(owner=stranger, person=person, company=company)
    client.force_login(stranger)
    body = body_of(client, deal)
    assert reverse("crm:person-detail", args=[person.pk]) not in body
    assert reverse("crm:company-detail", args=[company.pk]) not in body


# --- changing -------------------------------------------------------------------------------------------------------


def test_a_fact_is_changed_in_its_place(page: Client) -> None:
    deal = make_deal(amount=Decimal(100))
    editor = page.get(field_url(deal, "amount"), headers=HTMX).content.decode()
    assert 'name="amount" value="100"' in editor
    response = page.post(field_url(deal, "amount"), {"amount": "250", "version": 1}, headers=HTMX)
    assert "€250.00" in response.content.decode()
    assert Deal.objects.get().amount == Decimal(250)


def test_a_person_is_put_on_a_deal_in_its_place(page: Client) -> None:
    deal, person = make_deal(), make_person(name="Ann Lee")
    page.post(field_url(deal, "person"), {"person": person.pk, "version": 1}, headers=HTMX)
    deal.refresh_from_db()
    assert (deal.person, deal.search_text) == (person, f"{deal.title.lower()} ann lee")
    page.post(field_url(deal, "person"), {"person": "", "person_text": "", "version": 2}, headers=HTMX)
    deal.refresh_from_db()
    assert deal.person is None


@pytest.mark.parametrize(("name", "value"), [("probability", "101"), ("amount", "x"), ("title", " ")])
def test_a_wrong_value_is_refused_in_its_place(page: Client, name: str, value: str) -> None:
    deal = make_deal()
    assert page.post(field_url(deal, name), {name: value, "version": 1}, headers=HTMX).status_code == 422
    assert Deal.objects.get().version == 1


def test_an_edit_of_an_old_version_shows_both(page: Client, manager: User) -> None:
    deal = make_deal(title="First")
    update_deal(deal=deal, actor=manager, title="Theirs")
    response = page.post(field_url(deal, "title"), {"title": "Mine", "version": 1}, headers=HTMX)
    body = response.content.decode()
    assert response.status_code == 409
    assert "Theirs" in body
    assert "Mine" in body
    assert Deal.objects.get().title == "Theirs"


def test_everything_is_edited_on_one_form(page: Client, sales: User) -> None:
    deal = make_deal(title="Chairs")
    url = reverse("crm:record-edit", args=["deal", deal.pk])
    assert "Chairs" in page.get(url, headers=HTMX).content.decode()
    data = {
        "title": "Tables", "amount": "5", "currency": "USD", "rate": "0.5", "probability": "40", "owner": sales.pk,
        "expected_close_on": "2027-02-01", "next_step": "Call", "lead_source": "Fair", "version": 1,
    }  # fmt: skip
    assert page.post(url, data, headers=HTMX).status_code == 204
    deal.refresh_from_db()
    assert (deal.title, deal.currency, deal.rate, deal.probability) == ("Tables", "USD", Decimal("0.5"), 40)
    assert (deal.owner, deal.next_step, deal.lead_source) == (sales, "Call", "Fair")


def test_people_are_added_to_a_deal_and_taken_off(page: Client) -> None:
    deal, person = make_deal(), make_person(name="Ann Lee")
    url = reverse("crm:deal-person-add", args=[deal.pk])
    assert page.get(url, headers=HTMX).status_code == 200
    assert page.post(url, {"person": "", "role": "x"}, headers=HTMX).status_code == 422
    assert page.post(url, {"person": person.pk, "role": "Decides"}, headers=HTMX).status_code == 204
    row = DealPerson.objects.get()
    assert (row.person, row.role) == (person, "Decides")
    page.post(reverse("crm:deal-person-remove", args=[row.pk]), headers=HTMX)
    assert not DealPerson.objects.exists()


def test_deleting_is_for_those_who_may(client: Client, sales: User, manager: User) -> None:
    deal = make_deal()
    url = reverse("crm:record-delete", args=["deal", deal.pk])
    client.force_login(sales)
    assert client.post(url).status_code == 403
    client.force_login(manager)
    assert client.post(url, headers=HTMX).headers["HX-Redirect"] == reverse("crm:deal-list")
    assert not Deal.objects.exists()


def test_a_stranger_finds_no_deal(client: Client, stranger: User) -> None:
    deal = make_deal()
    row = add_deal_person(deal=deal, person=make_person(), actor=None)
    client.force_login(stranger)
    urls = [
        reverse("crm:deal-detail", args=[deal.pk]), reverse("crm:deal-person-add", args=[deal.pk]),
        field_url(deal, "title"), reverse("crm:record-edit", args=["deal", deal.pk]),
        reverse("crm:record-timeline", args=["deal", deal.pk]),
    ]  # fmt: skip
    assert {client.get(url).status_code for url in urls} == {404}
    assert client.post(reverse("crm:deal-person-remove", args=[row.pk])).status_code == 404
    assert DealPerson.objects.exists()


def test_who_may_only_read_changes_nothing(client: Client, readonly: User) -> None:
    deal = make_deal(title="Chairs")
    row = add_deal_person(deal=deal, person=make_person(), actor=None)
    client.force_login(readonly)
    body = body_of(client, deal)
    assert "Chairs" in body
    assert field_url(deal, "title") not in body
    answers = [
        client.post(field_url(deal, "title"), {"title": "x", "version": 1}),
        client.post(reverse("crm:deal-person-add", args=[deal.pk]), {}),
        client.post(reverse("crm:deal-person-remove", args=[row.pk])),
        client.post(reverse("crm:deal-create"), {"title": "x"}),
    ]
    assert {answer.status_code for answer in answers} == {403}


# --- list, forecast, pickers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["-amount", "amount", "close", "-close", "-added"])
def test_the_list_sorts_by_value_and_dates(page: Client, sort: str) -> None:
    today = timezone.localdate()
    for number in range(3):
        make_deal(title=f"Deal-{number}", amount=Decimal(number), expected_close_on=today + timedelta(days=number))
    body = page.get(reverse("crm:deal-list"), {"sort": sort}).content.decode()
    places = [body.index(f"Deal-{number}") for number in range(3)]
    assert places == sorted(places, reverse=sort.startswith("-"))


def test_the_list_is_searched_and_filtered_and_hides_from_strangers(
    client: Client, page: Client, stranger: User
) -> None:
    make_deal(title="Garden chairs")
    make_deal(title="Office chairs", stage=make_stage("Talked"))
    url = reverse("crm:deal-list")
    assert "Office" not in page.get(url, {"q": "garden"}).content.decode()
    talked = f'{{"all":[{{"field":"stage","op":"is","value":{make_stage("Talked").pk}}}]}}'
    body = page.get(url, {"filter": talked}).content.decode()
    assert "Office" in body
    assert "Garden" not in body
    client.force_login(stranger)
    assert "chairs" not in client.get(url).content.decode()


def test_a_filter_built_on_the_board_leads_back_to_the_board(page: Client) -> None:
    params = {"field": "title", "op": "contains", "value": "oak", "apply": "1"}
    headers = {**HTMX, "HX-Current-URL": "http://testserver" + reverse("crm:deal-board")}
    response = page.get(reverse("crm:list-filter", args=["deal"]), params, headers=headers)
    assert response.headers["HX-Redirect"].startswith(reverse("crm:deal-board") + "?filter=")


def test_a_picker_offers_what_the_reader_sees(client: Client, page: Client, stranger: User) -> None:
    make_person(name="Ann Lee", email="ann@lee.example")
    make_person(name="Joanna Ray")
    make_company(name="Lee Ltd")
    make_deal(title="Lee chairs")
    body = page.get(reverse("crm:pick", args=["person"]), {"q": "ann"}).content.decode()
    assert body.index("Ann Lee") < body.index("Joanna Ray")
    assert "ann@lee.example" in body
    assert "Lee Ltd" in page.get(reverse("crm:pick", args=["company"]), {"q": "lee"}).content.decode()
    assert "Lee chairs" in page.get(reverse("crm:pick", args=["deal"])).content.decode()
    assert page.get(reverse("crm:pick", args=["order"])).status_code == 404
    client.force_login(stranger)
    assert "Ann" not in client.get(reverse("crm:pick", args=["person"]), {"q": "ann"}).content.decode()


def test_the_timeline_says_days_as_people_write_them(page: Client, sales: User) -> None:
    deal = make_deal(expected_close_on=date(2024, 12, 1))
    update_deal(deal=deal, actor=sales, expected_close_on=date(2025, 1, 13))
    words = page.get(reverse("crm:deal-detail", args=[deal.pk])).content.decode()
    assert "expected close: Dec 1, 2024 → Jan 13, 2025" in words


@pytest.mark.parametrize("name", ["crm:deal-create", "crm:deal-move"])
def test_a_form_on_a_page_of_its_own_stays_there_and_opens_no_second_one_above_it(page: Client, name: str) -> None:
    url = reverse(name, args=[make_deal().pk] if name == "crm:deal-move" else [])
    asks = 'hx-target="#dialog-content"'
    assert asks not in page.get(url).content.decode()
    assert asks in page.get(url, headers=HTMX).content.decode()

"""The people and company pages in a real browser: by hand, by keyboard, on a phone, and for every reader."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from crm.models import ContactPoint, Note, Person, Task, User
from crm.operations.work import add_note, set_tags
from tests.browser.conftest import PHONE
from tests.factories import make_company, make_deal, make_order, make_person, make_task

pytestmark = [pytest.mark.django_db(transaction=True)]

SignIn = Callable[[object], None]
Accessible = Callable[[Page], None]


def settled(page: Page) -> None:
    """Waits until htmx has put in what it asked for."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


@pytest.fixture
def ann(owner: User) -> Person:
    """A customer with something in every part of her page."""
    company = make_company(name="Lee & Sons", city="Bonn", owner=owner)
    person = make_person(
        name="Ann Lee", email="ann@lee.example", phone="+44 20 7946 0018", company=company, owner=owner, city="Bonn"
    )
    set_tags(record=person, names=["Wholesale", "Fair 2026"], actor=owner)
    for number in range(40):
        make_order(person, total=str(20 + number), days_ago=number * 9)
    make_deal(title="Mugs for the lobby", person=person, company=company, amount=4200, owner=owner)
    make_task(title="Call about the delivery", person=person, owner=owner)
    add_note(actor=owner, body="Prefers to be called in the afternoon.", person=person)
    return person


@pytest.fixture
def crowd(owner: User) -> None:
    for number in range(60):
        make_person(name=f"Person {number:02}", email=f"p{number}@shop.example", owner=owner if number % 2 else None)


def test_every_form_of_lists_and_records_is_without_barrier(
    page: Page, sign_in: SignIn, owner: User, ann: Person, accessible: Accessible
) -> None:
    sign_in(owner)
    forms = ["edit/", "tags/", "share/", "delete/", "timeline/", "fields/city/"]
    addresses = [f"/records/person/{ann.pk}/{rest}" for rest in forms]
    addresses += ["/lists/person/columns/", "/lists/person/filter/?field=owner&op=any_of", "/people/?q=nobody-at-all"]
    for address in addresses:
        page.goto(address)
        accessible(page)


def test_a_search_shows_hits_while_one_types_and_keeps_the_address(
    page: Page, sign_in: SignIn, owner: User, ann: Person, crowd: None
) -> None:
    sign_in(owner)
    page.goto("/people/?sort=-spent")
    page.locator("#list-q").press_sequentially("ann le", delay=30)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("#list-tools [role=status]")).to_have_text("1 person")
    expect(page).to_have_url(re.compile(r"sort=-spent&q=ann%20le$"))
    expect(page.locator("#list-q")).to_be_focused()
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_filter_is_built_in_the_dialog(page: Page, sign_in: SignIn, owner: User, ann: Person, crowd: None) -> None:
    sign_in(owner)
    page.goto("/people/")
    page.keyboard.press("f")
    page.locator("#id_field").select_option("order_count")
    settled(page)
    page.locator("#id_op").select_option("more_than")
    settled(page)
    page.locator("#id_value").fill("5")
    page.locator("#id_value").press("Enter")
    expect(page.locator(".chip")).to_contain_text("Number of orders is more than 5")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator(".chip > a").first.click()
    page.locator("#id_value").fill("500")
    page.get_by_role("button", name="Change filter").click()
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Clear search and filters").click()
    expect(page.locator("tbody tr")).to_have_count(50)


def test_a_filter_is_built_on_a_page_of_its_own(
    page: Page, sign_in: SignIn, owner: User, ann: Person, crowd: None
) -> None:
    sign_in(owner)
    page.goto("/lists/person/filter/")
    page.get_by_label("Field").select_option("city")
    page.get_by_label("Condition").select_option("is")
    page.get_by_label("Value").fill("Bonn")
    page.get_by_role("button", name="Add filter").click()
    expect(page.get_by_role("link", name="Ann Lee")).to_be_visible()
    expect(page.get_by_role("link", name="Person 01")).to_have_count(0)
    assert "/people/?filter=" in page.url


def test_picked_rows_are_assigned_and_the_news_says_so(
    page: Page, sign_in: SignIn, owner: User, sales: User, crowd: None
) -> None:
    sign_in(owner)
    page.goto("/people/")
    page.locator("[name=ids]").nth(0).check()
    page.locator("[name=ids]").nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-selected-count]")).to_have_text("3 selected")
    page.locator(".selection-bar").get_by_role("button", name="Assign").click()
    page.locator("#dialog #id_owner").select_option(str(sales.pk))
    page.locator("#dialog").get_by_role("button", name="Assign").click()
    expect(page.locator(".toast")).to_contain_text("Done for 3 records.")
    assert Person.objects.filter(owner=sales).count() == 3


def test_space_shows_a_record_beside_the_list(
    page: Page, sign_in: SignIn, owner: User, ann: Person, crowd: None
) -> None:
    sign_in(owner)
    page.goto("/people/")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    peek = page.locator("#peek")
    expect(peek).to_contain_text("ann@lee.example")
    page.keyboard.press("j")
    expect(peek).to_contain_text("p0@shop.example")
    page.keyboard.press("Escape")
    expect(peek).to_be_hidden()
    page.keyboard.press("Space")
    expect(peek).to_contain_text("p0@shop.example")
    expect(page).to_have_url(re.compile("/people/$"))


def test_columns_are_moved_by_keyboard(page: Page, sign_in: SignIn, owner: User, ann: Person) -> None:
    sign_in(owner)
    page.goto("/people/")
    page.get_by_role("link", name="Columns").click()
    page.locator("#dialog").get_by_role("button", name="Move E-mail up").press("Enter")
    page.locator("#dialog").get_by_role("button", name="Show these columns").click()
    expect(page.locator("thead th").nth(2)).to_have_text("E-mail")


def test_a_person_is_added_in_the_dialog_and_a_taken_address_leads_to_who_has_it(
    page: Page, sign_in: SignIn, owner: User, ann: Person
) -> None:
    sign_in(owner)
    page.goto("/people/")
    page.get_by_role("link", name="Add person").first.click()
    page.locator("#dialog #id_name").fill("Anna")
    page.locator("#dialog #id_email").fill("ANN@lee.example")
    page.locator("#dialog").get_by_role("button", name="Add person").click()
    expect(page.locator("#dialog").get_by_role("link", name="Open Ann Lee")).to_be_visible()
    page.locator("#dialog #id_email").fill("anna@new.example")
    page.locator("#dialog #id_company").press_sequentially("lee")
    expect(page.locator("#company-suggestions option")).to_have_count(1)
    page.locator("#dialog #id_company").fill("Lee & Sons")
    page.locator("#dialog").get_by_role("button", name="Add person").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna")
    assert Person.objects.get(name="Anna").employments.get().company.name == "Lee & Sons"


def test_a_field_is_edited_by_keyboard_alone(page: Page, sign_in: SignIn, owner: User, ann: Person) -> None:
    sign_in(owner)
    page.goto(f"/people/{ann.pk}/")
    city = page.get_by_title("Change: City")
    city.focus()
    city.press("Enter")
    field = page.locator(".fact-editor input[name=city]")
    expect(field).to_be_focused()
    field.fill("Paris")
    field.press("Escape")
    expect(page.get_by_title("Change: City")).to_have_text("Bonn")
    settled(page)
    page.get_by_title("Change: City").press("Enter")
    field.fill("Köln")
    field.press("Enter")
    expect(page.get_by_title("Change: City")).to_contain_text("Köln")
    expect(page.get_by_title("Change: City")).to_be_focused()
    expect(page.locator("#timeline")).to_contain_text("Bonn → Köln")


def test_a_field_is_edited_on_a_page_of_its_own(page: Page, sign_in: SignIn, owner: User, ann: Person) -> None:
    sign_in(owner)
    page.goto(f"/records/person/{ann.pk}/fields/city/")
    page.locator("input[name=city]").fill("Paris")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_title("Change: City")).to_have_text("Paris")


def test_two_who_edit_at_once_choose_between_both_values(page: Page, sign_in: SignIn, owner: User, ann: Person) -> None:
    sign_in(owner)
    page.goto(f"/people/{ann.pk}/")
    page.get_by_title("Change: City").click()
    expect(page.locator(".fact-editor input[name=city]")).to_be_focused()
    Person.objects.filter(pk=ann.pk).update(city="Paris", version=ann.version + 1)
    page.locator(".fact-editor input[name=city]").fill("London")
    page.locator(".fact-editor").get_by_role("button", name="Save").click()
    expect(page.locator(".fact-editor")).to_contain_text("Paris")
    page.get_by_role("link", name="Keep theirs").click()
    expect(page.get_by_title("Change: City")).to_have_text("Paris")


def test_a_note_and_a_task_appear_at_once(page: Page, sign_in: SignIn, owner: User, ann: Person) -> None:
    sign_in(owner)
    page.goto(f"/people/{ann.pk}/")
    page.keyboard.press("n")
    page.locator("#note-body").fill("Wants a catalogue")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#timeline")).to_contain_text("Wants a catalogue")
    expect(page.locator("#note-body")).to_have_value("")
    page.locator("#task-title").fill("Send the catalogue")
    page.locator("#task-title").press("Enter")
    upcoming = page.locator("#timeline .task", has_text="Send the catalogue")
    expect(upcoming).to_be_visible()
    upcoming.get_by_role("button", name="Done: Send the catalogue").click()
    expect(page.locator("#timeline .task.is-done")).to_contain_text("Send the catalogue")
    assert Note.objects.filter(body="Wants a catalogue").exists()
    assert Task.objects.get(title="Send the catalogue").done_at


def test_older_things_come_as_one_scrolls(page: Page, sign_in: SignIn, owner: User, ann: Person) -> None:
    sign_in(owner)
    page.goto(f"/people/{ann.pk}/")
    expect(page.locator("#timeline .timeline__item")).to_have_count(30)
    page.locator(".timeline__more").scroll_into_view_if_needed()
    expect(page.locator("#timeline .timeline__more")).to_have_count(0)
    assert page.locator("#timeline .timeline__item").count() > 40


def test_a_contact_is_added_and_removed_where_it_stands(page: Page, sign_in: SignIn, owner: User, ann: Person) -> None:
    sign_in(owner)
    page.goto(f"/people/{ann.pk}/")
    page.locator("#record-contacts").get_by_role("link", name="Add").first.click()
    page.locator("#dialog #id_value").fill("second@lee.example")
    page.locator("#dialog").get_by_role("button", name="Add").click()
    expect(page.locator("#record-contacts")).to_contain_text("second@lee.example")
    page.get_by_role("button", name="More for second@lee.example").click()
    page.get_by_role("button", name="Remove").last.click()
    expect(page.locator("#record-contacts")).not_to_contain_text("second@lee.example")
    assert ContactPoint.objects.filter(person=ann).count() == 2


def test_on_a_phone_a_row_takes_two_lines_and_the_menu_deletes(
    page: Page, sign_in: SignIn, owner: User, ann: Person
) -> None:
    sign_in(owner)
    page.set_viewport_size(PHONE)
    page.goto("/people/")
    row = page.locator("tbody tr").first.bounding_box()
    assert row
    assert row["height"] < 80
    page.get_by_role("link", name="Ann Lee").click()
    page.get_by_role("button", name="More", exact=True).first.click()
    page.locator("#record-menu").get_by_role("link", name="Delete").click()
    page.locator("#dialog").get_by_role("button", name="Delete for good").click()
    expect(page).to_have_url(re.compile(r"/people/$"))
    assert not Person.objects.exists()


@pytest.mark.parametrize("width", [1280, 1440])
def test_names_and_addresses_keep_their_room_beside_the_columns_of_other_rooms(
    page: Page, sign_in: SignIn, owner: User, crowd: None, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(owner)
    page.goto("/people/")
    name = page.locator("tbody .table__main").first.bounding_box()
    assert name is not None
    assert name["width"] > 130

"""The list of people: what it shows, how it is narrowed, saved, changed in bulk and taken along."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm import extensions
from crm.filters import fields_of, operators_of
from crm.models import Event, Person, Role, SavedView, Tag, Task, User
from crm.operations.work import set_tags
from crm.queries.lists import standing_columns
from crm.queries.people import PEOPLE, tag_pills
from tests.factories import make_company, make_order, make_person, make_user
from tests.pages import HTMX, html, weight

pytestmark = pytest.mark.django_db

LIST = "/people/"


def filter_query(*rules: dict[str, Any]) -> str:
    return f"?filter={quote(json.dumps({'all': list(rules)}))}"


def test_a_row_says_who_it_is_where_they_work_and_what_they_bought(as_owner: Client, owner: User) -> None:
    person = make_person(name="Ann Lee", email="ann@lee.example", company=make_company(name="Lee & Sons"), owner=owner)
    set_tags(record=person, names=["Wholesale"], actor=owner)
    make_order(person, total="125.50")
    page = html(as_owner.get(LIST))
    for words in ("Ann Lee", "ann@lee.example", "Lee &amp; Sons", "Wholesale", "€125.50", str(owner)):
        assert words in page
    assert f'href="/people/{person.pk}/"' in page


def test_on_a_phone_where_there_are_no_heads_numbers_say_what_they_are(as_owner: Client) -> None:
    make_order(make_person(name="Ann Lee"), total="640")
    page = html(as_owner.get("/people/"))
    assert '<td data-label="Spent">€640.00<' in page
    value = [column.key for column in as_owner.get("/people/").context["page"].columns].index("value")
    assert f"wide-{value + 2}" in page  # a second amount would make a third line
    make_person(company=make_company(name="Bakery"))
    assert '<td data-label="People">1<' in html(as_owner.get("/companies/"))


def test_an_empty_list_leads_to_the_import(as_owner: Client) -> None:
    assert "Import people" in html(as_owner.get(LIST))


def test_a_name_that_is_markup_is_shown_as_text(as_owner: Client) -> None:
    make_person(name="<script>alert(1)</script>", city="<b>")
    page = html(as_owner.get(f"{LIST}?columns=city"))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>" not in page


def test_queries_and_size_of_a_full_page_stay_in_their_budget(
    as_owner: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    company = make_company(name="Donaudampfschifffahrtsgesellschaft")
    for number in range(60):
        person = make_person(
            name=f"Margarethe Hohenfels {number}", email=f"m{number}@hohenfels.example", company=company, owner=owner
        )
        set_tags(record=person, names=["Wholesale"], actor=owner)
        make_order(person, total="1234.50")
    as_owner.get(LIST)
    with django_assert_max_num_queries(10):
        page = as_owner.get(LIST)
    assert weight(page) <= 60_000  # the budget of a list, before compression
    with django_assert_max_num_queries(10):
        as_owner.get(f"{LIST}?sort=-spent")


def test_htmx_gets_the_rows_alone_from_the_same_address(as_owner: Client) -> None:
    make_person(name="Ann Lee")
    response = as_owner.get(f"{LIST}?q=ann", headers=HTMX)
    part = html(response)
    assert "Ann Lee" in part
    assert "<html" not in part
    assert weight(response) <= 25_000
    assert "HX-Request" in response["Vary"]


def test_pages_follow_each_other_by_links(as_owner: Client) -> None:
    for number in range(51):
        make_person(name=f"P{number:02}")
    first = as_owner.get(LIST)
    query = first.context["page"].next_query
    second = html(as_owner.get(LIST + query))
    assert "P50" in second
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second


def test_nobody_yet_offers_to_add_somebody(as_owner: Client) -> None:
    page = html(as_owner.get(LIST))
    assert reverse("crm:person-create") in page
    assert "<table" not in page


def test_no_hit_offers_to_clear_search_and_filters(as_owner: Client) -> None:
    make_person(name="Ann")
    page = html(as_owner.get(f"{LIST}?q=zzzz"))
    assert "Nothing matches" in page
    assert 'href="/people/"' in page


def test_a_broken_filter_is_said_in_words(as_owner: Client) -> None:
    make_person(name="Ann")
    page = html(as_owner.get(f"{LIST}?filter=%7B"))
    assert "can&#x27;t be read" in page
    assert "Ann" not in page


def test_a_filter_is_shown_as_a_chip_that_can_be_taken_off(as_owner: Client, owner: User) -> None:
    make_person(name="Mine", owner=owner)
    make_person(name="Other")
    page = as_owner.get(LIST + filter_query({"field": "owner", "op": "is", "value": owner.pk}))
    [chip] = page.context["chips"]
    assert chip.label == "Owner is me"
    assert chip.remove_url == LIST
    assert "Other" not in html(page)


def test_a_stranger_sees_an_empty_list(client: Client, stranger: User) -> None:
    make_person(name="Hidden")
    client.force_login(stranger)
    assert "Hidden" not in html(client.get(LIST))
    assert "Hidden" not in html(client.get(f"{LIST}?q=hidden"))


# --- filter builder, columns, views -------------------------------------------------------------------------------


def test_the_builder_asks_for_field_then_condition_then_value(as_owner: Client) -> None:
    address = "/lists/person/filter/"
    assert 'name="op"' not in html(as_owner.get(address, headers=HTMX))
    with_field = html(as_owner.get(f"{address}?field=last_order_at&op=older_than", headers=HTMX))
    assert 'name="days"' in with_field
    done = as_owner.get(f"{address}?field=last_order_at&op=older_than&days=90&apply=1")
    assert done.status_code == 302
    make_person(name="Never bought")
    old = make_person(name="Long ago")
    make_order(old, days_ago=4000)
    page = html(as_owner.get(done["Location"]))
    assert "Long ago" in page
    assert "Never bought" not in page


def test_on_a_page_of_its_own_the_builder_asks_in_that_page(as_owner: Client) -> None:
    address = "/lists/person/filter/?field=last_order_at&op=older_than"
    form = form_of(html(as_owner.get(address)))
    assert "hx-" not in form
    assert "data-ask-on-change" in form
    assert 'name="ask"' in form  # where no script runs, too, another field can be chosen
    in_dialog = form_of(html(as_owner.get(address, headers=HTMX)))
    assert 'hx-target="#dialog-content"' in in_dialog
    assert "data-ask-on-change" not in in_dialog
    asked = as_owner.get(f"{address}&days=90&apply=1&ask=1")
    assert (asked.status_code, 'name="days"' in html(asked)) == (200, True)
    wrong = as_owner.get(f"{address}&days=x&apply=1")
    assert (wrong.status_code, "<!doctype html>" in html(wrong)) == (422, True)


def form_of(page: str) -> str:
    return page[page.index('<form class="form" id="filter-form"') :].partition("</form>")[0]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("field=order_count&op=more_than&value=many&apply=1", "number"),
        ("field=owner&op=any_of&apply=1", "required"),
        ("field=last_order_at&op=before&value=soon&apply=1", "valid date"),
    ],
)
def test_the_builder_says_what_is_wrong(as_owner: Client, query: str, says: str) -> None:
    response = as_owner.get(f"/lists/person/filter/?{query}", headers=HTMX)
    assert response.status_code == 422
    assert says in html(response)


def test_a_chip_opens_the_builder_with_its_rule_and_the_rule_is_replaced(as_owner: Client) -> None:
    page = as_owner.get(LIST + filter_query({"field": "city", "op": "is", "value": "Bonn"}))
    make_person(city="Bonn")
    [chip] = page.context["chips"]
    assert 'value="Bonn"' in html(as_owner.get(chip.edit_url))
    changed = as_owner.get(f"{chip.edit_url}&field=city&op=is&value=Köln&apply=1")
    assert "Bonn" not in changed["Location"]
    assert quote("Köln") in changed["Location"]


def test_every_field_and_condition_has_a_form(as_owner: Client, owner: User) -> None:
    set_tags(record=make_person(), names=["Fair"], actor=owner)
    for field in fields_of("person"):
        key = field.key.removeprefix("person.")
        for op in operators_of(field):
            form = html(as_owner.get(f"/lists/person/filter/?field={key}&op={op}", headers=HTMX))
            assert f'<option value="{op}" selected>' in form


def test_columns_are_chosen_in_a_dialog(as_owner: Client) -> None:
    make_person(name="Ann", city="Bonn")
    response = as_owner.get("/lists/person/columns/?column=city&column=email&apply=1")
    assert response["Location"] == f"{LIST}?columns=city%2Cemail"
    page = as_owner.get(response["Location"])
    assert [column.key for column in page.context["page"].columns] == ["name", "city", "email"]
    usual = [column.key for column in standing_columns(PEOPLE)[1:] if column.is_default]
    default = as_owner.get("/lists/person/columns/", {"columns": "city", "column": usual, "apply": "1"})
    assert default["Location"] == LIST


def test_a_view_is_saved_shown_as_a_tab_changed_and_removed(as_owner: Client, owner: User) -> None:
    make_person(name="In Bonn", city="Bonn")
    make_person(name="In Ulm", city="Ulm")
    state = {"filter": '{"all":[{"field":"city","op":"is","value":"Bonn"}]}', "sort": "-spent"}
    response = as_owner.post("/lists/person/views/", {**state, "name": "Bonn", "is_shared": "on"})
    view = SavedView.objects.get()
    assert response["Location"] == f"{LIST}?view={view.pk}"
    assert (view.owner, view.is_shared, view.sort) == (owner, True, "-spent")
    page = as_owner.get(response["Location"])
    assert "In Bonn" in html(page)
    assert "In Ulm" not in html(page)
    assert any(tab.label == "Bonn" and tab.is_current for tab in page.context["tabs"])
    as_owner.post("/lists/person/views/", {"view": view.pk, "sort": "name", "update": "1"})
    view.refresh_from_db()
    assert view.sort == "name"
    as_owner.post(f"/lists/person/views/{view.pk}/remove/")
    assert not SavedView.objects.exists()
    assert set(Event.objects.filter(kind__startswith="view.").values_list("kind", flat=True)) == {
        "view.saved", "view.deleted",
    }  # fmt: skip


def test_a_second_view_of_the_same_name_is_refused(as_owner: Client, owner: User) -> None:
    SavedView.objects.create(target="person", name="Bonn", owner=owner)
    response = as_owner.post("/lists/person/views/", {"name": "Bonn"}, headers=HTMX)
    assert response.status_code == 422
    assert "already" in html(response)


def test_a_shared_view_is_seen_but_not_removed_by_colleagues(client: Client, owner: User, sales: User) -> None:
    view = SavedView.objects.create(target="person", name="Ours", owner=owner, is_shared=True)
    client.force_login(sales)
    assert "Ours" in html(client.get(LIST))
    assert client.post(f"/lists/person/views/{view.pk}/remove/").status_code == 404


# --- selections ---------------------------------------------------------------------------------------------------


def test_a_selection_is_assigned(as_owner: Client, owner: User, sales: User) -> None:
    people = [make_person(), make_person()]
    ids = [person.pk for person in people]
    asked = as_owner.post("/lists/person/bulk/assign/", {"ids": ids}, headers=HTMX)
    assert asked.status_code == 200
    assert people[0].name in html(asked)
    done = as_owner.post("/lists/person/bulk/assign/", {"ids": ids, "step": "do", "owner": sales.pk})
    assert done.status_code == 302
    assert set(Person.objects.values_list("owner", flat=True)) == {sales.pk}
    assert Event.objects.filter(kind="person.changed", actor=owner).count() == 2


def test_a_selection_is_tagged_and_untagged(as_owner: Client, owner: User) -> None:
    person = make_person()
    set_tags(record=person, names=["Old"], actor=owner)
    as_owner.post("/lists/person/bulk/tag/", {"ids": [person.pk], "step": "do", "new": "Fresh, Fair 2026"})
    assert set(person.tags.values_list("name", flat=True)) == {"Old", "Fresh", "Fair 2026"}
    as_owner.post("/lists/person/bulk/untag/", {"ids": [person.pk], "step": "do", "tags": ["Old"]})
    assert set(person.tags.values_list("name", flat=True)) == {"Fresh", "Fair 2026"}


def test_a_task_is_planned_for_each(as_owner: Client, owner: User, sales: User) -> None:
    whose, nobodys = make_person(owner=sales), make_person()
    as_owner.post("/lists/person/bulk/task/", {"ids": [whose.pk, nobodys.pk], "step": "do", "title": "Call"})
    assert {(task.person, task.owner) for task in Task.objects.all()} == {(whose, sales), (nobodys, owner)}


def test_a_selection_is_deleted_after_a_question(as_owner: Client) -> None:
    gone, stays = make_person(), make_person()
    asked = as_owner.post("/lists/person/bulk/delete/", {"ids": [gone.pk]})
    assert "Delete for good" in html(asked)
    assert Person.objects.count() == 2
    as_owner.post("/lists/person/bulk/delete/", {"ids": [gone.pk], "step": "do"})
    assert list(Person.objects.all()) == [stays]


def test_all_of_a_view_means_what_its_filter_shows(as_owner: Client, sales: User) -> None:
    inside, outside = make_person(city="Bonn"), make_person(city="Ulm")
    state = {"filter": '{"all":[{"field":"city","op":"is","value":"Bonn"}]}', "all": "1"}
    as_owner.post("/lists/person/bulk/assign/", {**state, "step": "do", "owner": sales.pk})
    inside.refresh_from_db()
    outside.refresh_from_db()
    assert (inside.owner, outside.owner) == (sales, None)


def test_more_than_two_hundred_at_once_are_refused_in_words(as_owner: Client) -> None:
    Person.objects.bulk_create(Person(name=f"P{number}") for number in range(201))
    response = as_owner.post("/lists/person/bulk/delete/", {"all": "1", "step": "do"}, headers=HTMX)
    assert response.status_code == 422
    assert "200" in html(response)
    assert Person.objects.count() == 201


def test_what_i_cannot_see_is_not_changed(client: Client, stranger: User) -> None:
    hidden = make_person()
    client.force_login(stranger)
    response = client.post("/lists/person/bulk/assign/", {"ids": [hidden.pk], "step": "do", "owner": stranger.pk})
    assert response.status_code == 422
    hidden.refresh_from_db()
    assert hidden.owner is None


@pytest.mark.parametrize("action", ["assign", "tag", "untag", "task", "delete"])
def test_a_role_that_only_reads_changes_nothing(client: Client, readonly: User, action: str) -> None:
    person = make_person()
    client.force_login(readonly)
    data = {"ids": [person.pk], "step": "do", "title": "Call", "new": "Tag"}
    assert client.post(f"/lists/person/bulk/{action}/", data).status_code == 403
    assert Person.objects.count() == 1
    assert not Task.objects.exists()
    assert not Tag.objects.exists()


def test_there_is_no_list_and_no_act_of_another_name(as_owner: Client) -> None:
    assert as_owner.post("/lists/person/bulk/promote/").status_code == 404
    assert as_owner.get("/lists/user/filter/").status_code == 404


# --- export -------------------------------------------------------------------------------------------------------


def exported(client: Client, data: dict[str, Any]) -> list[list[str]]:
    response: Any = client.post("/lists/person/export/", data)
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_an_export_holds_every_row_of_the_view_with_its_columns(as_owner: Client, owner: User) -> None:
    for number in range(510):
        make_person(name=f"P{number:03}", city="Bonn")
    make_person(name="Elsewhere", city="Ulm")
    state = {"filter": '{"all":[{"field":"city","op":"is","value":"Bonn"}]}', "columns": "city,spent"}
    rows = exported(as_owner, {**state, "all": "1"})
    assert rows[0] == ["Name", "City", "Spent"]
    assert len(rows) == 511
    assert rows[1] == ["P000", "Bonn", "0.0000"]
    event = Event.objects.get(kind="records.exported")
    assert (event.actor, event.data) == (owner, {"target": "person", "rows": 510})


def test_an_export_of_a_selection_holds_only_that(as_owner: Client) -> None:
    picked, _other = make_person(name="Picked"), make_person(name="Other")
    assert [row[0] for row in exported(as_owner, {"ids": [picked.pk]})] == ["Name", "Picked"]


@pytest.mark.parametrize("name", ["=1+1", "+49", "-2", "@SUM(A1)", "\tx"])
def test_no_exported_cell_starts_a_formula(as_owner: Client, name: str) -> None:
    Person.objects.create(name=name)
    assert exported(as_owner, {"all": "1"})[1][0] == f"'{name}"


@pytest.mark.parametrize("role", [Role.SALES, Role.SUPPORT, Role.READONLY])
def test_only_some_roles_may_export(client: Client, role: str) -> None:
    client.force_login(make_user(role))
    assert client.post("/lists/person/export/", {"all": "1"}).status_code == 403


def test_an_export_holds_only_what_i_see(client: Client) -> None:
    reader = make_user(Role.MARKETING, "own")
    make_person(name="Hidden")
    make_person(name="Mine", owner=reader)
    client.force_login(reader)
    assert [row[0] for row in exported(client, {"all": "1"})] == ["Name", "Mine"]


# --- columns of other apps ----------------------------------------------------------------------------------------


@pytest.fixture
def mood_column() -> Iterator[None]:
    column = extensions.ListColumn(
        key="test.mood", target="person", label="Mood", draw=tag_pills, annotate=lambda rows: rows
    )
    extensions.list_columns.register(column)
    yield
    extensions.list_columns.unregister("test.mood")


def test_a_column_of_another_app_is_drawn_as_it_says(as_owner: Client, owner: User, mood_column: None) -> None:
    set_tags(record=make_person(), names=["Cheerful"], actor=owner)
    page = html(as_owner.get(f"{LIST}?columns=test.mood"))
    assert "Mood" in page
    assert '<span class="pill" dir="auto">Cheerful</span>' in page

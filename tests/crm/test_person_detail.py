"""The page of one person: what it shows, how each part of it is changed, and who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm import extensions
from crm.models import (
    Company,
    ContactPoint,
    CustomField,
    Employment,
    Event,
    Note,
    Person,
    Scope,
    Task,
    User,
)
from crm.operations.people import update_person
from crm.operations.work import add_note, set_tags
from crm.operations.workspace import share_record
from tests.factories import make_company, make_deal, make_order, make_person, make_task, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def as_owner(client: Client, owner: User) -> Client:
    User.objects.filter(pk=owner.pk).update(time_zone="Europe/Berlin")  # as set-up does: else each page asks for it
    client.force_login(owner)
    return client


@pytest.fixture
def ann(db: None) -> Person:
    return make_person(name="Ann Lee", email="ann@lee.example", phone="+44 20 7946 0018", city="Bonn")


def html(response: Any) -> str:
    text: str = response.content.decode()
    return text


def url(person: Person, rest: str = "") -> str:
    return f"/people/{person.pk}/{rest}"


def record(person: Person, rest: str) -> str:
    return f"/records/person/{person.pk}/{rest}"


# --- what the page shows ------------------------------------------------------------------------------------------


def test_the_page_shows_who_it_is_and_everything_around(as_owner: Client, owner: User) -> None:
    company = make_company(name="Lee & Sons")
    ann = make_person(name="Ann Lee", email="ann@lee.example", company=company, job_title="Buyer", owner=owner)
    make_order(ann, total="99.90")
    make_task(title="Call Ann", person=ann)
    set_tags(record=ann, names=["Wholesale"], actor=owner)
    add_note(actor=owner, body="Likes **blue** mugs\nand <b>tea</b>", person=ann)
    page = html(as_owner.get(url(ann)))
    for words in ("Ann Lee", "ann@lee.example", "Lee &amp; Sons", "Buyer", "€99.90", "Call Ann", "Wholesale"):
        assert words in page
    assert "and &lt;b&gt;tea&lt;/b&gt;" in page


def test_the_page_asks_a_fixed_number_of_queries(
    as_owner: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ann = make_person(name="Ann", email="ann@lee.example", owner=owner)
    for number in range(40):
        make_order(ann, days_ago=number)
        make_task(title=f"Task {number}", person=ann)
        add_note(actor=owner, body="Hello", person=ann)
    as_owner.get(url(ann))
    with django_assert_max_num_queries(15):
        as_owner.get(url(ann))


def test_somebody_who_does_not_exist_is_not_found(as_owner: Client) -> None:
    assert as_owner.get("/people/999999/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/people/{pk}/",
        "/people/{pk}/contacts/",
        "/people/{pk}/jobs/",
        "/records/person/{pk}/edit/",
        "/records/person/{pk}/fields/city/",
        "/records/person/{pk}/tags/",
        "/records/person/{pk}/share/",
        "/records/person/{pk}/timeline/",
    ],
)
def test_a_stranger_finds_nothing(client: Client, stranger: User, ann: Person, path: str) -> None:
    client.force_login(stranger)
    assert client.get(path.format(pk=ann.pk)).status_code == 404


WRITES = [
    ("/records/person/{pk}/edit/", {"name": "X", "version": 1}),
    ("/records/person/{pk}/fields/city/", {"city": "X", "version": 1}),
    ("/records/person/{pk}/tags/", {"new": "X"}),
    ("/records/person/{pk}/delete/", {}),
    ("/records/person/{pk}/share/", {}),
    ("/records/person/{pk}/notes/", {"body": "X"}),
    ("/records/person/{pk}/tasks/", {"title": "X"}),
    ("/people/{pk}/contacts/", {"kind": "email", "value": "x@example.com"}),
    ("/people/{pk}/jobs/", {"company": "X", "add_company": "on"}),
    ("/people/{pk}/jobs/1/remove/", {}),
    ("/people/contacts/{point}/primary/", {}),
    ("/people/contacts/{point}/remove/", {}),
]


@pytest.mark.parametrize("write", WRITES)
def test_writes_are_not_found_by_strangers_and_refused_to_readers(
    client: Client, stranger: User, readonly: User, ann: Person, write: tuple[str, dict[str, Any]]
) -> None:
    path, data = write
    point = ContactPoint.objects.filter(person=ann).first()
    assert point
    before = (Event.objects.count(), ann.version, ContactPoint.objects.count())
    where = path.format(pk=ann.pk, point=point.pk)
    client.force_login(stranger)
    assert client.post(where, data).status_code == (403 if path.endswith("/delete/") else 404)
    client.force_login(readonly)
    refused = client.post(where, data)
    assert refused.status_code == 403
    ann.refresh_from_db()
    assert (Event.objects.count(), ann.version, ContactPoint.objects.count()) == before


def test_a_page_is_kept_in_no_shared_cache(as_owner: Client, ann: Person) -> None:
    response = as_owner.get(url(ann))
    assert response["Cache-Control"] == "private, no-store"
    assert "HX-Request" in response["Vary"]


def test_htmx_refreshes_head_and_what_stands_beside_it(as_owner: Client, ann: Person) -> None:
    part = html(as_owner.get(url(ann), headers=HTMX))
    assert "<html" not in part
    for name in ("record-contacts", "timeline", "record-side"):
        assert f'id="{name}" hx-swap-oob="true"' in part or f'id="{name}"' in part


def test_a_company_that_the_reader_does_not_see_is_named_without_a_link(client: Client) -> None:
    reader = make_user(scope=Scope.OWN)
    company = make_company(name="Secret Ltd")
    ann = make_person(name="Ann", owner=reader, company=company)
    client.force_login(reader)
    page = html(client.get(url(ann)))
    assert "Secret Ltd" in page
    assert f"/companies/{company.pk}/" not in page


@pytest.fixture
def insight_panel() -> Iterator[None]:
    extensions.record_panels.register(
        extensions.RecordPanel("test.insight", "person", "Lost", "crm:record-timeline-of-nobody", 1),
        extensions.RecordPanel("test.jobs", "person", "Jobs", "crm:job-add", 2),
    )
    extensions.record_actions.register(
        extensions.RecordAction("test.call", "person", "Call", "phone", "crm:contact-add", 1, capability="edit")
    )
    yield
    extensions.record_panels.unregister("test.insight")
    extensions.record_panels.unregister("test.jobs")
    extensions.record_actions.unregister("test.call")


def test_panels_and_actions_of_other_rooms_are_there_by_their_address(
    as_owner: Client, ann: Person, insight_panel: None
) -> None:
    page = html(as_owner.get(url(ann)))
    assert f'hx-get="{url(ann, "jobs/")}"' in page
    assert 'data-panel="Lost"' not in page
    assert "Call</a>" in page


# --- timeline -----------------------------------------------------------------------------------------------------


def test_the_timeline_tells_changes_with_what_was_and_what_is(as_owner: Client, owner: User, ann: Person) -> None:
    update_person(person=ann, actor=owner, city="Köln")
    assert f"<strong>{owner}</strong> changed City: Bonn → Köln" in html(as_owner.get(url(ann))).replace(
        "city:", "City:"
    )


def test_changes_made_one_after_the_other_are_folded(as_owner: Client, owner: User, ann: Person) -> None:
    for city, title in (("Köln", "Buyer"), ("Ulm", "Head buyer")):
        update_person(person=Person.objects.get(pk=ann.pk), actor=owner, city=city, job_title=title)
    page = html(as_owner.get(url(ann)))
    assert "changed 4 fields" in page
    assert "Köln → Ulm" in page


def test_own_fields_are_told_by_their_labels(as_owner: Client, owner: User, ann: Person) -> None:
    CustomField.objects.create(target="person", key="shoe", label="Shoe size", kind=CustomField.Kind.NUMBER)
    update_person(person=ann, actor=owner, custom={"shoe": 38})
    assert "Shoe size: – → 38" in html(as_owner.get(url(ann)))


def test_the_timeline_can_be_narrowed_to_a_group(as_owner: Client, owner: User, ann: Person) -> None:
    add_note(actor=owner, body="Only a note", person=ann)
    make_order(ann, total="12.34")
    page = html(as_owner.get(f"{url(ann)}?group=order"))
    assert "Ordered €12.34" in page
    assert "Only a note" not in page


def test_older_pages_follow_and_nothing_is_shown_twice(as_owner: Client, ann: Person) -> None:
    for number in range(70):
        make_order(ann, days_ago=number)
    where, seen = record(ann, "timeline/"), []
    query = ""
    while True:
        response = as_owner.get(where + query, headers=HTMX)
        shown = response.context["timeline"]
        seen += [item.line for stretch in shown.stretches for item in stretch.items]
        if not (query := shown.next_query):
            break
    assert len(seen) == len(set(seen)) == 71


def test_a_removed_note_leaves_no_words_behind(as_owner: Client, owner: User, ann: Person) -> None:
    note = add_note(actor=owner, body="Secret words", person=ann)
    assert as_owner.post(f"/notes/{note.pk}/remove/").status_code == 302
    page = html(as_owner.get(url(ann)))
    assert "Secret words" not in page
    assert "This note was removed" in page


def test_a_colleagues_note_is_removed_only_by_who_may_delete(client: Client, owner: User, ann: Person) -> None:
    note = add_note(actor=owner, body="Hers", person=ann)
    client.force_login(make_user())
    assert client.post(f"/notes/{note.pk}/remove/").status_code == 403
    assert Note.objects.filter(pk=note.pk).exists()


# --- facts --------------------------------------------------------------------------------------------------------


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


# --- contact points and employers ---------------------------------------------------------------------------------


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


# --- tags, sharing, notes, tasks, deletion ------------------------------------------------------------------------


def test_tags_are_ticked_and_typed(as_owner: Client, owner: User, ann: Person) -> None:
    set_tags(record=ann, names=["Old"], actor=owner)
    as_owner.post(record(ann, "tags/"), {"new": "Fresh , Fair 2026,"})
    assert set(ann.tags.values_list("name", flat=True)) == {"Fresh", "Fair 2026"}
    assert "Old" in html(as_owner.get(record(ann, "tags/")))


def test_a_person_is_shared_with_a_colleague_and_no_longer(as_owner: Client, ann: Person, stranger: User) -> None:
    as_owner.post(record(ann, "share/"), {"user": stranger.pk})
    assert list(Person.objects.visible_to(stranger)) == [ann]
    assert str(stranger) in html(as_owner.get(record(ann, "share/")))
    as_owner.post(record(ann, "share/"), {"remove": stranger.pk})
    assert not Person.objects.visible_to(stranger).exists()


def test_whom_it_is_shared_with_sees_the_page(client: Client, owner: User, ann: Person, stranger: User) -> None:
    share_record(record=ann, user=stranger, actor=owner)
    client.force_login(stranger)
    assert client.get(url(ann)).status_code == 200


def test_a_note_is_written_on_the_page(as_owner: Client, owner: User, ann: Person) -> None:
    response = as_owner.post(record(ann, "notes/"), {"body": " Likes tea "}, headers=HTMX)
    assert "record-changed" in response["HX-Trigger-After-Settle"]
    note = Note.objects.get()
    assert (note.body, note.author, note.person) == ("Likes tea", owner, ann)
    assert as_owner.post(record(ann, "notes/"), {"body": " "}, headers=HTMX).status_code == 422


def test_a_task_is_planned_on_the_page(as_owner: Client, owner: User, ann: Person) -> None:
    due = timezone.localdate() + timedelta(days=3)
    as_owner.post(record(ann, "tasks/"), {"title": "Call Ann", "due_on": due.isoformat()})
    task = Task.objects.get()
    assert (task.title, task.owner, task.due_on, task.person) == ("Call Ann", owner, due, ann)
    assert as_owner.post(record(ann, "tasks/"), {"title": "x", "due_on": "soon"}, headers=HTMX).status_code == 422


def test_a_person_is_deleted_after_a_question(as_owner: Client, ann: Person) -> None:
    make_order(ann)
    assert "Delete for good" in html(as_owner.get(record(ann, "delete/")))
    response = as_owner.post(record(ann, "delete/"))
    assert response["Location"] == "/people/"
    assert not Person.objects.exists()
    assert as_owner.get(url(ann)).status_code == 404


def test_sales_may_edit_but_not_delete(client: Client, sales: User, ann: Person) -> None:
    client.force_login(sales)
    assert client.get(record(ann, "delete/")).status_code == 403
    assert client.post(record(ann, "fields/city/"), {"city": "Ulm", "version": 1}).status_code == 302


def test_the_readers_page_offers_no_writing(client: Client, readonly: User, ann: Person) -> None:
    client.force_login(readonly)
    page = html(client.get(url(ann)))
    assert "Add note" not in page
    assert "/fields/" not in page
    assert "Bonn" in page


def test_open_deals_are_listed_only_as_far_as_they_are_seen(client: Client) -> None:
    reader = make_user(scope=Scope.OWN)
    ann = make_person(owner=reader)
    make_deal(title="Mine", person=ann, owner=reader, amount=100)
    make_deal(title="Hers", person=ann, amount=900)
    client.force_login(reader)
    titles = [deal.title for deal in client.get(url(ann)).context["page"].deals]
    assert titles == ["Mine"]


def test_the_news_after_a_write_is_plain_json(as_owner: Client, ann: Person) -> None:
    response = as_owner.post(record(ann, "tags/"), {"new": "Ü"}, headers=HTMX)
    assert response.status_code == 204
    assert json.loads(response["HX-Trigger"])["toast"]["level"] == "success"

"""The page of one person: what it shows, its timeline, and who may open and change it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm import extensions
from crm.models import (
    ContactPoint,
    CustomField,
    Event,
    Note,
    Person,
    Scope,
    User,
)
from crm.operations.people import update_person
from crm.operations.work import add_note, set_tags
from tests.factories import make_company, make_order, make_person, make_task, make_user
from tests.pages import HTMX, html

pytestmark = pytest.mark.django_db


def url(person: Person, rest: str = "") -> str:
    return f"/people/{person.pk}/{rest}"


def record(person: Person, rest: str) -> str:
    return f"/records/person/{person.pk}/{rest}"


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

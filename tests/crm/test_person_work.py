"""What is done at a person: tags, sharing, notes, tasks and the end."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import (
    Note,
    Person,
    Scope,
    Task,
    User,
)
from crm.operations.work import set_tags
from crm.operations.workspace import share_record
from tests.factories import make_deal, make_order, make_person, make_user
from tests.pages import HTMX, html

pytestmark = pytest.mark.django_db


def url(person: Person, rest: str = "") -> str:
    return f"/people/{person.pk}/{rest}"


def record(person: Person, rest: str) -> str:
    return f"/records/person/{person.pk}/{rest}"


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

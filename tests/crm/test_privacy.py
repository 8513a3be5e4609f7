"""All data of one person as a file, and their erasing: in every room, in every table, and nobody else's."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from auditlog.models import LogEntry
from django.db.models import CharField, ForeignKey, JSONField, Model, Q, TextField
from django.test import Client
from django.utils import timezone

from analytics.models import (
    Score,
)
from crm.events import due_events, handle_events
from crm.extensions import privacy_exporters
from crm.models import DataFile, Deal, Event, Order, Person, Role, Scope, User
from crm.operations.data_files import ask_for_data, make_data_file, path_of
from crm.operations.privacy import erase_person
from crm.queries.privacy import Held
from inbox.models import Message
from tests.analytics.quiet import MARKS, Others, make_others
from tests.factories import make_order, make_person, make_user

from .buyer import make_buyer, our_models

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]
# Tables that tell of nobody by themselves, or whose content stands in another table of the file.
NOT_BY_THEMSELVES = {"crm.Handling", "automation.StepRun", "crm.Person_tags", "automation.Run"}


@pytest.fixture
def others(owner: User) -> Others:
    return make_others(owner)


@pytest.fixture
def buyer(others: Others, owner: User) -> Person:
    return make_buyer(others, owner)


def person_data(person: Person) -> list[Held]:
    return [table for exporter in privacy_exporters for table in exporter.collect(person) if table.rows]


def export_person(*, person: Person, actor: User) -> DataFile:
    file = ask_for_data(person=person, user=actor)
    assert make_data_file(file.pk)
    file.refresh_from_db()
    return file


def read(file: DataFile) -> dict[str, str]:
    with ZipFile(path_of(file)) as folder:
        assert folder.testzip() is None
        return {name: folder.read(name).decode("utf-8-sig") for name in folder.namelist()}


def ways_to_a_person(model: type[Model]) -> list[str]:
    return [
        field.name
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is Person
    ]


def test_every_table_that_points_at_a_person_is_in_the_file(buyer: Person) -> None:
    tables = {table.model for table in person_data(buyer)}
    pointing = {model for model in our_models() if ways_to_a_person(model)}
    missing = {model._meta.label for model in pointing - tables} - NOT_BY_THEMSELVES
    assert missing == set()
    for model in pointing & tables:
        of_them = Q(*((way, buyer) for way in ways_to_a_person(model)), _connector=Q.OR)
        shown = sum(len(table.rows) for table in person_data(buyer) if table.model is model)
        assert shown >= model._default_manager.filter(of_them).count() > 0, model


def test_the_file_is_for_people_and_for_programs_and_tells_of_nobody_else(buyer: Person, owner: User) -> None:
    make_order(make_person(name="Somebody Else", email="else@example.org"), number="ELSE-1")
    file = export_person(person=buyer, actor=owner)
    files = read(file)
    data = json.loads(files["data.json"])
    assert {"record", "contacts", "orders", "messages", "scores", "predictions", "groups", "recommendations", "ratings",
            "deals", "tasks", "notes", "subscriptions", "declined", "meanings"} <= set(data["tables"])  # fmt: skip
    [score] = data["tables"]["scores"]
    assert score["band"] == "High risk"
    assert score["value"] == 0.7
    assert data["tables"]["predictions"][0]["outcome"] == 1
    assert data["tables"]["groups"][0]["rules"]
    assert {one["corrected"] for one in data["tables"]["messages"]} == {"negative", ""}
    assert data["tables"]["record"][0]["name"] == "Quiet Buyer"
    whole = "".join(files.values())
    assert "Somebody Else" not in whole
    assert "ELSE-1" not in whole
    assert "Quiet Buyer" in files["data.html"]
    assert "June 15, 2026" in files["data.html"]
    assert "2026-06-15T" not in files["data.html"]
    event = Event.objects.get(kind="person.exported")
    assert (event.person, event.actor, event.data) == (
        buyer, owner, {"tables": file.tables, "rows": file.rows, "file": file.pk},
    )  # fmt: skip


def test_the_reasons_stand_in_words(buyer: Person, owner: User) -> None:
    from analytics.reasons import SENTENCES

    key = next(key for key, sentence in SENTENCES.items() if set(sentence.numbers) <= {"value", "usual"})
    reason = {"key": key, "direction": "up", "numbers": {"value": 4, "usual": 2}}
    Score.objects.filter(person=buyer).update(reasons=[reason])
    data = json.loads(read(export_person(person=buyer, actor=owner))["data.json"])
    [words] = data["tables"]["scores"][0]["reasons"]
    assert " " in words


def test_it_speaks_the_language_of_the_person(buyer: Person, owner: User) -> None:
    Person.objects.filter(pk=buyer.pk).update(language="de")
    buyer.refresh_from_db()
    assert 'lang="de"' in read(export_person(person=buyer, actor=owner))["data.html"]
    Person.objects.filter(pk=buyer.pk).update(language="xx")
    buyer.refresh_from_db()
    assert 'lang="en"' in read(export_person(person=buyer, actor=owner))["data.html"]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        assert not [name for name, _value in attrs if name.startswith("on")]


def test_hostile_text_is_text_and_no_cell_is_a_formula(owner: User) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    person = make_person(name=evil, job_title="=cmd|' /C calc'!A0", email="evil@example.org", custom={})
    Person.objects.filter(pk=person.pk).update(
        address="\u202e\ud83d\ude00 \t@SUM(1)".encode("utf-16", "surrogatepass").decode("utf-16")
    )
    person.refresh_from_db()
    files = read(export_person(person=person, actor=owner))
    tags = Tags()
    tags.feed(files["data.html"])
    assert not tags.seen & {"script", "img", "iframe", "form", "object"}
    assert json.loads(files["data.json"])["tables"]["record"][0]["name"] == evil
    for name, text in files.items():
        if name.endswith(".csv"):
            cells = [cell for row in csv.reader(StringIO(text)) for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))], name


def test_somebody_of_whom_little_is_known_gets_a_file_too(owner: User) -> None:
    data = json.loads(read(export_person(person=make_person(), actor=owner))["data.json"])
    assert set(data["tables"]) == {"record", "timeline", "data_files"}


# --- erasing ----------------------------------------------------------------------------------------------------------


def traces(*marks: str) -> list[str]:
    """Tables and columns of ours, and the history of fields, that still hold one of these words."""
    found = []
    for model in [*our_models(), LogEntry]:
        for field in model._meta.get_fields():
            if isinstance(field, CharField | TextField | JSONField) and field.concrete:
                rows = model._default_manager.values_list("pk", field.name)
                held = (row for row in rows if any(mark in str(row[1]) for mark in marks))
                found += [f"{model._meta.label}.{field.name}: {row}" for row in held]
    return found


def test_erasing_leaves_no_trace_in_any_table(buyer: Person, owner: User) -> None:
    orders = Order.objects.filter(person=buyer).count()
    export_person(person=buyer, actor=owner)
    for person in (buyer, Person.objects.get(name="Quiet Lead")):
        erase_person(person=person, actor=owner)
    while ids := due_events(timezone.now()):
        handle_events(ids)
    left = [one for one in traces(*MARKS) if not one.startswith(("crm.Order.", "crm.Order_", "crm.Company"))]
    left = [one for one in left if "quietmark.csv" not in one and "quietmark shared" not in one]  # a file, others' deal
    assert left == [], "\n".join(left)
    assert Order.objects.filter(person=None, number__startswith="quietmark").count() == orders
    assert Event.objects.filter(kind="person.erased", person=None, data={}).count() == 2
    erase_person(person=buyer, actor=owner)


def test_nobody_else_loses_anything(buyer: Person, others: Others, owner: User) -> None:
    before = {model: model._default_manager.count() for model in (Person, Order, Deal)}
    mine = Message.objects.exclude(conversation__person=buyer).count()
    erase_person(person=buyer, actor=owner)
    assert Person.objects.count() == before[Person] - 1
    assert Order.objects.count() == before[Order]
    assert Deal.objects.count() == before[Deal]
    assert Message.objects.count() == mine


# --- the pages --------------------------------------------------------------------------------------------------------


def test_a_manager_gets_the_file_from_the_persons_page(client: Client, manager: User) -> None:
    ann = make_person(name="Ann")
    client.force_login(manager)
    assert f"/people/{ann.pk}/data" in client.get(f"/people/{ann.pk}/").content.decode()
    assert "Conversations with every message" in client.get(f"/people/{ann.pk}/data").content.decode()
    assert not Event.objects.filter(kind="person.exported").exists()
    assert "being made" in client.post(f"/people/{ann.pk}/data").content.decode()
    file = DataFile.objects.get()
    assert make_data_file(file.pk)
    page = client.get(f"/people/{ann.pk}/data/progress").content.decode()
    address = f"/people/{ann.pk}/data/{file.key}"
    assert address in page
    answer = client.get(address)
    assert answer["Content-Disposition"] == f'attachment; filename="person-{ann.pk}-2026-06-15.zip"'
    assert answer["Cache-Control"] == "private, no-store"
    with ZipFile(BytesIO(answer.content)) as folder:
        assert "Ann" in folder.read("data.html").decode()


@pytest.mark.parametrize("page", ["data", "erase"])
def test_others_do_not_get_it(client: Client, sales: User, stranger: User, page: str) -> None:
    ann = make_person(name="Ann")
    narrow = make_user(Role.MANAGER, Scope.OWN)
    for user, status in ((sales, 403), (stranger, 404), (narrow, 404)):
        client.force_login(user)
        assert client.post(f"/people/{ann.pk}/{page}").status_code == status
    Person.objects.filter(pk=ann.pk).update(owner=narrow)
    client.force_login(narrow)
    assert client.post(f"/people/{ann.pk}/{page}").status_code == 403
    assert f"/people/{ann.pk}/data" not in client.get(f"/people/{ann.pk}/").content.decode()
    assert Person.objects.filter(pk=ann.pk).exists()


def test_the_admin_gives_out_the_data_of_one_person_at_a_time(client: Client, manager: User) -> None:
    ann, ben = make_person(name="Ann"), make_person(name="Ben")
    client.force_login(manager)
    send = {"action": "give_out", "_selected_action": [ann.pk, ben.pk]}
    assert "Choose one person" in client.post("/admin/crm/person/", send, follow=True).content.decode()
    answer = client.post("/admin/crm/person/", {**send, "_selected_action": [ann.pk]})
    assert answer["Location"] == f"/people/{ann.pk}/data"
    assert DataFile.objects.get().person == ann
    narrow = make_user(Role.MANAGER, Scope.OWN)
    client.force_login(narrow)
    assert client.post("/admin/crm/person/", {**send, "_selected_action": [ann.pk]}).status_code == 403


def test_erasing_asks_for_the_name(client: Client, owner: User) -> None:
    ann = make_person(name="Ann  Lee")
    client.force_login(owner)
    assert client.get(f"/people/{ann.pk}/erase").status_code == 200
    assert client.post(f"/people/{ann.pk}/erase", {"name": "Ben"}).status_code == 422
    assert client.post(f"/people/{ann.pk}/erase", {"name": "ann lee"}).status_code == 302
    assert not Person.objects.filter(pk=ann.pk).exists()
    assert client.get(f"/people/{ann.pk}/erase").status_code == 404

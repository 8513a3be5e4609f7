"""Erasing to the end: a mark in every text that hangs on a person, and then a look into every table and every file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection
from django.db.models import CharField, ForeignKey, JSONField, Model, TextField
from django.http import Http404
from django.utils import timezone

from analytics.operations.grouping import group_people
from analytics.operations.scoring import score_people
from automation.models import Notification
from crm.events import due_events, handle_events
from crm.extensions import privacy_exporters
from crm.importing.job_files import file_of
from crm.models import (
    ContactPoint,
    Deal,
    DealLine,
    Handling,
    IdempotentCall,
    ImportJob,
    ImportRow,
    Note,
    Order,
    Person,
    User,
)
from crm.operations import imports, privacy
from crm.operations.data_files import make_data_file, path_of
from crm.operations.imports import jobs
from crm.operations.people import add_contact_point, remove_contact_point
from crm.operations.privacy import erase_person
from crm.operations.traces import look_for
from crm.operations.work import create_task, set_tags
from inbox.models import Message, Post, Rating
from tests.analytics.quiet import make_others
from tests.factories import NOW, make_person

from .buyer import make_buyer, our_models
from .imports.run import imported, prepared

MARK, BOOKS = "zqvmark", "zqbook"
# What the books need stays without the person: which order, what was sold, how it was paid, from which program.
KEPT = {
    "crm.Order": {"number", "channel", "country", "source", "external_id"},
    "crm.OrderLine": {"description"},
    "crm.Payment": {"method", "source", "external_id"},
}
# Codes by which rows are found, handled and shown; no text of anybody.
CODES = {"crm.Event": {"kind", "subject_type"}, "crm.ContactPoint": {"kind"}, "automation.Notification": {"once_key"}}
SHORTEST = 12  # a field that holds fewer letters (currency, language) holds a code


@pytest.fixture(autouse=True)
def _here_and_now(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"
    with time_machine.travel(NOW, tick=True):
        yield


def hanging_on(person: Person) -> dict[type[Model], set[Any]]:
    """Every row of ours that points at the person, or at a row that does, however far away."""
    found: dict[type[Model], set[Any]] = defaultdict(set, {Person: {person.pk}})
    fresh: list[tuple[type[Model], set[Any]]] = [(Person, {person.pk})]
    while fresh:
        target, ids = fresh.pop()
        for model in our_models():
            for field in model._meta.get_fields():
                if isinstance(field, ForeignKey) and field.related_model is target:
                    rows = model._default_manager.filter(**{f"{field.name}__in": ids})
                    new = set(rows.values_list("pk", flat=True)) - found[model]
                    if new:
                        found[model] |= new
                        fresh.append((model, new))
    return {model: ids for model, ids in found.items() if ids}


def mark(rows: dict[type[Model], set[Any]]) -> int:
    """Write the mark into every text and every JSON of these rows; returns how many fields that were."""
    numbers, marked = count(1), 0
    for model, ids in rows.items():
        label = model._meta.label
        for row in model._default_manager.filter(pk__in=ids):
            changes: dict[str, Any] = {}
            for field in model._meta.concrete_fields:
                if field.choices or field.name in CODES.get(label, ()) or field.is_relation:
                    continue
                word = BOOKS if field.name in KEPT.get(label, ()) else MARK
                if isinstance(field, JSONField):
                    shape = getattr(row, field.attname)
                    if shape is not None:
                        changes[field.name] = {word: word} if isinstance(shape, dict) else [{word: word}]
                elif isinstance(field, CharField | TextField) and (field.max_length or 99) >= SHORTEST:
                    changes[field.name] = f"{word}{next(numbers)}"
            if changes:
                model._default_manager.filter(pk=row.pk).update(**changes)
                marked += len(changes)
    return marked


def marked_buyer(owner: User) -> Person:
    """Everything that a person can have, all of it marked; and whatever names them elsewhere."""
    person = make_buyer(make_others(owner), owner)
    deal = Deal.objects.get(title="quietmark open")
    DealLine.objects.create(deal=deal, description="x", unit_price=1)
    create_task(actor=owner, title=f"{MARK} call", deal=deal)
    removed = add_contact_point(person=person, kind="email", value=f"{MARK}-old@zq.example", actor=owner)
    remove_contact_point(point=removed, actor=owner)
    rating = Rating.objects.get(person=person)
    rating.post = Post.objects.create(once_key="rate", to_address=f"{MARK}@zq.example", mail_id="rate")
    rating.save()
    assert mark(hanging_on(person)) > 150
    name, email = f"Anna {MARK}son", f"{MARK}@zq.example"
    Person.objects.filter(pk=person.pk).update(name=name)
    point = ContactPoint.objects.filter(person=person, kind="email").order_by("pk")[0]
    point.value = point.normalised = email
    point.save()
    _named_elsewhere(person, owner, name, email)
    person.refresh_from_db()
    return person


def _named_elsewhere(person: Person, owner: User, name: str, email: str) -> None:
    """Rows that belong to nobody or to others, files, and what an import brought."""
    text = f"Customer ID,Name,Email,Notes\n77,{name},{email},{MARK} note\n78,Bo Other,bo@example.org,\n79,,,{email}\n"
    imported(text, f"{name}.csv", actor=owner, kind="people", source="zqshop")
    job = imported(text, "again.csv", actor=owner, kind="people", source="zqshop", duplicates="skip")
    assert job.counts["skipped"] == 2
    prepared(text, "draft.csv", actor=owner, kind="people", source="zqshop")
    ImportJob.objects.filter(pk=job.pk).update(error=f"Line 3: {email}")
    note = Note.objects.filter(person=person).order_by("pk")[0]
    task = person.tasks.order_by("pk")[0]
    deal = Deal.objects.filter(person=person).order_by("pk")[0]
    told: dict[str, Any] = {"user": owner, "title": f"about {MARK}"}
    Notification.objects.create(once_key=f"mention:{note.pk}:1", **told)
    Notification.objects.create(once_key=f"task:{task.pk}:1", **told)
    Notification.objects.create(once_key="deal", url=f"/deals/{deal.pk}/", **told)
    Notification.objects.create(once_key="named", user=owner, title=f"{name} rated you")
    Post.objects.create(
        once_key="digest:1", to_address="o@shop.example", subject=name, body=name, html=name, mail_id="d", due_at=None
    )
    Post.objects.create(once_key="gone", to_address=email, subject=MARK, body=MARK, html=MARK, mail_id="g")
    event = Person.objects.get(name="Loud Colleague").events.order_by("pk")[0]
    Handling.objects.create(event=event, consumer="x", state="dead", error=f"Key (normalised)=({email}) exists")
    IdempotentCall.objects.create(user=owner, key="k", fingerprint="f", status=201, answer={"name": name, "id": 1})
    kind = ContentType.objects.get_for_model(Deal)
    LogEntry.objects.create(user=owner, content_type=kind, object_id="1", object_repr=name, action_flag=CHANGE)
    for file in person_files(person):
        assert make_data_file(file.pk)
        assert path_of(file).exists()


def person_files(person: Person) -> Any:
    from crm.models import DataFile

    return DataFile.objects.filter(person=person)


def handle_all() -> None:
    while ids := due_events(timezone.now()):
        handle_events(ids)


def marks_in_tables() -> list[str]:
    """Where the mark stands: every column of every table of the database, whoever it belongs to."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description or ()]
            found += [
                f"{table}.{name}: {value!r:.120}"
                for row in cursor.fetchall()
                for name, value in zip(names, row, strict=True)
                if MARK in (bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value))
            ]
    return found


def marks_in_files() -> list[str]:
    """Files with the mark in the data folder, the database among them where it is a file."""
    paths = [path for path in Path(settings.DATA).rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        base = Path(str(connection.settings_dict["NAME"]))
        paths += [base, base.with_name(f"{base.name}-wal")]
    return sorted({str(path) for path in paths if path.exists() and MARK.encode() in path.read_bytes()})


def without(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """One room forgets to erase."""
    monkeypatch.setitem(privacy_exporters._items, key, replace(privacy_exporters[key], erase=None))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_after_erasing_the_mark_stands_in_no_table_and_no_file(owner: User) -> None:
    person = marked_buyer(owner)
    assert len(marks_in_tables()) > 100
    assert [path for path in marks_in_files() if path.endswith(".csv")]
    orders = Order.objects.filter(person=person).count()
    erase_person(person=person, actor=owner)
    handle_all()
    left = marks_in_tables()
    assert left == [], "\n".join(left)
    assert marks_in_files() == []
    assert Order.objects.filter(number__startswith=BOOKS, person=None).count() == orders
    assert not person_files(person)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["records", "inbox", "analytics", "automation"])
def test_the_look_finds_what_a_room_forgets(owner: User, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    person = marked_buyer(owner)
    without(monkeypatch, key)
    erase_person(person=person, actor=owner)
    assert marks_in_tables()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_look_finds_a_file_that_is_forgotten(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job = imported(f"Name,Email\nAnna {MARK},{MARK}@zq.example\n", kind="people", actor=owner)
    monkeypatch.setattr(privacy, "drop_files_of_everybody", lambda: None)
    erase_person(person=Person.objects.get(), actor=owner)
    assert str(file_of(job)) in marks_in_files()
    jobs.drop_file(job)
    assert marks_in_files() == []


@pytest.mark.django_db
def test_uploaded_files_go_and_whoever_was_at_one_is_told(owner: User, django_capture_on_commit_callbacks: Any) -> None:
    text = "Name,Email\nAnna Lee,anna@zq.example\n"
    done = imported(text, actor=owner, kind="people", source="zqshop")
    draft = prepared(text, "draft.csv", actor=owner, kind="people")
    waiting = imports.start_job(job=prepared(text, "next.csv", actor=owner, kind="people", source="zqshop"))
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(person=Person.objects.get(), actor=owner)
    assert not file_of(done).exists()
    assert not file_of(draft).exists()
    assert file_of(waiting).exists()  # it is needed until this import is over
    for job in (done, draft, waiting):
        job.refresh_from_db()
    assert (done.file, draft.file, draft.state) == ("", "", "failed")
    assert "Send this file again" in draft.error
    assert waiting.drops_file
    file = file_of(waiting)
    with django_capture_on_commit_callbacks(execute=True):
        imports.work_on(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.file, waiting.counts["erased"]) == ("done", "", 1)
    assert not file.exists()
    assert not Person.objects.exists()
    assert Message.objects.count() == 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("work", ["score", "group", "import", "write"])
def test_whoever_is_erased_while_somebody_works_on_them_is_gone(owner: User, work: str) -> None:
    """Another process judges, groups, imports or hears them all the while; what it writes late finds nobody."""
    person = make_buyer(make_others(owner), owner)
    busy, stop, errors = Event(), Event(), list[BaseException]()
    text = "Name,Email\nQuiet Buyer,quiet@quietmark.example\n"
    acts: dict[str, Any] = {
        "score": lambda _n: score_people([person.pk]),
        "group": lambda _n: group_people([person.pk]),
        "import": lambda _n: imported(text, kind="people", source="zq", duplicates="overwrite"),
        "write": lambda n: set_tags(record=person, names=[f"tag {n}"], actor=owner),
    }

    def go_on() -> None:
        for number in range(200):
            try:
                acts[work](number)
            except (IntegrityError, Http404, Person.DoesNotExist):
                pass  # whom it is about is gone
            except BaseException as error:  # noqa: BLE001 (shown by the test)
                errors.append(error)
            busy.set()
            if stop.is_set():
                break
        connection.close()

    other = Thread(target=go_on)
    other.start()
    assert busy.wait(60)
    erase_person(person=person, actor=owner)
    stop.set()
    other.join(120)
    assert errors == []
    assert not Person.objects.filter(pk=person.pk).exists()
    assert not ContactPoint.objects.filter(normalised="quiet@quietmark.example").exists()
    connection.check_constraints()


@pytest.mark.django_db
def test_setting_up_a_draft_does_not_undo_what_the_erasing_did_to_it(owner: User) -> None:
    draft = prepared("Name,Email\nAnna Lee,anna@zq.example\n", actor=owner, kind="people")
    erase_person(person=make_person(name="Bo"), actor=owner)
    with pytest.raises(imports.ImportNotReadyError, match="Send this file again"):
        imports.set_up_job(job=draft, stated=imports.JobSettings(source="zqshop"))
    draft.refresh_from_db()
    assert (draft.state, draft.file) == ("failed", "")


@pytest.mark.django_db
def test_a_name_of_one_word_takes_nothing_from_others(owner: User) -> None:
    text = "Customer ID,Name,Email\n1,info,info@a.example\n2,info,info@b.example\n"
    imported(text, actor=owner, kind="people", source="zqshop")
    more = "Customer ID,Name,Email,City\n2,info,info@b.example,York\n"
    job = imported(more, actor=owner, kind="people", source="zqshop")
    IdempotentCall.objects.create(user=owner, key="k", fingerprint="f", status=201, answer={"name": "info"})
    Notification.objects.create(once_key="k", user=owner, title="info rated you")
    erase_person(person=Person.objects.get(external_id="1"), actor=owner)
    assert IdempotentCall.objects.get().answer == {"name": "info"}
    assert Notification.objects.filter(once_key="k").exists()
    imports.start_undo(job=job)
    imports.work_on(job.pk)
    assert Person.objects.get(external_id="2").city == ""


@pytest.mark.django_db
def test_what_an_import_changed_of_a_namesake_can_be_taken_back(owner: User) -> None:
    make_person(name="Mia Lee", email="mia@a.example")
    other = make_person(name="Mia Lee", email="mia@b.example")
    text = "Name,Email,City\nMia Smith,mia@b.example,York\n"
    job = imported(text, actor=owner, kind="people", source="zqshop", duplicates="overwrite")
    assert Person.objects.get(pk=other.pk).name == "Mia Smith"
    erase_person(person=Person.objects.get(name="Mia Lee"), actor=owner)
    imports.start_undo(job=job)
    imports.work_on(job.pk)
    assert Person.objects.get(pk=other.pk).name == "Mia Lee"


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["JÖRG ÖZDEMIR", "jörg özdemir", "Jörg Özdemir"])
def test_a_name_is_found_however_it_is_written(owner: User, written: str) -> None:
    make_person(name="jörg Özdemir")
    job = imported("Name,Email\n,\n", actor=owner, kind="people", source="zqshop")
    row = ImportRow.objects.create(job=job, line=9, action="failed", values=[written], message="x")
    erase_person(person=Person.objects.get(), actor=owner)
    row.refresh_from_db()
    assert (row.values, row.message) == ([], "")


@pytest.mark.django_db
def test_rows_that_come_between_the_look_and_the_lock_are_blanked(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_person(name="Mia Lee")
    job = imported("Name,Email\n,\n", actor=owner, kind="people", source="zqshop")

    def then_write(person: Person) -> Any:
        seen = look_for(person)
        ImportRow.objects.create(job=job, line=9, action="failed", values=["mia lee"])
        return seen

    monkeypatch.setattr(privacy, "look_for", then_write)
    erase_person(person=Person.objects.get(), actor=owner)
    assert not ImportRow.objects.exclude(values=[]).filter(line=9).exists()

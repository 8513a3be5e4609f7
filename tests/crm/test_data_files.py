"""The file of a person's data: made behind the page, once, for who asked, for a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from automation.models import Notification
from crm.downloads import sweep_folders
from crm.events import due_events, handle_events
from crm.models import DataFile, Event, Person, Role, Scope, User
from crm.operations import data_files
from crm.operations.data_files import ask_for_data, make_data_file, path_of, root, sweep_data_files
from crm.operations.people import delete_person
from crm.operations.privacy import erase_person
from crm.tasks import sweep_data_files as sweep_task
from tests.factories import NOW, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here_and_now(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def file(manager: User) -> DataFile:
    made = ask_for_data(person=make_person(name="Ann Lee", email="ann@lee.example"), user=manager)
    assert make_data_file(made.pk)
    made.refresh_from_db()
    return made


def address(file: DataFile) -> str:
    return f"/people/{file.person_id}/data/{file.key}"


def test_two_clicks_at_once_make_one_file(client: Client, manager: User) -> None:
    ann = make_person(name="Ann")
    client.force_login(manager)
    pages = [client.post(f"/people/{ann.pk}/data").content.decode() for _click in range(2)]
    assert all("being made" in page and "data-poll" in page for page in pages)
    file = DataFile.objects.get()
    assert make_data_file(file.pk)
    assert not make_data_file(file.pk)  # the task comes twice
    assert Event.objects.filter(kind="person.exported").count() == 1


def test_the_page_says_how_far_it_is(client: Client, manager: User) -> None:
    ann = make_person(name="Ann")
    file = ask_for_data(person=ann, user=manager)
    DataFile.objects.filter(pk=file.pk).update(done_parts=2, parts=5)
    client.force_login(manager)
    page = client.get(f"/people/{ann.pk}/data/progress").content.decode()
    assert 'value="40"' in page
    assert 'hx-trigger="every 2s, seen"' in page
    assert f"/people/{ann.pk}/data/progress?page=1" in client.get(f"/people/{ann.pk}/data").content.decode()


def test_in_the_dialog_it_is_sent_by_htmx_and_on_a_page_as_a_plain_form(client: Client, manager: User) -> None:
    ann = make_person(name="Ann")
    client.force_login(manager)
    url = f"/people/{ann.pk}/data"
    assert 'hx-target="#dialog-content"' in client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-target="#dialog-content"' in client.get(f"{url}/progress").content.decode()
    assert "hx-target" not in client.get(f"{url}/progress?page=1").content.decode()


def test_who_asked_is_told_when_it_is_ready(file: DataFile, manager: User) -> None:
    for _twice in range(2):
        handle_events(due_events(timezone.now() + timedelta(days=1)))
    notice = Notification.objects.get()
    assert (notice.user, notice.url, notice.person) == (manager, f"/people/{file.person_id}/data", file.person)
    assert notice.title == "The file with all data of Ann Lee is ready"


def test_nobody_else_gets_it(client: Client, file: DataFile, owner: User, sales: User, stranger: User) -> None:
    for user, status in ((owner, 404), (sales, 403), (stranger, 404)):
        client.force_login(user)
        assert client.get(address(file)).status_code == status, user
    client.force_login(owner)
    assert str(file.key) not in client.get(f"/people/{file.person_id}/data").content.decode()
    client.logout()
    assert client.get(address(file)).status_code == 302


def test_a_wrong_address_is_not_there(client: Client, file: DataFile, manager: User) -> None:
    client.force_login(manager)
    other = make_person(name="Ben")
    for url in (
        f"/people/{other.pk}/data/{file.key}", f"/people/{file.person_id}/data/{uuid4()}",
        f"/people/{file.person_id}/data/..%2f..%2fsecret_key", f"/people/{2**63}/data/{file.key}",
        f"/people/{10**40}/data/{file.key}", f"/people/{file.person_id}/data/%00",
    ):  # fmt: skip
        assert client.get(url).status_code == 404, url
    assert client.post(address(file)).status_code == 405


def test_after_a_day_the_link_is_over_and_the_file_gone(client: Client, file: DataFile, manager: User) -> None:
    client.force_login(manager)
    assert client.get(address(file)).content.startswith(b"PK")
    kept = path_of(file)
    with time_machine.travel(NOW + timedelta(hours=24, seconds=1), tick=False):
        client.force_login(manager)
        assert client.get(address(file)).status_code == 404
        assert "Make the file" in client.get(f"/people/{file.person_id}/data").content.decode()
        sweep_task()
    assert not kept.exists()
    assert not DataFile.objects.exists()
    assert root().is_dir()
    assert not list(root().iterdir())


def test_whoever_may_not_have_it_any_more_gets_none(client: Client, file: DataFile, manager: User) -> None:
    client.force_login(manager)
    waiting = ask_for_data(person=file.person, user=manager)
    User.objects.filter(pk=manager.pk).update(scope=Scope.OWN)
    assert client.get(address(file)).status_code == 404
    assert not make_data_file(waiting.pk)
    User.objects.filter(pk=manager.pk).update(scope=Scope.ALL, role=Role.SALES)
    assert client.get(address(file)).status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == "failed"
    assert not path_of(waiting).exists()


def test_a_file_that_is_gone_from_disk_is_not_there(client: Client, file: DataFile, manager: User) -> None:
    path_of(file).unlink()
    client.force_login(manager)
    assert client.get(address(file)).status_code == 404


def test_a_worker_that_dies_is_followed_by_another_and_not_for_ever(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ask_for_data(person=make_person(), user=manager)
    woken: list[int] = []
    monkeypatch.setattr(data_files, "wake", woken.append)
    with monkeypatch.context() as patch:
        patch.setattr(data_files, "pack_person", lambda **_given: (_ for _ in ()).throw(KeyboardInterrupt))
        for attempt in range(3):
            with (
                time_machine.travel(NOW + timedelta(minutes=5 * attempt), tick=False),
                pytest.raises(KeyboardInterrupt),
            ):
                make_data_file(file.pk)
            assert not make_data_file(file.pk)  # somebody holds it
    with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
        sweep_data_files(timezone.now())
        assert woken == [file.pk]
        assert not make_data_file(file.pk)
    file.refresh_from_db()
    assert file.state == "failed"


def test_whoever_is_erased_while_it_is_made_leaves_no_file(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_person(name="Ann", email="ann@lee.example")
    file = ask_for_data(person=person, user=owner)
    write = data_files._write

    def then_erase(path: Path, content: bytes) -> None:
        write(path, content)
        erase_person(person=person, actor=owner)

    monkeypatch.setattr(data_files, "_write", then_erase)
    assert not make_data_file(file.pk)
    assert not path_of(file).exists()
    assert not Event.objects.filter(kind="person.exported").exists()


def test_a_slow_worker_leaves_the_file_of_the_next_alone(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ask_for_data(person=make_person(), user=manager)
    write, turns = data_files._write, iter([True, False])

    def then_fall_asleep(path: Path, content: bytes) -> None:
        write(path, content)
        if next(turns):
            with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
                assert make_data_file(file.pk)
            path_of(file).write_bytes(b"the second")

    monkeypatch.setattr(data_files, "_write", then_fall_asleep)
    assert not make_data_file(file.pk)
    assert [path.read_bytes() for path in path_of(file).parent.iterdir()] == [b"the second"]
    assert Event.objects.filter(kind="person.exported").count() == 1


def test_whoever_is_erased_as_a_worker_begins_stops_it(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ask_for_data(person=make_person(), user=owner)
    related = DataFile.objects.select_related

    def gone(*names: str) -> Any:
        DataFile.objects.all().delete()
        return related(*names)

    monkeypatch.setattr(DataFile.objects, "select_related", gone)
    assert not make_data_file(file.pk)


def test_folders_that_vanish_while_they_are_swept_are_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b").mkdir()
    monkeypatch.setattr(Path, "iterdir", lambda _root: iter([tmp_path / "a", tmp_path / "b"]))
    sweep_folders(tmp_path, (), before=timezone.now() + timedelta(days=9_999))
    assert not (tmp_path / "b").exists()


def test_the_file_of_somebody_deleted_is_swept_up(file: DataFile, manager: User) -> None:
    delete_person(person=Person.objects.get(), actor=manager)
    sweep_data_files(timezone.now() + timedelta(days=400))
    assert not path_of(file).exists()


def test_the_file_is_for_nobody_else_on_the_machine(file: DataFile) -> None:
    assert path_of(file).stat().st_mode & 0o077 == 0
    assert path_of(file).parent.stat().st_mode & 0o077 == 0

"""An import's life: it goes on after a crash at the exact row, belongs to one worker, stops when asked, is undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from crm.importing.job_files import folder_of
from crm.models import ContactPoint, Event, ImportJob, ImportRow, Order, OrderLine, Person, User
from crm.operations import imports
from crm.operations.imports import orders, people, work
from crm.operations.people import update_person
from crm.tasks import run_import, sweep_imports, tidy_imports
from tests.factories import make_person

from .run import imported, prepared

pytestmark = pytest.mark.django_db

PEOPLE = "Customer ID,Name,Email\n" + "".join(f"{i},Person {i},p{i}@example.org\n" for i in range(3_500))
ORDERS = "order number,date,customer id,quantity,price\n" + "".join(
    f"{i // 3},2024-05-{i % 28 + 1:02d},{i % 50},1,2.50\n" for i in range(4_500)
)


def started(content: str, **stated: object) -> ImportJob:
    return imports.start_job(job=prepared(content, **stated))  # type: ignore[arg-type]


def crash_in_chunk(monkeypatch: pytest.MonkeyPatch, writer: type, number: int) -> None:
    """Die after the rows of this chunk are written and before they are committed."""
    write, seen = writer.write, []  # type: ignore[attr-defined]

    def dying(self: object, chunk: object, counts: object) -> object:
        seen.append(1)
        result = write(self, chunk, counts)
        if len(seen) == number:
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(writer, "write", dying)


def expire_lease(job: ImportJob) -> None:
    ImportJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("chunk", [1, 2, 4])
def test_people_go_on_at_the_exact_row_after_a_crash(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    job = started(PEOPLE, kind="people")
    with monkeypatch.context() as patch:
        crash_in_chunk(patch, people.PersonWriter, chunk)
        with pytest.raises(KeyboardInterrupt):
            imports.work_on(job.pk)
    job.refresh_from_db()
    assert (job.state, job.cursor) == ("running", 1_000 * (chunk - 1))
    assert Person.objects.count() == job.cursor
    expire_lease(job)
    imports.work_on(job.pk)
    job.refresh_from_db()
    assert (job.state, job.counts["created"], Person.objects.count()) == ("done", 3_500, 3_500)
    assert ContactPoint.objects.count() == Event.objects.filter(kind="person.created").count() == 3_500


@pytest.mark.parametrize("chunk", [1, 3])
def test_orders_go_on_at_the_exact_order_even_without_the_grouped_file(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    job = started(ORDERS)
    with monkeypatch.context() as patch:
        crash_in_chunk(patch, orders.OrderWriter, chunk)
        with pytest.raises(KeyboardInterrupt):
            imports.work_on(job.pk)
    for path in folder_of(job).glob("orders.sqlite3*"):
        path.unlink()
    expire_lease(job)
    imports.work_on(job.pk)
    job.refresh_from_db()
    assert job.report["verified"], job.report
    assert (Order.objects.count(), OrderLine.objects.count()) == (1_500, 4_500)
    assert Event.objects.filter(kind="order.placed").count() == 1_500
    assert sum(Person.objects.values_list("order_count", flat=True)) == 1_500


def test_only_one_worker_has_a_job() -> None:
    job = started(PEOPLE, kind="people")
    ImportJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() + timedelta(seconds=20))
    assert imports.work_on(job.pk) is False
    assert not Person.objects.exists()


def test_a_worker_that_lost_its_lease_writes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    job = started(PEOPLE, kind="people")
    write = people.PersonWriter.write_rows

    def taken_over(self: people.PersonWriter, *args: object) -> None:
        write(self, *args)  # type: ignore[arg-type]
        ImportJob.objects.filter(pk=job.pk).update(lease_token="00000000-0000-0000-0000-000000000000")

    monkeypatch.setattr(people.PersonWriter, "write_rows", taken_over)
    assert imports.work_on(job.pk) is False
    assert Person.objects.count() == 1_000


def test_a_finished_job_is_not_done_again() -> None:
    job = imported(ORDERS)
    assert run_import(job_id=job.pk) is False
    assert Order.objects.count() == 1_500


def test_a_database_that_fails_frees_the_job_for_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    job = started(PEOPLE, kind="people")

    def down(*_args: object) -> None:
        raise OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(people.PersonWriter, "write_rows", down)
        with pytest.raises(OperationalError):
            imports.work_on(job.pk)
    job.refresh_from_db()
    assert job.state == "running"
    assert job.lease_until is not None
    assert job.lease_until < timezone.now() + timedelta(minutes=1)
    expire_lease(job)
    assert imports.work_on(job.pk)
    assert Person.objects.count() == 3_500


def test_a_job_that_never_gets_further_stops_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    job = started(PEOPLE, kind="people")
    ImportJob.objects.filter(pk=job.pk).update(attempts=work.MAX_ATTEMPTS)
    assert imports.work_on(job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "It stopped 5 times at the same place.")


def test_the_sweep_finds_what_a_crash_left_behind() -> None:
    left, held = started(PEOPLE, kind="people"), started(ORDERS)
    expire_lease(left)
    ImportJob.objects.filter(pk=held.pk).update(lease_until=timezone.now() + timedelta(seconds=20))
    imported("Name,Email\nAda,a@example.org\n")
    assert imports.due_jobs(timezone.now()) == [left.pk]
    assert sweep_imports() == 1


def test_a_long_import_goes_on_in_another_task() -> None:
    job = started(PEOPLE, kind="people")
    for _shift in range(10):
        imports.work_on(job.pk, shift_s=0)
    job.refresh_from_db()
    assert (job.state, Person.objects.count()) == ("done", 3_500)


def test_an_import_stops_when_asked_and_what_is_in_stays_in(monkeypatch: pytest.MonkeyPatch) -> None:
    job = started(PEOPLE, kind="people")
    write = people.PersonWriter.write_rows

    def asked(self: people.PersonWriter, *args: object) -> None:
        write(self, *args)  # type: ignore[arg-type]
        imports.ask_cancel(job=job)

    monkeypatch.setattr(people.PersonWriter, "write_rows", asked)
    imports.work_on(job.pk)
    job.refresh_from_db()
    assert (job.state, job.cursor, Person.objects.count()) == ("cancelled", 1_000, 1_000)


def test_a_file_that_breaks_off_leaves_nothing_half_imported() -> None:
    rows = "".join(f"{i},2024-05-01,{i},1,2.50\n" for i in range(20_000))
    content = ("order number,date,customer id,quantity,price\n" + rows).encode("utf-16")[:-1]
    job = imports.start_job(job=prepared(content))
    imports.work_on(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error.startswith("Line ")
    assert not Order.objects.exists()


def test_an_import_is_taken_back_as_if_it_had_never_been() -> None:
    known = make_person(name="Ada", email="p1@example.org")
    job = imported("Name,Email,City\nAda King,p1@example.org,London\nBo,bo@example.org,\n")
    known.refresh_from_db()
    assert (known.city, known.version) == ("London", 2)
    imports.start_undo(job=job)
    imports.work_on(job.pk)
    known.refresh_from_db()
    job.refresh_from_db()
    assert (known.name, known.city, known.version) == ("Ada", "", 1)
    assert list(Person.objects.all()) == [known]
    assert (job.state, job.counts["undone"]) == ("undone", 2)


def test_what_somebody_edited_since_stays(manager: User) -> None:
    job = imported("Name,Email\nAda,ada@example.org\nBo,bo@example.org\n")
    update_person(person=Person.objects.get(name="Ada"), actor=manager, city="London")
    imports.start_undo(job=job)
    imports.work_on(job.pk)
    job.refresh_from_db()
    assert [person.name for person in Person.objects.all()] == ["Ada"]
    assert job.counts["kept"] == 1


def test_orders_taken_back_leave_no_figures_behind() -> None:
    person = make_person(source="file", external_id="7")
    job = imported(ORDERS)
    imports.start_undo(job=job)
    imports.work_on(job.pk)
    person.refresh_from_db()
    assert (Order.objects.count(), OrderLine.objects.count(), person.order_count, int(person.spent)) == (0, 0, 0, 0)
    assert list(Person.objects.all()) == [person]


def test_an_import_can_be_taken_back_for_two_weeks() -> None:
    job = imported("Name,Email\nAda,ada@example.org\n")
    ImportJob.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=15))
    job.refresh_from_db()
    with pytest.raises(imports.CannotUndoError):
        imports.start_undo(job=job)


def test_uploads_go_after_a_week_and_outcomes_after_two() -> None:
    job = imported("Name,Email\nAda,ada@example.org\n")
    draft = prepared("Name,Email\nAda,ada@example.org\n")
    ImportJob.objects.filter(pk__in=[job.pk, draft.pk]).update(created_at=timezone.now() - timedelta(days=8))
    tidy_imports()
    job.refresh_from_db()
    assert job.file == ""
    assert not folder_of(job).exists()
    assert not ImportJob.objects.filter(pk=draft.pk).exists()
    ImportJob.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=15))
    tidy_imports()
    assert not ImportRow.objects.filter(job=job).exists()


def test_a_mapping_is_remembered_for_the_same_columns() -> None:
    first = prepared(
        "Who,Where\nAda,ada@example.org\n", kind="people", mapping={"person.full_name": [0], "person.email": [1]}
    )
    imports.work_on(imports.start_job(job=first).pk)
    again = prepared("Where,Who\nbo@example.org,Bo\n", kind="people")
    assert again.mapping == {"person.full_name": [1], "person.email": [0]}

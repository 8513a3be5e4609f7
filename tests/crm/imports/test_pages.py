"""The import pages: from the dropped file to the checked result, and who may do it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from crm.models import ImportJob, Order, Person, User
from crm.operations import imports
from tests.pages import HTMX

from .run import imported, prepared

pytestmark = pytest.mark.django_db

ORDERS = (
    "order number,date,customer id,sku,quantity,price\n"
    "1,2024-05-01,7,M1,2,10.50\n1,2024-05-01,7,T1,1,4\n2,2024-05-02,8,M1,x,1\n"
)


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, content: str | bytes, name: str = "orders.csv") -> ImportJob:
    data = content.encode() if isinstance(content, str) else content
    response = client.post("/import", {"file": SimpleUploadedFile(name, data)})
    assert response.status_code == 302, response.content.decode()
    return ImportJob.objects.latest("pk")


def choices(job: ImportJob, **changed: str) -> dict[str, str]:
    """What the page would send back."""
    targets = {position: target for target, positions in job.mapping.items() for position in positions}
    columns = {f"column_{position}": targets.get(position, "") for position in range(len(job.columns))}
    stated = {"kind": job.kind, "source": job.source, "dates": "dmy", "decimal": ".", "currency": "EUR"}
    return {**stated, "duplicates": "fill", **columns, **changed}


def test_a_file_goes_from_drop_to_result(client: Client, sales: User) -> None:
    client.force_login(sales)
    job = upload(client, ORDERS)
    page = client.get(f"/import/{job.pk}").content.decode()
    assert "Nothing is written yet" in page
    assert "10.50" in page
    assert Order.objects.count() == 0
    client.post(f"/import/{job.pk}/set-up", choices(job, start="1"))
    imports.work_on(job.pk)
    page = client.get(f"/import/{job.pk}").content.decode()
    assert "All of it is there" in page
    assert "“x” is not a number" in page
    assert Order.objects.get().total == 25


def test_the_preview_counts_and_writes_nothing(client: Client, sales: User) -> None:
    client.force_login(sales)
    job = upload(client, "Name,Email,City\nAda,ada@example.org,\n,,Rom\nBo,bo@example.org,\n", "people.csv")
    page = client.get(f"/import/{job.pk}").content.decode()
    assert [line.strip() for line in re.findall(r'tile__value">([^<]*)', page)] == ["2", "0", "0", "1"]
    assert Person.objects.count() == 0


def test_the_preview_names_rows_that_are_wrong(client: Client, sales: User) -> None:
    client.force_login(sales)
    page = client.get(f"/import/{upload(client, ORDERS).pk}").content.decode()
    assert "Line 4: “x” is not a number." in page


def test_a_column_can_be_given_another_meaning(client: Client, sales: User) -> None:
    client.force_login(sales)
    job = upload(client, "Name,Handle,Email\nAda,lovelace,ada@example.org\n", "people.csv")
    client.post(f"/import/{job.pk}/set-up", choices(job, column_1="person.last_name", look="1"))
    job.refresh_from_db()
    assert job.mapping["person.last_name"] == [1]
    assert job.state == ImportJob.State.DRAFT


def test_another_kind_is_recognised_anew(client: Client, sales: User) -> None:
    client.force_login(sales)
    job = upload(client, "Name,Website\nAcme,acme.example\n", "x.csv")
    client.post(f"/import/{job.pk}/set-up", choices(job, kind="companies", look="1"))
    job.refresh_from_db()
    assert job.mapping == {"company.name": [0], "company.website": [1]}


def test_ambiguous_dates_are_asked_about(client: Client, sales: User) -> None:
    client.force_login(sales)
    job = upload(client, "order number,date,total\n1,03/04/2024,5\n2,05/06/2024,6\n")
    assert "day or the month comes first" in client.get(f"/import/{job.pk}").content.decode()
    client.post(f"/import/{job.pk}/set-up", choices(job, dates="", start="1"))
    job.refresh_from_db()
    assert job.state == ImportJob.State.DRAFT
    client.post(f"/import/{job.pk}/set-up", choices(job, dates="mdy", start="1"))
    job.refresh_from_db()
    assert job.state == ImportJob.State.QUEUED


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"%PDF-1.4", "PDF"), (bytes(range(256)) * 9, "binary"), (b"\n\n", "no rows")],
)
def test_what_is_no_table_is_refused_with_the_reason(client: Client, sales: User, content: bytes, reason: str) -> None:
    client.force_login(sales)
    response = client.post("/import", {"file": SimpleUploadedFile("x.csv", content)})
    assert response.status_code == 422
    assert reason in response.content.decode()
    assert not ImportJob.objects.exists()


def test_rows_can_be_pasted(client: Client, sales: User) -> None:
    client.force_login(sales)
    client.post("/import", {"pasted": "Name\tEmail\nAda\tada@example.org\n"})
    assert ImportJob.objects.get().mapping == {"person.full_name": [0], "person.email": [1]}


def test_progress_asks_for_itself_and_then_loads_the_page(client: Client, sales: User) -> None:
    client.force_login(sales)
    job = imports.start_job(job=prepared(ORDERS, actor=sales))
    assert "every 2s" in client.get(f"/import/{job.pk}").content.decode()
    fragment = client.get(f"/import/{job.pk}/progress", headers=HTMX)
    assert "Waiting for its turn" in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    imports.work_on(job.pk)
    assert client.get(f"/import/{job.pk}/progress", headers=HTMX)["HX-Refresh"] == "true"


def test_refused_rows_are_downloaded_with_line_and_reason(client: Client, sales: User) -> None:
    client.force_login(sales)
    job = imported(ORDERS.replace("M1,x", "=1+1,x"), actor=sales)
    response = client.get(f"/import/{job.pk}/rows.csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text.splitlines()[0] == "order number,date,customer id,sku,quantity,price,Line,What happened,Reason"
    assert text.splitlines()[1] == "2,2024-05-02,8,'=1+1,x,1,4,refused,“x” is not a number."


def test_hostile_names_are_shown_as_text(client: Client, sales: User) -> None:
    client.force_login(sales)
    job = upload(client, "<script>alert(1)</script>,Email\n<img src=x>,a@example.org\n", "<svg onload=x>.csv")
    page = client.get(f"/import/{job.pk}").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "<svg onload" not in page


@pytest.mark.parametrize("path", ["", "/progress", "/rows.csv"])
def test_a_stranger_finds_no_import_of_others(client: Client, sales: User, stranger: User, path: str) -> None:
    job = imported(ORDERS, actor=sales)
    client.force_login(stranger)
    assert client.get(f"/import/{job.pk}{path}").status_code == 404


@pytest.mark.parametrize("path", ["set-up", "cancel", "forget", "undo"])
def test_a_stranger_changes_no_import_of_others(client: Client, sales: User, stranger: User, path: str) -> None:
    job = imported(ORDERS, actor=sales)
    client.force_login(stranger)
    assert client.post(f"/import/{job.pk}/{path}").status_code == 404


def test_only_some_roles_may_import(client: Client, readonly: User, support: User) -> None:
    for user in (readonly, support):
        client.force_login(user)
        assert client.get("/import").status_code == 403


def test_a_draft_can_be_thrown_away(client: Client, sales: User, tmp_path: Path) -> None:
    client.force_login(sales)
    job = upload(client, ORDERS)
    client.post(f"/import/{job.pk}/forget")
    assert not ImportJob.objects.exists()
    assert list((tmp_path / "imports").iterdir()) == []


def test_an_import_is_taken_back_from_its_page(client: Client, sales: User) -> None:
    client.force_login(sales)
    job = imported(ORDERS, actor=sales)
    client.post(f"/import/{job.pk}/undo")
    imports.work_on(job.pk)
    assert (Order.objects.count(), Person.objects.count()) == (0, 0)
    assert "were taken back" in client.get(f"/import/{job.pk}").content.decode()

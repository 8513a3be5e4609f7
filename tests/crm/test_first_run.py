"""The first page of a fresh installation."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from crm import tasks
from crm.first_run import setup_key
from crm.models import Role, User, Workspace
from crm.operations.workspace import current_workspace, set_up, workspace_read_once

FORM = {
    "name": "Ann Lee", "email": "Ann@shop.example", "password": "correct horse battery", "business": "Lee & Daughters",
    "currency": "GBP", "language": "en", "time_zone": "Europe/London", "start": "empty",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _db(db: None) -> None:
    """Nothing is set up."""


def test_it_makes_owner_and_workspace_and_signs_in(client: Client) -> None:
    assert client.post("/welcome", FORM)["Location"] == "/today"
    owner = User.objects.get()
    workspace = Workspace.objects.get()
    assert (owner.email, owner.role, owner.name) == ("ann@shop.example", Role.OWNER, "Ann Lee")
    assert (workspace.name, workspace.currency, workspace.time_zone) == ("Lee & Daughters", "GBP", "Europe/London")
    assert client.get("/today").status_code == 200


def test_it_starts_the_demo_business_when_asked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(tasks, "fill_demo", SimpleNamespace(delay=lambda: started.append(True)))
    client.post("/welcome", FORM)
    assert started == []
    User.objects.all().delete()
    client.post("/welcome", {**FORM, "start": "demo"})
    assert started == [True]
    assert "The demo business is being filled in" in client.get("/today").content.decode()


def test_a_weak_password_is_refused_with_a_reason(client: Client) -> None:
    response = client.post("/welcome", {**FORM, "password": "password1234"})
    assert response.status_code == 422
    assert b"too common" in response.content
    assert not User.objects.exists()


def test_it_is_closed_once_there_is_an_owner(client: Client, owner: User) -> None:
    assert client.get("/welcome").status_code == 302
    client.post("/welcome", {**FORM, "email": "thief@shop.example"})
    assert User.objects.get() == owner


@pytest.mark.parametrize("elsewhere", [{"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}])
def test_from_elsewhere_it_asks_for_the_key(elsewhere: dict[str, str]) -> None:
    client = Client(**elsewhere)  # type: ignore[arg-type]
    assert client.get("/welcome").status_code == 403
    assert client.post("/welcome", {**FORM, "key": "guess"}).status_code == 403
    assert client.get("/welcome", {"key": setup_key()}).status_code == 200
    assert client.post("/welcome", {**FORM, "key": setup_key()}).status_code == 302


def test_the_workspace_is_read_once_in_a_request_and_anew_after_set_up() -> None:
    with workspace_read_once():
        assert current_workspace().name == "Rapport"
        set_up(email="ann@example.org", password="correct horse battery", business="Thistle & Twine")
        assert current_workspace().name == "Thistle & Twine"
        Workspace.objects.update(name="Other")
        assert current_workspace().name == "Thistle & Twine"
    assert current_workspace().name == "Other"

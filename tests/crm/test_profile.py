"""What colleagues set for themselves."""

from django.test import Client

from crm.models import User
from tests.factories import PASSWORD

FORM = {"name": "Ann", "language": "de", "time_zone": "Europe/Berlin", "theme": "dark", "has_single_key_shortcuts": ""}


def test_the_profile_is_kept_and_the_pages_follow_it(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert client.post("/settings/me", FORM).status_code == 302
    sales.refresh_from_db()
    assert (sales.name, sales.language, sales.time_zone, sales.theme) == ("Ann", "de", "Europe/Berlin", "dark")
    page = client.get("/settings/me").content.decode()
    assert '<html lang="de" dir="ltr" data-theme="dark">' in page
    assert "data-shortcuts" not in page


def test_nobody_makes_themselves_an_owner(client: Client, sales: User) -> None:
    client.force_login(sales)
    client.post("/settings/me", {**FORM, "role": "owner", "is_superuser": "1", "scope": "all", "email": "x@y.example"})
    before = (sales.role, sales.email, sales.is_superuser)
    sales.refresh_from_db()
    assert (sales.role, sales.email, sales.is_superuser) == before


def test_an_unknown_zone_is_refused(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert client.post("/settings/me", {**FORM, "time_zone": "Mars/Base"}).status_code == 422


def test_a_new_password_ends_the_other_sessions(client: Client, sales: User) -> None:
    other = Client()
    for each in (client, other):
        each.force_login(sales)
    new = {"old_password": PASSWORD, "new_password1": "quite another one", "new_password2": "quite another one"}
    assert client.post("/settings/me/password", new).status_code == 302
    assert client.get("/settings/me").status_code == 200
    assert other.get("/settings/me").status_code == 302


def test_the_old_password_is_asked_for(client: Client, sales: User) -> None:
    client.force_login(sales)
    new = {"old_password": "wrong", "new_password1": "quite another one", "new_password2": "quite another one"}
    assert client.post("/settings/me/password", new).status_code == 422


def test_the_theme_is_switched_and_nonsense_refused(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert client.post("/settings/me/theme", {"theme": "dark"}).status_code == 204
    assert client.post("/settings/me/theme", {"theme": "pink"}).status_code == 400
    sales.refresh_from_db()
    assert sales.theme == "dark"

"""Pages for the moment when something broke: they come without database, user or stack trace."""

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django.fixtures import Settings

from config.urls import handler500  # noqa: F401
from crm.models import User


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


def locked(_request: HttpRequest) -> HttpResponse:
    raise OperationalError("database is locked")


urlpatterns = [
    path(f"{place}{name}", view) for place in ("", "api/v1/") for name, view in (("broken", broken), ("locked", locked))
]


@pytest.fixture
def calm_client(client: Client, db: None, settings: Settings) -> Client:
    settings.ROOT_URLCONF = __name__
    settings.LOGIN_URL = "/sign-in"
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(("name", "status"), [("broken", 500), ("locked", 503)])
def test_people_get_a_page_in_words(calm_client: Client, sales: User, name: str, status: int) -> None:
    calm_client.force_login(sales)
    answer = calm_client.get(f"/{name}")
    assert answer.status_code == status
    assert b"What you saved before is safe" in answer.content
    assert b"secret detail" not in answer.content
    assert answer.get("Retry-After") == ("5" if status == 503 else None)


@pytest.mark.parametrize(("name", "status"), [("broken", 500), ("locked", 503)])
def test_machines_get_a_problem(calm_client: Client, sales: User, name: str, status: int) -> None:
    calm_client.force_login(sales)
    answer = calm_client.get(f"/api/v1/{name}")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code == status

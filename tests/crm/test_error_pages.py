"""What people see when something is not as it should be."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, permission_denied

from crm.models import User


def test_a_missing_page_offers_search_inside_the_shell(client: Client, sales: User) -> None:
    client.force_login(sales)
    response = client.get("/no-such-page")
    assert response.status_code == 404
    assert b'class="rail' in response.content
    assert b"/search" in response.content


def test_a_missing_page_is_bare_for_a_stranger(client: Client, db: None) -> None:
    response = client.get("/no-such-page")
    assert response.status_code == 404
    assert b'class="rail' not in response.content


def test_a_refused_page_says_who_can_help(client: Client, sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(sales)
    client.raise_request_exception = False
    request = RequestFactory().get("/")
    request.user = sales
    response = permission_denied(request, PermissionDenied("Ask the owner."))
    assert response.status_code == 403
    assert b"Ask the owner." in response.content


def test_an_odd_request_has_a_page_without_a_database() -> None:
    response = bad_request(HttpRequest(), SuspiciousOperation("x"))
    assert b"We did not understand this" in response.content


def test_a_stale_form_is_told_from_a_missing_right(owner: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    response = strict.post("/today/add", {"text": "x"})
    assert response.status_code == 403
    assert response["X-Reason"] == "csrf"
    assert b"open for too long" in response.content

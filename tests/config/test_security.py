"""Headers, cookies and whom we believe about addresses."""

from ipaddress import ip_network

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from config.security import TrustedProxyMiddleware
from crm.models import User

PROXY, VISITOR = "10.0.0.5", "198.51.100.7"


@pytest.fixture
def proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]


def seen(rf: RequestFactory, sender: str, forwarded_for: str = "", proto: str = "http") -> HttpRequest:
    request = rf.get("/", REMOTE_ADDR=sender, HTTP_X_FORWARDED_FOR=forwarded_for, HTTP_X_FORWARDED_PROTO=proto)
    TrustedProxyMiddleware(lambda _request: HttpResponse())(request)
    return request


def test_a_listed_proxy_is_believed(rf: RequestFactory, proxies: None) -> None:
    request = seen(rf, PROXY, VISITOR, "https")
    assert (request.META["REMOTE_ADDR"], request.is_secure()) == (VISITOR, True)


def test_anybody_else_is_not(rf: RequestFactory, proxies: None) -> None:
    request = seen(rf, VISITOR, "127.0.0.1", "https")
    assert (request.META["REMOTE_ADDR"], request.is_secure()) == (VISITOR, False)


@pytest.mark.parametrize(
    ("forwarded_for", "visitor"),
    [
        (f"203.0.113.9, {VISITOR}", VISITOR),  # what stands before the last unknown one may be forged
        (f"{VISITOR}, 10.1.1.1", VISITOR),
        ("", PROXY),
        ("nonsense", PROXY),
        (f"nonsense, {VISITOR}", VISITOR),
    ],
)
def test_only_the_last_unknown_address_counts(
    rf: RequestFactory, proxies: None, forwarded_for: str, visitor: str
) -> None:
    assert seen(rf, PROXY, forwarded_for).META["REMOTE_ADDR"] == visitor


def test_every_page_carries_the_security_headers(client: Client, db: None) -> None:
    answer = client.get("/healthz")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_admin_has_a_policy_of_its_own(client: Client, owner: User) -> None:
    client.force_login(owner)
    policy = client.get("/admin/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy
    assert "frame-ancestors 'none'" in policy


def test_pages_ask_strangers_to_sign_in_unless_they_say_that_they_are_open(client: Client, db: None) -> None:
    assert client.get("/admin/").status_code == 302
    assert client.get("/healthz").status_code == 200


LARGE = b"x" * 3_000_000


@pytest.mark.parametrize("path", ["/sign-in", "/f/contact", "/today/add", "/import", "/password/forgotten"])
def test_what_is_too_large_is_refused_unread(client: Client, db: None, path: str) -> None:
    file = SimpleUploadedFile("large.csv", LARGE)
    answer = client.post(path, {"file": file, "text": "x"})
    assert answer.status_code == 413
    assert answer.wsgi_request._read_started is False  # type: ignore[attr-defined]


def test_a_program_is_told_that_it_is_too_large(client: Client, db: None) -> None:
    answer = client.post("/api/v1/people/", LARGE, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_who_is_signed_in_sends_a_large_table(client: Client, owner: User) -> None:
    client.force_login(owner)
    table = b"name,email\n" + b"".join(b"Person %d,p%d@example.org\n" % (n, n) for n in range(100_000))
    assert client.post("/import", {"file": SimpleUploadedFile("people.csv", table)}).status_code == 302

"""The way in and out."""

import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from crm.limits import Limit
from crm.models import User
from crm.operations import passwords
from crm.tasks import forget_sessions, send_password_letter
from tests.factories import PASSWORD

SIGN_IN = "/sign-in"
Asked = list[tuple[str, dict[str, Any]]]
NOON = "2026-06-15T12:00:00Z"


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A worker that does at once what it is asked to do."""
    found: Asked = []

    def send_task(name: str, kwargs: dict[str, Any]) -> None:
        found.append((name, kwargs))
        send_password_letter(**kwargs)

    monkeypatch.setattr(passwords, "current_app", SimpleNamespace(send_task=send_task))
    return found


def test_a_stranger_is_led_to_sign_in_and_back(client: Client, owner: User) -> None:
    response = client.get("/today?x=1")
    assert response.status_code == 302
    assert response["Location"] == f"{SIGN_IN}?next=/today%3Fx%3D1"
    response = client.post(
        response["Location"], {"username": owner.email.upper(), "password": PASSWORD, "next": "/today?x=1"}
    )
    assert response["Location"] == "/today?x=1"


def test_a_fragment_without_a_session_takes_the_page_to_sign_in(client: Client, owner: User) -> None:
    response = client.get(
        "/search?q=x", headers={"HX-Request": "true", "HX-Current-URL": "https://shop.example/deals?a=1"}
    )
    assert response.status_code == 200
    assert response["HX-Redirect"] == f"{SIGN_IN}?next=%2Fdeals%3Fa%3D1"


def test_signing_in_does_not_lead_to_another_site(client: Client, owner: User) -> None:
    response = client.post(SIGN_IN, {"username": owner.email, "password": PASSWORD, "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_a_wrong_password_is_said_in_words(client: Client, owner: User) -> None:
    response = client.post(SIGN_IN, {"username": owner.email, "password": "wrong"})
    assert response.status_code == 422
    assert b"do not belong together" in response.content


def test_five_wrong_tries_ask_for_patience(client: Client, owner: User) -> None:
    answers = [client.post(SIGN_IN, {"username": owner.email, "password": "wrong"}).status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert client.post(SIGN_IN, {"username": owner.email.title(), "password": PASSWORD}).status_code == 429


def test_a_colleague_at_the_same_address_is_not_locked_out(client: Client, owner: User, sales: User) -> None:
    for _ in range(5):
        client.post(SIGN_IN, {"username": owner.email, "password": "wrong"})
    assert client.post(SIGN_IN, {"username": sales.email, "password": PASSWORD}).status_code == 302


def test_a_fresh_installation_leads_to_the_first_run_page(client: Client, db: None) -> None:
    assert client.get(SIGN_IN)["Location"] == "/welcome"


def test_signing_out_needs_a_post_and_ends_the_session(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert client.get("/today").status_code == 302


def test_a_forgotten_password_is_replaced_through_the_mail(client: Client, owner: User) -> None:
    client.post("/password/forgotten", {"email": owner.email})
    link = re.search(r"https?://[^/]+(/password/new/\S+)", str(mail.outbox[0].body))
    assert link is not None
    page = client.get(link[1], follow=True)
    form = page.redirect_chain[-1][0]
    new = "quite another sentence"
    response = client.post(form, {"new_password1": new, "new_password2": new})
    assert response["Location"] == reverse("crm:password-changed")
    assert client.post(SIGN_IN, {"username": owner.email, "password": new})["Location"] == "/"
    client.post("/sign-out")
    assert b"used up" in client.get(link[1], follow=True).content


def test_without_a_mail_server_no_link_is_promised(client: Client, owner: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    for answer in (client.get("/password/forgotten"), client.post("/password/forgotten", {"email": owner.email})):
        page = answer.content.decode()
        assert "manage.py changepassword" in page
        assert "<form" not in page


def test_an_unknown_address_gets_no_mail_and_the_same_answer_for_the_same_work(
    client: Client, owner: User, asked: Asked
) -> None:
    response = client.post("/password/forgotten", {"email": "nobody@shop.example"})
    assert response["Location"] == reverse("crm:password-mail-sent")
    assert mail.outbox == []
    client.post("/password/forgotten", {"email": owner.email})
    assert [name for name, _kwargs in asked] == ["crm.send_password_letter"] * 2
    assert [kwargs["user_id"] for _name, kwargs in asked] == [0, owner.pk]


def test_the_letter_is_in_the_language_of_who_asked(client: Client, owner: User) -> None:
    client.post("/password/forgotten", {"email": owner.email}, headers={"Accept-Language": "de"})
    assert mail.outbox[0].subject == "Wählen Sie ein neues Passwort für Rapport"


def test_without_a_queue_the_letter_is_written_at_once(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send_task(name: str, kwargs: dict[str, Any]) -> None:
        raise OSError("no broker")

    monkeypatch.setattr(passwords, "current_app", SimpleNamespace(send_task=send_task))
    client.post("/password/forgotten", {"email": owner.email})
    assert [letter.to for letter in mail.outbox] == [[owner.email]]


def test_who_left_meanwhile_gets_no_letter(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert not send_password_letter(user_id=owner.pk, language="en")
    assert mail.outbox == []


def test_the_mail_leads_to_our_own_address_whatever_host_was_asked(client: Client, owner: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    client.post("/password/forgotten", {"email": owner.email}, headers=headers)
    assert f"{settings.SITE_URL}/password/new/" in mail.outbox[0].body
    assert "evil" not in mail.outbox[0].body


def test_one_account_gets_five_letters_an_hour(client: Client, owner: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        answers = {client.post("/password/forgotten", {"email": owner.email})["Location"] for _ in range(8)}
        assert (len(mail.outbox), len(answers)) == (5, 1)
        clock.shift(3600)
        client.post("/password/forgotten", {"email": owner.email})
        assert len(mail.outbox) == 6


def test_one_machine_fails_thirty_times_a_minute_over_all_accounts(client: Client, owner: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(30):
            client.post(SIGN_IN, {"username": f"a{number}@shop.example", "password": "wrong"})
        good = {"username": owner.email, "password": PASSWORD}
        assert client.post(SIGN_IN, good).status_code == 429
        assert client.post(SIGN_IN, good, REMOTE_ADDR="198.51.100.7").status_code == 302
        client.logout()
        clock.shift(60)
        assert client.post(SIGN_IN, good).status_code == 302


@pytest.mark.parametrize("backend", ["filebased.FileBasedCache", "locmem.LocMemCache"])
def test_a_limit_ends_with_its_hour_on_every_cache(settings: Any, tmp_path: Any, backend: str) -> None:
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": str(tmp_path)}}
    limit = Limit("test", most=2, seconds=3600)
    with time_machine.travel(NOON, tick=False) as clock:
        assert [limit.count("ann") for _ in range(3)] == [False, False, True]
        clock.shift(1800)  # a cache of files would have forgotten after five minutes
        assert limit.is_reached("ann")
        assert limit.count("ann")
        assert not limit.count("ben")
        clock.shift(1800)
        assert not limit.count("ann")


def test_a_cache_that_is_away_keeps_nobody_out(client: Client, owner: User, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert client.post(SIGN_IN, {"username": owner.email, "password": "wrong"}).status_code == 422
    assert client.post(SIGN_IN, {"username": owner.email, "password": PASSWORD}).status_code == 302
    assert client.get("/api/v1/people/").status_code == 200


def signed_in(client: Client, user: User) -> None:
    client.post(SIGN_IN, {"username": user.email, "password": PASSWORD})


def is_in(client: Client, path: str = "/today") -> bool:
    return client.get(path).status_code == 200


def test_a_session_ends_eight_hours_after_its_last_use(client: Client, owner: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in(client, owner)
        for _ in range(3):
            clock.shift(timedelta(hours=7))
            assert is_in(client)
        clock.shift(timedelta(hours=8, minutes=1))
        assert not is_in(client)


def test_a_session_in_use_ends_after_two_weeks(client: Client, owner: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in(client, owner)
        for _ in range(2 * 24 * 14 // 14):
            clock.shift(timedelta(hours=7))
            assert is_in(client)
        clock.shift(timedelta(hours=1))
        assert not is_in(client)
        assert client.get("/api/v1/people/").status_code in (401, 403)


def test_the_admin_wants_a_sign_in_of_the_same_day(client: Client, owner: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in(client, owner)
        clock.shift(timedelta(hours=7))
        assert is_in(client, "/admin/")
        clock.shift(timedelta(hours=6))
        assert client.get("/admin/", follow=True).redirect_chain[-1][0] == f"{SIGN_IN}?next=/admin/"
        signed_in(client, owner)
        assert is_in(client, "/admin/")


def test_a_session_in_use_is_written_once_in_ten_minutes(client: Client, owner: User, db: None) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in(client, owner)
        end = Session.objects.get().expire_date
        clock.shift(timedelta(minutes=9))
        is_in(client)
        assert Session.objects.get().expire_date == end
        clock.shift(timedelta(minutes=2))
        is_in(client)
        assert Session.objects.get().expire_date == end + timedelta(minutes=11)


def test_ended_sessions_are_forgotten(client: Client, owner: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signed_in(client, owner)
        clock.shift(timedelta(hours=9))
        forget_sessions()
        assert not Session.objects.exists()


def test_signing_in_gives_the_session_another_key(client: Client, owner: User) -> None:
    client.get(SIGN_IN)
    before = client.session.session_key
    signed_in(client, owner)
    assert client.session.session_key != before


def test_a_colleague_who_is_switched_off_is_out_at_once(client: Client, owner: User) -> None:
    signed_in(client, owner)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert not is_in(client)


def test_the_admin_has_no_way_in_of_its_own(client: Client, sales: User) -> None:
    assert client.get("/admin/login/?next=/admin/crm/")["Location"] == f"{SIGN_IN}?next=/admin/crm/"
    client.force_login(sales)
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_log_names_nobody_who_failed(client: Client, owner: User, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(6):
        client.post(SIGN_IN, {"username": owner.email, "password": "a-wrong-one"}, REMOTE_ADDR="198.51.100.7")
    assert "AXES" in caplog.text
    for secret in (owner.email, "198.51.100.7", "a-wrong-one"):
        assert secret not in caplog.text

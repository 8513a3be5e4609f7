"""The way in and out."""

import re

from django.core import mail
from django.test import Client
from django.urls import reverse

from crm.models import User
from tests.factories import PASSWORD

SIGN_IN = "/sign-in"


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


def test_an_unknown_address_gets_no_mail_and_the_same_answer(client: Client, owner: User) -> None:
    response = client.post("/password/forgotten", {"email": "nobody@shop.example"})
    assert response["Location"] == reverse("crm:password-mail-sent")
    assert mail.outbox == []

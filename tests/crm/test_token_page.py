"""Where managers let programs in."""

from __future__ import annotations

import pytest
from django.test import Client

from crm.models import ApiToken, User
from crm.operations.tokens import create_token

pytestmark = pytest.mark.django_db
PAGE = "/settings/programs"
FORM = {"name": "Till", "scope": "write", "days": "30"}


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_a_token_is_made_shown_once_and_works(desk: Client) -> None:
    made = desk.post(PAGE, FORM)
    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert made["Cache-Control"].startswith("max-age=0")
    assert secret not in desk.get(PAGE).content.decode()
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/people/")
    assert answer.status_code == 200
    assert "never used" not in desk.get(PAGE).content.decode()


def test_a_token_that_is_taken_back_is_dead(desk: Client, manager: User) -> None:
    token, secret = create_token(user=manager, name="Till")
    desk.post(f"{PAGE}/{token.pk}/revoke")
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/people/").status_code == 401


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": "all"}, {"days": "9999"}])
def test_a_mistake_makes_no_token(desk: Client, wrong: dict[str, str]) -> None:
    assert desk.post(PAGE, FORM | wrong).status_code == 422
    assert not ApiToken.objects.exists()


def test_tokens_of_others_are_not_there(desk: Client, owner: User) -> None:
    token, _secret = create_token(user=owner, name="Secret till")
    assert "Secret till" not in desk.get(PAGE).content.decode()
    assert desk.post(f"{PAGE}/{token.pk}/revoke").status_code == 404


def test_it_is_for_those_who_set_up(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert client.get(PAGE).status_code == 403
    assert "/settings/programs" not in client.get("/settings/me").content.decode()

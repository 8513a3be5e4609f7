"""Who is meant by an @name."""

from __future__ import annotations

import pytest

from crm.mentions import mentioned
from crm.models import Role, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db: None) -> list[User]:
    names = (("ann", "Ann Lee"), ("anna", "Ann Bauer"), ("zoe", "Zoë Kowalski"), ("plain", ""))
    return [make_user(Role.SALES, email=f"{local}@shop.example", name=name) for local, name in names]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("ask @Ann Lee", ["Ann Lee"]),
        ("ask @Ann", ["Ann Lee"]),  # her address; as a first name two have it
        ("ask @zoë, and @ZOE", ["Zoë Kowalski"]),
        ("@anna: and @plain!", ["", "Ann Bauer"]),
        ("write to customer@zoe.example", []),
        ("@zoes mother", []),
        ("an @ alone", []),
    ],
)
def test_names_first_names_and_addresses_call(staff: list[User], text: str, called: list[str]) -> None:
    assert [user.name for user in mentioned(text)] == called


def test_who_has_left_is_not_called(staff: list[User]) -> None:
    User.objects.update(is_active=False)
    assert mentioned("@Ann Lee") == []

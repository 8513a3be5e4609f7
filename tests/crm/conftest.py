"""Fixtures that the tests of pages share."""

from __future__ import annotations

import pytest
from django.test import Client

from crm.models import Person, User
from tests.factories import make_person


@pytest.fixture
def as_owner(client: Client, owner: User) -> Client:
    User.objects.filter(pk=owner.pk).update(time_zone="Europe/Berlin")  # as set-up does: else each page asks for it
    client.force_login(owner)
    return client


@pytest.fixture
def ann(db: None) -> Person:
    return make_person(name="Ann Lee", email="ann@lee.example", phone="+44 20 7946 0018", city="Bonn")

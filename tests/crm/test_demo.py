"""The demo business goes in once and comes out without a trace."""

from __future__ import annotations

import pytest

from crm.demo import remove_demo
from crm.models import User
from crm.operations.work import add_note
from tests.factories import make_deal, make_order, make_person, make_task

from .demo_shop import counts, small_demo

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_removing_the_demo_leaves_the_real_records_as_they_were(owner: User) -> None:
    person = make_person(email="ann@example.org")
    make_order(person)
    make_deal(person=person)
    make_task(person=person)
    add_note(actor=owner, body="Real", person=person)
    before = counts()
    small_demo()
    assert counts()["Person"] == 76  # 60 customers, a quarter as many who came before they ordered, and Ann
    assert remove_demo() == 75
    assert counts() == before

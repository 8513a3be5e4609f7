"""Own, team and all scope, and single records that were shared."""

from __future__ import annotations

import pytest

from crm.models import ContactPoint, Deal, Event, Note, Order, Person, Scope, Task, Team, User
from crm.operations.work import add_note
from crm.operations.workspace import share_record, unshare_record
from tests.factories import make_deal, make_order, make_person, make_task, make_user

pytestmark = pytest.mark.django_db


def test_all_scope_sees_everything(sales: User, stranger: User) -> None:
    make_person(owner=stranger)
    assert Person.objects.visible_to(sales).count() == 1


def test_own_scope_sees_only_own_records(stranger: User, sales: User) -> None:
    mine = make_person(owner=stranger)
    make_person(owner=sales)
    make_person()
    assert list(Person.objects.visible_to(stranger)) == [mine]


def test_team_scope_sees_the_team_and_what_nobody_owns() -> None:
    team = Team.objects.create(name="North")
    member, mate, other = make_user(scope=Scope.TEAM), make_user(), make_user()
    team.members.add(member, mate)
    seen = [make_person(owner=member), make_person(owner=mate), make_person(team=team), make_person()]
    make_person(owner=other)
    make_person(owner=other, team=Team.objects.create(name="South"))
    assert set(Person.objects.visible_to(member)) == set(seen)


def test_an_inactive_user_sees_nothing(sales: User) -> None:
    make_person()
    sales.is_active = False
    assert not Person.objects.visible_to(sales).exists()


def test_what_belongs_to_a_person_is_seen_with_the_person(stranger: User) -> None:
    person = make_person(owner=stranger, email="ann@example.com")
    hidden = make_person(email="bob@example.com")
    for whose in (person, hidden):
        make_order(whose)
        add_note(actor=None, body="Hello", person=whose)
        make_task(person=whose)
        make_deal(person=whose, owner=whose.owner)
    make_order(None)
    for model in (Order, Note, ContactPoint):
        assert [row.person for row in model.objects.visible_to(stranger)] == [person]
    assert [deal.person for deal in Deal.objects.visible_to(stranger)] == [person]
    assert {event.person_id for event in Event.objects.visible_to(stranger)} == {person.pk}
    assert not Task.objects.visible_to(stranger).exists()


def test_a_shared_record_is_seen_until_it_is_unshared(owner: User, stranger: User) -> None:
    person = make_person()
    share_record(record=person, user=stranger, actor=owner)
    assert list(Person.objects.visible_to(stranger)) == [person]
    unshare_record(record=person, user=stranger, actor=owner)
    assert not Person.objects.visible_to(stranger).exists()

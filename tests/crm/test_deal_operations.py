"""Opening, changing and deleting deals, and who else is on them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crm.models import Deal, DealPerson, Event, Note, StageChange, Task, User
from crm.operations.deals import add_deal_person, create_deal, delete_deal, remove_deal_person, update_deal
from crm.operations.editing import EditConflictError, FieldNotEditableError
from crm.operations.work import add_note
from tests.factories import make_company, make_deal, make_person, make_stage, make_task

pytestmark = pytest.mark.django_db


def test_a_new_deal_is_found_by_its_title_its_person_and_its_company() -> None:
    deal = make_deal(title="Größe XL", person=make_person(name="Ann Lee"), company=make_company(name="Łódź Ltd"))
    assert deal.search_text == "grosse xl ann lee lodz ltd"


def test_a_new_deal_begins_its_history() -> None:
    deal = make_deal(amount=Decimal("99.5"))
    change = StageChange.objects.get(deal=deal)
    assert (change.from_stage, change.to_stage, change.amount) == (None, deal.stage, Decimal("99.5"))
    assert Event.objects.get(deal=deal).data["amount"] == "99.5"


def test_an_edit_says_what_was_and_what_is(sales: User) -> None:
    deal = update_deal(deal=make_deal(title="Old"), actor=sales, title="New", amount=Decimal(5))
    event = Event.objects.get(deal=deal, kind="deal.changed")
    assert event.data["changed"] == {"title": ["Old", "New"], "amount": ["0", "5"]}
    assert deal.version == 2


def test_an_edit_that_changes_nothing_is_no_event(sales: User) -> None:
    deal = update_deal(deal=make_deal(title="Same"), actor=sales, title="Same")
    assert deal.version == 1
    assert not Event.objects.filter(kind="deal.changed").exists()


def test_an_edit_does_not_move_a_deal() -> None:
    with pytest.raises(FieldNotEditableError):
        update_deal(deal=make_deal(), actor=None, stage=make_stage("Won"))


def test_an_edit_of_an_old_version_is_refused() -> None:
    deal = make_deal()
    update_deal(deal=deal, actor=None, version=1, title="First")
    with pytest.raises(EditConflictError):
        update_deal(deal=deal, actor=None, version=1, title="Second")
    assert Deal.objects.get().title == "First"


def test_people_come_to_a_deal_once_and_leave_it(sales: User) -> None:
    deal, person = make_deal(), make_person(name="Ann")
    for role in ("Buyer", "Decides"):
        row = add_deal_person(deal=deal, person=person, actor=sales, role=role)
    assert DealPerson.objects.get().role == "Decides"
    remove_deal_person(row=row, actor=sales)
    assert not DealPerson.objects.exists()
    changes = Event.objects.filter(kind="deal.changed").order_by("pk")
    assert [event.data["changed"]["people"] for event in changes] == [["", "Ann"], ["Ann", ""]]


def test_a_deleted_deal_leaves_its_farewell_with_the_person(sales: User) -> None:
    deal = create_deal(actor=None, title="Gone", stage=make_stage(), currency="EUR", person=make_person())
    make_task(deal=deal)
    add_note(actor=None, body="Hm", deal=deal)
    delete_deal(deal=deal, actor=sales)
    assert not Deal.objects.exists()
    assert not Task.objects.exists()
    assert not Note.objects.exists()
    farewell = Event.objects.get(kind="deal.deleted")
    assert (farewell.person, farewell.data) == (deal.person, {"title": "Gone"})

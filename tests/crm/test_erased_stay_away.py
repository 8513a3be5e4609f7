"""Who was erased is not brought back by files, programs or colleagues; by themselves they come back as somebody new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from crm.contacts import ContactError
from crm.extensions import health_checks
from crm.models import ApiToken, ContactPoint, ErasedKey, Erasure, Event, ImportRow, Order, Person, Role, Scope, User
from crm.operations import imports
from crm.operations.erasures import ErasedError, NotErasedError, allow_back, refuse_erased
from crm.operations.imports.people_book import PeopleBook
from crm.operations.people import add_contact_point, create_person, update_person
from crm.operations.privacy import erase_person
from crm.operations.tokens import create_token
from inbox.models import Conversation, Message
from inbox.operations.receiving import MessageRefusedError, receive_message
from tests.factories import make_person, make_user
from tests.inbox.test_receive_message import receive

from .imports.run import imported, reasons

pytestmark = pytest.mark.django_db

PEOPLE = (
    "Customer ID,Name,Email,Phone,Address\n7,Ann Lee,Ann@Lee.example,+44 20 7946 0018,1 Road\n8,Bo,bo@x.example,,\n"
)
ORDERS = (
    "order number,date,customer id,email,quantity,price\n"
    "1,2024-05-01,7,ann@lee.example,1,2.50\n2,2024-05-02,8,bo@x.example,1,4\n3,2024-05-03,,,1,1\n"
)
WHY = "She asked us to on the telephone."


@pytest.fixture
def gone(owner: User) -> Person:
    """Ann, from a file, erased."""
    imported(PEOPLE, actor=owner, kind="people", source="shop")
    ann = Person.objects.get(external_id="7")
    erase_person(person=ann, actor=owner)
    return ann


def names() -> set[str]:
    return set(Person.objects.values_list("name", flat=True))


@pytest.mark.parametrize("source", ["shop", "other"])
@pytest.mark.parametrize("duplicates", ["fill", "overwrite", "skip"])
def test_the_same_file_brings_nobody_back(gone: Person, owner: User, source: str, duplicates: str) -> None:
    job = imported(PEOPLE, actor=owner, kind="people", source=source, duplicates=duplicates)
    assert names() == {"Bo"}
    assert (job.counts["erased"], job.report["verified"]) == (1, True)
    assert "must not be brought back" in reasons(job)[2]
    row = ImportRow.objects.get(job=job, message__contains="brought back")
    assert (row.values, row.target_id) == ([], None)
    assert "lee" not in str(list(ImportRow.objects.filter(job=job).values_list("values", "message"))).lower()
    assert job.file == ""


def test_nor_does_taking_back_the_import_that_made_or_changed_them(owner: User) -> None:
    make_person(name="Ann", email="ann@lee.example")
    job = imported(PEOPLE, actor=owner, kind="people", source="shop")
    erase_person(person=Person.objects.get(name="Ann"), actor=owner)
    imports.start_undo(job=job)
    imports.work_on(job.pk)
    job.refresh_from_db()
    assert job.state == "undone"
    assert names() == set()


def test_the_phone_alone_or_the_number_alone_is_enough(gone: Person, owner: User) -> None:
    job = imported("Name,Phone\nA. Lee,+442079460018\n", actor=owner, kind="people", source="z")
    assert job.counts["erased"] == 1
    job = imported("Customer ID,Name\n7,A. Lee\n", actor=owner, kind="people", source="shop")
    assert job.counts["erased"] == 1
    assert names() == {"Bo"}


def test_somebody_else_with_their_address_comes_in_without_it(gone: Person, owner: User) -> None:
    job = imported("Customer ID,Name,Email\n8,Bo,ann@lee.example\n", actor=owner, kind="people", source="shop")
    assert job.counts["erased"] == 1
    assert not ContactPoint.objects.filter(normalised="ann@lee.example").exists()
    assert "lee" not in str(list(ImportRow.objects.filter(job=job).values_list("values", "message")))


def test_whoever_shares_a_phone_with_somebody_erased_is_not_left_out(gone: Person, owner: User) -> None:
    """Bo is known by e-mail and has the telephone of the house; Cy is nobody yet and may be Ann at a new address."""
    text = "Name,Email,Phone,City\nBo,bo@x.example,+442079460018,York\nCy,cy@x.example,+442079460018,York\n"
    job = imported(text, actor=owner, kind="people", source="other")
    assert (Person.objects.get().name, Person.objects.get().city) == ("Bo", "York")
    assert not ContactPoint.objects.filter(kind="phone").exists()
    assert "must not be brought back" in reasons(job)[3]


def test_old_orders_come_without_a_name_and_the_check_agrees(gone: Person, owner: User) -> None:
    job = imported(ORDERS, actor=owner, kind="orders", source="shop")
    assert names() == {"Bo"}
    assert Order.objects.filter(person=None).count() == 2
    assert job.counts["erased"] == 1
    assert job.report["verified"], job.report


def test_an_order_of_somebody_who_was_here_stays_theirs_whatever_address_it_names(gone: Person, owner: User) -> None:
    """Bo ordered with the address of Ann, who is erased: the number says who it was."""
    text = "order number,date,customer id,email,quantity,price\n5,2024-05-02,8,ann@lee.example,1,4\n"
    job = imported(text, actor=owner, kind="orders", source="shop")
    assert Order.objects.get(number="5").person == Person.objects.get(name="Bo")
    assert not job.counts.get("erased")
    assert job.report["verified"], job.report


def test_an_order_after_the_erasing_is_a_new_relation(gone: Person, owner: User) -> None:
    day = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%d")
    later = ORDERS + f"4,{day},7,ann@lee.example,1,9\n"
    job = imported(later, actor=owner, kind="orders", source="shop")
    new = Person.objects.get(external_id="7")
    assert [order.number for order in Order.objects.filter(person=new)] == ["4"]
    assert job.report["verified"], job.report
    job = imported(PEOPLE, actor=owner, kind="people", source="shop", duplicates="overwrite")
    new.refresh_from_db()
    assert (new.address, job.counts["erased"]) == ("", 1)  # an old file still tells nothing of them


def test_colleagues_are_told_why_they_cannot_add_them(gone: Person, owner: User, client: Client) -> None:
    client.force_login(owner)
    answer = client.post("/people/new/", {"name": "Ann", "email": "ANN@lee.example"})
    assert answer.status_code == 422
    assert "must not be brought back" in answer.content.decode()
    bo = Person.objects.get()
    answer = client.post(f"/people/{bo.pk}/contacts/", {"kind": "phone", "value": "+44 20 7946 0018"})
    assert answer.status_code == 422
    assert "must not be brought back" in answer.content.decode()
    with pytest.raises(ErasedError):
        create_person(actor=owner, name="X", source="shop", external_id="7")
    with pytest.raises(ErasedError):
        update_person(person=bo, actor=owner, external_id="7")
    assert names() == {"Bo"}


def test_programs_bring_them_back_only_by_something_that_they_did(gone: Person, owner: User, client: Client) -> None:
    _token, secret = create_token(user=owner, name="shop", scope=ApiToken.Scope.WRITE)
    call: dict[str, Any] = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {secret}"}}
    person = {"name": "Ann Lee", "email": "ann@lee.example"}
    assert client.post("/api/v1/people/", person, **call).status_code == 422
    before = (timezone.now() - timedelta(days=3)).isoformat()
    assert client.post("/api/v1/people/", {**person, "came_at": before}, **call).status_code == 422
    ahead = (timezone.now() + timedelta(days=3)).isoformat()
    assert client.post("/api/v1/people/", {**person, "came_at": ahead}, **call).status_code == 400
    assert names() == {"Bo"}
    now = (timezone.now() + timedelta(seconds=1)).isoformat()
    assert client.post("/api/v1/people/", {**person, "came_at": now}, **call).status_code == 201


def test_their_old_letters_stay_away_and_a_new_one_is_a_new_relation(owner: User) -> None:
    old = receive("mail-1", text="Hello", from_address="ann@lee.example", from_name="Ann Lee")
    erase_person(person=Person.objects.get(), actor=owner)
    with pytest.raises(MessageRefusedError, match="brought back"):  # the mailbox is read once more
        receive("mail-1", text="Hello", from_address="ann@lee.example", from_name="Ann Lee")
    with pytest.raises(MessageRefusedError, match="brought back"):  # the same letter, found later and under another id
        receive_message(
            channel=old.channel, external_id="mail-9", text="Hi", from_address="Ann@Lee.example",
            written_at=timezone.now() - timedelta(days=1),
        )  # fmt: skip
    assert not Person.objects.exists()
    assert not Message.objects.exists()
    new = receive("mail-2", text="Do you sell soap?", from_address="ann@lee.example", from_name="Ann Lee")
    assert new.conversation.person is not None
    assert Conversation.objects.count() == 1
    again = add_contact_point(person=new.conversation.person, kind="email", value="ann@lee.example", actor=owner)
    assert again.person == new.conversation.person


def test_nothing_kept_tells_who_it_was(gone: Person, settings: Any) -> None:
    [erasure] = Erasure.objects.all()
    assert erasure.keys == 3
    digests = set(ErasedKey.objects.values_list("digest", flat=True))
    assert len(digests) == 3
    from hashlib import sha256

    assert sha256(b"ann@lee.example").hexdigest() not in digests
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key" * 9
    with pytest.raises(ErasedError):  # known by the key of before
        create_person(actor=None, name="Ann", email="ann@lee.example")
    assert health_checks["erased"].check().state == "good"
    settings.SECRET_KEY_FALLBACKS = []
    assert create_person(actor=None, name="Ann", email="ann@lee.example")
    assert health_checks["erased"].check().state == "warn"


def test_a_manager_lets_them_back_with_a_reason(gone: Person, client: Client, manager: User) -> None:
    client.force_login(manager)
    page = client.get("/people/erased").content.decode()
    assert "1 person stays away" in page
    assert "lee" not in page.lower()
    form = {"kind": "email", "value": "Ann@Lee.example", "why": "ok"}
    assert client.post("/people/erased/allow", form).status_code == 422
    form["why"] = WHY
    assert client.post("/people/erased/allow", {**form, "value": "x@y.example"}).status_code == 422
    assert client.post("/people/erased/allow", {**form, "value": "no address"}).status_code == 422
    assert client.post("/people/erased/allow", form).status_code == 302
    assert client.post("/people/erased/allow", form).status_code == 422
    erasure = Erasure.objects.get()
    assert (erasure.lifted_by, erasure.lift_reason, erasure.digests.count()) == (manager, WHY, 0)
    assert Event.objects.get(kind="person.allowed_back").data == {"why": WHY}
    assert WHY in client.get("/people/erased").content.decode()
    assert create_person(actor=manager, name="Ann", email="ann@lee.example")


def test_whoever_was_known_by_a_number_alone_is_let_back_by_it(owner: User, client: Client) -> None:
    imported("Customer ID,Name\n9,Di\n", actor=owner, kind="people", source="shop")
    erase_person(person=Person.objects.get(), actor=owner)
    client.force_login(owner)
    form = {"kind": "number", "value": "9", "source": "", "why": WHY}
    for wrong in ({}, {"source": "other"}, {"source": "shop", "value": "8"}):
        assert client.post("/people/erased/allow", {**form, **wrong}).status_code == 422
    assert client.post("/people/erased/allow", {**form, "source": "shop"}).status_code == 302
    job = imported("Customer ID,Name\n9,Di\n", actor=owner, kind="people", source="shop")
    assert job.counts["created"] == 1


def test_an_address_that_an_erasing_frees_at_the_last_moment_is_refused(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is asked after the row is written, which on PostgreSQL waits for an erasing that is under way."""
    from crm.operations import people

    bo = make_person(name="Bo")
    asked: list[bool] = []

    def look(keys: Any, **given: Any) -> None:
        asked.append(ContactPoint.objects.filter(normalised="new@x.example").exists())
        refuse_erased(keys, **given)

    monkeypatch.setattr(people, "refuse_erased", look)
    add_contact_point(person=bo, kind="email", value="new@x.example", actor=owner)
    assert asked == [True]


def test_only_who_answers_for_all_data_sees_the_page(client: Client, sales: User, stranger: User) -> None:
    for user in (sales, stranger, make_user(Role.MANAGER, Scope.OWN)):
        client.force_login(user)
        assert client.get("/people/erased").status_code == 403
        assert client.post("/people/erased/allow", {"kind": "email"}).status_code == 403
    client.logout()
    assert client.get("/people/erased").status_code == 302


def test_the_reason_is_asked_for_by_the_operation_too(gone: Person, owner: User) -> None:
    with pytest.raises(NotErasedError):
        allow_back(kind="email", value="ann@lee.example", why="   ok   ", actor=owner)
    with pytest.raises(ContactError):
        allow_back(kind="email", value="\0", why=WHY, actor=owner)


def test_erased_twice_needs_one_word_to_come_back(gone: Person, owner: User) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        receive("new", text="Hi", from_address="ann@lee.example")
        erase_person(person=Person.objects.exclude(name="Bo").get(), actor=owner)
    assert allow_back(kind="email", value="ann@lee.example", why=WHY, actor=owner) == 2


def test_looking_costs_one_query_where_nobody_was_erased(owner: User, django_assert_num_queries: Any) -> None:
    from crm.queries.erased import erased_on

    keys = [("email", f"p{number}@x.example") for number in range(2_000)]
    with django_assert_num_queries(1):
        assert erased_on(keys) == {}
    make_person(name="Ann", email="p7@x.example")
    erase_person(person=Person.objects.get(), actor=owner)
    with django_assert_num_queries(5):
        assert set(erased_on(keys)) == {("email", "p7@x.example")}


def test_whoever_is_erased_while_a_chunk_is_written_is_not_written_anew(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasing comes between two chunks; the second finds the list, not the person."""
    rows = "".join(f"{n},P{n},p{n}@x.example\n" for n in range(1_500))
    make_person(name="P1400", email="p1400@x.example")
    job = imports.start_job(job=_prepared("Customer ID,Name,Email\n" + rows, owner))
    seen: list[int] = []
    save = PeopleBook.save

    def then_erase(self: PeopleBook, entries: Any) -> Any:
        written = save(self, entries)
        if not seen:
            seen.append(1)
            erase_person(person=Person.objects.get(name="P1400"), actor=owner)
        return written

    monkeypatch.setattr(PeopleBook, "save", then_erase)
    imports.work_on(job.pk)
    job.refresh_from_db()
    assert not Person.objects.filter(name="P1400").exists()
    assert (job.state, job.counts["erased"], job.file) == ("done", 1, "")


def _prepared(text: str, owner: User) -> Any:
    from .imports.run import prepared

    return prepared(text, actor=owner, kind="people", source="shop")

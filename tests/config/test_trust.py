"""What holds for every answer, and what two at once, restricted managers and curious programs may not reach."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse

from crm.models import ApiToken, Event, Order, Person, Role, Scope, Task, User
from crm.operations.people import delete_person, update_person
from crm.operations.tokens import create_token
from crm.operations.work import create_task
from crm.operations.workspace import share_record, unshare_record
from crm.queries.exports import guarded
from inbox.models import Message
from tests.config.addresses import KNOWN, SECRET, addresses, make_world
from tests.factories import NOW, make_order, make_person, make_user

# --- every answer ---------------------------------------------------------------------------------------------------


def check_headers(answer: Any, where: str) -> None:
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy, where
    assert "frame-ancestors 'none'" in policy, where
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0], where
    assert answer["X-Content-Type-Options"] == "nosniff", where
    assert answer["Referrer-Policy"] == "same-origin", where
    assert "Access-Control-Allow-Origin" not in answer, where


def test_every_answer_has_its_headers_and_is_kept_nowhere(client: Client, owner: User) -> None:
    client.force_login(owner)
    world = make_world(owner)
    for name in sorted(KNOWN):
        answer = client.get(next(addresses(name, world)), headers={"Origin": "https://evil.example"})
        check_headers(answer, name)
        assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"], name


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing", 404), ("/people/999999/", 404), ("/admin/nothing/", 404), ("/api/v1/people/1/", 404), ("/demo", 403)],
)
def test_refusals_have_them_too(client: Client, sales: User, path: str, status: int) -> None:
    client.force_login(sales)
    answer = client.get(path)
    assert answer.status_code == status or (path.startswith("/admin/") and answer.status_code in (302, 403))
    check_headers(answer, path)


@pytest.mark.django_db
def test_an_unknown_host_is_refused_with_them(client: Client) -> None:
    answer = client.get("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    check_headers(answer, "host")


def test_every_page_is_in_no_frame_of_old_browsers_either(client: Client, owner: User) -> None:
    assert client.get("/sign-in")["X-Frame-Options"] == "DENY"


def test_a_foreign_form_is_refused_everywhere(owner: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    world = make_world(owner)
    before = Event.objects.count()
    for name in sorted(KNOWN - {"inbox:contact"}):
        url = next(addresses(name, world))
        status = strict.post(url, {"name": "x", "step": "do"}).status_code
        assert status in (403, 404, 405, 415), (url, status)
    assert Event.objects.count() == before


SPOOFS = (
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "https:evil.example",
    "\t//evil.example",
)


@pytest.mark.parametrize("away", SPOOFS)
def test_nothing_leads_to_another_site(client: Client, owner: User, away: str) -> None:
    client.force_login(owner)
    assert client.get("/sign-in", {"next": away})["Location"] == "/"
    assert "evil" not in client.post("/i18n/setlang/", {"next": away, "language": "de"}).headers.get("Location", "")
    led = client.get("/lists/person/columns/", {"apply": "1", "next": away}, headers={"HX-Current-URL": away})
    assert "evil" not in led.headers.get("Location", "")
    client.logout()
    answer = client.get("/search?q=x", headers={"HX-Request": "true", "HX-Current-URL": away})
    assert answer.headers["HX-Redirect"].startswith("/sign-in?next=")


# --- who sees less --------------------------------------------------------------------------------------------------

EVERYBODYS = ("crm_user", "crm_team", "crm_apitoken", "auditlog_logentry", "crm_handling", "inbox_post")


def test_a_manager_of_own_records_sees_no_customer_in_the_admin(client: Client, owner: User) -> None:
    make_world(owner)
    client.force_login(make_user(Role.MANAGER, Scope.OWN))
    for table in EVERYBODYS:
        assert client.get(reverse(f"admin:{table}_changelist")).status_code == 403
        assert client.get(reverse(f"admin:{table}_add")).status_code == 403
    for table in ("crm_event", "automation_run"):
        assert SECRET not in client.get(reverse(f"admin:{table}_changelist")).content.decode(), table
    page = client.get("/admin/").content.decode()
    assert reverse("admin:crm_user_changelist") not in page


def test_a_share_counts_at_once_and_no_longer_when_it_is_taken_back(
    client: Client, owner: User, stranger: User
) -> None:
    person = make_person(name=SECRET, owner=owner)
    client.force_login(stranger)
    page, api = f"/people/{person.pk}/", f"/api/v1/people/{person.pk}/"
    for is_shared in (True, False, True):
        (share_record if is_shared else unshare_record)(record=person, user=stranger, actor=owner)
        assert [client.get(path).status_code for path in (page, api)] == [200 if is_shared else 404] * 2
        assert (SECRET in client.get("/people/").content.decode()) == is_shared
        assert (SECRET in client.get("/search?q=zyx").content.decode()) == is_shared


# --- programs -------------------------------------------------------------------------------------------------------


def call(user: User, path: str, body: object, *, scope: str = "write", **headers: str) -> Any:
    _token, secret = create_token(user=user, name="Test", scope=scope)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    return client.post(f"/api/v1/{path}/", json.dumps(body), content_type="application/json", headers=headers)


def test_an_address_of_somebody_unseen_is_taken_without_a_name(owner: User, stranger: User) -> None:
    make_person(name=SECRET, owner=owner, email="secret@shop.example")
    answer = call(stranger, "people", {"name": "Ann", "email": "secret@shop.example"})
    assert answer.status_code == 422
    assert SECRET not in answer.content.decode()


ORDER = {
    "number": "7", "placed_at": "2026-06-15T12:00:00Z", "currency": "EUR", "source": "shop", "external_id": "7",
    "lines": [{"quantity": "1", "unit_price": "5"}],
}  # fmt: skip


def test_an_order_of_somebody_unseen_is_not_told_by_its_number(owner: User, stranger: User) -> None:
    make_order(make_person(owner=owner), number=SECRET, source="shop", external_id="7")
    answer = call(stranger, "orders", ORDER)
    assert answer.status_code == 400
    assert SECRET not in answer.content.decode()


def test_the_same_order_twice_is_one_even_for_who_does_not_see_it(stranger: User) -> None:
    assert call(stranger, "orders", ORDER).json()["id"] == call(stranger, "orders", ORDER).json()["id"]


def test_a_message_of_somebody_unseen_is_not_told_by_its_number(owner: User, stranger: User) -> None:
    person = make_person(owner=owner, email="secret@shop.example")
    body = {"external_id": "m7", "from_address": "secret@shop.example", "text": SECRET}
    assert call(owner, "messages", body).status_code == 201
    assert Message.objects.get().conversation.person == person
    answer = call(stranger, "messages", {**body, "text": "What did they write?"})
    assert answer.status_code == 400
    assert SECRET not in answer.content.decode()
    assert call(stranger, "messages", body).status_code == 201  # the same message again


@pytest.mark.parametrize(("quantity", "unit_price"), [("999999999", "9999999999"), ("1", "99999999999999999999")])
def test_an_order_beyond_all_sums_is_refused(owner: User, quantity: str, unit_price: str) -> None:
    answer = call(owner, "orders", {**ORDER, "lines": [{"quantity": quantity, "unit_price": unit_price}]})
    assert answer.status_code == 400


def test_a_second_record_of_the_same_source_is_a_conflict(owner: User) -> None:
    body = {"name": "Ann", "source": "shop", "external_id": "7"}
    assert call(owner, "people", body).status_code == 201
    assert call(owner, "people", body).status_code == 409
    again = call(owner, "people", body, **{"Idempotency-Key": "k"})
    assert (again.status_code, "external_id" in again.json()["detail"]) == (409, True)


def test_a_program_can_not_put_records_into_the_demo(owner: User) -> None:
    assert call(owner, "people", {"name": "Ann", "source": "demo"}).status_code == 400
    assert call(owner, "orders", {**ORDER, "source": "demo"}).status_code == 400


def test_nobody_gets_the_answer_to_anothers_key(owner: User, sales: User) -> None:
    first = call(owner, "tasks", {"title": "One"}, **{"Idempotency-Key": "k"})
    second = call(sales, "tasks", {"title": "One"}, **{"Idempotency-Key": "k"})
    assert first.json()["id"] != second.json()["id"]


def test_a_key_does_not_lift_a_tokens_limits(owner: User) -> None:
    assert call(owner, "tasks", {"title": "One"}, **{"Idempotency-Key": "k"}).status_code == 201
    assert call(owner, "tasks", {"title": "One"}, scope="read", **{"Idempotency-Key": "k"}).status_code == 403


FORBIDDEN = {
    "id": 4711, "pk": 4711, "version": 99, "created_at": "2000-01-01T00:00:00Z", "updated_at": "2000-01-01T00:00:00Z",
    "search_text": "x", "order_count": 99, "spent": "99", "first_order_at": "2000-01-01T00:00:00Z", "is_done": False,
    "done_at": "2000-01-01T00:00:00Z", "created_by": 1, "once_key": "x", "position": 1,
    "closed_at": "2000-01-01T00:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "model"), [("people", {"name": "Ann"}, Person), ("tasks", {"title": "T"}, Task)]
)
def test_only_listed_fields_are_written(owner: User, path: str, body: dict[str, Any], model: Any) -> None:
    assert call(owner, path, {**FORBIDDEN, **body}).status_code == 201
    row = model.objects.values().get()
    taken = {name for name, value in FORBIDDEN.items() if name in row and str(row[name])[:4] == str(value)[:4]}
    assert taken <= {"created_by_id"}  # who calls


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "＠x"])
def test_no_cell_of_an_export_starts_a_formula(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert guarded(-5) == -5


# --- two at once ----------------------------------------------------------------------------------------------------


def both(act: Callable[[], Any]) -> list[Any]:
    """The outcome of doing it twice at the same moment."""
    start, outcomes = threading.Barrier(2), []

    def run() -> None:
        start.wait()
        try:
            outcomes.append(act())
        except Exception as error:  # noqa: BLE001 (shown by the assertion)
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_tasks_of_one_key_at_once_are_one() -> None:
    first, second = both(lambda: create_task(actor=None, title="Call", once_key="k"))
    assert (first, Task.objects.count()) == (second, 1)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_orders_of_one_number_at_once_are_one() -> None:
    order: dict[str, Any] = {"number": "7", "source": "shop", "external_id": "7", "placed_at": NOW}
    first, second = both(lambda: make_order(None, **order))
    assert (first, Order.objects.count()) == (second, 1)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_orders_of_one_person_at_once_are_all_counted() -> None:
    person = make_person()
    for number in range(5):
        both(lambda: make_order(person))
        person.refresh_from_db()
        assert (person.order_count, int(person.spent)) == (2 * number + 2, 40 * number + 40)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_who_delete_at_once_delete_once() -> None:
    person = make_person()
    both(lambda: delete_person(person=Person.objects.get(pk=person.pk), actor=None))
    assert Event.objects.filter(kind="person.deleted").count() == 1


def test_what_was_deleted_meanwhile_is_not_there(db: None) -> None:
    person = make_person()
    Person.objects.filter(pk=person.pk).delete()
    with pytest.raises(Http404):
        update_person(person=person, actor=None, city="Bath")


def test_an_expired_token_is_refused(owner: User) -> None:
    token, secret = create_token(user=owner, name="Test", scope="read", days=1)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=NOW)
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/people/").status_code == 401

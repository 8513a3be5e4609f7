"""The API: the same rules as the pages, for programs."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import ApiToken, Event, Order, Person, Task, User
from crm.operations.tokens import create_token
from tests.factories import make_company, make_deal, make_order, make_person, make_stage, make_task, make_user

pytestmark = pytest.mark.django_db


class Api:
    """A program with a token."""

    def __init__(self, user: User, scope: str = "write") -> None:
        self.token, secret = create_token(user=user, name="Test", scope=scope)
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def send(self, method: str, path: str, body: object, **headers: str) -> Any:
        data = json.dumps(body)
        return self.client.generic(method, f"/api/v1/{path}", data, content_type="application/json", headers=headers)

    def post(self, path: str, body: object, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)


@pytest.fixture
def api(sales: User) -> Api:
    return Api(sales)


RESOURCES = ("people", "companies", "deals", "tasks", "orders", "events", "conversations", "messages", "ratings")


@pytest.mark.parametrize("path", RESOURCES)
def test_without_a_token_nothing_is_told(client: Client, db: None, path: str) -> None:
    answer = client.get(f"/api/v1/{path}/")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", RESOURCES)
def test_a_stranger_gets_empty_lists(stranger: User, path: str) -> None:
    person = make_person(email="ann@example.org")
    make_company(), make_deal(person=person), make_task(person=person), make_order(person)
    assert Api(stranger).get(f"{path}/").json()["results"] == []


def test_a_record_out_of_reach_does_not_exist(stranger: User) -> None:
    api, person = Api(stranger), make_person()
    for method, path in (("GET", "people"), ("PATCH", "people"), ("DELETE", "people")):
        assert api.send(method, f"{path}/{person.pk}/", {"name": "Mine"}).status_code == 404
    assert api.post("tasks/", {"title": "x", "person": person.pk}).status_code == 400
    person.refresh_from_db()
    assert person.name != "Mine"


def test_an_expired_a_foreign_and_an_orphaned_token_are_refused(api: Api, sales: User) -> None:
    assert api.get("people/").status_code == 200
    sales.is_active = False
    sales.save()
    assert api.get("people/").status_code == 401
    sales.is_active = True
    sales.save()
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert api.get("people/").status_code == 401


def test_only_the_hash_of_a_token_is_kept(sales: User) -> None:
    token, secret = create_token(user=sales, name="x")
    assert secret.startswith("rapport_")
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values())


def test_a_reading_token_and_a_reading_role_can_not_write(sales: User, readonly: User) -> None:
    for api in (Api(sales, scope="read"), Api(readonly)):
        assert api.get("people/").status_code == 200
        assert api.post("people/", {"name": "x"}).status_code == 403
    assert not Person.objects.exists()


def test_a_person_is_made_read_changed_and_found(api: Api, sales: User) -> None:
    made = api.post("people/", {"name": "Zoë Müller", "email": "Zoe@Example.org", "tags": ["VIP"], "owner": sales.pk})
    assert made.status_code == 201, made.content
    person = made.json()
    assert person["contact_points"][0]["value"] == "Zoe@Example.org"
    changed = api.send("PATCH", f"people/{person['id']}/", {"city": "Graz", "version": person["version"]})
    assert (changed.status_code, changed.json()["city"]) == (200, "Graz")
    assert [row["id"] for row in api.get("people/", q="muller").json()["results"]] == [person["id"]]
    assert set(Event.objects.filter(person=person["id"]).values_list("via", flat=True)) == {"api"}


def test_an_old_version_is_a_conflict(api: Api) -> None:
    person = make_person()
    body = {"city": "Graz", "version": person.version}
    assert api.send("PATCH", f"people/{person.pk}/", body).status_code == 200
    late = api.send("PATCH", f"people/{person.pk}/", {"city": "Linz", "version": person.version})
    assert (late.status_code, late.json()["version"]) == (409, 2)


def test_an_address_that_belongs_to_somebody_is_refused_in_words(api: Api) -> None:
    make_person(email="ann@example.org", name="Ann")
    answer = api.post("people/", {"name": "Other", "email": "ANN@example.org"})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert Person.objects.count() == 1


def test_the_same_key_gives_the_same_answer_and_one_person(api: Api) -> None:
    first = api.post("people/", {"name": "Ann"}, **{"Idempotency-Key": "k1"})
    second = api.post("people/", {"name": "Ann"}, **{"Idempotency-Key": "k1"})
    assert first.json() == second.json()
    assert second["Idempotent-Replay"] == "true"
    assert api.post("people/", {"name": "Bob"}, **{"Idempotency-Key": "k1"}).status_code == 422
    assert Person.objects.count() == 1


def test_a_refused_call_may_be_repeated_under_its_key(api: Api) -> None:
    assert api.post("people/", {"name": "A", "email": "no"}, **{"Idempotency-Key": "k"}).status_code == 422
    assert api.post("people/", {"name": "A", "email": "no"}, **{"Idempotency-Key": "k"}).status_code == 422


def test_pages_go_through_all_rows_once(api: Api) -> None:
    ids = {make_person().pk for _ in range(5)}
    seen: list[int] = []
    answer = api.get("people/", limit=2).json()
    while True:
        seen += [row["id"] for row in answer["results"]]
        if not answer["next"]:
            break
        answer = api.client.get(answer["next"]).json()
    assert sorted(seen) == sorted(ids)


def test_lists_are_filtered_in_the_filter_language(api: Api) -> None:
    make_person(country="Spain")
    french = make_person(country="France")
    rule = json.dumps({"field": "country", "op": "is", "value": "france"})
    assert [row["id"] for row in api.get("people/", filter=rule).json()["results"]] == [french.pk]


@pytest.mark.parametrize("rule", ["{", "[]", '{"field": "owner__password", "op": "is", "value": "x"}', '{"any": 3}'])
def test_a_filter_that_can_not_be_read_is_refused(api: Api, rule: str) -> None:
    assert api.get("people/", filter=rule).status_code in (400, 422)


def test_an_order_comes_in_once_with_its_lines(api: Api) -> None:
    person = make_person()
    body = {
        "number": "A1", "person": person.pk, "placed_at": "2026-06-01T10:00:00Z", "currency": "EUR", "source": "till",
        "external_id": "A1", "lines": [{"description": "Tea", "quantity": "2", "unit_price": "4.50"}],
    }  # fmt: skip
    first, second = api.post("orders/", body), api.post("orders/", body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["total"] == "9.0000"
    person.refresh_from_db()
    assert (person.order_count, Order.objects.count()) == (1, 1)


def test_a_deal_moves_and_a_lost_one_needs_a_reason(api: Api) -> None:
    deal, lost = make_deal(), make_stage("Lost")
    assert api.send("PATCH", f"deals/{deal.pk}/", {"stage": lost.pk}).status_code == 422
    answer = api.send("PATCH", f"deals/{deal.pk}/", {"stage": lost.pk, "lost_reason": "Price"})
    assert (answer.status_code, answer.json()["lost_reason"]) == (200, "Price")


def test_a_task_is_ticked_off(api: Api) -> None:
    task = make_task()
    assert api.send("PATCH", f"tasks/{task.pk}/", {"is_done": True}).json()["done_at"]
    assert Task.objects.exclude(done_at=None).count() == 1


def test_a_message_arrives_at_its_person(api: Api) -> None:
    person = make_person(email="ann@example.org")
    body = {"external_id": "m1", "from_address": "ann@example.org", "subject": "Parcel", "text": "Where is it?"}
    first, second = api.post("messages/", body), api.post("messages/", body)
    assert first.status_code == second.status_code == 201, first.content
    assert first.json()["id"] == second.json()["id"]
    [conversation] = api.get("conversations/").json()["results"]
    assert conversation["person"] == person.pk


def test_a_message_is_not_from_tomorrow(api: Api) -> None:
    body = {"external_id": "w-1", "from_address": "ann@x.example", "text": "Hi"}
    ahead = (timezone.now() + timedelta(days=1)).isoformat()
    answer = api.post("messages/", {**body, "written_at": ahead})
    assert answer.status_code == 400
    assert "written_at" in answer.content.decode()


def test_fields_that_are_not_offered_are_not_written(api: Api, owner: User) -> None:
    person = make_person()
    body = {"spent": "999", "order_count": 7, "search_text": "x", "id": 1, "version_": 9, "is_superuser": True}
    api.send("PATCH", f"people/{person.pk}/", body)
    after = Person.objects.get(pk=person.pk)
    assert (after.spent, after.order_count, after.search_text) == (Decimal(0), 0, person.search_text)


def test_deleting_needs_the_right_role(api: Api, manager: User) -> None:
    person = make_person()
    assert api.send("DELETE", f"people/{person.pk}/", None).status_code == 403
    assert Api(manager).send("DELETE", f"people/{person.pk}/", None).status_code == 204


@pytest.mark.parametrize("path", ["people/", "deals/", "orders/", "events/", "tasks/", "companies/"])
def test_queries_do_not_grow_with_the_rows(api: Api, path: str, django_assert_max_num_queries: Any) -> None:
    for _ in range(6):
        person = make_person(email=f"p{make_user().pk}@example.org")
        make_deal(person=person), make_order(person), make_task(), make_company()
    api.get(path)
    with django_assert_max_num_queries(6):
        assert api.get(path).status_code == 200

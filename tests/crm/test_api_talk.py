"""How the API speaks: faults as problem+json wherever they come from, parameters that are known, a true description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from django.core.cache import cache
from django.test import Client
from drf_spectacular.validation import validate_schema

from crm.api.auth import ApiThrottle
from crm.models import Person, User
from tests.crm.test_api import Api
from tests.factories import make_deal, make_order, make_person, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(sales: User) -> Api:
    return Api(sales)


@pytest.fixture
def fresh_limits(settings: Any) -> Iterator[None]:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    yield
    cache.clear()


FAULTS = (
    ("GET", "people/0/", "", 404),
    ("GET", "people/x/", "", 404),
    ("GET", "nowhere/", "", 404),
    ("POST", "nowhere", "{}", 404),
    ("GET", "", "", 404),
    ("PUT", "people/1/", "{}", 405),
    ("DELETE", "orders/1/", "", 405),
    ("POST", "people/", "{bad", 400),
    ("POST", "people/", "[]", 400),
    ("POST", "people/", '{"owner": "x"}', 400),
    ("POST", "people/", '{"name": " "}', 400),
    ("POST", "people/", '{"name": "A", "email": "nobody"}', 422),
    ("GET", "people/?limit=1&cursor=zzz", "", 404),
    ("GET", "people/?updated_since=yesterday", "", 400),
    ("GET", "people/?colour=red", "", 400),
    ("GET", "tasks/?filter=%7B%7D", "", 400),
    ("GET", "tasks/?person=ann", "", 400),
    ("GET", "tasks/?is_done=maybe", "", 400),
)


@pytest.mark.parametrize(("method", "path", "body", "status"), FAULTS)
def test_every_fault_is_a_problem_in_words(api: Api, method: str, path: str, body: str, status: int) -> None:
    answer: Any = api.client.generic(method, f"/api/v1/{path}", body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert "{" not in told["title"]
    assert told["detail"] or told["errors"]


def test_a_fault_in_what_is_spoken_is_a_problem_too(api: Api) -> None:
    text = api.client.post("/api/v1/people/", "x", content_type="text/plain")
    page = api.client.get("/api/v1/people/", headers={"Accept": "text/html"})
    assert (text.status_code, page.status_code) == (415, 406)
    assert {text["Content-Type"], page["Content-Type"]} == {"application/problem+json"}


def test_our_own_fault_is_a_problem_without_details(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.client.raise_request_exception = False
    monkeypatch.setattr("crm.api.people.create_person", lambda **_fields: 1 / 0)
    answer = api.post("people/", {"name": "Ann"})
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "division" not in answer.content.decode()


def test_too_many_calls_are_told_when_to_come_back(
    api: Api, fresh_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApiThrottle, "rate", "2/min")
    answers = [api.get("people/") for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_forgotten_slash_is_put_right_without_losing_the_body(api: Api) -> None:
    answer: Any = api.client.generic("POST", "/api/v1/people?x=1", "{}", content_type="application/json")
    assert (answer.status_code, answer["Location"]) == (308, "/api/v1/people/?x=1")


def test_nobody_learns_from_an_address_that_is_not_there(client: Client) -> None:
    assert client.get("/api/v1/nowhere/").status_code == 404
    assert client.get("/api/v1/people/").status_code == 401


def test_a_person_keeps_a_name(api: Api) -> None:
    assert api.post("people/", {"email": "zoe@example.org"}).json()["name"] == "zoe"
    person = Person.objects.get()
    assert api.send("PATCH", f"people/{person.pk}/", {"name": " "}).status_code == 400
    assert api.send("PATCH", f"people/{person.pk}/", {"city": "Graz"}).status_code == 200


def test_lists_are_narrowed_by_what_their_rows_belong_to(api: Api) -> None:
    ann, bob = make_person(name="Ann"), make_person(name="Bob")
    for person in (ann, bob):
        make_task(person=person), make_order(person), make_deal(person=person)
    for path in ("tasks/", "orders/", "deals/", "events/"):
        rows = api.get(path, person=ann.pk).json()["results"]
        assert rows
        assert {row["person"] for row in rows} == {ann.pk}, path


def test_tasks_are_asked_for_by_what_is_done(api: Api) -> None:
    done, todo = make_task(), make_task()
    api.send("PATCH", f"tasks/{done.pk}/", {"is_done": True})
    for word, task in (("true", done), ("false", todo)):
        assert [row["id"] for row in api.get("tasks/", is_done=word).json()["results"]] == [task.pk]


@pytest.fixture
def description(api: Api) -> Any:
    answer = api.get("schema")
    assert answer.status_code == 200
    return answer.json()


def test_the_description_is_valid_openapi(description: Any) -> None:
    assert description["openapi"] == "3.1.0"
    validate_schema(description)  # type: ignore[no-untyped-call]
    for schema in description["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_description_names_each_parameter_that_is_read(description: Any) -> None:
    def named(path: str) -> set[str]:
        return {each["name"] for each in description["paths"][f"/api/v1/{path}/"]["get"]["parameters"]}

    assert named("people") == {"cursor", "limit", "filter", "q", "updated_since"}
    assert named("tasks") == {"cursor", "limit", "person", "company", "deal", "owner", "is_done"}
    assert {"status", "person"} <= named("conversations")
    assert {"task", "person"} <= named("scores")


def test_every_address_of_the_description_has_a_name_of_its_own(description: Any) -> None:
    calls = [call["operationId"] for methods in description["paths"].values() for call in methods.values()]
    assert len(calls) == len(set(calls)) > 25

"""What somebody writes into an address, a form or a call by hand is refused in words and never a fault."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from crm.filters import OPERATORS, fields_of
from crm.models import CustomField, Note, Person, Task, User
from tests.config.addresses import KNOWN, addresses, make_world
from tests.factories import make_person, make_task

pytestmark = pytest.mark.django_db


def _refuse_odd_text(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """PostgreSQL takes no NUL and no half characters in text; SQLite would take the first."""
    for value in params or ():
        assert not (isinstance(value, str) and "\0" in value), sql[:200]
        assert not (isinstance(value, str) and "\\u0000" in value), sql[:200]
    return execute(sql, params, many, context)


@pytest.fixture(autouse=True)
def strict(caplog: pytest.LogCaptureFixture, db: None) -> Any:
    caplog.set_level(logging.WARNING, "rapport.request")
    with connection.execute_wrapper(_refuse_odd_text):
        yield


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/api/v1/people/", {"cursor": "cD1hYmM="}, 404),  # p=abc
        ("/api/v1/people/", {"filter": "[" * 3000}, 400),
        ("/api/v1/people/", {"filter": '{"field":"custom.\\u0000"}'}, 400),
        ("/api/v1/people/", {"filter": '{"field":"name","op":"is","value":"\\ud800"}'}, 400),
        ("/api/v1/people/", {"filter": '{"field":"order_count","op":"is","value":1e999}'}, 400),
        ("/api/v1/people/", {"updated_since": "0001-01-01T00:00:00+14:00"}, 400),
        ("/api/v1/people/", {"updated_since": "9999-12-31T23:59:59-14:00"}, 400),
        ("/api/v1/events/", {"kind": "a\0b"}, 200),
        ("/api/v1/scores/", {"person": "9" * 40}, 400),
        ("/people/", {"filter": '{"field":"custom.\\u0000"}'}, 200),
        ("/people/", {"filter": '{"field":"name","op":"is","value":"\\ud800"}'}, 200),
        ("/people/", {"filter": '{"not":' * 3000}, 200),
        ("/people/", {"filter": '{"not":' * 300 + "{}" + "}" * 300}, 200),
        ("/inbox/open", {"q": "ann\0lee"}, 200),
        ("/admin/crm/user/", {"q": "ann\0lee"}, 200),
    ],
)
def test_an_odd_parameter_is_no_fault(
    client: Client, owner: User, path: str, params: dict[str, str], status: int
) -> None:
    client.force_login(owner)
    assert client.get(path, params).status_code == status


PARAMETERS = (
    "q", "filter", "sort", "columns", "view", "after", "before", "group", "kind", "company", "name", "email", "phone",
    "index", "field", "op", "value", "next", "key", "cursor", "updated_since", "show", "person", "limit", "tab",
    "owner", "stage", "pipeline", "title", "task", "apply",
)  # fmt: skip
ODD = (
    "a\0b", "w" * 3000, "[" * 3000, '{"field":"custom.\\u0000","op":"is"}', '{"field":"name","value":"\\ud800"}',
    "[1]", '{"all":1}', "cD1hYmM=", "0001-01-01T00:00:00+14:00", "-1", "9" * 40, "²", "nan_1", "",
)  # fmt: skip


def test_odd_parameters_break_no_page(client: Client, owner: User) -> None:
    """Every parameter holds another oddity at once; lists, which know most of them, are asked with every shift."""
    client.force_login(owner)
    world = make_world(owner)
    for name in sorted(KNOWN - {"healthz"}):
        for url in list(addresses(name, world))[:1]:
            for shift in range(0, len(ODD), 1 if name == "crm:person-list" else 7):
                params = {word: ODD[(place + shift) % len(ODD)] for place, word in enumerate(PARAMETERS)}
                assert client.get(url, params).status_code < 500, (url, params)


def test_htmxs_own_address_may_be_odd(client: Client, owner: User) -> None:
    client.force_login(owner)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/tasks?tab=all&q=%00&owner=%00"}
    answer = client.post(f"/tasks/{make_task(owner=owner).pk}/tick", headers=headers)
    assert answer.status_code == 200


FIELDS = (
    "text", "body", "title", "name", "given_name", "email", "phone", "company", "value", "role", "new", "notes",
    "reason", "other", "pasted", "username", "old_password", "domain", "language", "due_on", "at", "until", "seen",
    "amount", "currency", "closed_on", "owner", "person", "person_text", "stage", "version", "ids", "q", "filter",
    "before", "after", "days", "is_useful", "source", "start", "column_0", "website", "made", "key",
)  # fmt: skip


ODD_FORMS = ("a\0b", "0001-01-01", "9999-12-31", "9" * 40, "x" * 30_000)


@pytest.mark.parametrize("shift", [0, 2])
def test_odd_forms_break_no_page(client: Client, owner: User, shift: int) -> None:
    client.force_login(owner)
    world = make_world(owner)
    leaves = {"crm:sign-out", "crm:demo", "crm:record-delete", "analytics:train"}
    pages = [name for name in sorted(KNOWN - leaves) if not name.startswith("api")]
    for name in pages:
        for url in addresses(name, world):
            form = {field: ODD_FORMS[(place + shift) % len(ODD_FORMS)] for place, field in enumerate(FIELDS)}
            answer = client.post(url, {**form, "kind": "email", "step": "do"})
            assert answer.status_code < 500, url


def test_nul_is_dropped_from_a_quick_task(client: Client, owner: User) -> None:
    client.force_login(owner)
    client.post("/today/add", {"text": "Call\0 Ann"})
    assert Task.objects.get().title == "Call Ann"


def test_nul_is_dropped_from_a_note(client: Client, owner: User) -> None:
    client.force_login(owner)
    client.post(f"/records/person/{make_person().pk}/notes/", {"body": "Likes\0 tea"})
    assert Note.objects.get().body == "Likes tea"


BODIES = {
    "NUL": '{"name": "a\\u0000b"}',
    "NUL in an own field": '{"name": "Ann", "custom": {"size": "a\\u0000b"}}',
    "NUL in a key": '{"name": "Ann", "custom": {"a\\u0000": 1}}',
    "half a character": '{"name": "Ann", "custom": {"size": "\\ud800"}}',
    "unknown own field": '{"name": "Ann", "custom": {"nothing": 1}}',
    "own field of another kind": '{"name": "Ann", "custom": {"size": {"a": [1]}}}',
    "endless number": '{"name": "Ann", "custom": {"size": 1e999}}',
    "no number": '{"name": "Ann", "custom": {"size": NaN}}',
    "long number": '{"name": "Ann", "owner": %s}' % ("9" * 5000),
    "large number": '{"name": "Ann", "owner": %s}' % ("9" * 40),
    "deep": '{"name": %s}' % ("[" * 100_000),
    "deep in an own field": '{"name": "Ann", "custom": ' + "[" * 500 + "]" * 500 + "}",
    "list": "[1, 2]",
    "word": '"Ann"',
    "no UTF-8": b'{"name": "\xff"}',
    "too large": '{"name": "%s"}' % ("x" * 3_000_000),
}  # fmt: skip


@pytest.mark.parametrize("why", BODIES)
def test_an_odd_body_is_refused(client: Client, owner: User, why: str) -> None:
    CustomField.objects.create(target="person", key="size", label="Size", kind=CustomField.Kind.NUMBER)
    client.force_login(owner)
    answer = client.post("/api/v1/people/", BODIES[why], content_type="application/json")
    assert answer.status_code in (400, 413, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert not Person.objects.exists()


@pytest.mark.parametrize("year", ["0001", "1899", "2202", "9999"])
def test_the_api_takes_no_day_that_nobody_means(client: Client, owner: User, year: str) -> None:
    client.force_login(owner)
    for field, value in (("due_on", f"{year}-01-01"), ("remind_at", f"{year}-01-01T00:00:00+14:00")):
        answer = client.post("/api/v1/tasks/", {"title": "Call", field: value}, content_type="application/json")
        assert answer.status_code == 400, field


VALUES: tuple[Any, ...] = (
    None, True, 1, -1.5, 10**30, "", "x", "\ud83d\ude00", "0001-01-01", "9999-12-31", [], ["x"], [1, 2],
    ["0001-01-01", "9999-12-31"], [[]], [{}], {}, {"days": 1}, {"days": "x"}, {"days": 10**12}, {"days": None},
    "%s", "nan", "2026-02-30",
)  # fmt: skip


@pytest.mark.parametrize("target", ["person", "company", "deal"])
def test_any_value_under_any_operator_is_filtered_or_refused(client: Client, owner: User, target: str) -> None:
    """Page and API agree; each field meets each operator, and values in turn."""
    client.force_login(owner)
    address = {"person": "/people/", "company": "/companies/", "deal": "/deals/list"}[target]
    operators = sorted({op for kind in OPERATORS.values() for op in kind})
    turn = 0
    for field in fields_of(target):
        for op in operators[:: 3 if target == "person" else 7]:
            turn += 1
            rule = {"field": field.key.removeprefix(f"{target}."), "op": op, "value": VALUES[turn % len(VALUES)]}
            assert (
                client.get(address, {"filter": json.dumps(rule)}, headers={"HX-Request": "true"}).status_code == 200
            ), rule

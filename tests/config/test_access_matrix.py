"""Every address of the product against who may not use it. A new address, or a new right, must be sorted in."""

from __future__ import annotations

import logging

import pytest
from django.test import Client
from django.urls import reverse

from crm.access import ROLE_ALLOWS, Can, allows
from crm.models import Role, Scope, Team, User
from tests.config.addresses import (
    ADDRESSES,
    ADMIN,
    ALL,
    KNOWN,
    NEEDED,
    OWN,
    PAGES,
    PUBLIC,
    RECORDS,
    SECRET,
    SHARED,
    World,
    addresses,
    ask,
    make_world,
    methods,
    watched_writes,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db
READS = {"crm:home", "crm:view-save"}  # answer a POST without writing what is not one's own
MARKS_READ = {
    "inbox:conversation",
    "inbox:messages",
    "automation:notification-open",
}  # opening it is what reading means


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A line a request would take longer than the requests."""
    caplog.set_level(logging.WARNING, "rapport.request")


@pytest.fixture
def world(owner: User) -> World:
    return make_world(owner)


def make_stranger(scope: str) -> User:
    """A manager, the rank that may do most, who sees own records only or those of a team that has none."""
    stranger = make_user(Role.MANAGER, scope)
    stranger.teams.add(Team.objects.create(name="Elsewhere"))
    return stranger


def test_every_address_is_sorted_in() -> None:
    assert set(ADDRESSES) == KNOWN
    assert set(NEEDED) <= KNOWN


def test_nobody_gets_in_without_signing_in(client: Client, world: World) -> None:
    with watched_writes() as writes:
        for name in sorted(KNOWN - PUBLIC):
            for url in addresses(name, world):
                for method in methods(name):
                    answer = ask(client, method, url)
                    is_led_away = answer.status_code == 302 and answer["Location"].startswith("/sign-in")
                    assert is_led_away or answer.status_code in (401, 403, 404), (name, method, answer.status_code)
    assert writes == []


@pytest.mark.parametrize(("scope", "most"), [(Scope.OWN, 4), (Scope.TEAM, 1)])
def test_a_stranger_of_any_rank_finds_no_record(client: Client, world: World, scope: str, most: int) -> None:
    client.force_login(make_stranger(scope))
    with watched_writes() as writes:
        for name in sorted(RECORDS):
            for url in addresses(name, world):
                found = {method: ask(client, method, url).status_code for method in methods(name)[:most]}
                assert set(found.values()) <= {404, 405}, (url, found)
                assert most == 1 or 404 in found.values(), (url, found)
    assert writes == []


@pytest.mark.parametrize("scope", [Scope.OWN, Scope.TEAM])
def test_a_stranger_reads_no_customer_anywhere_else(client: Client, world: World, scope: str) -> None:
    client.force_login(make_stranger(scope))
    for name in sorted(PAGES | SHARED.keys()):
        for url in addresses(name, world):
            answer = client.get(url, {"q": SECRET[:5]})
            assert answer.status_code in (200, 286, 302, 400, 403, 405), name
            assert SECRET not in answer.content.decode(), name


@pytest.mark.parametrize("role", sorted(ROLE_ALLOWS))
def test_a_role_writes_nothing_that_it_may_not(client: Client, world: World, role: str) -> None:
    user = make_user(role)
    client.force_login(user)
    refused = {name for name, need in NEEDED.items() if not allows(user, need)}
    if role == Role.READONLY:
        refused = KNOWN - PUBLIC - OWN
    with watched_writes() as writes:
        for name in sorted(refused):
            for url in addresses(name, world):
                for method in methods(name)[1:]:
                    status = ask(client, method, url).status_code
                    is_read = name in READS | {"analytics:person-feedback"} and status in (302, 204, 422)
                    assert is_read or status in (403, 404, 405), (url, method, status)
    assert not [sql for sql in writes if "_feedback" not in sql.lower()]


def test_looking_changes_nothing(client: Client, world: World, owner: User) -> None:
    client.force_login(owner)
    with watched_writes() as writes:
        for name in sorted(KNOWN - MARKS_READ):
            for url in addresses(name, world):
                client.get(url)
                assert writes == [], name


def test_the_admin_is_closed_to_whoever_does_not_manage(client: Client, world: World, support: User) -> None:
    client.force_login(support)
    for name in sorted(ADMIN):
        keys = ALL[name].pattern.regex.groupindex
        url = reverse(name, kwargs={key: "crm" if key == "app_label" else "1" for key in keys})
        for method in ("get", "post"):
            assert ask(client, method, url).status_code in (302, 403, 404), (name, method)


@pytest.mark.parametrize("role", sorted(ROLE_ALLOWS))
def test_only_who_sets_things_up_opens_the_admin(client: Client, db: None, role: str) -> None:
    user = make_user(role)
    client.force_login(user)
    assert (client.get("/admin/").status_code == 200) == allows(user, Can.SET_UP)

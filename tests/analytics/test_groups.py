"""Groups of customers: who is in them, night by night and at once, and their pages."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote_plus

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.columns import found_groups
from analytics.group_words import FOUND, RULES, group_name
from analytics.ml.parts import load_part, part_files, save_part
from analytics.ml.segments.rules import KEYS
from analytics.models import CustomerGroup, GroupMember, GroupMonth
from analytics.operations.forgetting import forget_all_learned
from analytics.operations.group_figures import recount_groups, recount_stale_groups
from analytics.operations.grouping import GroupNight, follow_people, group_people
from analytics.operations.groups import rename_group
from analytics.operations.scoring import score_people
from analytics.queries.clock import read_clock
from analytics.queries.frames import purchases_in_chunks
from analytics.queries.groups import group_page, groups_page
from crm.filters import FilterError, compile_filter
from crm.models import Event, Order, Person, User
from crm.operations.orders import delete_order, recount_orders
from crm.operations.people import delete_person, update_person
from tests.factories import NOW, make_order, make_person

from .shop import make_shop

pytestmark = pytest.mark.django_db
Way = CustomerGroup.Way


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path


def group_all(work: Path) -> int:
    clock = read_clock()
    for path in part_files(work):
        path.unlink()
    for number, part in enumerate(purchases_in_chunks(clock, before=clock.as_of, people=40)):
        save_part(part, work / f"part-{number:05d}.npz")
    groups = GroupNight(clock, part_files(work))
    for path in part_files(work):
        groups.add(load_part(path))
    groups.drop_rest()
    return groups.finish()


def keys(op: str, value: object) -> set[int]:
    rule = {"field": "group", "op": op, "value": value}
    return set(Person.objects.filter(compile_filter("person", rule)).values_list("pk", flat=True))


def page(client: Client, user: User, path: str) -> str:
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return str(response.content.decode())


def test_every_customer_is_in_one_group_by_rules_and_one_found(work: Path) -> None:
    make_shop()
    make_person(name="Never ordered")
    assert group_all(work) == GroupMember.objects.count() == Person.objects.filter(order_count__gt=0).count()
    for way in Way:
        groups = CustomerGroup.objects.filter(way=way)
        assert sum(group.people for group in groups) == GroupMember.objects.count()
    assert not GroupMember.objects.filter(found="").exists()


def test_the_figures_equal_a_recount(work: Path) -> None:
    people = make_shop()
    score_people([person.pk for person in people])
    group_all(work)
    year = Order.objects.filter(placed_at__gt="2025-06-16T00:00Z")
    spent = {group.key: group.facts["spent_year"] for group in CustomerGroup.objects.filter(way=Way.RULES)}
    for key in KEYS:
        members = GroupMember.objects.filter(rules=key).values("person")
        own = year.filter(person__in=members).values_list("total", flat=True)
        assert spent[key] == pytest.approx(float(sum(own)), rel=0.02, abs=250)
    before = list(CustomerGroup.objects.order_by("pk").values_list("people", "cells"))
    recount_groups()
    assert list(CustomerGroup.objects.order_by("pk").values_list("people", "cells")) == before
    cells = [cell for group in CustomerGroup.objects.filter(way=Way.RULES) for cell in group.cells]
    assert sum(cell[2] for cell in cells) == GroupMember.objects.count()


def test_a_year_of_months_is_counted_from_the_past_once(work: Path) -> None:
    make_shop()
    group_all(work)
    months = GroupMonth.objects.filter(way=Way.RULES).values_list("month", flat=True).distinct()
    assert months.count() == 13
    may = {row.key: row.people for row in GroupMonth.objects.filter(way=Way.RULES, month="2026-05-01")}
    Order.objects.filter(placed_at__lt="2026-05-01T00:00Z").delete()
    recount_orders(list(Person.objects.values_list("pk", flat=True)))
    group_all(work)
    assert {row.key: row.people for row in GroupMonth.objects.filter(way=Way.RULES, month="2026-05-01")} == may


def test_nobody_moves_who_does_nothing(work: Path) -> None:
    make_shop()
    group_all(work)
    before = dict(GroupMember.objects.values_list("person", "rules"))
    group_all(work)
    assert dict(GroupMember.objects.values_list("person", "rules")) == before


def test_who_orders_changes_group_at_once(work: Path) -> None:
    make_shop()
    group_all(work)
    quiet = GroupMember.objects.filter(rules__in=("gone", "gone_good")).select_related("person")[0].person
    make_order(quiet, days_ago=0)
    for _ in range(2):
        follow_people(list(Event.objects.filter(person=quiet, kind="order.placed")))
    assert GroupMember.objects.get(person=quiet).rules in ("best", "loyal", "returning")
    counted = {group.key: group.people for group in CustomerGroup.objects.filter(way=Way.RULES)}
    assert counted == {key: GroupMember.objects.filter(rules=key).count() for key in KEYS}


def test_a_new_customer_is_new_and_gone_without_orders(work: Path) -> None:
    make_shop()
    group_all(work)
    ann = make_person()
    order = make_order(ann, days_ago=0)
    group_people([ann.pk])
    assert GroupMember.objects.get(person=ann).rules == "new"
    delete_order(order=order, actor=None)
    group_people([ann.pk])
    assert not GroupMember.objects.filter(person=ann).exists()


def test_before_the_first_night_nobody_is_in_a_group() -> None:
    ann = make_person()
    make_order(ann)
    group_people([ann.pk])
    assert not GroupMember.objects.exists()


def test_no_profiling_means_no_group(work: Path) -> None:
    people = make_shop()
    group_all(work)
    update_person(person=people[0], actor=None, no_profiling=True)
    follow_people(list(Event.objects.filter(person=people[0], kind="person.changed")))
    assert not GroupMember.objects.filter(person=people[0]).exists()
    group_all(work)
    assert not GroupMember.objects.filter(person=people[0]).exists()


def test_who_objects_or_is_deleted_during_the_night_is_in_no_group(work: Path) -> None:
    unwilling, deleted, *others = make_shop()
    clock = read_clock()
    for number, part in enumerate(purchases_in_chunks(clock, before=clock.as_of)):
        save_part(part, work / f"part-{number:05d}.npz")
    groups = GroupNight(clock, part_files(work))
    update_person(person=unwilling, actor=None, no_profiling=True)
    delete_person(person=deleted, actor=None)
    groups.add(load_part(part_files(work)[0]))
    assert groups.finish() == GroupMember.objects.count() == len(others)
    assert not GroupMember.objects.filter(person__in=[unwilling.pk, deleted.pk]).exists()


def test_who_lost_all_orders_leaves_overnight(work: Path) -> None:
    people = make_shop()
    group_all(work)
    Order.objects.filter(person=people[3]).delete()
    group_all(work)
    assert not GroupMember.objects.filter(person=people[3]).exists()


def test_a_few_customers_have_groups_by_rules_only(work: Path) -> None:
    make_shop(8)
    group_all(work)
    assert not CustomerGroup.objects.filter(way=Way.FOUND).exists()
    assert GroupMember.objects.count() == 8


def test_a_shop_without_orders_has_empty_groups(client: Client, owner: User, work: Path) -> None:
    assert "Import orders" in page(client, owner, "/insights/groups")
    assert group_all(work) == 0
    assert "Import orders" in page(client, owner, "/insights/groups")


def test_groups_filter_people_in_lists_and_flows(work: Path) -> None:
    make_shop()
    nobody = make_person()
    group_all(work)
    best = set(GroupMember.objects.filter(rules="best").values_list("person", flat=True))
    gone = set(GroupMember.objects.filter(rules="gone").values_list("person", flat=True))
    assert keys("is", "best") == best
    assert keys("any_of", ["best", "gone"]) == best | gone
    assert nobody.pk in keys("is_not", "best")
    assert keys("is_empty", None) == {nobody.pk}
    with pytest.raises(FilterError):
        compile_filter("person", {"field": "group", "op": "is", "value": "nonsense"})
    found = CustomerGroup.objects.filter(way=Way.FOUND).order_by("position")[0]
    people = Person.objects.filter(compile_filter("person", {"field": "found_group", "op": "is", "value": found.key}))
    assert people.count() == found.people
    assert found_groups()[found.key] == group_name(found)


def test_the_list_of_people_shows_the_group(client: Client, owner: User, work: Path) -> None:
    make_shop()
    group_all(work)
    words = page(client, owner, "/people/?columns=group")
    assert "Gone quiet" in words


def test_the_pages_say_who_they_are_and_lead_to_them(client: Client, owner: User, work: Path) -> None:
    people = make_shop()
    score_people([person.pk for person in people])
    group_all(work)
    words = page(client, owner, "/insights/groups")
    for said in ("Best customers", "Good ones slipping away", "Found in your orders", "the end of May"):
        assert said in words
    detail = page(client, owner, "/insights/groups/rules/loyal")
    for said in ("Four orders or more", "What to do:", "On average", "Spent in the last 12 months", "Rename"):
        assert said in detail
    group = CustomerGroup.objects.get(way=Way.RULES, key="loyal")
    found = group_page(owner, group)
    assert '"field":"group","op":"is","value":"loyal"' in unquote_plus(found.people_url)
    assert found.matrix is not None
    url = next(cell.url for row in found.matrix.rows for cell in row.cells if cell.url)
    assert '"group"' in unquote_plus(url)
    assert page(client, owner, url)
    assert found.members[0].name in detail


def test_a_group_that_is_not_there_is_not_found(client: Client, owner: User, work: Path) -> None:
    make_shop()
    group_all(work)
    client.force_login(owner)
    for path in ("rules/nonsense", "nonsense/best", "found/g99"):
        assert client.get(f"/insights/groups/{path}").status_code == 404
        assert client.post(f"/insights/groups/{path}/name").status_code == 404


def test_a_stranger_sees_own_customers_and_no_sums(client: Client, stranger: User, work: Path) -> None:
    people = make_shop()
    score_people([person.pk for person in people])
    Person.objects.filter(pk=people[0].pk).update(owner=stranger, name="My own")
    group_all(work)
    words = page(client, stranger, "/insights/groups")
    assert "Spent in 12 months" not in words
    own = GroupMember.objects.get(person=people[0])
    detail = page(client, stranger, f"/insights/groups/rules/{own.rules}")
    assert "My own" in detail
    assert "Customer 1" not in detail
    assert "On average" not in detail
    assert sum(int(line.people) for line in groups_page(stranger).rules) == 1


def test_managers_rename_a_group_and_others_do_not(client: Client, owner: User, sales: User, work: Path) -> None:
    make_shop()
    group_all(work)
    group = CustomerGroup.objects.get(way=Way.RULES, key="best")
    url = "/insights/groups/rules/best/name"
    client.force_login(sales)
    assert client.post(url, {"name": "Mine"}).status_code == 403
    client.force_login(owner)
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "x" * 81}).status_code == 422
    for _ in range(2):
        client.post(url, {"name": "<b>Golden</b>"})
    assert Event.objects.filter(kind="group.renamed").count() == 1
    words = page(client, owner, "/insights/groups")
    assert "&lt;b&gt;Golden" in words
    group_all(work)
    group.refresh_from_db()
    assert group.name == "<b>Golden</b>"
    rename_group(group=group, name="", actor=owner)
    assert group_name(group) == "Best customers"


def test_every_group_has_words() -> None:
    assert set(RULES) == set(KEYS)
    twin = CustomerGroup(way=Way.FOUND, key="g2", label="regular_2")
    assert group_name(twin) == f"{FOUND['regular'].name} (2)"
    assert group_name(CustomerGroup(way=Way.FOUND, key="g2", label="lapsed_good")) == "Much once, long quiet"


def test_all_is_forgotten_with_the_demo(work: Path) -> None:
    make_shop()
    group_all(work)
    forget_all_learned()
    assert not CustomerGroup.objects.exists()
    assert not GroupMember.objects.exists()


def test_what_is_stale_is_counted_by_the_sweep(work: Path) -> None:
    make_shop()
    group_all(work)
    CustomerGroup.objects.update(people=0, is_stale=True)
    assert recount_stale_groups()
    assert not recount_stale_groups()
    assert sum(CustomerGroup.objects.filter(way=Way.RULES).values_list("people", flat=True)) > 0


def test_the_pages_take_few_queries(
    owner: User, work: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = make_shop()
    score_people([person.pk for person in people])
    group_all(work)
    with django_assert_max_num_queries(3):
        groups_page(owner)
    group = CustomerGroup.objects.get(way=Way.RULES, key="gone_good")
    with django_assert_max_num_queries(6):
        group_page(owner, group)

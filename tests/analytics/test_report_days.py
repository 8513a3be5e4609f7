"""The counted days of reports equal a recount, whatever happens to the rows."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from analytics.models import ReportCounted, ReportDay, ReportSpec, ReportStale
from analytics.operations import report_days
from analytics.operations.report_days import follow_rows, mark_stale, rebuild_all_days, rebuild_days, recount_stale
from analytics.queries.reports import ReportFigures, report_figures
from crm.events import acting
from crm.models import Event, Order, Person, User, Workspace
from crm.operations.orders import delete_order
from crm.operations.people import delete_person, update_person
from crm.operations.privacy import erase_person
from inbox.models import Channel
from inbox.operations.receiving import receive_message
from tests.factories import NOW, make_order, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
Rows = set[tuple[Any, ...]]


def rows() -> Rows:
    found = ReportDay.objects.values_list("target", "day", "field", "value", "number", "total")
    return {(*row[:5], Decimal(row[5]).quantize(Decimal("0.01"))) for row in found}


def recounted() -> Rows:
    rebuild_all_days()
    return rows()


def follow(start: int = 0) -> int:
    """Hand every event since to the consumer, twice, as a crash may."""
    events = list(Event.objects.filter(pk__gt=start).order_by("pk"))
    for part in (events, events):
        follow_rows(part)
    Event.objects.update(handled_at=NOW)
    return events[-1].pk if events else start


@pytest.mark.parametrize("seed", range(3))
def test_they_equal_a_recount_after_anything_that_happens(owner: User, seed: int) -> None:
    rebuild_all_days()
    dice = random.Random(seed)
    channel = Channel.objects.create(kind="form", name="Form", slug="test-form")
    last = 0
    for step in range(60):
        with time_machine.travel(NOW - timedelta(hours=dice.randrange(2000)), tick=False):
            what = dice.choice(ACTS)
            if what == "delete person" or dice.random() < 0.3:
                last = follow(last)
            act(dice, step, what, owner, channel)
    follow(last)
    assert rows() == recounted()
    assert Order.objects.exists()


ACTS = ["person", "order", "order", "change", "message", "return", "delete order", "delete person"]


def act(dice: random.Random, step: int, what: str, owner: User, channel: Channel) -> None:
    people, orders = list(Person.objects.order_by("pk")), list(Order.objects.order_by("pk"))
    person = dice.choice(people) if people else None
    if what == "person" or person is None:
        make_person(country=dice.choice(["DE", "FR", ""]), source=dice.choice(["web", ""]))
    elif what in ("order", "return"):
        total = "-5" if what == "return" else str(dice.randrange(1, 90))
        make_order(person, total=total, days_ago=dice.randrange(200), channel=dice.choice(["shop", "web", ""]))
    elif what == "change":
        update_person(person=person, actor=owner, country=dice.choice(["IT", "FR"]), owner=dice.choice([owner, None]))
    elif what == "message":
        receive_message(
            channel=channel, external_id=str(step), text="Hello there", from_address="a@example.com", from_name="A"
        )
    elif what == "delete order" and orders:
        delete_order(order=dice.choice(orders), actor=owner)
    elif what == "delete person":
        delete_person(person=person, actor=owner)


def test_conversations_that_an_erasure_takes_along_are_no_longer_in_the_days(owner: User) -> None:
    rebuild_all_days()
    channel = Channel.objects.create(kind="form", name="Form", slug="test-form")
    with time_machine.travel(NOW - timedelta(days=40), tick=False):
        receive_message(channel=channel, external_id="1", text="Hello", from_address="a@example.com", from_name="A")
    last = follow()
    assert ReportDay.objects.filter(target__in=["conversation", "message"]).exists()
    erase_person(person=Person.objects.get(), actor=owner)
    follow(last)
    assert not report_figures(ReportSpec("message", period="all", group_by=""), owner).whole.n
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False):
        recount_stale()
    assert rows() == recounted()


def both(spec: ReportSpec, user: User, monkeypatch: pytest.MonkeyPatch) -> tuple[ReportFigures, ReportFigures]:
    """The answer from the days, and from the rows themselves."""
    from_days = report_figures(spec, user)
    with monkeypatch.context() as patch:
        patch.setattr("analytics.queries.reports.figures.kept_cells", lambda *asked: None)
        return from_days, report_figures(spec, user)


def figures(answer: ReportFigures) -> list[Any]:
    assert not answer.error
    return [answer.whole, *((line.label, line.whole, list(line.figures)) for line in answer.lines)]


CASES = [
    ReportSpec(target, measure, group, split, unit=unit, period=period)
    for target, measure, group, split in (
        ("order", "sum.total", "time", ""), ("order", "average.total", "time", ""), ("order", "count", "", ""),
        ("order", "sum.total", "channel", ""), ("order", "sum.total", "time", "channel"),
        ("order", "count", "is_return", ""), ("person", "count", "time", "country"), ("person", "count", "owner", ""),
        ("conversation", "count", "time", "channel"), ("message", "count", "time", "direction"),
    )
    for unit, period in (("week", "3m"), ("month", "all"), ("day", "30d"))
]  # fmt: skip


def test_an_answer_from_the_days_is_the_answer_from_the_rows(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(5)
    channel = Channel.objects.create(kind="form", name="Form", slug="test-form")
    for step in range(120):
        with time_machine.travel(NOW - timedelta(hours=dice.randrange(2000)), tick=False):
            act(dice, step, dice.choice(ACTS), owner, channel)
            make_order(make_person(country=f"C{step}"), channel=f"way {step % 30}", days_ago=step)
    Event.objects.update(handled_at=NOW)
    rebuild_all_days()
    for spec in CASES:
        from_days, from_rows = both(spec, owner, monkeypatch)
        assert figures(from_days) == figures(from_rows), spec
    ReportDay.objects.all().delete()
    assert all(not report_figures(spec, owner).whole.n for spec in CASES)  # it was the days that answered


def test_only_who_sees_everything_is_answered_from_the_days(
    owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_order(make_person(owner=owner))
    rebuild_all_days()
    assert report_figures(ReportSpec("order", "count"), owner).whole.value == 1
    assert report_figures(ReportSpec("order", "count"), stranger).whole.value == 0


def test_what_the_days_do_not_know_is_counted(owner: User) -> None:
    make_order(make_person(country="DE"), channel="web")
    rebuild_all_days()
    ReportDay.objects.update(number=99)
    by_channel = {"all": [{"field": "channel", "op": "is", "value": "web"}]}
    assert report_figures(ReportSpec("order", "count"), owner).whole.value == 99
    for spec in (
        ReportSpec("order", "count", filter=by_channel), ReportSpec("order", "count", "channel", "country"),
        ReportSpec("order", "share.returned"), ReportSpec("order", "count", "person_city"),
        ReportSpec("person", "sum.spent"), ReportSpec("person", "count", date_by="last_order_at"),
    ):  # fmt: skip
        assert report_figures(spec, owner).whole.n == 1


def test_after_an_import_all_is_counted_again_once_it_rests(owner: User) -> None:
    rebuild_all_days()
    with acting(via=Event.Via.IMPORT):
        make_order(make_person())
    follow()
    assert report_figures(ReportSpec("order", "count"), owner).whole.value == 1  # from the rows
    assert not ReportDay.objects.exists()
    assert recount_stale() == 0
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False):
        assert recount_stale() == 4
        assert not ReportStale.objects.exists()
    assert rows() == recounted() != set()


def test_a_large_day_is_counted_by_the_next_sweep(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_days, "QUICK", 0)
    make_person()
    rebuild_all_days()
    update_person(person=Person.objects.get(), actor=owner, country="DE")
    monkeypatch.setattr(report_days.recount_day, "__kwdefaults__", {"quick": 0})
    follow()
    assert ReportStale.objects.get().day == NOW.date()
    assert report_figures(ReportSpec("person", "count", "country"), owner).lines[0].label == "(none)"
    assert recount_stale() == 1
    assert report_figures(ReportSpec("person", "count", "country"), owner).lines[0].label == "DE"


def test_days_are_those_of_the_workspace(owner: User) -> None:
    Workspace.objects.create(pk=1, name="Shop", time_zone="Pacific/Auckland")
    make_order(make_person(), placed_at=NOW.replace(day=30, month=4, hour=13))  # 1 May there
    rebuild_all_days()
    assert {str(day) for day in ReportDay.objects.filter(target="order").values_list("day", flat=True)} == {
        "2026-05-01"
    }
    Workspace.objects.update(time_zone="UTC")
    answer = report_figures(ReportSpec("order", "count", period="all"), owner)
    assert [line.label for line in answer.lines] == ["Apr 2026"]  # the days are of another zone: counted
    assert recount_stale() == 4
    assert str(ReportDay.objects.filter(target="order").values_list("day", flat=True)[0]) == "2026-04-30"


def test_it_says_up_to_when_the_days_stand(owner: User) -> None:
    rebuild_all_days()
    make_person()
    Event.objects.update(handled_at=None, due_at=NOW - timedelta(minutes=5))
    assert report_figures(ReportSpec("person", "count"), owner).as_of == NOW - timedelta(minutes=5)
    mark_stale("person", NOW.date())
    ReportStale.objects.update(noted_at=NOW - timedelta(minutes=9))
    assert report_figures(ReportSpec("person", "count"), owner).as_of == NOW - timedelta(minutes=9)


def test_nothing_is_kept_before_the_first_count(owner: User) -> None:
    make_order(make_person())
    follow()
    assert not ReportDay.objects.exists()
    assert ReportCounted.objects.filter(rebuilt_at__isnull=False).count() == 0
    rebuild_days("order")
    assert ReportDay.objects.filter(target="order", field="").count() == 1


def test_an_answer_from_the_days_takes_few_questions(
    owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_order(make_person())
    rebuild_all_days()
    with django_assert_max_num_queries(10):
        report_figures(ReportSpec("order", "sum.total", split_by="channel"), owner)


def test_a_person_who_goes_at_once_leaves_the_days_right(owner: User) -> None:
    rebuild_all_days()
    channel = Channel.objects.create(kind="form", name="Form", slug="test-form")
    person = make_person()
    make_order(person, days_ago=50)
    message = receive_message(channel=channel, external_id="1", text="Hello", from_address="a@example.com")
    for who in (person, message.conversation.person):
        assert who is not None
        delete_person(person=who, actor=owner)
    follow()
    assert rows() == recounted()
    assert Order.objects.get().person is None

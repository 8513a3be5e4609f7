"""What each reader gets on a dashboard, and the state of one in an address."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analytics.models import ReportSpec, TileKind
from analytics.operations.reports import delete_report, restore_report, save_report
from analytics.queries.boards.narrowing import BoardPeriod, Narrowing, from_data, read_narrowing
from analytics.queries.boards.pages import owner_ids
from analytics.queries.boards.tiles import OWNERS, owner_rule, tile_views
from analytics.queries.reports.questions import ReportError
from analytics.ready_boards import TilePlace
from crm.extensions import filter_fields, report_sources
from crm.filters import compile_filter
from crm.models import Scope, Team, User
from tests.factories import NOW, make_deal, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
REVENUE = TilePlace(TileKind.NUMBER, "revenue")
WON = TilePlace(TileKind.READY, "won", 2)
HAPPY = TilePlace(TileKind.BLOCK, "happy", 2)


# --- what each reader gets ----------------------------------------------------------------------------------------


def view(place: TilePlace, user: User, narrowing: Narrowing | None = None, owners: list[int] | None = None) -> Any:
    [found] = tile_views([(1, place)], user, narrowing or Narrowing(), owners)
    return found


def test_figures_of_the_whole_business_are_for_who_sees_all(owner: User, stranger: User) -> None:
    assert view(REVENUE, owner).url == "/insights/numbers/revenue?by=month&on=2026-06-15"
    assert "whole business" in view(REVENUE, stranger).missing
    assert not view(REVENUE, stranger).url


def test_a_report_that_was_deleted_or_is_not_shared_says_so_without_its_name(owner: User, sales: User) -> None:
    report = save_report(actor=owner, name="Secret plan", spec=ReportSpec())
    place = TilePlace(TileKind.REPORT, str(report.pk), 2)
    assert view(place, owner).title == "Secret plan"
    hidden = view(place, sales)
    assert (hidden.url, "Secret" in f"{hidden.title}{hidden.missing}") == ("", False)
    kept = delete_report(report=report, actor=owner)
    assert view(place, owner).missing == hidden.missing
    for _time in range(2):
        restore_report(kept=kept, actor=owner)
    assert view(place, owner).title == "Secret plan"


@pytest.mark.parametrize("place", [TilePlace(kind, "gone") for kind in TileKind.values], ids=lambda place: place.kind)
def test_what_is_gone_says_so_in_words(owner: User, place: TilePlace) -> None:
    assert len(view(place, owner).missing) > 10


def test_a_block_of_another_role_says_so(sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from crm.extensions import dashboard_tiles

    closed = replace(dashboard_tiles["happy"], capability="set_up")
    monkeypatch.setitem(dashboard_tiles._items, "happy", closed)
    assert "role" in view(HAPPY, sales).missing


@pytest.mark.parametrize(
    ("period", "query"),
    [("own", ""), ("month", "?from=2026-06-01&to=2026-06-15&unit=day"),
     ("last_month", "?from=2026-05-01&to=2026-05-31&unit=day"), ("30d", "?from=2026-05-17&to=2026-06-15&unit=day"),
     ("quarter", "?from=2026-04-01&to=2026-06-15&unit=week"), ("year", "?from=2026-01-01&to=2026-06-15&unit=month")],
)  # fmt: skip
def test_reports_follow_the_period_in_steps_that_fit(owner: User, period: str, query: str) -> None:
    assert view(TilePlace("ready", "revenue"), owner, Narrowing(period)).url == f"/reports/ready/revenue/figures{query}"


def test_reports_of_now_and_of_the_future_say_that_they_stay(owner: User) -> None:
    for key in ("pipeline", "coming"):
        found = view(TilePlace("ready", key), owner, Narrowing("month"))
        assert (found.url, len(found.notes)) == (f"/reports/ready/{key}/figures", 1)
        assert "Does not follow the period" in found.notes[0]


@pytest.mark.parametrize(
    ("narrowing", "span", "is_exact"),
    [
        (Narrowing(), ("month", date(2026, 6, 15)), True),
        (Narrowing("last_month"), ("month", date(2026, 5, 31)), True),
        (Narrowing("quarter"), ("quarter", date(2026, 6, 15)), True),
        (Narrowing("year"), ("year", date(2026, 6, 15)), True),
        (Narrowing("30d"), ("month", date(2026, 6, 15)), False),
        (Narrowing("custom"), ("month", date(2026, 6, 15)), True),
        (Narrowing("custom", date(2026, 2, 1), date(2026, 2, 28)), ("month", date(2026, 2, 1)), True),
        (Narrowing("custom", date(2025, 10, 1), date(2025, 12, 31)), ("quarter", date(2025, 10, 1)), True),
        (Narrowing("custom", date(2025, 1, 1), date(2025, 12, 31)), ("year", date(2025, 1, 1)), True),
        (Narrowing("custom", date(2025, 2, 1), date(2025, 4, 30)), ("month", date(2025, 4, 30)), False),
        (Narrowing("custom", date(2025, 4, 30), date(2025, 2, 3)), ("month", date(2025, 4, 30)), False),
    ],
)
def test_numbers_are_those_of_a_calendar_span(narrowing: Narrowing, span: Any, is_exact: bool) -> None:
    assert narrowing.span(NOW.date()) == (*span, is_exact)


def test_tiles_that_can_not_follow_say_so(owner: User) -> None:
    narrowing = Narrowing(
        "30d", whose="me", filters={"deal": {"all": [{"field": "state", "op": "is", "value": "won"}]}}
    )
    assert len(view(REVENUE, owner, narrowing, [owner.pk]).notes) == 3
    assert view(HAPPY, owner, narrowing, [owner.pk]).notes == ["Does not follow the filter: that is about Deals."]
    assert len(view(TilePlace(TileKind.BLOCK, "outlook"), owner, narrowing, [owner.pk]).notes) == 3
    assert view(WON, owner, narrowing, [owner.pk]).notes == []
    [note] = view(TilePlace("ready", "revenue"), owner, narrowing, [owner.pk]).notes
    assert note == "Does not follow the filter: that is about Deals."


def test_the_owner_narrows_every_target_that_has_one(owner: User) -> None:
    for source in report_sources:
        rule = owner_rule(source.key, [owner.pk])
        assert bool(rule) == any(filter_fields.get(f"{source.key}.{name}") for name in OWNERS)
        compile_filter(source.key, rule)
        compile_filter(source.key, owner_rule(source.key, [owner.pk, make_user().pk]))
    assert owner_rule("deal", [owner.pk])


def test_a_team_without_members_is_nobody(owner: User) -> None:
    from crm.models import Deal

    make_deal(owner=owner), make_deal(owner=None)
    nobody = owner_rule("deal", owner_ids(owner, f"team-{Team.objects.create(name='New').pk}") or [])
    assert not Deal.objects.filter(compile_filter("deal", nobody)).exists()


def test_whose_records_are_meant(owner: User) -> None:
    team, mate = Team.objects.create(name="North"), make_user(scope=Scope.TEAM)
    mate.teams.add(team)
    assert owner_ids(owner, "") is None
    assert owner_ids(owner, "me") == [owner.pk]
    assert owner_ids(owner, f"user-{mate.pk}") == [mate.pk]
    assert owner_ids(owner, f"team-{team.pk}") == [mate.pk]
    assert owner_ids(owner, "user-999999") == []


# --- the state in the address -------------------------------------------------------------------------------------


def test_a_state_survives_the_way_through_an_address_and_a_row() -> None:
    from django.http import QueryDict

    state = Narrowing("custom", date(2026, 1, 2), date(2026, 3, 4), "team-7", {"deal": {"all": [{"field": "title"}]}})
    assert read_narrowing(QueryDict(state.query()[1:]), {}) == state
    assert from_data(state.as_data()) == state
    assert read_narrowing({}, state.as_data()) == state
    assert read_narrowing({"period": "own"}, state.as_data()) == Narrowing()


@pytest.mark.parametrize("text", ["x", "[]", '{"nothing":{}}', '{"deal":[]}', '{"deal":7}', "9" * 5000])
def test_a_filter_that_can_not_be_read_is_said(text: str) -> None:
    with pytest.raises(ReportError):
        read_narrowing({"filter": text}, {})


@pytest.mark.parametrize(
    "data", [{"period": "soon"}, {"from": "2026-99-99"}, {"whose": "user-x"}, {"whose": "user-" + "9" * 30},
             {"filter": []}, {"filter": {"deal": 7}}, {"period": None, "from": "0001-01-01"}],
)  # fmt: skip
def test_nonsense_in_a_row_is_left_out(data: dict[str, Any]) -> None:
    assert from_data(data) == Narrowing(BoardPeriod.OWN)

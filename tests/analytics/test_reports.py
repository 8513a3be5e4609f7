"""Reports: figures, from the rows that the reader may see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analytics.models import ReportSpec, Score
from analytics.queries.reports import ReportFigures, report_figures
from analytics.queries.reports.figures import joined
from analytics.queries.reports.questions import choices_of
from analytics.ready_reports import READY
from crm.extensions import report_sources
from crm.models import Company, CustomField, Deal, Person, Scope, Tag, Team, User, Workspace
from crm.operations.deals import move_deal
from inbox.models import Channel, Conversation
from tests.factories import NOW, make_company, make_deal, make_order, make_person, make_stage, make_task, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]


def shown(figures: ReportFigures) -> dict[str, float | None]:
    assert not figures.error, figures.error
    return {line.label: line.whole.value for line in figures.lines}


def crossed(figures: ReportFigures) -> dict[tuple[str, str], float | None]:
    return {
        (line.label, series.label): figure.value
        for line in figures.lines
        for series, figure in zip(figures.series, line.figures, strict=True)
        if figure.n
    }


def ask(user: User, *args: Any, **fields: Any) -> ReportFigures:
    return report_figures(ReportSpec(*args, **{"period": "all", **fields}), user)


def test_revenue_by_month_has_no_holes(owner: User) -> None:
    for days_ago, total in ((1, "20"), (2, "30"), (40, "5")):
        make_order(make_person(), days_ago=days_ago, total=total)
    figures = ask(owner, "order", "sum.total", period="3m")
    assert shown(figures) == {"Apr 2026": 0, "May 2026": 5, "Jun 2026": 50}
    assert figures.whole.words == "€55.00"
    assert figures.title == "Revenue, total by month"


def test_every_source_answers_every_question(owner: User) -> None:
    make_deal(person=make_person(country="DE"), amount=5)
    for source in report_sources:
        choices = choices_of(source.key)
        for measure in choices.measures:
            assert not ask(owner, source.key, measure).error
        for key in choices.dimensions:
            for split in ("", *list(choices.dimensions)[:3]):
                answer = ask(owner, source.key, group_by=key, split_by=split)
                assert not answer.error or "Two numbers" in answer.error, (source.key, key, split, answer.error)
            assert not ask(owner, source.key, split_by=key, unit="week").error
        for key in choices.dates:
            for unit in ("day", "week", "month", "quarter", "year"):
                assert not ask(owner, source.key, date_by=key, unit=unit).error


def test_own_fields_group_and_add_up(owner: User) -> None:
    for key, kind in (("colour", "choice"), ("visits", "number"), ("vip", "boolean")):
        CustomField.objects.create(target="person", key=key, label=key.title(), kind=kind, options=["red", "blue"])
    make_person(custom={"colour": "red", "visits": 3, "vip": True})
    make_person(custom={"colour": "red", "visits": 4.5, "vip": False})
    Person.objects.filter(pk=make_person().pk).update(custom={"visits": "many"})  # as an old import left it
    assert shown(ask(owner, "person", group_by="custom.colour")) == {"red": 2, "(none)": 1}
    assert shown(ask(owner, "person", group_by="custom.vip")) == {"Yes": 1, "No": 1, "(none)": 1}
    assert ask(owner, "person", "sum.custom.visits", "").whole.value == 7.5
    assert shown(ask(owner, "person", group_by="custom.visits")) == {"2 to below 5": 2, "(none)": 1}


def test_bands_of_whole_numbers_end_at_the_last_number_in_them(owner: User) -> None:
    for orders in (0, 1, 4, 7):
        Person.objects.filter(pk=make_person().pk).update(order_count=orders)
    assert shown(ask(owner, "person", group_by="order_count")) == {"0": 1, "1": 1, "2–4": 1, "5–9": 1}


def test_risks_are_drawn_as_the_news_that_they_are(owner: User) -> None:
    for band in ("high", "medium", "low", "lapsed"):
        today = timezone.localdate()
        Score.objects.create(person=make_person(), task="churn", value=0.5, band=band, horizon_days=90, as_of=today)
    figures = ask(owner, "person", group_by="country", split_by="risk")
    assert {series.key[1:]: series.tone for series in figures.series} == {
        "high": "bad", "medium": "warn", "low": "good", "lapsed": "none",
    }  # fmt: skip


def test_deals_of_several_currencies_add_up_in_that_of_the_business(owner: User) -> None:
    make_deal(amount=Decimal(100), currency="USD", rate=Decimal("0.9"))
    make_deal(amount=Decimal(10), currency="EUR")
    figures = ask(owner, "deal", "sum.amount", "stage")
    assert figures.whole.words == "€100.00"
    assert figures.currency == "EUR"


def test_orders_in_another_currency_are_told_of(owner: User) -> None:
    make_order(make_person(), total="10")
    assert not ask(owner, "order", "sum.total", "").notes
    make_order(make_person(), total="10", currency="USD")
    assert "other currencies" in ask(owner, "order", "sum.total", "").notes[0]
    assert not ask(owner, "order", "count", "").notes


def test_groups_beyond_the_largest_twenty_are_one(owner: User) -> None:
    for number in range(25):
        for _ in range(2 if number < 3 else 1):
            make_person(country=f"Land {number:02}")
    figures = ask(owner, "person", group_by="country")
    assert len(figures.lines) == 21
    assert figures.lines[0].label == "Land 00"
    assert (figures.lines[-1].label, figures.lines[-1].whole.value) == ("Other", 5)
    assert sum(line.whole.value or 0 for line in figures.lines) == figures.whole.value == 28
    assert figures.lines[-1].whole.url == ""
    assert "20 largest" in figures.notes[0]


def test_splits_beyond_the_largest_seven_are_one_and_all_adds_up(owner: User) -> None:
    for number in range(30):
        make_person(country=f"Land {number % 12:02}", city=f"City {number % 25:02}")
    for figures in (
        ask(owner, "person", group_by="city", split_by="country"),
        ask(owner, "person", split_by="country"),
    ):
        assert [series.label for series in figures.series][-1] == "Other"
        assert len(figures.series) == 8
        assert sum(series.whole.value or 0 for series in figures.series) == 30
        for line in figures.lines:
            assert sum(figure.value or 0 for figure in line.figures) == line.whole.value


def test_nothing_and_empty_text_are_one_group(owner: User) -> None:
    Company.objects.create(name="A")
    make_company(industry="Food")
    make_deal(lost_reason="")
    assert shown(ask(owner, "company", group_by="industry")) == {"Food": 1, "(none)": 1}
    assert shown(ask(owner, "deal", group_by="lost_reason")) == {"(none)": 1}


def test_averages_medians_and_shares_say_of_how_many(owner: User) -> None:
    for total in ("10", "20", "90"):
        make_order(make_person(), total=total)
    make_order(make_person(), total="-20")
    assert ask(owner, "order", "average.total", "").whole.value == 25
    assert ask(owner, "order", "median.total", "").whole.value == 15
    share = ask(owner, "order", "share.returned", "")
    assert (share.whole.words, share.whole.n) == ("25%", 4)
    assert "4 rows" in share.notes[0]
    assert ask(owner, "order", "share.returned", "", filter=rule("channel", "none")).whole.words == "–"


def rule(field: str, value: Any, op: str = "is") -> dict[str, Any]:
    return {"all": [{"field": field, "op": op, "value": value}]}


def test_groups_without_a_value_come_after_those_with_one(owner: User) -> None:
    CustomField.objects.create(target="person", key="visits", label="Visits", kind="number")
    for number in range(25):
        make_person(country=f"A{number:02}")
    make_person(country="Z", custom={"visits": 3})
    with CaptureQueriesContext(connection) as asked:
        figures = ask(owner, "person", "sum.custom.visits", "country")
    assert figures.lines[0].label == "Z"
    assert any("NULLS LAST" in row["sql"] or "IS NULL" in row["sql"].partition("ORDER BY")[2] for row in asked)


def test_which_medians_are_shown_does_not_hang_on_the_order_of_rows(owner: User) -> None:
    for number in range(30, 0, -1):
        make_order(total="10", channel=f"c{number:02}")
    shown_names = list(shown(ask(owner, "order", "median.total", "channel")))
    assert shown_names == [*(f"c{number:02}" for number in range(1, 21)), "Other"]


def test_a_median_over_groups_and_time(owner: User) -> None:
    for total, channel in (("10", "a"), ("30", "a"), ("50", "b")):
        make_order(make_person(), total=total, channel=channel)
    assert shown(ask(owner, "order", "median.total", "channel")) == {"b": 50, "a": 20}
    assert shown(ask(owner, "order", "median.total")) == {"Jun 2026": 30}
    assert crossed(ask(owner, "order", "median.total", split_by="channel")) == {
        ("Jun 2026", "a"): 20, ("Jun 2026", "b"): 50,
    }  # fmt: skip


def test_the_share_won_and_the_time_until_it(owner: User) -> None:
    won, lost, _open = (make_deal(lead_source="Fair") for _ in range(3))
    Deal.objects.update(created_at=NOW - timedelta(days=4))
    move_deal(deal=won, stage=make_stage("Won"), actor=owner)
    move_deal(deal=lost, stage=make_stage("Lost"), actor=owner, lost_reason="Price")
    assert shown(ask(owner, "deal", "share.won", "lead_source")) == {"Fair": 0.5}
    assert ask(owner, "deal", "average.days_open", "").whole.words == "4 days"


def test_tags_count_under_each_and_are_said_so(owner: User) -> None:
    person = make_person()
    for name in ("red", "blue"):
        person.tags.add(Tag.objects.create(name=name))
    make_person()
    figures = ask(owner, "person", group_by="tags")
    assert shown(figures) == {"blue": 1, "red": 1, "(none)": 1}
    assert figures.whole.value == 2
    assert "several tags" in figures.notes[0]


def test_stages_stand_in_their_order(owner: User) -> None:
    for name in ("Won", "New"):
        make_deal(stage=make_stage(name))
    make_deal(stage=make_stage("Won"))
    assert [label.rpartition(": ")[2] for label in shown(ask(owner, "deal", group_by="stage"))] == ["New", "Won"]


def test_days_weeks_and_months_begin_in_the_zone_of_the_business(owner: User) -> None:
    Workspace.objects.create(pk=1, name="Shop", time_zone="Pacific/Auckland")
    make_order(make_person(), placed_at=datetime(2026, 5, 31, 13, tzinfo=UTC))  # 1 June there
    make_order(make_person(), placed_at=datetime(2026, 5, 31, 11, tzinfo=UTC))
    assert shown(ask(owner, "order")) == {"May 2026": 1, "Jun 2026": 1}
    answer = ask(owner, "order", period="custom", starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 1), unit="day")
    assert shown(answer) == {"Jun 1": 1}


def test_weeks_begin_as_the_country_has_it(owner: User) -> None:
    make_order(make_person(), placed_at=datetime(2026, 6, 14, 12, tzinfo=UTC))  # a Sunday
    assert list(shown(ask(owner, "order", unit="week"))) == ["Jun 8"]
    shop = Workspace.objects.create(pk=1, name="Shop", country="US")
    assert list(shown(ask(owner, "order", unit="week"))) == ["Jun 14"]
    Workspace.objects.filter(pk=shop.pk).update(country="XX")
    assert list(shown(ask(owner, "order", unit="week"))) == ["Jun 8"]


def test_too_many_points_become_larger_steps(owner: User) -> None:
    make_order(make_person(), days_ago=2000)
    make_order(make_person())
    figures = ask(owner, "order", unit="day")
    assert figures.unit == "month"
    assert len(figures.lines) < 121
    assert "too many points" in figures.notes[0]


def test_absurd_dates_break_nothing(owner: User) -> None:
    make_deal(expected_close_on=date(1, 1, 1))
    make_deal(expected_close_on=date(9999, 12, 31))
    figures = ask(owner, "deal", date_by="expected_close_on", unit="day")
    assert figures.whole.value == 2


# --- who sees what ------------------------------------------------------------------------------------------------


def test_everybody_gets_figures_of_what_they_may_see(owner: User, stranger: User) -> None:
    team = Team.objects.create(name="North")
    mate = make_user(scope=Scope.TEAM)
    mate.teams.add(team)
    person = make_person(team=team, country="DE")
    make_person(country="FR", owner=owner)
    make_order(person)
    make_deal(team=team)
    make_task(owner=owner)
    channel = Channel.objects.create(kind="form", name="Form", slug="test-form")
    Conversation.objects.create(channel=channel, person=person)
    seen = {
        target: ask(mate, target, "count", "").whole.value for target in ("person", "order", "deal", "conversation")
    }
    assert seen == {"person": 1, "order": 1, "deal": 1, "conversation": 1}
    assert shown(ask(mate, "person", group_by="country")) == {"DE": 1}
    for source in report_sources:
        assert ask(stranger, source.key, "count", "").whole.value == 0
    assert ask(owner, "person", "count", "").whole.value == 2


def test_who_left_sees_nothing(owner: User) -> None:
    make_person()
    owner.is_active = False
    assert ask(owner, "person", "count", "").whole.value == 0


# --- filters ------------------------------------------------------------------------------------------------------


def test_a_filter_a_board_and_a_span_narrow(owner: User) -> None:
    make_person(country="DE", city="Berlin")
    make_person(country="DE", city="Bonn")
    make_person(country="FR", city="Bonn")
    spec = ReportSpec("person", "count", "", period="all", filter=rule("country", "DE"))
    assert report_figures(spec, owner).whole.value == 2
    assert report_figures(spec, owner, extra_filter=rule("city", "Bonn")).whole.value == 1
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert report_figures(spec, owner, span=year).whole.value == 2
    assert report_figures(spec, owner, span=(date(2020, 1, 1), date(2020, 1, 2))).whole.value == 0


def test_two_filters_are_one_with_few_levels() -> None:
    one, other = rule("a", 1), {"any": [{"field": "b"}, {"field": "c"}]}
    assert joined(one, other) == {"all": [*one["all"], other]}
    assert joined({}, {}) == {}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (ReportSpec("nothing"), "can be counted here"),
        (ReportSpec("person", "sum.password"), "There is no field"),
        (ReportSpec("person", group_by="owner__password"), "There is no field"),
        (ReportSpec("person", date_by="updated_at; DROP"), "There is no field"),
        (ReportSpec("person", filter=rule("gone", 1)), "There is no field"),
        (ReportSpec("person", filter={"all": [[]]}), "rule or a group"),
        (ReportSpec("person", group_by="spent", split_by="order_count"), "Two numbers"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(owner: User, spec: ReportSpec, words: str) -> None:
    assert words in report_figures(spec, owner).error


# --- links --------------------------------------------------------------------------------------------------------


def test_each_number_leads_to_its_rows(client: Client, owner: User) -> None:
    Person.objects.filter(pk=make_person(country="DE", source="web").pk).update(spent=3)
    make_person(country="", source="web", owner=owner)
    make_person(country="FR", source="")
    client.force_login(owner)
    for by, split in (("country", "source"), ("time", "owner"), ("spent", "country"), ("no_profiling", "")):
        figures = ask(owner, "person", group_by=by, split_by=split)
        found = [figure for line in figures.lines for figure in (line.whole, *line.figures) if figure.n]
        assert found
        for figure in found:
            page = client.get(figure.url).content.decode()
            assert page.count('name="ids"') == figure.n, figure.url


def test_a_person_with_no_wish_for_a_profile_is_in_no_group_of_risk(owner: User) -> None:
    from analytics.models import Score

    for wish in (True, False):
        person = make_person(no_profiling=wish)
        Score.objects.create(person=person, task="churn", value=0.5, band="high", horizon_days=90, as_of=NOW.date())
    assert shown(ask(owner, "person", group_by="risk")) == {"High risk": 1, "(none)": 1}


# --- speed --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [ready.spec for ready in READY.values()], ids=list(READY))
def test_ready_reports_take_few_questions(
    owner: User, spec: ReportSpec, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        make_order(make_person(country=f"C{number}"), channel=f"Way {number}")
        make_deal(person=Person.objects.first(), lead_source=f"S{number}")
    limits = 4 if connection.vendor == "postgresql" else 0  # there a time limit is a question of its own
    with django_assert_max_num_queries(15 + limits):
        assert not report_figures(spec, owner).error

"""What customers answer: two numbers that equal a recount, a page of every answer, news for who is in charge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.models import MetricFigure, ReportSpec
from analytics.operations.metrics import count_metrics
from analytics.queries.metrics import service
from analytics.queries.number_links import rows_url
from analytics.queries.reports import report_figures
from automation.models import Notification
from automation.notices import tell_of_unhappy
from crm.filters import compile_filter
from crm.models import Event, Person, User
from inbox.models import Channel, Conversation, Rating
from inbox.operations.ratings import answer_rating
from tests.analytics.test_metrics import span
from tests.crm.test_api import Api
from tests.factories import NOW, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Any:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def rate(values: Sequence[int | None], kind: str = "csat", *, days_ago: int = 3, **fields: Any) -> list[Rating]:
    """Answers of as many people; None has been asked and not answered."""
    at = NOW - timedelta(days=days_ago)
    return Rating.objects.bulk_create(
        Rating(
            kind=kind, person=fields.get("person") or make_person(), value=value, asked_at=at,
            answered_at=at if value is not None else None, **{k: v for k, v in fields.items() if k != "person"},
        )
        for value in values
    )  # fmt: skip


def talk(person: Person, **fields: Any) -> Conversation:
    return Conversation.objects.create(channel=Channel.objects.get(slug="api"), person=person, **fields)


def test_happy_customers_equal_a_recount() -> None:
    values = [5, 5, 4, 4, 4, 3, 2, 1, 5, 5, 5, 4]
    rate([*values, None, None, None, None])
    rate([1, 1], days_ago=40)
    figure = service.csat(span())
    assert figure.value == sum(value >= 4 for value in values) / len(values)
    assert (figure.sample, figure.more["part"], figure.more["asked"], figure.more["came"]) == (12, 9, 16, 12)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high


def test_nine_answers_are_too_few_to_say() -> None:
    rate([5] * 9)
    figure = service.csat(span())
    assert (figure.value, figure.sample, figure.needed) == (None, 9, 10)


def test_who_recommends_minus_who_does_not_equals_a_recount() -> None:
    values = [10] * 14 + [9] * 4 + [8] * 5 + [7] * 3 + [6] * 3 + [0] * 3
    rate(values, "nps")
    figure = service.nps(span())
    assert figure.value == pytest.approx(100 * (18 - 6) / 32)
    assert (figure.more["above"], figure.more["below"], figure.sample) == (18, 6, 32)
    assert -100 <= (figure.low or 0) < (figure.high or 0) <= 100
    rate([0] * 300, "nps")
    assert (service.nps(span()).low or 0) >= -100


def test_a_month_that_is_over_is_frozen_with_its_ratings() -> None:
    rate([5] * 10, days_ago=40)
    count_metrics()
    Rating.objects.all().delete()
    count_metrics()
    row = MetricFigure.objects.get(metric="csat", span="month", starts_on="2026-05-01")
    assert (row.value, row.frozen_at is not None) == (1.0, True)


def test_the_numbers_say_it_beside_the_mood(client: Client, owner: User) -> None:
    rate([5] * 11 + [1])
    rate([10] * 20 + [3] * 10 + [7] * 10, "nps")
    count_metrics()
    client.force_login(owner)
    words = client.get("/insights/numbers").content.decode()
    for said in ("Happy with the answer", "11 of 12", "12 of 12 asked have answered", "Would recommend you", "+25",
                 "20 would recommend you, 10 would not"):  # fmt: skip
        assert said in words
    assert words.index("Happy with the answer") < words.index("Mood of customers")


def test_the_rows_behind_a_number_are_its_answers(client: Client, owner: User) -> None:
    rate([5, 4], days_ago=3, comment="in June")
    rate([1], days_ago=40, comment="in May")
    client.force_login(owner)
    words = client.get(rows_url("csat", span())).content.decode()
    assert "in June" in words
    assert "in May" not in words


def test_the_page_shows_every_answer_with_its_comment(client: Client, owner: User) -> None:
    ann = make_person(name="Ann Lee")
    rate([1], person=ann, comment="<b>bad</b>", conversation=talk(ann, subject="Late parcel"))
    rate([5], comment="lovely")
    client.force_login(owner)
    words = client.get("/insights/feedback").content.decode()
    for said in ("Ann Lee", "&lt;b&gt;bad", "Late parcel", "1 – Very unhappy", "5 – Very happy", "the last 90 days"):
        assert said in words
    bad = client.get("/insights/feedback?mood=bad").content.decode()
    assert "Ann Lee" in bad
    assert "lovely" not in bad


@pytest.mark.parametrize("query", ["question=x", "mood=x"])
def test_a_question_that_nobody_asks_is_not_there(client: Client, owner: User, query: str) -> None:
    client.force_login(owner)
    assert client.get(f"/insights/feedback?{query}").status_code == 404


@pytest.mark.parametrize("query", ["from=x&to=99999-1-1", "after=forged", "from=2026-02-31", "question=nps&mood=good"])
def test_odd_addresses_show_the_page(client: Client, owner: User, query: str) -> None:
    rate([5])
    client.force_login(owner)
    assert client.get(f"/insights/feedback?{query}").status_code == 200


def test_a_stranger_sees_no_answers_and_no_sums(client: Client, stranger: User) -> None:
    rate([5] * 12, comment="secret")
    count_metrics()
    client.force_login(stranger)
    for path in ("/insights/feedback", "/insights/happy"):
        words = client.get(path).content.decode()
        assert "secret" not in words
        assert "100%" not in words
    own = make_person(owner=stranger)
    rate([1], person=own, comment="to me")
    assert "to me" in client.get("/insights/feedback").content.decode()


def test_the_page_costs_the_same_for_many(
    client: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rate([1 + number % 5 for number in range(80)], comment="x")
    client.force_login(owner)
    client.get("/insights/feedback")
    with django_assert_max_num_queries(12):
        words = client.get("/insights/feedback").content.decode()
    assert words.count('class="answer"') == 30
    with django_assert_max_num_queries(8):
        client.get("/insights/happy")


def test_the_tile_says_who_is_unhappy(client: Client, owner: User, manager: User) -> None:
    client.force_login(owner)
    assert "Ask your customers" in client.get("/insights/happy").content.decode()
    rate([5] * 12)
    rate([2], person=make_person(name="Eva Stone"), comment="Waited a week")
    count_metrics()
    words = client.get("/insights/happy").content.decode()
    for said in ("92%", "Jun 2026, from 13", "Eva Stone", "Waited a week", "2 – Unhappy"):
        assert said in words


def test_who_is_in_charge_is_told_once_of_a_bad_rating(owner: User, sales: User) -> None:
    person = make_person(name="Ann Lee", owner=owner)
    (row,) = rate([None], person=person, conversation=talk(person, assignee=sales))
    answer_rating(rating=row, value=2)
    events = list(Event.objects.filter(kind="rating.received"))
    tell_of_unhappy(events)
    tell_of_unhappy(events)
    notice = Notification.objects.get()
    assert (notice.user, notice.title) == (sales, "Ann Lee rated you 2 of 5")
    assert notice.url == f"/inbox/all/{row.conversation_id}"


def test_a_good_rating_and_one_made_good_tell_nobody(owner: User) -> None:
    (row,) = rate([None])
    answer_rating(rating=row, value=1)
    answer_rating(rating=row, value=5)
    tell_of_unhappy(list(Event.objects.filter(kind__startswith="rating.")))
    assert not Notification.objects.exists()


def found(field: str, op: str, value: Any) -> set[str]:
    people = Person.objects.filter(compile_filter("person", {"field": field, "op": op, "value": value}))
    return set(people.values_list("name", flat=True))


def test_people_are_found_by_their_last_answer() -> None:
    turned, happy, silent = (make_person(name=name) for name in ("Turned", "Happy", "Silent"))
    rate([1], person=turned, days_ago=20)
    rate([5], person=turned, days_ago=2)
    rate([4], person=happy)
    rate([None], person=silent)
    assert found("rating", "at_most", 2) == set()
    assert found("rating", "at_least", 4) == {"Turned", "Happy"}
    assert found("rating", "between", [4, 4]) == {"Happy"}
    assert found("rating", "is_empty", None) == {"Silent"}
    assert found("recommends", "is_set", None) == set()


def test_another_program_brings_a_rating_once(sales: User) -> None:
    api, person = Api(sales), make_person()
    body = {"kind": "nps", "value": 9, "person": person.pk, "external_id": "survey-1"}
    first, second = api.post("ratings/", body), api.post("ratings/", body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert Rating.objects.get().source == "api"
    assert api.get("ratings/", kind="nps").json()["results"][0]["value"] == 9
    assert api.get("ratings/", kind="csat").json()["results"] == []


@pytest.mark.parametrize(
    "changes",
    [{"kind": "csat", "value": 0}, {"value": 11}, {"person": 0}, {"kind": "x"}, {"external_id": ""},
     {"answered_at": "2030-01-01T00:00:00Z"}],
)  # fmt: skip
def test_what_is_no_rating_is_refused_in_words(sales: User, changes: dict[str, Any]) -> None:
    body = {"kind": "nps", "value": 9, "person": make_person().pk, "external_id": "s", **changes}
    assert Api(sales).post("ratings/", body).status_code in (400, 422)
    assert not Rating.objects.exists()


def test_a_program_of_a_stranger_neither_brings_nor_reads(stranger: User, owner: User) -> None:
    body = {"kind": "nps", "value": 9, "person": make_person().pk, "external_id": "s"}
    assert Api(stranger).post("ratings/", body).status_code == 400
    Api(owner).post("ratings/", body)
    mine = {**body, "person": make_person(owner=stranger).pk}
    assert Api(stranger).post("ratings/", mine).status_code == 400
    assert Api(stranger).get("ratings/").json()["results"] == []


def test_an_answer_is_a_line_on_the_timeline(client: Client, owner: User) -> None:
    person = make_person()
    (row,) = rate([None], person=person, conversation=talk(person, subject="Parcel"))
    answer_rating(rating=row, value=4, at=datetime(2026, 6, 15, 11, tzinfo=NOW.tzinfo))
    client.force_login(owner)
    assert "Answered 4 of 5, asked how it went: Parcel" in client.get(f"/people/{person.pk}/").content.decode()


def test_reports_count_answers_that_their_reader_sees(owner: User, stranger: User) -> None:
    rate([5, 4, 1, None])
    rate([10, 2], "nps")
    spec = ReportSpec(target="rating", measure="share.happy", period="3m")
    figures = report_figures(spec, owner)
    assert figures.error == ""
    assert figures.whole.value == pytest.approx(2 / 3)
    assert not report_figures(ReportSpec(target="rating", period="3m"), stranger).whole.value

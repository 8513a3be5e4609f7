"""The letter of what changed: once, in the reader's language and morning, only what they see, and never empty."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.models import SalesDay
from analytics.operations.digests import send_digest, send_digests
from analytics.operations.metrics import count_metrics
from crm.events import record_event
from crm.models import Person, User
from inbox.models import Post, Rating
from inbox.operations.posting import forget_letters
from inbox.smtp import build_mail
from tests.analytics.test_score_api import make_score
from tests.factories import make_person, make_task

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 6, 15, 8, tzinfo=UTC)
TODAY = MONDAY.date()


@pytest.fixture(autouse=True)
def _today(settings: Any) -> Any:
    settings.EMAIL_HOST = "mail.example"
    cache.clear()
    with time_machine.travel(MONDAY, tick=False):
        yield


def sold(days: int, revenue: int, *, until: date = TODAY) -> None:
    SalesDay.objects.bulk_create(
        SalesDay(day=until - timedelta(days=back), revenue=revenue, orders=2) for back in range(1, days + 1)
    )


def letter(user: User) -> Post:
    return Post.objects.get(once_key__startswith=f"digest:{user.pk}:")


def unhappy(person: Person, comment: str = "", value: int = 1) -> None:
    Rating.objects.create(kind="csat", person=person, value=value, comment=comment, answered_at=MONDAY)


def test_the_week_is_told_on_monday_once(owner: User) -> None:
    sold(7, 200)
    sold(7, 100, until=TODAY - timedelta(days=7))
    assert (send_digests(), send_digests()) == (1, 0)
    words = letter(owner).body
    for said in ("Revenue: €1,400 (100% more than the week before)", "Orders: 14", "/settings/me"):
        assert said in words


def test_an_empty_letter_is_not_sent(owner: User) -> None:
    assert send_digests() == 0
    assert not Post.objects.exists()


def test_without_a_mail_server_nothing_is_written(owner: User, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    sold(7, 200)
    assert send_digests() == 0


@pytest.mark.parametrize(
    ("digest", "at", "is_sent"),
    [
        ("weekly", MONDAY, True),
        ("weekly", MONDAY + timedelta(days=1), False),
        ("daily", MONDAY + timedelta(days=1), True),
        ("daily", MONDAY.replace(hour=5), False),
        ("daily", MONDAY.replace(hour=20), False),
        ("off", MONDAY, False),
    ],
)
def test_everybody_says_how_often(owner: User, digest: str, at: datetime, is_sent: bool) -> None:
    sold(20, 200, until=TODAY + timedelta(days=3))
    User.objects.update(digest=digest)
    assert bool(send_digests(now=at)) is is_sent


def test_morning_is_where_the_reader_is(owner: User) -> None:
    sold(7, 200)
    User.objects.update(time_zone="America/Los_Angeles")
    assert send_digests(now=MONDAY) == 0
    assert send_digests(now=MONDAY.replace(hour=15)) == 1


def test_it_speaks_the_readers_language(owner: User) -> None:
    sold(7, 200)
    User.objects.update(language="de")
    send_digests()
    assert '<html lang="de"' in letter(owner).html
    assert "1.400" in letter(owner).body


def test_who_may_leave_stands_there_with_reason_and_advice(owner: User) -> None:
    person = make_person(name="Ann Lee", phone="+49 30 123456")
    make_score(person)
    send_digests()
    words = letter(owner).body
    for said in ("Who may leave", "Ann Lee", f"/people/{person.pk}/"):
        assert said in words


def test_every_day_only_who_crossed_the_line_is_told(owner: User) -> None:
    User.objects.update(digest="daily")
    person = make_person(name="Ann Lee")
    score = make_score(person)
    assert send_digests() == 0
    data = {"task": "churn", "old_band": "low", "new_band": "high"}
    record_event(kind="score.crossed", subject=score, person=person, data=data)
    assert send_digests() == 1
    assert "Ann Lee" in letter(owner).body


def test_nobody_reads_of_customers_that_they_do_not_see(owner: User, stranger: User) -> None:
    sold(7, 200)
    person = make_person(name="Secret Ann")
    make_score(person)
    unhappy(person, "hush")
    make_task(title="x", owner=stranger, due_on=date(2026, 6, 1))
    send_digests()
    words = letter(stranger).body + letter(stranger).html
    assert "Tasks that are overdue" in words
    for hidden in ("Secret", "hush", "1,400", "Revenue"):
        assert hidden not in words
    assert "Secret Ann" in letter(owner).body


def test_hostile_words_are_words(owner: User) -> None:
    unhappy(make_person(name="<img src=x>"), "<script>alert(1)</script>")
    send_digests()
    assert "&lt;script&gt;alert(1)" in letter(owner).html
    assert "<img" not in letter(owner).html
    assert "&lt;" not in letter(owner).body


def test_its_numbers_are_those_of_the_page(owner: User, client: Client) -> None:
    for number in range(12):
        unhappy(make_person(), value=5 if number else 1)
    count_metrics()
    send_digests()
    assert "Happy with the answer: 92%" in letter(owner).body
    client.force_login(owner)
    assert "92%" in client.get("/insights/numbers").content.decode()


def test_it_says_that_a_program_wrote_it_and_where_to_switch_it_off(owner: User) -> None:
    sold(7, 200)
    send_digests()
    mail = build_mail(letter(owner))
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"].endswith("/settings/me>")
    assert "Zyx" not in mail["Subject"]


def test_a_colleague_who_left_gets_none(owner: User) -> None:
    sold(7, 200)
    User.objects.update(is_active=False)
    assert send_digests() == 0


def test_the_profile_keeps_how_often(client: Client, sales: User) -> None:
    client.force_login(sales)
    form = {"name": "Ann", "language": "", "time_zone": "", "theme": "dark"}
    client.post("/settings/me", {**form, "digest": "off"})
    client.post("/settings/me", form)
    sales.refresh_from_db()
    assert sales.digest == "off"
    assert client.post("/settings/me", {**form, "digest": "hourly"}).status_code == 422


def test_old_letters_forget_whom_they_named(owner: User) -> None:
    unhappy(make_person(name="Ann Lee"))
    send_digests()
    Post.objects.update(due_at=None, state="sent")
    assert forget_letters(now=MONDAY) == 0
    assert forget_letters(now=MONDAY + timedelta(days=31)) == 1
    assert letter(owner).html == letter(owner).body == ""


def test_many_customers_cost_no_more_queries(
    owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        person = make_person()
        make_score(person)
        unhappy(person, str(number))
    sold(14, 10)
    with django_assert_max_num_queries(43):
        assert send_digest(user=owner, now=MONDAY)

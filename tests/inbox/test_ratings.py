"""A customer is asked once how it went, answers without signing in, and nobody else answers for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from crm.events import handle_events
from crm.models import ContactPoint, Event, Person, User
from inbox.models import Asking, Channel, Conversation, Post, Rating
from inbox.operations.asking import ask_what_is_due, people_to_ask, plan_recommendations
from inbox.operations.conversations import close, reopen, reply
from inbox.operations.ratings import RatingRefusedError, answer_rating, decline_questions, record_rating
from inbox.questions import asking, token_of
from inbox.smtp import build_mail
from tests.factories import make_order, make_person
from tests.inbox.test_receive_message import receive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits(settings: Any) -> Iterator[None]:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def asks(db: None) -> None:
    Channel.objects.update(asks_rating=True)


def closed(owner: User, external_id: str = "m1", **fields: Any) -> Conversation:
    conversation = receive(external_id, **fields).conversation
    reply(conversation=conversation, actor=owner, text="On its way", close=True)
    handle()
    return Conversation.objects.get(pk=conversation.pk)


def handle() -> None:
    """Every event twice, as a crash may have it."""
    ids = list(Event.objects.values_list("pk", flat=True))
    for _time in range(2):
        Event.objects.update(handled_at=None)
        handle_events(ids)


def later(hours: float = 2) -> int:
    return ask_what_is_due(now=timezone.now() + timedelta(hours=hours))


def asked(owner: User, **fields: Any) -> Rating:
    conversation = closed(owner, **fields)
    later()
    return Rating.objects.get(conversation=conversation)


def test_nobody_is_asked_unless_a_manager_switched_it_on(owner: User) -> None:
    closed(owner)
    assert not Rating.objects.exists()


@pytest.mark.usefixtures("asks")
def test_a_closed_conversation_is_asked_about_once_an_hour_later(owner: User) -> None:
    closed(owner)
    assert later(0.5) == 0
    assert (later(), later()) == (1, 0)
    post = Rating.objects.get().post
    assert post is not None
    assert (post.to_address, Post.objects.filter(once_key__startswith="rating:").count()) == ("ann@example.org", 1)
    assert Event.objects.filter(kind="rating.asked").count() == 1


@pytest.mark.usefixtures("asks")
def test_the_mail_stands_in_the_thread_and_says_that_a_program_wrote_it(owner: User) -> None:
    rating = asked(owner)
    assert rating.post is not None
    assert rating.conversation is not None
    mail = build_mail(rating.post)
    answer = Post.objects.get(message__conversation=rating.conversation)
    assert mail["In-Reply-To"] == answer.mail_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert receive("m9", subject="x", in_reply_to=(rating.post.mail_id,)).conversation == rating.conversation


@pytest.mark.usefixtures("asks")
def test_spam_that_nobody_answered_is_not_asked_about(owner: User) -> None:
    close(conversation=receive().conversation, actor=owner)
    handle()
    assert not Rating.objects.exists()


@pytest.mark.usefixtures("asks")
def test_what_was_opened_again_is_asked_about_when_it_is_really_done(owner: User) -> None:
    conversation = closed(owner)
    reopen(conversation=conversation, actor=owner)
    assert later() == 0
    close(conversation=conversation, actor=owner)
    handle()
    assert later() == 1


@pytest.mark.usefixtures("asks")
@pytest.mark.parametrize("why", ["opted out", "invalid", "demo", "asked lately", "declined", "no reader", "too late"])
def test_who_may_not_be_asked_is_not(owner: User, why: str) -> None:
    sender = "no-reply@shop.example" if why == "no reader" else "ann@example.org"
    if why in ("asked lately", "declined"):
        rating = asked(owner, external_id="old", subject="Another matter")
        if why == "declined":
            decline_questions(rating=rating)
            Rating.objects.update(asked_at=timezone.now() - timedelta(days=400))
    closed(owner, from_address=sender)
    if why == "opted out":
        ContactPoint.objects.update(opted_out_at=timezone.now())
    if why == "invalid":
        ContactPoint.objects.update(invalid_at=timezone.now())
    if why == "demo":
        Person.objects.update(source="demo")
    assert later(100 if why == "too late" else 2) == 0


@pytest.mark.usefixtures("asks")
def test_the_question_is_in_the_customers_language(owner: User, client: Client) -> None:
    make_person(email="ann@example.org", language="de-AT")
    rating = asked(owner)
    response = client.get(f"/r/{token_of(rating)}", headers={"accept-language": "es"})
    assert response["Content-Language"] == "de"
    assert '<html lang="de"' in response.content.decode()


@pytest.mark.usefixtures("asks")
def test_looking_records_nothing_and_sending_does(owner: User, client: Client) -> None:
    rating = asked(owner)
    url = f"/r/{token_of(rating)}"
    for _scanner in range(3):
        assert 'value="1" required checked' in client.get(f"{url}?v=1").content.decode()
        assert client.head(f"{url}?v=1").status_code == 200
    rating.refresh_from_db()
    assert (rating.value, rating.answered_at) == (None, None)
    assert client.post(url, {"value": "4", "comment": "Kind people"}).status_code == 200
    client.post(url, {"value": "4", "comment": "Kind people"})
    rating.refresh_from_db()
    assert (rating.value, rating.comment) == (4, "Kind people")
    assert Event.objects.filter(kind="rating.received").count() == 1


@pytest.mark.usefixtures("asks")
def test_an_answer_may_be_changed_for_two_weeks(owner: User, client: Client) -> None:
    rating = answer_rating(rating=asked(owner), value=5)
    url = f"/r/{token_of(rating)}"
    client.post(url, {"value": "2"})
    rating.refresh_from_db()
    assert (rating.value, Event.objects.filter(kind="rating.changed").count()) == (2, 1)
    Rating.objects.update(answered_at=timezone.now() - timedelta(days=15))
    assert client.get(url).status_code == 410
    assert client.post(url, {"value": "5"}).status_code == 410
    rating.refresh_from_db()
    assert rating.value == 2


@pytest.mark.usefixtures("asks")
def test_an_old_question_answers_politely(owner: User, client: Client) -> None:
    rating = asked(owner)
    Rating.objects.update(asked_at=timezone.now() - timedelta(days=31))
    response = client.post(f"/r/{token_of(rating)}", {"value": "5"})
    assert (response.status_code, "closed" in response.content.decode()) == (410, True)


@pytest.mark.parametrize("token", ["1.forged", "1", "x", "1.a.b", "%00", "99999999999999999999.abc"])
def test_a_made_up_link_leads_nowhere(client: Client, token: str) -> None:
    response = client.get(f"/r/{token}")
    assert response.status_code == 404
    assert "leads nowhere" in response.content.decode()


@pytest.mark.usefixtures("asks")
def test_the_link_of_one_customer_does_not_open_anothers(owner: User, client: Client) -> None:
    rating = asked(owner)
    head, _dot, mark = token_of(rating).partition(".")
    assert client.get(f"/r/{int(head) + 1}.{mark}").status_code == 404


@pytest.mark.usefixtures("asks")
@pytest.mark.parametrize("value", ["0", "6", "-1", "1e9", "x", "", "1; drop table"])
def test_what_is_no_answer_is_said_so(owner: User, client: Client, value: str) -> None:
    rating = asked(owner)
    assert client.post(f"/r/{token_of(rating)}", {"value": value}).status_code == 422
    rating.refresh_from_db()
    assert rating.value is None


@pytest.mark.usefixtures("asks")
def test_hostile_comments_are_shown_as_text(owner: User, client: Client) -> None:
    rating = asked(owner)
    client.post(f"/r/{token_of(rating)}", {"value": "1", "comment": "<script>alert(1)</script>\0"})
    client.force_login(owner)
    page = client.get(f"/inbox/all/{rating.conversation_id}").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


@pytest.mark.usefixtures("asks", "clock_stands")
def test_many_answers_from_one_address_are_too_many(owner: User, client: Client) -> None:
    url = f"/r/{token_of(asked(owner))}"
    answers = [client.post(url, {"value": str(1 + number % 5)}) for number in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {200}
    assert (answers[30].status_code, answers[30]["Retry-After"]) == (429, "3600")


@pytest.mark.usefixtures("asks")
def test_a_bad_rating_opens_the_conversation_again(owner: User) -> None:
    rating = asked(owner)
    answer_rating(rating=rating, value=1)
    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.is_unread) == ("open", True)


@pytest.mark.usefixtures("asks")
def test_the_mail_program_can_say_no_more_questions(owner: User, client: Client) -> None:
    rating = asked(owner)
    url = f"/r/{token_of(rating)}/stop"
    client.get(url)
    rating.refresh_from_db()
    assert rating.declined_at is None
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    client.post(url)
    assert Event.objects.filter(kind="rating.declined").count() == 1


def test_another_program_brings_an_answer_once(owner: User) -> None:
    person = make_person()
    rows = [record_rating(kind="nps", value=9, person=person, external_id="x1", actor=owner) for _time in range(2)]
    assert rows[0] == rows[1]
    assert Event.objects.filter(kind="rating.received").count() == 1
    with pytest.raises(RatingRefusedError):
        record_rating(kind="csat", value=0, person=person, external_id="x2")
    with pytest.raises(RatingRefusedError):
        record_rating(kind="csat", value=3, person=person, external_id="x3", answered_at=timezone.now() + timedelta(1))


@pytest.fixture
def recommends(db: None) -> Asking:
    return Asking.objects.create(pk=1, asks_to_recommend=True, recommend_a_day=2)


def buyers(count: int) -> list[Person]:
    people = [make_person(email=f"b{number}@example.org") for number in range(count)]
    for person in people:
        make_order(person)
        make_order(person)
    Person.objects.update(last_order_at=timezone.now() - timedelta(days=20))
    return people


def at_noon() -> Any:
    return timezone.now().replace(hour=12, minute=0)


def test_a_few_customers_a_day_are_asked_whether_they_recommend(recommends: Asking) -> None:
    buyers(3)
    noon = at_noon()
    assert (plan_recommendations(now=noon), plan_recommendations(now=noon)) == (2, 0)
    assert ask_what_is_due(now=noon) == 2
    assert plan_recommendations(now=noon + timedelta(days=1)) == 1
    assert people_to_ask(asking(), noon + timedelta(days=2), limit=10) == []


def test_at_night_nobody_is_asked(recommends: Asking) -> None:
    buyers(1)
    assert plan_recommendations(now=timezone.now().replace(hour=3)) == 0


def test_switching_it_off_stops_what_waits(recommends: Asking) -> None:
    buyers(1)
    plan_recommendations(now=at_noon())
    Asking.objects.update(asks_to_recommend=False)
    assert ask_what_is_due(now=at_noon()) == 0


def test_managers_switch_it_and_others_may_not(client: Client, manager: User, sales: User) -> None:
    client.force_login(sales)
    assert client.get("/settings/feedback").status_code == 403
    client.force_login(manager)
    assert client.get("/settings/feedback").status_code == 200
    channel = Channel.objects.get(slug="contact")
    data = {
        "channels": [channel.pk],
        "pause_days": 30,
        "recommend_orders": 2,
        "recommend_days": 180,
        "recommend_a_day": 9,
    }
    assert client.post("/settings/feedback", data).status_code == 302
    assert list(Channel.objects.filter(asks_rating=True)) == [channel]
    assert asking().recommend_a_day == 9
    assert client.post("/settings/feedback", {**data, "pause_days": 0}).status_code == 422


@pytest.mark.usefixtures("asks")
def test_a_person_takes_their_answers_along(owner: User) -> None:
    rating = answer_rating(rating=asked(owner), value=5, comment="Fine")
    Person.objects.all().delete()
    assert not Rating.objects.filter(pk=rating.pk).exists()

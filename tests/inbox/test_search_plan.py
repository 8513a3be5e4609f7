"""Searching the inbox: each way by its index, the same conversations as one condition over all of them would find."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from crm.models import Person, Role, Scope, User
from inbox import search
from inbox.models import Channel, Conversation, Message
from inbox.queries.lists import inbox_list
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db
SUBJECTS = ("Broken mug", "Größe der Tasse", "broken lid", "Where is it?", "100% wool_x", 'Say "hi"', "Mug broken")


@pytest.fixture
def letters(owner: User) -> list[Conversation]:
    """Seventy conversations of ten people; every second is about an order."""
    channel = Channel.objects.get(slug="contact")
    people = [make_person(name=f"Kowalska {n}", email=f"k{n}@example.org", owner=owner) for n in range(10)]
    made = []
    for number in range(70):
        row = Conversation.objects.create(
            channel=channel, subject=SUBJECTS[number % 7], person=people[number % 10], preview=f"letter {number}",
            assignee=owner if number % 3 else None,
        )  # fmt: skip
        text = f"It is about order {number}." if number % 2 else "I only wanted to say hello."
        Message.objects.create(conversation=row, channel=channel, direction="in", external_id=f"s{number}", text=text)
        made.append(row)
    return made


def by_one_condition(user: User, q: str) -> set[int]:
    """What the search means, without any index."""
    words = q.strip()
    people = [p.pk for p in Person.objects.visible_to(user) if q.casefold() in p.search_text]
    rule = Q(subject__icontains=words) | Q(person__in=people)
    texts = [word for word in words.split() if len(word) >= 3]
    if texts:
        said = Message.objects.visible_to(user)
        for word in texts:
            said = said.filter(text__icontains=word)
        rule |= Q(pk__in=said.values("conversation"))
    else:
        rule |= Q(preview__icontains=words)
    number = words.removeprefix("#")
    rule |= Q(pk=int(number)) if number.isdecimal() else Q()
    return set(Conversation.objects.visible_to(user).filter(rule).values_list("pk", flat=True))


WORDS = (
    "broken", "broken mug", "order 4", "about order", "kowalska 3", "k7@example", "qxzv", "zz", "er", "7", "100%",
    "l_x", 'say "hi"', "größe", "hello", "it?",
)  # fmt: skip


@pytest.mark.parametrize("many", [2_000, 3])
@pytest.mark.parametrize("q", WORDS)
def test_it_finds_what_one_condition_over_all_finds(
    letters: list[Conversation], owner: User, monkeypatch: pytest.MonkeyPatch, q: str, many: int
) -> None:
    """Also where a way finds more than is put together by number."""
    monkeypatch.setattr(search, "MANY", many)
    narrow = make_user(Role.SALES, Scope.OWN)
    Conversation.objects.filter(pk__in=[row.pk for row in letters[::5]]).update(assignee=narrow)
    for user in (owner, narrow):
        rows = Conversation.objects.visible_to(user).filter(search.matches(user, q))
        assert set(rows.values_list("pk", flat=True)) == by_one_condition(user, q), (q, user.scope)


def test_by_its_number(letters: list[Conversation], owner: User, stranger: User) -> None:
    pk = letters[33].pk
    assert [row.pk for row in inbox_list(owner, "all", q=f"#{pk}").rows if row.pk == pk]
    assert inbox_list(stranger, "all", q=f"#{pk}").rows == []


@pytest.mark.parametrize("q", ["\0", "\0\0\0", '"', '""""', "*", "NEAR(a b)", "a OR b", "-x", "%", "'; --", "💥" * 60])
def test_no_word_is_a_command(letters: list[Conversation], owner: User, q: str) -> None:
    assert len(inbox_list(owner, "all", q=q).rows) <= 30


@pytest.mark.parametrize("q", ["order 33", "broken mug", "qxzv", "kowalska 3"])
def test_no_way_reads_every_conversation(letters: list[Conversation], owner: User, q: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        search.matches(owner, q)
    assert 3 <= len(queries) <= 5
    for query in queries:
        for step in plan(query["sql"]):
            assert "SCAN inbox_" not in step.replace("SCAN inbox_message_search", "").replace(
                "SCAN inbox_conversation_search", ""
            ), step
            assert "Seq Scan" not in step, step


def plan(sql: str) -> list[str]:
    """How the database answers it; PostgreSQL reads a small table as a whole unless told not to."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return [str(row[3]) for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        return [row[0] for row in cursor.fetchall()]


def test_the_list_costs_a_fixed_number_of_queries(letters: list[Conversation], owner: User) -> None:
    counts: dict[str, int] = {}
    for q in ("broken", "order 33", "qxzv"):
        with CaptureQueriesContext(connection) as queries:
            inbox_list(owner, "all", q=q)
        counts[q] = len(queries)
    assert max(counts.values()) <= 10, counts


def test_a_subject_that_changes_is_found_by_its_new_words(letters: list[Conversation], owner: User) -> None:
    row: Any = letters[0]
    row.subject = "Umbrella"
    row.save()
    assert [one.pk for one in inbox_list(owner, "all", q="umbrel").rows] == [row.pk]
    Conversation.objects.filter(pk=row.pk).delete()
    assert inbox_list(owner, "all", q="umbrel").rows == []

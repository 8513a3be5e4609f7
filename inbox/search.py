"""Finding conversations: by letters in what was written, by who wrote it, by number, and by what they mean."""

from __future__ import annotations

import json

from django.db import connections
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.extensions import likeness_sources
from crm.models import Person, Scope, User
from crm.parts import Hit
from crm.search import hit_ids
from inbox.models import Conversation, Message

MOST_HITS = 5
MOST_FOUND = 1000  # newest messages with these letters
MOST_MATCHED = 20_000  # of which somebody may see few
MANY = 2_000  # conversations that one way may find, to be put together by number
MOST_ALIKE = 10
MOST_WORDS = 8
SHORTEST = 3  # letters that the index knows


def matches(user: User, q: str) -> Q:
    """Its number, letters of the subject or of any message, or of the person's name, e-mail or phone.

    Each way is asked by its own index, and what it finds is put together by number: one condition over all of them
    would read every conversation. A way that finds very much stays a condition: then the newest come at once.
    """
    words = q.strip().replace("\0", "")[:100]
    ways = [_subjects(words), Q(person__in=hit_ids(Person.objects.visible_to(user), q))]
    indexed = [word for word in words.split()[:MOST_WORDS] if len(word) >= SHORTEST]
    if not indexed:
        ways.append(Q(preview__icontains=words))
    number = words.removeprefix("#")
    ids = {int(number)} if number.isdecimal() and len(number) < 19 else set()
    ids |= set(_written(user, indexed)) if indexed else set()
    rule = Q()
    for way in ways:
        rows = Conversation.objects.visible_to(user).filter(way).order_by()
        some = list(rows.values_list("pk", flat=True)[: MANY + 1])
        if len(some) > MANY:
            rule |= way
        else:
            ids |= set(some)
    return rule | Q(pk__in=_listed(sorted(ids)))


def _listed(ids: list[int]) -> RawSQL:
    """Thousands of numbers as one parameter: one each costs more than the search."""
    if connections[Conversation.objects.db].vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(ids)])
    return RawSQL("SELECT unnest(%s::bigint[])", [ids])


def _subjects(words: str) -> Q:
    """Conversations with these letters in their subject; fewer than three letters are in no index."""
    if connections[Conversation.objects.db].vendor != "sqlite" or len(words) < SHORTEST:
        return Q(subject__icontains=words)
    sql = "SELECT rowid FROM inbox_conversation_search WHERE inbox_conversation_search MATCH %s"
    return Q(pk__in=RawSQL(sql, [_phrase([words])]))  # noqa: S611 (the phrase is a parameter)


def _written(user: User, words: list[str]) -> list[int]:
    """Conversations of the newest messages that this user sees and that hold every one of these words.

    Numbers of orders, codes and addresses are found letter by letter.
    """
    rows = Message.objects.visible_to(user).order_by("-pk").values_list("conversation", flat=True)
    if connections[rows.db].vendor != "sqlite":
        for word in words:
            rows = rows.filter(text__icontains=word)
        return list(dict.fromkeys(rows[:MOST_FOUND]))
    most = MOST_FOUND if user.scope == Scope.ALL else MOST_MATCHED  # of the newest somebody may see few
    table = "inbox_message_search"
    sql = f"SELECT rowid FROM {table} WHERE {table} MATCH %s ORDER BY rowid DESC LIMIT {most}"  # noqa: S608
    rows = rows.filter(pk__in=RawSQL(sql, [_phrase(words)]))  # noqa: S611 (the phrase is a parameter)
    return list(dict.fromkeys(rows[:MOST_FOUND]))


def _phrase(words: list[str]) -> str:
    """All of them, in any order, letter by letter."""
    return " ".join('"{}"'.format(word.replace('"', '""')) for word in words)


def alike(
    user: User, q: str, rows: QuerySet[Conversation], *, without: Q, limit: int = MOST_ALIKE
) -> list[Conversation]:
    """Those of these rows that mean what the words mean, the likest first, without those that are found already."""
    ids = [pk for source in likeness_sources if source.target == "conversation" for pk in source.find(user, q, limit)]
    if not ids:
        return []
    kept = rows.filter(pk__in=ids).exclude(without).values_list("pk", flat=True)
    by_id = Conversation.objects.select_related("person", "assignee", "channel", "topic", "rating").in_bulk(list(kept))
    return [by_id[pk] for pk in dict.fromkeys(ids) if pk in by_id]


def conversation_hits(user: User, text: str, limit: int) -> list[Hit]:
    """What the search of the shell finds here: the newest with these letters, then those that mean the same."""
    limit = min(limit, MOST_HITS)
    visible = Conversation.objects.visible_to(user)
    rule = matches(user, text)
    rows = visible.filter(rule).select_related("person").order_by("-last_message_at", "-pk")
    hits = [_hit(row) for row in rows[:limit]]
    if len(hits) < limit:
        likest = alike(user, text, visible, without=rule, limit=limit - len(hits))
        hits += [_hit(row, _("similar in meaning")) for row in likest]
    return hits


def _hit(row: Conversation, why: str = "") -> Hit:
    notes = (row.person.name if row.person else "", row.get_status_display(), why)
    return Hit(
        label=row.subject or _("No subject"),
        note=" · ".join(note for note in notes if note),
        url=reverse("inbox:conversation", args=["all", row.pk]),
        icon="inbox",
        key=f"conversation-{row.pk}",
    )

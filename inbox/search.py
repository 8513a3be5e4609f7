"""Finding conversations: by letters in what was written, by who wrote it, by number, and by what they mean."""

from __future__ import annotations

from django.db import connections
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.extensions import likeness_sources
from crm.models import Person, User
from crm.parts import Hit
from crm.search import found
from inbox.models import Conversation, Message

MOST_HITS = 5
MOST_FOUND = 1000  # newest messages with these letters
MOST_MATCHED = 20_000  # of which somebody may see few
MOST_ALIKE = 10
MOST_WORDS = 8
SHORTEST = 3  # letters that the index knows


def matches(user: User, q: str) -> Q:
    """Its number, letters of the subject or of any message, or of the person's name, e-mail or phone."""
    words = q.strip()[:100]
    people = found(Person.objects.visible_to(user), q).order_by().values("pk")
    rule = Q(subject__icontains=words) | Q(person__in=people)
    indexed = [word for word in words.replace("\0", "").split()[:MOST_WORDS] if len(word) >= SHORTEST]
    rule |= Q(pk__in=_written(user, indexed)) if indexed else Q(preview__icontains=words)
    number = words.removeprefix("#")
    return rule | Q(pk=int(number)) if number.isdecimal() and len(number) < 19 else rule


def _written(user: User, words: list[str]) -> list[int]:
    """Conversations of the newest messages that this user sees and that hold every one of these words.

    Numbers of orders, codes and addresses are found letter by letter.
    """
    rows = _with_words(Message.objects.visible_to(user), words).order_by("-pk").values_list("conversation", flat=True)
    return list(dict.fromkeys(rows[:MOST_FOUND]))


def _with_words(rows: QuerySet[Message], words: list[str]) -> QuerySet[Message]:
    if connections[rows.db].vendor != "sqlite":
        for word in words:
            rows = rows.filter(text__icontains=word)
        return rows
    phrase = " ".join('"{}"'.format(word.replace('"', '""')) for word in words)  # all of them, in any order
    table = "inbox_message_search"
    sql = f"SELECT rowid FROM {table} WHERE {table} MATCH %s ORDER BY rowid DESC LIMIT {MOST_MATCHED}"  # noqa: S608
    return rows.filter(pk__in=RawSQL(sql, [phrase]))  # noqa: S611 (the phrase is a parameter)


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

"""What messages mean and what they are about: a vector each, kept once, and the topic that is read in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from analytics.ml.artefact import ArtefactError
from analytics.models import MessageVector, TopicFit
from crm.models import Event, Person
from inbox.models import Message, Topic
from inbox.operations.topics import set_topic

if TYPE_CHECKING:
    from analytics.ml.text.topics.tagger import TopicTagger

log = structlog.get_logger(__name__)

LOOKED_THROUGH = 2000  # newest messages in which a crash may have left one without its meaning
AT_ONCE = 200
READ_AGAIN = 5000  # newest messages that a new fit reads again


def understand(ids: Sequence[int]) -> int:
    """Keep the meaning of those of these messages that have none, and read their topic; returns how many.

    While the shipped network is damaged messages stay without.
    """
    return _understand(_wanted().filter(pk__in=ids))


def understand_left_behind() -> int:
    """What a crash, an older version or a withdrawn wish for no profiling left without a meaning, newest first."""
    incoming = Message.objects.filter(direction=Message.Direction.IN, conversation__person__no_profiling=False)
    newest = incoming.order_by("-pk").values("pk")[:LOOKED_THROUGH]
    return _understand(_wanted().filter(pk__in=list(newest.values_list("pk", flat=True))).order_by("-pk")[:AT_ONCE])


def _wanted() -> QuerySet[Message]:
    """Messages of known customers who do not mind, without a meaning."""
    rows = Message.objects.filter(direction=Message.Direction.IN, vector=None)
    return rows.filter(conversation__person__no_profiling=False).select_related("conversation")


def _understand(messages: QuerySet[Message]) -> int:
    from analytics.ml.text.meaning import meaning_digest, meaning_model
    from analytics.ml.text.memory import note_use
    from analytics.ml.text.search.sketch import halves, sketches

    rows = list(messages)
    if not rows:
        return 0
    try:
        note_use()
        model, network = meaning_model(), meaning_digest()
        for row in rows:
            vector = model.vectors([row.text])
            fields = {"content": halves(vector)[0], "sketch": sketches(vector, model.centre)[0], "network": network}
            MessageVector.objects.get_or_create(message=row, defaults=fields)
        read_topics([row.pk for row in rows])
    except ArtefactError as error:
        log.warning("meaning_refused", reason=str(error))
        return 0
    return len(rows)


def read_topics(ids: Sequence[int], *, is_told: bool = True) -> int:
    """Read the topics of these messages by the fit in use; returns how many got one. Below `SURE` there is none.

    `is_told` is false where old messages are read again: nothing happened that somebody should hear of.
    """
    tagger = tagger_in_use()
    if tagger is None:
        return 0
    from analytics.ml.text.search.sketch import read_halves
    from analytics.ml.text.topics.tagger import SURE

    topics = {str(topic.pk): topic for topic in Topic.objects.filter(is_active=True)}
    told = 0
    for start in range(0, len(ids), AT_ONCE):
        rows = list(_readable(ids[start : start + AT_ONCE]))
        if not rows:
            continue
        vectors = read_halves([bytes(row.content) for row in rows])
        tags = tagger.tag([row.message.text for row in rows], vectors)
        for row, best, chance in zip(rows, tags.best, tags.chance, strict=True):
            topic = topics.get(str(tagger.names_[best])) if chance >= SURE else None
            told += topic is not None
            if topic != row.message.topic or row.message.topic_chance is None:
                set_topic(message=row.message, topic=topic, chance=float(chance), is_told=is_told)
    return told


def _readable(ids: Sequence[int]) -> QuerySet[MessageVector]:
    from analytics.ml.text.meaning import meaning_digest

    rows = MessageVector.objects.filter(message__in=ids, network=meaning_digest())
    rows = rows.filter(message__conversation__is_topic_said=False)
    return rows.select_related("message__conversation", "message__topic").order_by("message")


def read_newest_again() -> int:
    """A new fit reads the newest messages anew, from their vectors; nobody is told of it."""
    ids = MessageVector.objects.order_by("-message").values_list("message", flat=True)[:READ_AGAIN]
    return read_topics(list(ids)[::-1], is_told=False)


_opened: Final[dict[str, TopicTagger | None]] = {}


def tagger_in_use() -> TopicTagger | None:
    """The fit in use, opened once a process; None where there is none, or it is damaged or of another network."""
    from analytics.ml.text.meaning import meaning_digest

    used = TopicFit.objects.filter(is_used=True, network=meaning_digest()).defer("content").first()
    if used is None:
        return None
    try:
        return _opened[used.digest]  # once: another thread may let go of it meanwhile
    except KeyError:
        opened = _open(used)
        _opened.clear()
        _opened[used.digest] = opened
        return opened


def forget_tagger() -> None:
    """Let go of the opened fit: the next use opens it again."""
    _opened.clear()


def _open(fit: TopicFit) -> TopicTagger | None:
    from analytics.ml.text.topics.tagger import read_tagger

    content = bytes(fit.content)
    try:
        if sha256(content).hexdigest() != fit.digest:
            raise ArtefactError("What was learnt of the topics differs from its hash.")
        return read_tagger(content)
    except ArtefactError as error:
        log.warning("topic_fit_refused", reason=str(error))
        return None


def follow_wishes(events: Sequence[Event]) -> None:
    """The consumer: who wants no profiling any more, and whoever was deleted, leaves no meanings behind."""
    transaction.on_commit(partial(forget_meanings, [event.person_id for event in events if event.person_id]))


def forget_meanings(people: Sequence[int]) -> int:
    """Drop meanings and topics read in messages of those of these people who want no profiling, and of nobody.

    What a colleague said a conversation is about stays: it is the colleague's word.
    """
    unwilling = Person.objects.filter(pk__in=people, no_profiling=True).values("pk")
    of_them = Q(message__conversation__person__in=unwilling) | Q(message__conversation__person=None)
    with transaction.atomic():
        rows = MessageVector.objects.filter(of_them)
        messages = list(rows.values_list("message", flat=True))
        rows.delete()
        for message in Message.objects.filter(pk__in=messages).select_related("conversation"):
            set_topic(message=message, topic=None, chance=None, is_told=False)
    return len(messages)

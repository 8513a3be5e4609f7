"""What the text models read in the messages of customers on arrival: language and mood, then meaning and topic."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from analytics.ml.artefact import ArtefactError
from analytics.ml.text.files import network_digest
from analytics.models import MoodFit
from analytics.operations.meanings import forget_tagger, understand, understand_left_behind
from crm.models import Event
from inbox.models import Message
from inbox.operations.readings import set_reading

if TYPE_CHECKING:
    from analytics.ml.text.reading import Reader

log = structlog.get_logger(__name__)

EARLIER = 20  # messages that say in which languages a sender writes
LEFT_BEHIND = timedelta(minutes=1)
AT_ONCE = 200


def follow_messages(events: Sequence[Event]) -> None:
    """Read the messages of these `message.received` events, once the event is noted as handled.

    Outside of that transaction: a page that writes must not wait for a long letter to be read.
    """
    ids = [event.subject_id for event in events if event.subject_id]
    transaction.on_commit(partial(read_messages, ids))


def read_messages(ids: Sequence[int]) -> int:
    """Read those of these messages that nobody has read; returns how many. See `read_left_behind` for failures.

    Mood and language first, then meaning and topic: each is there where the other can't be read.
    """
    count = _read(_unread().filter(pk__in=ids).order_by("pk"))
    understand(ids)
    return count


def read_left_behind() -> int:
    """Read what a crash, a damaged model or an older version left unread, newest first; at most a few hundred."""
    left = _unread().filter(created_at__lte=timezone.now() - LEFT_BEHIND)
    count = _read(left.order_by("-created_at")[:AT_ONCE])
    understand_left_behind()
    return count


def release_idle_models() -> None:
    """Give back the memory of the text models, in a process that has loaded them and reads no more."""
    memory = sys.modules.get("analytics.ml.text.memory")
    if memory is not None and memory.release_idle_models():
        forget_fit()
        forget_tagger()


_fitted: dict[int, Reader] = {}


def forget_fit() -> None:
    """Let go of what was learned from this shop: the next message opens it again."""
    _fitted.clear()


def _fitted_model() -> Reader | None:
    """The shipped model with what it learned from this shop; None where it learned nothing that is better."""
    used = MoodFit.objects.filter(is_used=True, network=network_digest()).first()
    if used is None:
        return None
    reader = _fitted.get(used.pk)  # once: another thread may let go of it meanwhile
    if reader is None:
        reader = _with_head(bytes(used.content))
        forget_fit()
        _fitted[used.pk] = reader
    return reader


def _with_head(content: bytes) -> Reader:
    """A head that can't be read is left out: the shipped model reads."""
    from analytics.ml.text.artefact import WIDTH, shipped_model
    from analytics.ml.text.head import AdaptedModel, read_head

    base = shipped_model()
    try:
        return AdaptedModel(base, read_head(content, width=WIDTH))
    except ArtefactError as error:
        log.warning("mood_fit_refused", reason=str(error))
        return base


def _unread() -> QuerySet[Message]:
    rows = Message.objects.filter(direction=Message.Direction.IN, reading="")
    return rows.select_related("conversation__person")


def _read(messages: QuerySet[Message]) -> int:
    """While the model is damaged messages stay without a reading, and `doctor` says so."""
    count = 0
    try:
        for message in messages:
            _read_one(message, _fitted_model())
            count += 1
    except ArtefactError as error:
        log.warning("text_model_refused", reason=str(error))
    return count


def _read_one(message: Message, model: Reader | None) -> None:
    """Who wants no profiling is not read. Raises ArtefactError."""
    from analytics.ml.text.memory import note_use
    from analytics.ml.text.reading import read_message

    person = message.conversation.person
    if person is not None and person.no_profiling:
        set_reading(message=message, reading=Message.Reading.UNWANTED)
        return
    note_use()
    found = read_message(message.text, languages_hint=languages_of(message), model=model)
    set_reading(
        message=message,
        reading=found.reason_for_none or Message.Reading.READ,
        language=found.language or "",
        sentiment=found.sentiment or "",
        score=found.score if found.sentiment else None,
    )


def languages_of(message: Message) -> list[str]:
    """In which languages this sender wrote before, and the one on their record."""
    person = message.conversation.person
    if person is None:
        return []
    earlier = Message.objects.filter(conversation__person=person, pk__lt=message.pk).exclude(language="")
    languages = list(earlier.order_by("-pk").values_list("language", flat=True)[:EARLIER])
    return [*languages, person.language] if person.language else languages

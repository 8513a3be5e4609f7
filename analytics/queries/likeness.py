"""Conversations that are alike in meaning: to a text that somebody looks for, and to an open conversation."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from django.urls import reverse

from analytics.ml.artefact import ArtefactError
from analytics.models import MessageVector
from crm.formats import ago_words
from crm.models import Scope, User
from inbox.models import Conversation, Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analytics.ml.text.search.sketch import SketchBook

log = structlog.get_logger(__name__)

MOST_SKETCHES: Final = 500_000  # messages that are looked through: 32 MB
MOST_SEEN: Final = 20_000  # newest conversations of somebody who does not see all
LOADED: Final = 20_000  # sketches a query
CANDIDATES: Final = 300  # messages that are compared in full
ALIKE: Final = 0.5  # cosine around the centre from which two texts mean much the same
FOUND: Final = 0.35  # the same for the few words of a search
FEWEST_LETTERS: Final = 6
RESTS_S: Final = 5.0  # between two looks for new messages
SEEN_S: Final = 30.0
MOST_READERS: Final = 40
_LOCK: Final = threading.Lock()


@dataclass(frozen=True)
class Alike:
    """One similar conversation: where it is, and the start of what was answered then."""

    url: str
    subject: str
    who: str
    when: str
    status: str
    said: str
    answer: str
    answer_url: str


def like_text(user: User, text: str, limit: int) -> list[int]:
    """Ids of conversations that this user sees and that mean what the text means, the likest first.

    A text of a word or two, or one with a number, an address or a code in it, is a matter of letters: nothing is found.
    """
    words = text.split()
    if len(words) < 2 or sum(map(len, words)) < FEWEST_LETTERS or any(map(_is_exact, words)):
        return []
    vector = _vector_of(text)
    return [] if vector is None else [pk for pk, _message in _nearest(user, vector, limit, FOUND)]


def _is_exact(word: str) -> bool:
    return any(char.isdigit() or char in "@#/_" for char in word)


def _vector_of(text: str) -> NDArray[np.float32] | None:
    from analytics.ml.text.meaning import meaning_model
    from analytics.ml.text.memory import note_use

    try:
        note_use(is_released_alone=True)
        found: NDArray[np.float32] = meaning_model().vectors([text])[0]
    except ArtefactError as error:
        log.warning("meaning_refused", reason=str(error))
        return None
    return found


def similar_conversations(user: User, conversation: Conversation, *, limit: int = 5) -> list[Alike]:
    """Conversations that this user sees and that are like the newest message of the customer here."""
    from analytics.ml.text.search.sketch import read_halves

    of_this = MessageVector.objects.filter(message__conversation=conversation)
    kept = of_this.order_by("-message").values_list("content", flat=True)[:1]
    if not kept:
        return []
    vector = read_halves([bytes(kept[0])])[0]
    found = _nearest(user, vector, limit, ALIKE, without=conversation.pk)
    return _lines(user, found)


def _nearest(
    user: User, vector: NDArray[np.float32], limit: int, least: float, *, without: int = 0
) -> list[tuple[int, int]]:
    """(conversation, its likest message), the likest first: by signs among all that the user sees, then in full."""
    import numpy as np

    from analytics.ml.text.meaning import meaning_centre, meaning_digest
    from analytics.ml.text.search.sketch import likeness, read_halves, sketches

    centre = meaning_centre()
    seen = None if user.scope == Scope.ALL else _seen(user)
    near = _book(meaning_digest()).nearest(sketches(vector[None], centre)[0], CANDIDATES, owners=seen)
    rows = list(
        MessageVector.objects.visible_to(user)
        .filter(pk__in=near, network=meaning_digest(), message__conversation__person__no_profiling=False)
        .exclude(message__conversation=without)
        .values_list("message__conversation", "message", "content")
    )
    found = likeness(read_halves([bytes(content) for *_, content in rows]), vector, centre)
    best: dict[int, int] = {}
    for at in np.argsort(-found, kind="stable"):
        if found[at] < least or len(best) == limit:
            break
        best.setdefault(rows[at][0], rows[at][1])
    return list(best.items())


_seen_by: Final[dict[int, tuple[NDArray[np.int64], float]]] = {}


def _seen(user: User) -> NDArray[np.int64]:
    """Ids of the newest conversations that this user sees, kept for half a minute: who types a search asks many times.

    What is found is fetched by what the user sees at that moment.
    """
    import numpy as np

    ids, at = _seen_by.get(user.pk, (None, 0.0))
    if ids is None or time.monotonic() - at > SEEN_S:
        newest = Conversation.objects.visible_to(user).order_by("-last_message_at", "-pk")
        ids = np.fromiter(newest.values_list("pk", flat=True)[:MOST_SEEN], np.int64)
        if len(_seen_by) >= MOST_READERS:
            _seen_by.clear()
        _seen_by[user.pk] = (ids, time.monotonic())
    return ids


_books: Final[dict[str, tuple[SketchBook, float]]] = {}


def _book(network: str) -> SketchBook:
    """The sketches of this process, with those that came since the last look; rows that are gone are never shown,
    for what is found is fetched anew."""
    from analytics.ml.text.search.sketch import SketchBook

    with _LOCK:
        book, at = _books.get(network, (SketchBook(MOST_SKETCHES), 0.0))
        if time.monotonic() - at > RESTS_S:
            _fill(book, network)
            _books.clear()
            _books[network] = (book, time.monotonic())
        return book


def _fill(book: SketchBook, network: str) -> None:
    if not book.last:
        newest = MessageVector.objects.order_by("-pk").values_list("pk", flat=True)[MOST_SKETCHES : MOST_SKETCHES + 1]
        start = next(iter(newest), 0)
    else:
        start = book.last
    while True:
        after = MessageVector.objects.filter(pk__gt=start).order_by("pk")
        rows = list(after.values_list("pk", "message__conversation", "sketch", "network")[:LOADED])
        kept = [row for row in rows if row[3] == network]
        book.add([row[0] for row in kept], [row[1] for row in kept], [bytes(row[2]) for row in kept])
        if len(rows) < LOADED:
            return
        start = rows[-1][0]


def forget_sketches() -> None:
    """Let go of the sketches of this process."""
    with _LOCK:
        _books.clear()
        _seen_by.clear()


def _lines(user: User, found: Sequence[tuple[int, int]]) -> list[Alike]:
    """Three queries: the conversations, their likest messages, and the first answer to each."""
    rows = Conversation.objects.visible_to(user).select_related("person").in_bulk([pk for pk, _message in found])
    texts = dict(Message.objects.filter(pk__in=[pk for _conversation, pk in found]).values_list("pk", "text"))
    answers = _answers(dict(found))
    return [_line(rows[pk], texts.get(message, ""), answers.get(pk)) for pk, message in found if pk in rows]


def _answers(asked: dict[int, int]) -> dict[int, tuple[int, str]]:
    """The first answer after each message that was asked, by conversation."""
    given = Message.objects.filter(conversation__in=asked, direction=Message.Direction.OUT).order_by("pk")
    first: dict[int, tuple[int, str]] = {}
    for conversation, pk, text in given.values_list("conversation", "pk", "text"):
        if pk > asked[conversation]:
            first.setdefault(conversation, (pk, text))
    return first


def _line(row: Conversation, text: str, answer: tuple[int, str] | None) -> Alike:
    url = reverse("inbox:conversation", args=["all", row.pk])
    return Alike(
        url=url, subject=row.subject, who=row.person.name if row.person else "", when=ago_words(row.last_message_at),
        status=row.get_status_display(), said=_short(text), answer=_short(answer[1]) if answer else "",
        answer_url=f"{url}#message-{answer[0]}" if answer else "",
    )  # fmt: skip


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 160 else words[:159] + "…"

"""Every night the text model is fitted to what colleagues and ratings say of messages; it serves only where better."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.db.models import Max, QuerySet

from analytics.ml.artefact import ArtefactError
from analytics.ml.text.files import network_digest
from analytics.models import MoodFit
from crm.events import record_event
from inbox.models import BAD_UNTIL, GOOD_FROM, Message, Mood, Rating

if TYPE_CHECKING:
    from analytics.ml.text.adapt import Outcome, Said
    from analytics.ml.text.head import Head

log = structlog.get_logger(__name__)

MOST = 5000
KEPT = 30  # nights
SAID, RATED = 3.0, 1.0  # weights: a colleague judged the message itself, a rating tells of the whole conversation
LAST = 2  # messages of a rated conversation: the rating tells of its end
MOST_OF_ONE = 3  # conversations: nobody steers the model by rating a hundred times
AT_ONCE = 500

Labelled = dict[int, tuple[str, str, float]]


def learn_moods() -> MoodFit | None:
    """Fit to the newest messages and put the fit in use, or go back to the shipped model where that is not worse.

    None where nobody has said anything new since the last fit, or the shipped model is damaged.
    """
    last = MoodFit.objects.order_by("-pk").first()
    mark = _mark()
    if (last is None and mark == _NOTHING) or (last and last.figures.get("mark") == mark and _is_of_this_network(last)):
        return None
    try:
        outcome = _adapted()
    except ArtefactError as error:
        log.warning("text_model_refused", reason=str(error))
        return None
    return _keep(outcome, mark)


def _is_of_this_network(fit: MoodFit) -> bool:
    return not fit.content or fit.network == network_digest()


_NOTHING = [0, 0, ""]


def _mark() -> list[Any]:
    """Changes whenever there is something new to learn from."""
    rated = _rated().aggregate(answered=Max("answered_at"), changed=Max("changed_at"))
    newest = max((at for at in rated.values() if at is not None), default=None)
    return [_corrected().count(), _rated().count(), newest.isoformat() if newest else ""]


def _corrected() -> QuerySet[Message]:
    rows = Message.objects.filter(direction=Message.Direction.IN).exclude(corrected="")
    return rows.exclude(conversation__person__no_profiling=True)


def _rated() -> QuerySet[Rating]:
    """Answers that say something; a 3 says nothing of a message."""
    told = Rating.objects.filter(kind=Rating.Kind.CSAT, conversation__isnull=False, person__no_profiling=False)
    return told.answered().exclude(value__gt=BAD_UNTIL["csat"], value__lt=GOOD_FROM["csat"])


def labelled_messages() -> list[Said]:
    """The newest messages of which somebody said how they sound, oldest first."""
    from analytics.ml.text.adapt import Said

    labels = _from_ratings()
    newest = _corrected().order_by("-pk").values_list("pk", "text", "corrected")[:MOST]
    labels |= {pk: (text, mood, SAID) for pk, text, mood in newest}
    return [Said(*labels[pk]) for pk in sorted(labels)[-MOST:]]


def _from_ratings() -> Labelled:
    """The last messages of rated conversations, of few conversations of one person."""
    asked: Counter[int] = Counter()
    moods: dict[int, str] = {}
    rows = _rated().order_by("-answered_at", "-pk").values_list("conversation_id", "person_id", "value")
    for conversation, person, value in rows[: 2 * MOST]:
        asked[person] += 1
        if asked[person] <= MOST_OF_ONE and conversation is not None and value is not None:
            moods[conversation] = Mood.NEGATIVE if value <= BAD_UNTIL["csat"] else Mood.POSITIVE
    ids, labels = list(moods), Labelled()
    for start in range(0, min(len(ids), MOST), AT_ONCE):
        labels |= _last_messages({pk: moods[pk] for pk in ids[start : start + AT_ONCE]})
    return labels


def _last_messages(moods: dict[int, str]) -> Labelled:
    """What can be read of the end of each conversation."""
    seen: Counter[int] = Counter()
    labels: Labelled = {}
    read = Message.objects.filter(direction=Message.Direction.IN, reading=Message.Reading.READ)
    newest = read.filter(conversation__in=list(moods)).order_by("-pk").values_list("pk", "conversation_id", "text")
    for pk, conversation, text in newest.iterator():
        seen[conversation] += 1
        if seen[conversation] <= LAST:
            labels[pk] = (text, moods[conversation], RATED)
    return labels


def _adapted() -> Outcome:
    from analytics.ml.text.adapt import adapt
    from analytics.ml.text.artefact import shipped_model

    return adapt(labelled_messages(), model=shipped_model(), serving=_serving())


def _serving() -> Head | None:
    """The fit in use, if it belongs to this network and can be read."""
    from analytics.ml.text.artefact import WIDTH
    from analytics.ml.text.head import read_head

    used = MoodFit.objects.filter(is_used=True, network=network_digest()).first()
    if used is None:
        return None
    try:
        return read_head(bytes(used.content), width=WIDTH)
    except ArtefactError as error:
        log.warning("mood_fit_refused", reason=str(error))
        return None


@transaction.atomic
def _keep(outcome: Outcome, mark: list[Any]) -> MoodFit:
    """Records `model.promoted` for a fit that comes into use."""
    MoodFit.objects.filter(is_used=True).update(is_used=False)
    fit = MoodFit.objects.create(
        outcome=outcome.reason,
        is_used=outcome.head is not None,
        said_count=mark[0] + mark[1],
        figures={**outcome.figures, "mark": mark},
        content=outcome.head.to_bytes() if outcome.head else b"",
        network=network_digest(),
    )
    if fit.is_used and outcome.reason != "kept":
        record_event(kind="model.promoted", subject=fit, data={"name": str(fit), "task": "mood"})
    old = MoodFit.objects.order_by("-pk").values_list("pk", flat=True)[KEPT:]
    MoodFit.objects.filter(pk__in=list(old), is_used=False).delete()
    return fit

"""Every night the text model is fitted to what colleagues said of messages, and the fit serves only if it is better."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q

from analytics.ml.artefact import ArtefactError
from analytics.ml.text.files import network_digest
from analytics.models import MoodFit
from crm.events import record_event
from inbox.models import Message

log = structlog.get_logger(__name__)

MOST = 5000
KEPT = 30  # nights
SAID, LEFT_AS_READ = 3.0, 1.0  # weights


def learn_moods() -> MoodFit | None:
    """Fit to the newest messages and put the fit in use, or go back to the shipped model where that is not worse.

    None where no colleague has said anything new since the last fit, or the shipped model is damaged.
    """
    said = _messages().exclude(corrected="").count()
    last = MoodFit.objects.order_by("-pk").first()
    if said == (last.said_count if last else 0) and _is_of_this_network(last):
        return None
    try:
        outcome = _adapted()
    except ArtefactError as error:
        log.warning("text_model_refused", reason=str(error))
        return None
    return _keep(outcome, said)


def _is_of_this_network(fit: MoodFit | None) -> bool:
    return fit is None or not fit.content or fit.network == network_digest()


def _messages() -> Any:
    """Messages of customers to learn from: judged by a colleague, or answered with their mood left as read."""
    left_as_read = Q(conversation__first_reply_at__isnull=False) & ~Q(sentiment="")
    rows = Message.objects.filter(~Q(corrected="") | left_as_read, direction=Message.Direction.IN)
    return rows.exclude(conversation__person__no_profiling=True)


def _adapted() -> Any:
    from analytics.ml.text.adapt import Said, adapt
    from analytics.ml.text.artefact import shipped_model

    newest = _messages().order_by("-pk").values_list("text", "sentiment", "corrected")[:MOST]
    said = [Said(text, mood, SAID if corrected else LEFT_AS_READ) for text, mood, corrected in newest]
    return adapt(said[::-1], model=shipped_model())


@transaction.atomic
def _keep(outcome: Any, said: int) -> MoodFit:
    """Records `model.promoted` for a fit that comes into use."""
    MoodFit.objects.filter(is_used=True).update(is_used=False)
    fit = MoodFit.objects.create(
        outcome=outcome.reason,
        is_used=outcome.head is not None,
        said_count=said,
        figures=outcome.figures,
        content=outcome.head.to_bytes() if outcome.head else b"",
        network=network_digest(),
    )
    if fit.is_used:
        record_event(kind="model.promoted", subject=fit, data={"name": str(fit), "task": "mood"})
    old = MoodFit.objects.order_by("-pk").values_list("pk", flat=True)[KEPT:]
    MoodFit.objects.filter(pk__in=list(old), is_used=False).delete()
    return fit

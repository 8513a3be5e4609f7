"""Topics are learnt from what colleagues said of conversations, at night and after a handful of new examples."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog
from celery import current_app
from django.db import IntegrityError, transaction
from kombu.exceptions import OperationalError as BrokerDown

from analytics.ml.artefact import ArtefactError
from analytics.models import MessageVector, TopicFit
from analytics.operations.child import TrainingFailedError, train_in_child
from analytics.operations.meanings import read_newest_again, understand
from analytics.queries.topic_examples import ready_topics, said
from crm.events import record_event
from crm.models import Event
from inbox.models import TopicSaid

log = structlog.get_logger(__name__)

JOB = "analytics.ml.text.topics.job"
NEWS = 5  # examples after which topics are learnt anew at once
MOST = 5000
KEPT = 30  # fits


def follow_examples(events: Sequence[Event]) -> None:
    """The consumer of `conversation.topic_set`: enough new examples are learnt from without waiting for the night."""
    if is_due():
        transaction.on_commit(wake_learner)


def wake_learner() -> None:
    """A broker that is down costs time: the night learns it."""
    try:
        current_app.send_task("analytics.learn_topics")
    except (BrokerDown, OSError):
        log.warning("broker_down", task="analytics.learn_topics")


def is_due() -> bool:
    """Whether so much was said since the last fit that another one is worth while."""
    ready = ready_topics()
    if len(ready) < 2:
        return False
    last = TopicFit.objects.order_by("-pk").defer("content").first()
    if last is None or ready != last.figures.get("ready"):
        return True
    return abs(said().count() - last.said_count) >= NEWS


def learn_topics() -> TopicFit | None:
    """Fit to the newest examples in a child process, and put the fit in use where it is better than the one in use.

    None where nothing was said since the last fit, or it can't be learnt now; the reason is logged. A topic that is out
    of use leaves with the next fit.
    """
    examples = list(said().select_related("message").order_by("-pk")[:MOST])[::-1]
    mark = _mark(examples)
    last = TopicFit.objects.order_by("-pk").defer("content").first()
    if (not examples and last is None) or (last is not None and last.said_mark == mark):
        return None
    try:
        return _learnt(examples, mark)
    except (ArtefactError, TrainingFailedError) as error:
        log.warning("topics_not_learnt", reason=str(error))
    except IntegrityError:  # two at once: the other one serves
        log.info("topics_learnt_twice")
    return None


def _mark(examples: Sequence[TopicSaid]) -> str:
    """Says which examples of which topics, by which network they were read."""
    from analytics.ml.text.meaning import meaning_digest

    rows = sorted((example.message_id, example.topic_id) for example in examples)
    return sha256(repr((meaning_digest(), rows)).encode()).hexdigest()


def _learnt(examples: Sequence[TopicSaid], mark: str) -> TopicFit:
    from analytics.ml.text.topics.job import TAGGER

    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        parts, folder = work / "parts", work / "made"
        parts.mkdir()
        folder.mkdir()
        _gather(examples, parts)
        request = {"task": "topics", "job": JOB, "parts": str(parts), "folder": str(folder), "champion": None}
        result = train_in_child(request, work=work, alive=lambda stage, share: None)
        content = (folder / TAGGER).read_bytes() if result["is_better"] else b""
    fit = _keep(result, content, len(examples), mark)
    if fit.is_used:
        read_newest_again()
    return fit


def _gather(examples: Sequence[TopicSaid], parts: Path) -> None:
    """Write the examples with their vectors, and the tagger in use."""
    import numpy as np

    from analytics.ml.text.meaning import meaning_digest
    from analytics.ml.text.search.sketch import read_halves
    from analytics.ml.text.topics.job import EXAMPLES, TAGGER, VECTORS

    understand([example.message_id for example in examples])
    kept = MessageVector.objects.filter(message__in=[one.message_id for one in examples], network=meaning_digest())
    contents = dict(kept.values_list("message", "content"))
    known = [example for example in examples if example.message_id in contents]
    used = TopicFit.objects.filter(is_used=True, network=meaning_digest()).first()
    rows = [
        {
            "text": example.message.text,
            "topic": str(example.topic_id),
            "is_new": used is None or example.at > used.created_at,
        }
        for example in known
    ]
    (parts / EXAMPLES).write_text(json.dumps(rows), encoding="utf-8")
    np.save(parts / VECTORS, read_halves([bytes(contents[example.message_id]) for example in known]))
    if used is not None and sha256(bytes(used.content)).hexdigest() == used.digest:
        (parts / TAGGER).write_bytes(bytes(used.content))


@transaction.atomic
def _keep(result: dict[str, Any], content: bytes, count: int, mark: str) -> TopicFit:
    """Records `model.promoted` for a fit that comes into use. One that is no better leaves the one in use where it is;
    without enough examples none is in use."""
    from analytics.ml.text.meaning import meaning_digest

    if content or result["reason"] == "too_few":
        TopicFit.objects.filter(is_used=True).update(is_used=False)
    fit = TopicFit.objects.create(
        outcome=result["reason"], is_used=bool(content), said_count=count, said_mark=mark, content=content,
        figures=result["figures"] | {"ready": ready_topics()},
        digest=sha256(content).hexdigest() if content else "", network=meaning_digest() if content else "",
    )  # fmt: skip
    if fit.is_used:
        record_event(kind="model.promoted", subject=fit, data={"name": str(fit), "task": "topics"})
    old = TopicFit.objects.order_by("-pk").values_list("pk", flat=True)[KEPT:]
    TopicFit.objects.filter(pk__in=list(old), is_used=False).delete()
    return fit

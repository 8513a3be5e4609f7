"""The reasons of scores, also of those that the night left until somebody asks. Nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import structlog

from analytics.loading import CantServeError, load
from analytics.ml.purchases import Purchases, day_number
from analytics.models import ModelVersion, Score

from .clock import read_clock
from .frames import purchases_of

log = structlog.get_logger(__name__)


def say_why(scores: Iterable[Score]) -> None:
    """Fill in the reasons that are None: by the model that made the score, from what it was made of.

    In one query for each day on which they were made, and up to six more; none where nothing is left. Of whom nothing
    is known any more, or whose model is gone, nothing is said.
    """
    waiting: dict[date, list[Score]] = defaultdict(list)
    for score in scores:
        if score.reasons is None:
            waiting[score.as_of].append(score)
    if not waiting:
        return
    clock, versions = read_clock(), _versions(waiting.values())
    for as_of, left in waiting.items():
        people = sorted({score.person_id for score in left})
        _fill(left, versions, purchases_of(clock, people, before=as_of), day_number(as_of))


def _versions(scores: Iterable[Sequence[Score]]) -> Mapping[int, ModelVersion]:
    """Who made them, by id: each once, since its card is long."""
    return ModelVersion.objects.in_bulk(
        {one.model_version_id for some in scores for one in some if one.model_version_id}
    )


def _fill(scores: Sequence[Score], versions: Mapping[int, ModelVersion], purchases: Purchases, as_of: int) -> None:
    """Of one day."""
    made: dict[int | None, list[Score]] = defaultdict(list)
    for score in scores:
        score.reasons = []
        made[score.model_version_id].append(score)
    for version_id, theirs in made.items():
        scorer = _scorer(versions.get(version_id or 0))
        if scorer is None:
            continue
        said = scorer.score(purchases, as_of)
        found = dict(zip(said.customer_ids.tolist(), said.reasons, strict=True))
        for score in theirs:
            score.reasons = [reason.as_json() for reason in found.get(score.person_id) or ()]


def _scorer(version: ModelVersion | None) -> Any:
    if version is None:
        return None
    try:
        return load(version).scorer
    except CantServeError as error:  # the night puts it aside; until then its scores stand without a reason
        log.error("model_refused", task=version.task, version=version.number, reason=str(error))
        return None

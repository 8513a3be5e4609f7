"""The reasons of scores, and what an order would do, also where the night left it until somebody asks. Nothing is
written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import structlog

from analytics.loading import CantServeError, load
from analytics.ml.purchases import Purchases, day_number
from analytics.models import ModelVersion, Score, ScoredTask

from .clock import read_clock
from .frames import purchases_of

log = structlog.get_logger(__name__)


def say_why(scores: Iterable[Score]) -> None:
    """Fill in the reasons that are None: by the model that made the score, from what it was made of.

    In up to seven queries however many days they were made on; none where nothing is left. Of whom nothing is known
    any more, or whose model is gone, nothing is said.
    """
    left = [score for score in scores if score.reasons is None]
    if not left:
        return
    people, last = sorted({score.person_id for score in left}), max(score.as_of for score in left)
    purchases, versions = purchases_of(read_clock(), people, before=last), _versions(left)
    made: dict[tuple[int | None, date], list[Score]] = defaultdict(list)
    for score in left:
        score.reasons = []
        made[score.model_version_id, score.as_of].append(score)
    for (version_id, as_of), theirs in made.items():
        scorer = _scorer(versions.get(version_id or 0))
        if scorer is not None:
            _fill(theirs, scorer, purchases, day_number(as_of))


def _versions(scores: Iterable[Score]) -> Mapping[int, ModelVersion]:
    """Who made them, by id: each once, since its card is long."""
    return ModelVersion.objects.in_bulk({score.model_version_id for score in scores if score.model_version_id})


def _fill(scores: Sequence[Score], scorer: Any, purchases: Purchases, as_of: int) -> None:
    """Of one model and one day: only what these people had bought before it."""
    asked = {score.person_id: score for score in scores}
    theirs = purchases.of(list(asked)).before(as_of)
    said = scorer.score(theirs, as_of)
    is_churn = scores[0].task == ScoredTask.CHURN
    ordered = scorer.if_ordered(theirs, as_of).tolist() if is_churn else [None] * len(said.reasons)
    for person_id, reasons, chance in zip(said.customer_ids.tolist(), said.reasons, ordered, strict=True):
        asked[person_id].reasons = [reason.as_json() for reason in reasons or ()]
        asked[person_id].if_ordered = chance


def _scorer(version: ModelVersion | None) -> Any:
    if version is None:
        return None
    try:
        return load(version).scorer
    except CantServeError as error:  # the night puts it aside; until then its scores stand without a reason
        log.error("model_refused", task=version.task, version=version.number, reason=str(error))
        return None

"""Suggestions that were carried out: what came of them, and how a new one is put into words beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from crm import formats
from crm.models import Task

from .reach import Reach

TRIED_FOR = timedelta(days=60)
MOST_SAID = 2  # attempts


@dataclass(frozen=True)
class Attempt:
    """A suggestion that was carried out, and whether what was hoped for has followed since."""

    action: str
    title: str
    done_on: date
    worked: bool = False


def attempts_of(tasks: Sequence[Task], today: date, success_at: datetime | None) -> list[Attempt]:
    """What was carried out of these suggestions in the last 60 days, the latest first; only the last of each kind."""
    found: dict[str, Attempt] = {}
    done = [task for task in tasks if task.done_at and timezone.localdate(task.done_at) >= today - TRIED_FOR]
    for task in sorted(done, key=lambda task: task.done_at or timezone.now(), reverse=True):
        action = (task.once_key or "").rsplit(":", 2)[1]
        worked = bool(success_at and task.done_at and success_at > task.done_at)
        if task.done_at and action not in found:
            found[action] = Attempt(action, task.title, timezone.localdate(task.done_at), worked)
    return list(found.values())


def why_words(stake: str, reach: Reach, attempts: Sequence[Attempt], outcomes: tuple[str, str]) -> str:
    """What is at stake, how they can be reached, and what was tried; `outcomes` of what worked and of what did not."""
    tried = [
        outcomes[0 if attempt.worked else 1] % {"task": attempt.title, "day": formats.date_words(attempt.done_on)}
        for attempt in attempts[:MOST_SAID]
    ]
    return " ".join(words for words in (stake, reach.words, *tried) if words)

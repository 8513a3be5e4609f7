"""Whether what is not known yet is being learned at this moment."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.learning import subject_of
from analytics.models import TrainingRun

STUCK = timedelta(minutes=15)  # several times what a sweep needs to wake a worker or to take a stopped run up
ALL = TrainingRun._meta.get_field("task").default


def is_stuck(run: TrainingRun) -> bool:
    """Nobody takes it, or whoever had it is gone and nobody takes it up again."""
    return (run.lease_until or run.created_at) < timezone.now() - STUCK


def is_being_learned(task: str) -> bool:
    """Whether a training goes on that ends with this task's scores, in one query."""
    run = TrainingRun.objects.filter(state__in=TrainingRun.OPEN).first()
    return run is not None and not is_stuck(run) and (run.task == ALL or _learns(run, task))


def _learns(run: TrainingRun, task: str) -> bool:
    """A run of one task scores all of its subject; one of "value" stands for both horizons."""
    return any(run.task in (known, known.partition("_")[0]) for known in subject_of(task).tasks)


def learning_words() -> str:
    return _("This is being learned right now. It will stand here in a few minutes.")

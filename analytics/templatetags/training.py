"""Says how far a training is."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from analytics.learning import all_tasks
from analytics.models import TrainingRun, task_label

register = template.Library()


@register.filter
def step_words(run: TrainingRun) -> str:
    """What is being done now."""
    if run.state == TrainingRun.State.QUEUED:
        return _("Learning starts as soon as a worker is free.")
    task, _dot, _stage = run.step.partition(".")
    if task in all_tasks():
        return _("Learning: %(task)s") % {"task": task_label(task)}
    words = {
        "read": _("Reading the orders"),
        "score": _("Working out everybody's scores"),
        "recommend": _("Working out what to recommend"),
        "forecast": _("Working out what is coming"),
    }
    return words.get(task, _("Keeping the books"))


@register.filter
def done_percent(run: TrainingRun) -> int:
    return min(100, round(100 * run.done_count / run.total_count)) if run.total_count else 0

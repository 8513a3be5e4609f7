"""`manage.py retrain`: learn from what happened now, in the foreground."""

from __future__ import annotations

import json
import resource
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from analytics.learning import all_tasks
from analytics.models import TrainingRun, task_label
from analytics.operations.retrain import run_training
from analytics.operations.runs import ALL, request_training
from analytics.reasons import decision_words

ALSO = {"cltv": "value"}


class Command(BaseCommand):
    help = "Learn from everything that happened, put the better models in use, and score everybody."

    def add_arguments(self, parser: ArgumentParser) -> None:
        tasks = sorted({ALL, *ALSO, *all_tasks()})
        parser.add_argument("--task", choices=tasks, default=ALL, help="what to learn (default: all)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the report as JSON at the end")

    def handle(self, *args: Any, task: str, as_json: bool, **options: Any) -> None:
        asked = request_training(task=ALSO.get(task, task))
        if asked.state == TrainingRun.State.RUNNING:
            raise CommandError(_("A training is running already; its progress is on the Insights page."))
        run = run_training(asked.pk)
        if run is None:
            raise CommandError(_("Another worker has just taken this training over."))
        if as_json:
            self.stdout.write(json.dumps({"state": run.state, "message": run.message, **_used(), **run.report}))
        else:
            self.stdout.write("\n".join(_lines(run)))
        if run.state != TrainingRun.State.DONE:
            raise CommandError(run.message)


def _used() -> dict[str, float]:
    """Most memory, and seconds of computing, of this process alone: other load on the machine does not change them."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"peak_mb": round(peak), "cpu_seconds": round(time.process_time(), 1)}


def _lines(run: TrainingRun) -> list[str]:
    found = run.report.get("tasks", {})
    lines = [f"{task_label(task)}: {decision_words(result)}" for task, result in found.items()]
    return [*lines, _("%(people)s people have scores.") % {"people": run.report.get("scored", 0)}]

"""Background work of the automations: each task carries ids only and may run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from automation.operations import runs


@shared_task(name="automation.advance_run")
def advance_run(*, run_id: int) -> str:
    return runs.advance_run(run_id=run_id)


@shared_task(name="automation.sweep")
def sweep() -> int:
    """Go on with runs that are due; beat runs this twice a minute."""
    ids = runs.due_runs(timezone.now())
    for run_id in ids:
        runs.advance_run(run_id=run_id)
    return len(ids)

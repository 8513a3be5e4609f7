"""What happens by the clock: every sweep has its row, and what a manager changed stays."""

import pytest
from django.conf import settings
from django_celery_beat.models import PeriodicTask

from config.celery import app
from config.schedules import SCHEDULES, install_schedules


@pytest.fixture(scope="module")
def tasks() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_schedule_names_a_task_that_exists(tasks: set[str]) -> None:
    assert {schedule.task for schedule in SCHEDULES} <= tasks


def test_every_sweep_has_a_schedule(tasks: set[str]) -> None:
    sweeps = {name for name in tasks if name.split(".")[-1].startswith("sweep")}
    assert sweeps
    assert sweeps <= {schedule.task for schedule in SCHEDULES}


def queue_of(task: str) -> str:
    return str(app.amqp.router.route({}, task)["queue"].name)


def test_every_task_goes_to_a_queue_that_a_worker_reads(tasks: set[str]) -> None:
    assert {queue_of(task) for task in tasks} == {"interactive", "bulk", "train"}


def test_long_work_does_not_stand_before_short_work() -> None:
    assert [queue_of(task) for task in ("crm.handle_events", "crm.run_import", "analytics.train")] == [
        "interactive", "bulk", "train",
    ]  # fmt: skip


def test_every_route_is_of_a_task_that_exists(tasks: set[str]) -> None:
    assert set(settings.CELERY_TASK_ROUTES) <= tasks


def test_what_a_manager_changed_survives_the_next_start(db: None) -> None:
    install_schedules()
    PeriodicTask.objects.filter(task="crm.tidy_imports").update(enabled=False)
    install_schedules()
    assert PeriodicTask.objects.get(task="crm.tidy_imports").enabled is False
    assert PeriodicTask.objects.count() == len(SCHEDULES)

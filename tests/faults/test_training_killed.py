"""kill -9 in the middle of a training: it goes on by itself, the old model serves meanwhile, nothing is doubled."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .house import House, free_port, wait_for

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"), pytest.mark.slow]

# The night must not fall while the runs are counted: it asks for one more.
SHOP = """
from crm.demo import make_demo
from django_celery_beat.models import PeriodicTask
for nightly in PeriodicTask.objects.exclude(crontab=None):
    nightly.enabled = False
    nightly.save()
make_demo(people=120)
"""
ASK = """
from analytics.operations.runs import request_training
print(request_training(task="churn").pk, request_training(task="churn").pk)
"""
# What the minutes of the lease and the sweep of every minute would do by themselves.
TAKE_UP = """
from datetime import timedelta
from django.utils import timezone
from analytics.models import TrainingRun
from analytics.operations.runs import take_up_stopped_runs
TrainingRun.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
take_up_stopped_runs()
"""
RUN = "SELECT state, step, attempts, message FROM analytics_trainingrun ORDER BY id DESC"
RUNS = "SELECT count(*) FROM analytics_trainingrun"
IN_USE = "SELECT count(*), max(number) FROM analytics_modelversion WHERE state = 'champion' AND task = 'churn'"
TWINS = "SELECT count(*) - count(DISTINCT number) FROM analytics_modelversion WHERE task = 'churn'"
SCORES = "SELECT count(*), count(DISTINCT person_id) FROM analytics_score WHERE task = 'churn'"


@pytest.fixture
def house(tmp_path: Path, template: Path) -> Iterator[House]:
    running = House(tmp_path / "data", free_port(), template=template)
    wait_for(lambda: running.status() == 200)
    yield running
    running.kill()


def is_training(house: House) -> bool:
    """Whether a child trains for this house."""
    return any(_trains(pid / "cmdline", house) for pid in Path("/proc").iterdir() if pid.name.isdigit())


def _trains(command: Path, house: House) -> bool:
    try:
        words = command.read_bytes()
    except OSError:  # it has ended meanwhile
        return False
    return b"analytics.trainer" in words and str(house.data).encode() in words


def is_over(house: House) -> bool:
    return house.row(RUN)[0] not in ("queued", "running")


def test_a_training_survives_the_death_of_its_worker(house: House) -> None:
    house.run(SHOP)
    wait_for(lambda: is_over(house), seconds=600)
    assert house.row(RUN)[0] == "done", house.row(RUN)
    in_use, scores = house.row(IN_USE), house.row(SCORES)
    assert in_use[0] == 1
    assert scores[0] == scores[1] > 0
    runs = house.row(RUNS)[0]

    first, second = house.run(ASK).split()
    assert first == second
    wait_for(lambda: is_training(house))
    os.killpg(house.part("rapport-heavy"), signal.SIGKILL)
    wait_for(lambda: not is_training(house))
    assert house.row(RUN)[0] == "running"
    assert (house.row(IN_USE), house.row(SCORES)) == (in_use, scores)

    house.part("rapport-heavy")
    house.run(TAKE_UP)
    wait_for(lambda: is_over(house), seconds=600)
    assert (house.row(RUN)[0], house.row(RUN)[2]) == ("done", 2), house.row(RUN)
    assert (house.row(RUNS), house.row(TWINS), house.row(SCORES)) == ((runs + 1,), (0,), scores)
    assert house.row(IN_USE)[0] == 1
    assert not list((house.data / "models").glob(".work-*"))

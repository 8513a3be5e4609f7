"""The life of a training run: one at a time, claimed once, taken up after a crash."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analytics.models import TrainingRun
from analytics.operations import runs

pytestmark = pytest.mark.django_db

LATER = timedelta(minutes=10)


def running() -> TrainingRun:
    run = runs.claim_run(runs.request_training().pk)
    assert run is not None
    return run


def forget(run: TrainingRun) -> None:
    """The worker was killed: nobody renews the lease."""
    TrainingRun.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_two_requests_at_once_are_one_run() -> None:
    assert runs.request_training() == runs.request_training(task="churn")


def test_after_the_end_a_new_run_can_be_asked_for() -> None:
    run = running()
    runs.finish_run(run)
    assert runs.request_training() != run


def test_who_asks_while_the_last_run_ends_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was still open when the row was refused, and over when it was looked for."""
    last, filtered = running(), TrainingRun.objects.filter

    def ended(*args: Any, **named: Any) -> Any:
        if named == {"slot": "open"} and TrainingRun.objects.get(pk=last.pk).state == TrainingRun.State.RUNNING:
            runs.stop_run(last)
        return filtered(*args, **named)

    monkeypatch.setattr(TrainingRun.objects, "filter", ended)
    assert runs.request_training().state == TrainingRun.State.QUEUED


def test_a_run_is_claimed_once() -> None:
    assert runs.claim_run(running().pk) is None


def test_a_run_whose_worker_is_gone_is_taken_up_and_the_old_worker_finds_out() -> None:
    old = running()
    forget(old)
    new = runs.claim_run(old.pk)
    assert new is not None
    assert new.attempts == 2
    with pytest.raises(runs.LostLeaseError):
        runs.note_progress(old, step="training")
    runs.finish_run(new)


def test_progress_keeps_the_lease() -> None:
    run = running()
    forget(run)
    runs.note_progress(run, step="scoring", done=3, total=9)
    assert runs.claim_run(run.pk) is None


def test_the_sweep_wakes_workers_for_what_was_left_behind() -> None:
    forget(running())
    assert runs.take_up_stopped_runs() == 1


def test_the_sweep_leaves_a_living_run_alone() -> None:
    running()
    assert runs.take_up_stopped_runs() == 0


def test_a_run_that_was_killed_too_often_is_closed_in_words() -> None:
    run = running()
    TrainingRun.objects.filter(pk=run.pk).update(attempts=runs.MAX_ATTEMPTS)
    forget(run)
    assert runs.take_up_stopped_runs() == 0
    run.refresh_from_db()
    assert run.state == TrainingRun.State.STOPPED
    assert "3 times" in run.message
    assert runs.request_training() != run


def test_a_stopped_run_ends_at_its_next_step() -> None:
    run = running()
    assert runs.stop_run(run)
    with pytest.raises(runs.LostLeaseError):
        runs.note_report(run, churn={"version": 1})
    assert not runs.stop_run(run)

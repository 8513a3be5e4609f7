"""The health page tells of imports that stand still or were stopped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.health import check_imports
from crm.models import ImportJob, User

pytestmark = pytest.mark.django_db


def job(owner: User, **fields: object) -> ImportJob:
    return ImportJob.objects.create(kind="people", actor=owner, file_name="shop.csv", source="file", **fields)


def test_a_running_import_is_good_and_one_without_a_worker_is_not(owner: User) -> None:
    running = job(owner, state="running", lease_until=timezone.now())
    assert check_imports().state == "good"
    ImportJob.objects.filter(pk=running.pk).update(lease_until=timezone.now() - timedelta(minutes=6))
    health = check_imports()
    assert (health.state, health.facts) == ("bad", {"stuck": 1})
    assert health.words.startswith("1 import stands still.")


def test_a_fault_is_told_for_a_day(owner: User) -> None:
    stopped = job(owner, state="failed", error="The disk is full.")
    assert check_imports().words == "The import of shop.csv was stopped: The disk is full."
    ImportJob.objects.filter(pk=stopped.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert check_imports().state == "good"

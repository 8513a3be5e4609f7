"""The health page and the doctor: words for each fault, details for managers alone."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from config import health, preparation
from config.health import check_disk, check_heavy, check_mail, check_queue, check_worker, examine, worst
from config.queue_file import QueueFile
from config.tasks import beat, beat_heavy
from crm.extensions import Health, HealthCheck, health_checks
from crm.models import Heartbeat, User


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """How full the disk of this machine is, is no matter of the code."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 0, 10**11))


@pytest.fixture
def broken_check() -> Iterator[None]:
    health_checks.register(HealthCheck("broken", "Broken", lambda: Health("bad", "It is broken.")))
    yield
    health_checks.unregister("broken")


def away(*_arguments: Any, **_options: Any) -> Any:
    raise OperationalError("the server closed the connection")


def test_strangers_learn_the_state_and_nothing_more(client: Client, db: None) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "warn"}  # no worker has been seen


def test_sales_people_learn_nothing_more_either(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert set(client.get("/healthz").json()) == {"status"}


def test_managers_read_every_check_in_words(client: Client, manager: User) -> None:
    client.force_login(manager)
    checks = {check["check"]: check for check in client.get("/healthz").json()["checks"]}
    assert set(checks) >= {"database", "migrations", "queue", "worker", "heavy", "beat", "disk", "mail"}
    assert all(check["words"] and check["label"] for check in checks.values())


def test_managers_find_it_in_the_admin(client: Client, manager: User, broken_check: None) -> None:
    client.force_login(manager)
    assert b'href="/admin/health/"' in client.get("/admin/").content
    page = client.get("/admin/health/").content.decode()
    assert "It is broken." in page
    assert "SQLite answers." in page or "PostgreSQL answers." in page


def test_nobody_else_finds_it(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert client.get("/admin/health/").status_code == 302


def test_all_is_good_when_everybody_was_seen(db: None) -> None:
    beat()
    beat_heavy()
    assert worst(examine()) == "good"


def test_a_worker_not_seen_for_long_is_a_warning(db: None) -> None:
    Heartbeat.objects.create(name="worker", seen_at=timezone.now() - timedelta(minutes=10))
    found = check_worker()
    assert found.state == "warn"
    assert "10 minutes ago" in found.words


def test_the_heavy_worker_may_be_busy_for_long(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.QUEUE_FILE = tmp_path / "queue.sqlite3"
    Heartbeat.objects.create(name="heavy", seen_at=timezone.now() - timedelta(minutes=20))
    assert check_heavy().state == "warn"
    queue = QueueFile(settings.QUEUE_FILE)
    queue.put(queue="train", tag="a", body="a")
    queue.take("train")
    assert check_heavy().state == "good"


@pytest.mark.parametrize(("free", "state"), [(50e6, "bad"), (500e6, "warn"), (5e9, "good")])
def test_a_disk_that_fills_is_told_in_time(monkeypatch: pytest.MonkeyPatch, free: float, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**10, 0, int(free)))
    assert check_disk().state == state


def test_a_database_that_is_away_makes_503_without_details(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "cursor", away)
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "bad"})


def test_a_missing_migration_is_bad(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_known", {})
    monkeypatch.setattr(
        "django.db.migrations.executor.MigrationExecutor.migration_plan", lambda _self, _targets: [1, 2]
    )
    found = health.check_migrations()
    assert found.state == "bad"
    assert "2 changes" in found.words
    assert "manage.py prepare" in found.words


def test_a_redis_that_is_down_is_bad(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert check_queue().state == "bad"


def test_a_mail_server_that_is_away_is_a_warning(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    found = check_mail()
    assert found.state == "warn"
    assert "127.0.0.1:1" in found.words


def test_the_doctor_ends_with_1_when_something_is_bad(db: None, broken_check: None) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("doctor", stdout=out)
    assert stop.value.code == 1
    assert "BAD   Broken: It is broken." in out.getvalue()


def test_the_doctor_speaks_json(db: None) -> None:
    out = StringIO()
    call_command("doctor", "--json", stdout=out)
    assert json.loads(out.getvalue())["status"] == "warn"


def test_the_doctor_goes_on_when_the_queue_can_not_be_read(
    db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_queue: QueueFile, _name: str) -> bool:
        raise sqlite3.OperationalError("disk I/O error")

    settings.QUEUE_FILE = tmp_path / "queue.sqlite3"
    settings.QUEUE_FILE.touch()
    monkeypatch.setattr(QueueFile, "busy", refuse)
    assert "not been seen" in check_heavy().words


def test_a_database_that_can_not_be_used_names_a_full_disk(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "migrate", away)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**10, 0, 0))
    problem = preparation.prepare()["problem"]
    assert problem.startswith("the database can't be used: ")
    assert "is full (0.0 GB free). Make room at once." in problem

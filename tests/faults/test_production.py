"""Production as compose.yaml describes it: the same commands on a real PostgreSQL and a real Redis."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from redis import Redis

from config.alive import status_of
from config.health import QUEUES
from tests.strict import needed

from .house import OURS, PATIENCE, free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SITE = "https://crm.example.com"


def megabytes(limit: str) -> int:
    return int(limit.removesuffix("m"))


def test_all_limits_fit_a_server_of_four_gigabytes() -> None:
    lasting = {name: service for name, service in COMPOSE["services"].items() if service.get("restart") != "no"}
    assert sum(megabytes(service["mem_limit"]) for service in lasting.values()) <= 4000


def test_nothing_but_the_web_server_is_reachable_and_that_only_from_this_machine() -> None:
    ports = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert list(ports) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in ports["web"])


def test_the_image_runs_as_nobody_special_and_reports_its_health() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("FROM ")[2]
    assert re.search(r"^USER (?!root)", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage


class Site:
    """Processes started by the commands of compose.yaml and the Dockerfile, in one environment."""

    def __init__(self, folder: Path, **settings: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        path = f"{Path(sys.executable).parent}:{clean['PATH']}"
        self.environment = clean | settings | {"PATH": path}
        self.log = (folder / "log").open("ab")
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> subprocess.Popen[bytes]:
        command = shlex.split(COMPOSE["services"][name].get("command", "")) or gunicorn_command()
        self.running[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        return self.running[name]

    def close(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.log.close()


def gunicorn_command() -> list[str]:
    words = re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert words
    return list(yaml.safe_load(words[1]))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    server = needed("RAPPORT_TEST_POSTGRES", "PostgreSQL")
    queue = needed("RAPPORT_TEST_REDIS", "Redis")
    name = f"rapport_production_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    Redis.from_url(queue).delete(*QUEUES)
    running = Site(
        tmp_path,
        RAPPORT_MODE="production",
        RAPPORT_DATA=str(tmp_path / "data"),
        RAPPORT_SITE_URL=SITE,
        RAPPORT_SECRET_KEY="a-key-of-tests-" * 5,
        DATABASE_URL=urlsplit(server)._replace(path=f"/{name}").geturl(),
        REDIS_URL=queue,
        PORT=str(free_port()),
    )
    yield running
    running.close()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_commands_of_compose_make_a_well_site(site: Site) -> None:
    assert site.start("prepare").wait(timeout=PATIENCE) == 0
    for name in ("web", "worker", "heavy", "beat"):
        site.start(name)
    wait_for(lambda: asked(site) == 200)
    wait_for(lambda: verdict(site) == "good")
    begun = time.monotonic()
    for process in site.running.values():
        process.terminate()
    assert {name: process.wait(timeout=60) for name, process in site.running.items()} == dict.fromkeys(site.running, 0)
    assert time.monotonic() - begun < 60  # as long as compose.yaml gives the slowest of them


def asked(site: Site) -> int:
    return status_of("127.0.0.1", int(site.environment["PORT"]), site=SITE)


def verdict(site: Site) -> str:
    command = [sys.executable, "manage.py", "doctor", "--json"]
    answer = subprocess.run(command, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=False)
    return str(yaml.safe_load(answer.stdout)["status"])

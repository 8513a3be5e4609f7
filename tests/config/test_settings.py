"""Settings: good defaults, production's demands, and one clear line for everything that can't work."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.environment import Environment, SettingError, dask_scheduler, database, redis

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "RAPPORT_MODE": "production",
    "RAPPORT_SECRET_KEY": "a-key-of-tests-" * 5,
    "RAPPORT_SITE_URL": "https://crm.example.com",
    "DATABASE_URL": "postgresql://rapport:p%40ss@db:5433/rapport?sslmode=require",
    "REDIS_URL": "redis://cache:6379/0",
}
OURS = ("RAPPORT_", "DATABASE_URL", "REDIS_URL", "PORT", "DJANGO_")


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, timeout=240, check=False
    )


def shown(name: str, **environment: str) -> str:
    code = f"from django.conf import settings; print(settings.{name})"
    return manage("shell", "--no-imports", "-v0", "-c", code, **environment).stdout.strip()


def test_production_settings_pass_the_deployment_checks(tmp_path: Path) -> None:
    result = manage("check", "--deploy", "--fail-level", "WARNING", RAPPORT_DATA=str(tmp_path), **PRODUCTION)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("missing", ["RAPPORT_SECRET_KEY", "RAPPORT_SITE_URL", "DATABASE_URL", "REDIS_URL"])
def test_production_names_the_setting_that_is_missing(missing: str, tmp_path: Path) -> None:
    values = {name: value for name, value in PRODUCTION.items() if name != missing}
    result = manage("check", RAPPORT_DATA=str(tmp_path), **values)
    assert result.returncode == 2
    assert result.stderr.startswith(f"Rapport can't start: {missing} is not set.")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "setting",
    ["PORT=eighty", "RAPPORT_MODE=prodution", "DATABASE_URL=mysql://db/rapport", "RAPPORT_DATA=/proc/x"],
)
def test_a_broken_setting_is_one_clear_line(setting: str, tmp_path: Path) -> None:
    name, _, value = setting.partition("=")
    result = manage("check", **{"RAPPORT_DATA": str(tmp_path), name: value})
    assert result.returncode == 2
    assert result.stderr.startswith("Rapport can't start: ")
    assert name in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "read",
    [
        lambda env: env.integer("X", 1, low=1, high=9),
        lambda env: env.flag("X"),
        lambda env: env.choice("X", "a", ("a", "b")),
        lambda env: env.url("X", "", schemes=("https",)),
        lambda env: env.networks("X"),
    ],
)
@pytest.mark.parametrize("value", ["perhaps", "http://x:port/", "10.0.0.0/99", "٣"])
def test_every_reader_names_the_setting_that_it_refuses(read: Callable[[Environment], object], value: str) -> None:
    with pytest.raises(SettingError, match="X"):
        read(Environment({"X": value}))


@pytest.mark.parametrize("address", ["cache:6379", "redis://:port/0", "http://cache"])
def test_an_address_of_redis_is_checked(address: str) -> None:
    with pytest.raises(SettingError, match="REDIS_URL"):
        redis(Environment({"REDIS_URL": address}))


def test_a_short_secret_key_is_refused_in_production(tmp_path: Path) -> None:
    result = manage("check", **PRODUCTION | {"RAPPORT_DATA": str(tmp_path), "RAPPORT_SECRET_KEY": "short"})
    assert (result.returncode, "too short" in result.stderr) == (2, True)


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = shown("SECRET_KEY", RAPPORT_DATA=str(tmp_path))
    assert len(first) >= 50
    assert shown("SECRET_KEY", RAPPORT_DATA=str(tmp_path)) == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_cookies_are_bound_to_https_exactly_when_the_site_has_it(tmp_path: Path) -> None:
    names = "SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS"
    assert shown(names, RAPPORT_DATA=str(tmp_path)) == "sessionid False 0"
    https = shown(names, RAPPORT_DATA=str(tmp_path), RAPPORT_SITE_URL="https://crm.example.com")
    assert https == "__Host-sessionid True 31536000"


def test_a_password_of_the_database_address_is_decoded(tmp_path: Path) -> None:
    made = database(Environment(PRODUCTION), tmp_path)
    assert (made["USER"], made["PASSWORD"], made["PORT"]) == ("rapport", "p@ss", "5433")
    assert made["OPTIONS"]["sslmode"] == "require"


def test_sqlite_is_durable_and_takes_its_write_lock_at_once(tmp_path: Path) -> None:
    made = database(Environment({}), tmp_path)
    assert made["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in made["OPTIONS"]["init_command"]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="RAPPORT_DATA"):
        Environment({"RAPPORT_DATA": str(tmp_path / "file")}).folder("RAPPORT_DATA", tmp_path)


@pytest.mark.parametrize("address", ["host:8786", "http://host:8786", "tcp://host", "tcp://host:port"])
def test_an_address_of_no_cluster_is_refused(address: str) -> None:
    with pytest.raises(SettingError, match="RAPPORT_DASK_SCHEDULER"):
        dask_scheduler(Environment({"RAPPORT_DASK_SCHEDULER": address}))


def test_a_cluster_is_named_by_its_address_or_not_at_all() -> None:
    assert dask_scheduler(Environment({"RAPPORT_DASK_SCHEDULER": "tls://host:8786"})) == "tls://host:8786"
    assert dask_scheduler(Environment({})) == ""

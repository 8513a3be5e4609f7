"""Fixtures that every room's tests share: the colleagues of a small shop."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

from analytics.operations.meanings import forget_tagger
from analytics.operations.reading import forget_fit
from analytics.queries.likeness import forget_sketches
from crm.demo import premises
from crm.models import Role, Scope, User

from . import factories
from .kept import close_folder, kept, open_folder

premises.BREATH_S = 0  # nobody works beside a test while the demo loads
DAY = 86_400
END_OF_DAY = 15  # seconds


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="run only what asks the database, as on PostgreSQL")


def pytest_configure(config: pytest.Config) -> None:
    if folder := open_folder():  # the processes that this one starts find it named
        config.add_cleanup(lambda: close_folder(folder))


@pytest.hookimpl(trylast=True)  # after they were shuffled
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # as the last, it would be waited for
    if config.getoption("--database-only"):
        idle = [item for item in items if not _asks_the_database(item)]
        config.hook.pytest_deselected(items=idle)
        items[:] = [item for item in items if _asks_the_database(item)]


def _asks_the_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("once"):
        return False
    fixtures = {"db", "transactional_db"}.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name long texts and all bytes by size: packed bytes carry the time, and two processes must name tests alike."""
    if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 80):
        return f"{argname} of {len(val)}"
    return None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """One process migrates SQLite, the others begin with a copy: it takes ten seconds of a processor.

    What is in it is migrated as any database is: `migrate` still looks for what is missing.
    """
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            shutil.copy(kept(f"migrated-{_digest()}", _migrate), connection.settings_dict["TEST"]["NAME"])


def _digest() -> str:
    """Of our migrations: another branch has others."""
    files = sorted(Path(settings.BASE_DIR).glob("*/migrations/*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _migrate(path: Path) -> None:
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(path)
    try:
        call_command("migrate", interactive=False, verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """SQLite's is there already, and goes with the folder of the run."""
    return django_db_keepdb or connection.vendor == "sqlite"


@pytest.fixture(autouse=True)
def _within_one_day() -> None:
    """Tests that ask for today, act, and ask again begin in the first second of a day rather than in its last ones."""
    left = DAY - time.time() % DAY
    if left < END_OF_DAY:
        time.sleep(left)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """A process keeps by id what it has counted and opened; the rows of the next test have the same ids."""
    cache.clear()
    forget_fit()
    forget_sketches()
    forget_tagger()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A page leaves its reader's language behind in the thread; the next test begins without it."""
    yield
    translation.deactivate()


@pytest.fixture
def clock_stands() -> Iterator[None]:
    """The day of the factories, and no second of it passes."""
    with time_machine.travel(factories.NOW, tick=False):
        yield


@pytest.fixture
def clock_runs() -> Iterator[None]:
    """The day of the factories, and its seconds pass."""
    with time_machine.travel(factories.NOW, tick=True):
        yield


@pytest.fixture
def owner(db: None) -> User:
    return factories.make_user(Role.OWNER, is_superuser=True)


@pytest.fixture
def manager(db: None) -> User:
    return factories.make_user(Role.MANAGER)


@pytest.fixture
def sales(db: None) -> User:
    return factories.make_user(Role.SALES)


@pytest.fixture
def support(db: None) -> User:
    return factories.make_user(Role.SUPPORT)


@pytest.fixture
def readonly(db: None) -> User:
    return factories.make_user(Role.READONLY)


@pytest.fixture
def stranger(db: None) -> User:
    """A colleague who may see own records only, and owns none."""
    return factories.make_user(Role.SALES, Scope.OWN)


@pytest.fixture
def as_owner(client: Client, owner: User) -> Client:
    """A browser in which the owner is signed in."""
    client.force_login(owner)
    return client

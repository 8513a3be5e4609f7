"""Looks at the running system and says in words what is wrong and what to do."""

from __future__ import annotations

import shutil
import smtplib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.queue_file import QueueFile
from crm.extensions import Health, HealthCheck, health_checks
from crm.models import Heartbeat

LATE = timedelta(seconds=90)  # four missed signs of life
HEAVY_LATE = timedelta(minutes=5)
LITTLE_SPACE, NO_SPACE = 1_000_000_000, 100_000_000  # bytes
ORDER = ("good", "warn", "bad")


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    key: str
    label: str
    health: Health


def examine(keys: Iterable[str] | None = None) -> list[Finding]:
    """Run the named checks, or all. A check that can't reach the database counts as bad and says so."""
    chosen = [check for check in health_checks if keys is None or check.key in keys]
    return [Finding(check.key, str(check.label), outcome(check)) for check in chosen]


def outcome(check: HealthCheck) -> Health:
    try:
        return check.check()
    except DatabaseError:
        return Health("bad", _("The database doesn't answer, so this can't be known."))


def worst(findings: Iterable[Finding]) -> str:
    return max((finding.health.state for finding in findings), key=ORDER.index, default="good")


def check_database() -> Health:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        return Health(
            "bad",
            _("The database can't be used: %(reason)s. Check that it runs and that DATABASE_URL is right.")
            % {"reason": reason},
        )
    return Health("good", _("%(engine)s answers.") % {"engine": connection.display_name})


def check_migrations() -> Health:
    missing = 0 if _is_migrated() else _missing_migrations()
    if missing:
        words = ngettext(
            "%(count)d change of the database is missing. Run: python manage.py prepare",
            "%(count)d changes of the database are missing. Run: python manage.py prepare",
            missing,
        )
        return Health("bad", words % {"count": missing})
    return Health("good", _("The database has the shape that this version needs."))


_known: dict[str, bool] = {}


def _is_migrated() -> bool:
    """Once true it stays true for this process: its code does not change."""
    return _known.get("migrated", False)


def _missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _known["migrated"] = missing == 0
    return missing


def check_queue() -> Health:
    try:
        waiting = _waiting_in_redis() if settings.REDIS_URL else _waiting_in_file()
    except (OSError, sqlite3.Error) as error:
        words = _("The queue can't be reached (%(error)s): pages work, background work waits. Check REDIS_URL.")
        return Health("bad" if settings.REDIS_URL else "warn", words % {"error": type(error).__name__})
    words = ngettext("%(count)d message waits.", "%(count)d messages wait.", waiting)
    return Health("good", words % {"count": waiting}, {"waiting": waiting})


QUEUES = ("interactive", "bulk", "train")


def _waiting_in_file() -> int:
    queue = QueueFile(settings.QUEUE_FILE)
    try:
        return sum(queue.size(name) for name in QUEUES)
    finally:
        queue.close()


def _waiting_in_redis() -> int:
    """Raises OSError when Redis is away."""
    from redis import Redis, RedisError  # 5 MB that the embedded default doesn't need

    try:
        with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as broker:
            return sum(int(broker.llen(name)) for name in QUEUES)
    except RedisError as error:
        raise ConnectionError(type(error).__name__) from error


def check_beat() -> Health:
    return sign_of_life(
        "beat",
        LATE,
        good=_("The scheduler works; seen %(ago)s ago."),
        late=_("The scheduler was last seen %(ago)s ago: nothing happens by the clock. Restart Rapport."),
        never=_("The scheduler has never been seen. Start Rapport with: python manage.py serve"),
    )


def check_worker() -> Health:
    return sign_of_life(
        "worker",
        LATE,
        good=_("The worker for quick tasks works; seen %(ago)s ago."),
        late=_("The worker for quick tasks was last seen %(ago)s ago: mails and scores wait. Restart Rapport."),
        never=_("The worker for quick tasks has never been seen. Start Rapport with: python manage.py serve"),
    )


def check_heavy() -> Health:
    if not settings.REDIS_URL and _is_heavy_busy():
        return Health("good", _("The worker for heavy tasks is busy with one."))
    return sign_of_life(
        "heavy",
        HEAVY_LATE,
        good=_("The worker for heavy tasks works; seen %(ago)s ago."),
        late=_("The worker for heavy tasks has been busy or down for %(ago)s. If no import runs, restart Rapport."),
        never=_("The worker for heavy tasks has not been seen yet: imports and training wait for it."),
    )


def _is_heavy_busy() -> bool:
    if not settings.QUEUE_FILE.exists():
        return False
    queue = QueueFile(settings.QUEUE_FILE)
    try:
        return any(queue.busy(name) for name in ("bulk", "train"))
    except sqlite3.Error:  # a full disk: the check of the queue says so, and signs of life tell of the worker
        return False
    finally:
        queue.close()


def sign_of_life(name: str, limit: timedelta, *, good: str, late: str, never: str) -> Health:
    """How long ago the process named `name` was seen; a stopped helper is a warning, pages work without it."""
    seen_at = Heartbeat.objects.filter(name=name).values_list("seen_at", flat=True).first()
    if seen_at is None:
        return Health("warn", never)
    age = timezone.now() - seen_at
    words = (late if age > limit else good) % {"ago": in_words(age)}
    return Health("warn" if age > limit else "good", words, {"seen_at": seen_at.isoformat()})


def in_words(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    if seconds < 120:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    minutes = seconds // 60
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def check_disk() -> Health:
    free = shutil.disk_usage(settings.DATA).free
    facts = {"free_bytes": free}
    size = {"size": f"{free / 1e9:.1f} GB", "folder": settings.DATA}
    if free < NO_SPACE:
        return Health("bad", _("The disk of %(folder)s is full (%(size)s free). Make room at once.") % size, facts)
    if free < LITTLE_SPACE:
        return Health("warn", _("Only %(size)s are free on the disk of %(folder)s. Make room soon.") % size, facts)
    return Health("good", _("%(size)s are free on the disk of %(folder)s.") % size, facts)


def check_mail() -> Health:
    if not settings.EMAIL_HOST:
        return Health("good", _("Mail is not set up: nothing is sent. Set RAPPORT_SMTP_URL to send answers."))
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection(fail_silently=False, timeout=5):
            return Health("good", _("The mail server %(server)s takes our sign-in.") % {"server": server})
    except smtplib.SMTPAuthenticationError:
        words = _("The mail server %(server)s refuses our user or password. Correct RAPPORT_SMTP_URL.")
    except (smtplib.SMTPException, OSError):
        words = _("The mail server %(server)s can't be reached. Check RAPPORT_SMTP_URL and the network.")
    return Health("warn", words % {"server": server})


CHECKS = (
    HealthCheck("database", gettext_lazy("Database"), check_database),
    HealthCheck("migrations", gettext_lazy("Shape of the database"), check_migrations),
    HealthCheck("queue", gettext_lazy("Queue"), check_queue),
    HealthCheck("worker", gettext_lazy("Worker for quick tasks"), check_worker),
    HealthCheck("heavy", gettext_lazy("Worker for heavy tasks"), check_heavy),
    HealthCheck("beat", gettext_lazy("Scheduler"), check_beat),
    HealthCheck("disk", gettext_lazy("Disk"), check_disk),
    HealthCheck("mail", gettext_lazy("Mail"), check_mail),
)
# What anybody may ask for: quick looks that talk to nobody outside.
PUBLIC = ("database", "migrations", "queue", "worker", "heavy", "beat", "disk")


def register() -> None:
    health_checks.register(*CHECKS)

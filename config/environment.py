"""Reads settings from the environment: typed, with the name and the remedy in every error."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


class SettingError(Exception):
    """A setting is missing or can't be used; the text is one line for the person who starts Rapport."""


class Environment:
    """Typed access to environment variables. Every reader raises SettingError when the value can't be used."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = os.environ if values is None else values

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, default).strip()

    def required(self, name: str, *, why: str) -> str:
        if value := self.text(name):
            return value
        raise SettingError(f"{name} is not set. {why}")

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name, "1" if default else "0").lower()
        if value in TRUE | FALSE:
            return value in TRUE
        raise SettingError(f"{name}={value!r} is neither yes nor no: use 1 or 0.")

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.text(name) or str(default)
        if value.isascii() and value.isdigit() and low <= int(value) <= high:
            return int(value)
        raise SettingError(f"{name}={value!r} is not a whole number from {low} to {high}.")

    def words(self, name: str, default: str = "") -> list[str]:
        """Values separated by commas, without empty ones."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def networks(self, name: str, default: str = "") -> list[IPv4Network | IPv6Network]:
        """Addresses or networks (10.0.0.0/8) separated by commas."""
        try:
            return [ip_network(word) for word in self.words(name, default)]
        except ValueError as error:
            raise SettingError(f"{name} is not a list of addresses or networks: {error}.") from None

    def choice(self, name: str, default: str, options: tuple[str, ...]) -> str:
        value = self.text(name) or default
        if value in options:
            return value
        raise SettingError(f"{name}={value!r} is not one of: {', '.join(options)}.")

    def url(self, name: str, default: str, *, schemes: tuple[str, ...]) -> SplitResult:
        value = self.text(name) or default
        shape = f"{schemes[0]}://…"
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018 (urlsplit checks the port only when it is read)
        except ValueError as error:
            raise SettingError(f"{name} is not an address like {shape}: {error}.") from None
        if parts.scheme in schemes and (parts.hostname or parts.path.strip("/")):
            return parts
        raise SettingError(f"{name} is not an address like {shape}.")

    def folder(self, name: str, default: Path) -> Path:
        """An existing folder that can be written to; made when missing."""
        path = Path(self.text(name) or default).expanduser().absolute()
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingError(f"{name}={path} can't be made: {error.strerror}.") from None
        if not os.access(path, os.W_OK | os.X_OK):
            raise SettingError(f"{name}={path} can't be written to: choose another folder or change its owner.")
        return path


SQLITE_PRAGMAS = "; ".join(
    (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",  # NORMAL may drop acknowledged commits at power loss
        "PRAGMA foreign_keys=ON",
        "PRAGMA secure_delete=ON",  # what is erased is overwritten, not left in free pages; the default of some builds
        "PRAGMA temp_store=MEMORY",
        "PRAGMA cache_size=-4000",  # kB for each connection: the system caches the file for all
    )
)


def sqlite(path: str) -> dict[str, Any]:
    """Django settings of a SQLite file that several processes write to: IMMEDIATE, or a fourth of them is refused."""
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options, "CONN_MAX_AGE": 600}


def postgresql(url: SplitResult) -> dict[str, Any]:
    """Django settings of a PostgreSQL address; its query string becomes libpq options (sslmode, …)."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": "5", **dict(parse_qsl(url.query))},
    }


def database(env: Environment, data: Path) -> dict[str, Any]:
    """The one database: DATABASE_URL, or a SQLite file in the data folder."""
    if not env.text("DATABASE_URL"):
        return sqlite(str(data / "rapport.sqlite3"))
    url = env.url("DATABASE_URL", "", schemes=("postgresql", "postgres", "sqlite"))
    return sqlite(unquote(url.path)) if url.scheme == "sqlite" else postgresql(url)


TASK_TIME_LIMIT = 3600  # seconds that any task may take


def redis(env: Environment) -> str:
    """REDIS_URL, or nothing: then the embedded queue is used."""
    if not env.text("REDIS_URL"):
        return ""
    return env.url("REDIS_URL", "", schemes=("redis", "rediss", "unix")).geturl()


def dask_scheduler(env: Environment) -> str:
    """RAPPORT_DASK_SCHEDULER, the cluster that helps in training, or nothing."""
    if not env.text("RAPPORT_DASK_SCHEDULER"):
        return ""
    url = env.url("RAPPORT_DASK_SCHEDULER", "", schemes=("tcp", "tls"))
    if not (url.hostname and url.port):
        raise SettingError("RAPPORT_DASK_SCHEDULER is not an address like tcp://host:8786.")
    return url.geturl()


def redis_options() -> dict[str, Any]:
    """Celery's options for Redis: a message of a dead worker comes back only after the longest task could have ended.

    Until then the sweep over the database, which is the queue of record, wakes another worker.
    """
    return {
        "visibility_timeout": TASK_TIME_LIMIT + 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }


@dataclass(frozen=True)
class MailServer:
    """Through which server mail goes out, and from whom. Without a host there is none yet."""

    sender: str
    address: str
    scheme: str = ""
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""


def mail(env: Environment, site: SplitResult) -> MailServer:
    """The mail server of RAPPORT_SMTP_URL (smtps://, smtp+starttls:// or, on one machine, smtp://)."""
    sender = env.text("RAPPORT_MAIL_FROM") or f"Rapport <rapport@{site.hostname or 'localhost'}>"
    address = parseaddr(sender)[1]
    if "@" not in address:
        raise SettingError(f"RAPPORT_MAIL_FROM={sender!r} holds no e-mail address.")
    if not env.text("RAPPORT_SMTP_URL"):
        return MailServer(sender, address)
    url = env.url("RAPPORT_SMTP_URL", "", schemes=("smtp+starttls", "smtps", "smtp"))
    return MailServer(
        sender,
        address,
        scheme=url.scheme,
        host=unquote(url.hostname or ""),
        port=url.port or {"smtps": 465, "smtp+starttls": 587}.get(url.scheme, 25),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )

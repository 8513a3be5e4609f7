"""Structured logs of all processes: one JSON object a line, with a request id and without personal data."""

from __future__ import annotations

import logging
import re
import traceback
import uuid
from collections.abc import Callable, Mapping, MutableMapping
from time import perf_counter
from types import TracebackType
from typing import Any

import structlog
from celery import Task
from django.http import HttpRequest, HttpResponse
from structlog.typing import EventDict

GetResponse = Callable[[HttpRequest], HttpResponse]

REMOVED = "[removed]"
SECRET_KEYS = re.compile(
    r"""(.*[_-])?(
        pass(word)? | secret | token | authorization | cookie | session | csrf | api[_-]?key
        | body | text | subject | html | raw | content | search | query
        | e?mail | phone | address | first[_-]?name | last[_-]?name | full[_-]?name | person[_-]?name
    )s?""",
    re.IGNORECASE | re.VERBOSE,
)
PERSONAL = re.compile(
    r"""
    [^\s<>"'(),;:=]+@[^\s<>"'(),;:=]+\.[^\s<>"'(),;:=]+      # an e-mail address
    | (?<![\w.:/-])(?!\d+\.\d+(?![\d.]))\+?\d[\d\s()./-]{7,}\d(?![\w:/-])  # a telephone number
    | \b[a-z]{2,8}_[A-Za-z0-9_-]{32,}\b                      # a token with a prefix
    | (?<=://)[^/@\s]+:[^/@\s]+(?=@)                         # user and password in an address
    | (?<=\bBearer\s)\S+ | (?<=\bBasic\s)\S+
    """,
    re.VERBOSE,
)
QUOTED = re.compile(r"""(?<!\w)'[^'\n]*'|"[^"\n]*"|“[^”\n]*”|=\([^)\n]*\)""")

request_log = structlog.get_logger("rapport.request")
task_log = structlog.get_logger("rapport.task")


def logging_settings(*, level: str, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING: everything goes to standard error through the same processors."""
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, renderer],
        "foreign_pre_chain": SHARED,
    }
    quiet = ("celery.worker.strategy", "celery.app.trace", "celery.beat", "django_celery_beat", "axes", "kombu", "csp")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"level": "WARNING"} for name in quiet},
            "django": {"handlers": [], "propagate": True, "level": level},
            "django.request": {"level": "ERROR"},  # each request is logged by RequestLogMiddleware
            "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
        },
    }


def describe_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """An exception as its type, its frames, and its message without what stands in quotes: values hide there."""
    given = event.pop("exc_info", None)
    if given is True:
        given = structlog.processors._figure_out_exc_info(given)
    if isinstance(given, BaseException):
        given = (type(given), given, given.__traceback__)
    if given and given[0] is not None:
        event["exception"] = exception_words(given[1])
        event["frames"] = frames(given[2])
    return event


def exception_words(error: BaseException) -> str:
    lines = str(error).splitlines() or [""]
    return f"{type(error).__qualname__}: {QUOTED.sub('…', lines[0])}"


def frames(tail: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(tail)[-25:]]


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Remove what tells about people: values under telling keys, and addresses, numbers and tokens in any text."""
    return {key: event[key] if key in KEPT else without_personal_data(key, event[key]) for key in event}


KEPT = frozenset({"timestamp", "level", "logger", "request_id", "task_id", "frames", "route", "ms"})


def without_personal_data(key: str, value: Any) -> Any:
    if SECRET_KEYS.fullmatch(key):
        return REMOVED
    if isinstance(value, str):
        return PERSONAL.sub(REMOVED, value)
    if isinstance(value, Mapping):
        return {str(name): without_personal_data(str(name), inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [without_personal_data("", inner) for inner in value]
    return value if isinstance(value, (int, float, type(None))) else PERSONAL.sub(REMOVED, str(value))


SHARED: list[Callable[[Any, str, MutableMapping[str, Any]], Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    describe_exception,
]


def configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(True)


class RequestLogMiddleware:
    """One line a request: id, user id, name of the page, status and time; never the address that was typed."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = perf_counter()
        request_id = uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            route = request.resolver_match.view_name if request.resolver_match else "none"
            request_log.info(
                "request",
                method=request.method,
                route=route,
                status=response.status_code,
                ms=round((perf_counter() - begun) * 1000, 1),
                user_id=user_id(request),
            )
        response["X-Request-ID"] = request_id
        return response


def user_id(request: HttpRequest) -> int | None:
    """The signed-in user, if the page looked at all: asking here would cost a query."""
    cached = getattr(request, "_cached_user", None)
    return getattr(cached, "pk", None)


class LoggedTask(Task):  # type: ignore[type-arg]
    """One line a task: its name, id, time and outcome; never its arguments."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        begun = perf_counter()
        with structlog.contextvars.bound_contextvars(task=self.name, task_id=self.request.id):
            result = super().__call__(*args, **kwargs)
            task_log.info("task", ms=round((perf_counter() - begun) * 1000, 1))
            return result

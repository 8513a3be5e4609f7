"""The pages that come when something broke: they need neither the database nor a user."""

from __future__ import annotations

import sys

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

RETRY_SECONDS = 5
TITLES = {
    413: "This is too large.",
    500: "Something broke on our side.",
    503: "The database is away for a moment.",
}


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503 with Retry-After when it is only the database that is away, locked or full."""
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if is_away else 500
    response: HttpResponse
    if request.path_info.startswith(("/api/", "/healthz")):
        response = problem(request, status)
    else:
        reference = structlog.contextvars.get_contextvars().get("request_id", "")[:8]
        response = HttpResponse(render_to_string(f"{status}.html", {"reference": reference}), status=status)
    if is_away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    """413, before anything of the body was read."""
    if request.path_info.startswith("/api/"):
        return problem(request, 413)
    return HttpResponse(render_to_string("413.html", {"reference": ""}), status=413)


def problem(request: HttpRequest, status: int) -> HttpResponse:
    """The same for machines: application/problem+json, or the health page's own words."""
    if request.path_info == "/healthz":
        return JsonResponse({"status": "bad"}, status=503)
    body = {"type": "about:blank", "status": status, "title": TITLES[status]}
    return JsonResponse(body, status=status, content_type="application/problem+json")

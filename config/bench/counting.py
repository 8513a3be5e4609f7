"""What a measured server does besides serving: it counts queries and serves a bare page to compare with."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from config.urls import urlpatterns as product
from crm.models import Person

BARE_ROWS = 50
BARE = engines["django"].from_string(
    "<!doctype html><title>Bare</title><table>{% for p in rows %}<tr><td>{{ p.pk }}</td><td>{{ p.name }}</td>"
    "<td>{{ p.city }}</td><td>{{ p.country }}</td><td>{{ p.language }}</td><td>{{ p.created_at }}</td>"
    "<td>{{ p.spent }}</td><td>{{ p.search_text }}</td><td>{{ filler }}</td></tr>{% endfor %}</table>"
)


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    """The unit of speed.md: full middleware, one indexed query, 50 rows, about 20 kB."""
    rows = Person.objects.order_by("name", "pk")[:BARE_ROWS]
    return HttpResponse(BARE.render({"rows": rows, "filler": "·" * 80}, request))


class QueryCountMiddleware:
    """Says in headers how many queries the page took, and how many milliseconds of this process."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        count = 0

        def counted(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            nonlocal count
            count += 1
            return execute(sql, *rest)

        began = time.thread_time()
        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        response["X-Queries"] = str(count)
        response["X-CPU"] = f"{(time.thread_time() - began) * 1000:.2f}"
        return response


urlpatterns = [path("bench/bare", bare), *product]

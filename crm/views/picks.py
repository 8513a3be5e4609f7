"""What the pickers of forms ask for while somebody types."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from crm.access import signed_in
from crm.queries.picks import TARGETS, picks

from .frames import private


@require_GET
def pick(request: HttpRequest, target: str) -> HttpResponse:
    """The options for `?q=`, as a piece of HTML."""
    if target not in TARGETS:
        raise Http404
    options = picks(signed_in(request), target, request.GET.get("q", ""))
    return private(render(request, "crm/_pick_options.html", {"options": options}))

"""Addresses under /api/ that lead nowhere: programs are told as programs, and a forgotten slash is put right."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt


class SameCallElsewhere(HttpResponseRedirect):
    """308: the same method and body at another address."""

    status_code = 308


@csrf_exempt
@login_not_required
def elsewhere(request: HttpRequest, rest: str) -> HttpResponse:
    """404 as problem+json, whatever the method; /api/v1/people leads on to /api/v1/people/."""
    if not rest.endswith("/") and _is_resource(f"{request.path_info}/"):
        query = request.META.get("QUERY_STRING", "")
        return SameCallElsewhere(f"{request.path}/{'?' + query if query else ''}")
    body = {"type": "about:blank", "title": _("Not found"), "status": 404, "detail": _("There is no such address.")}
    return JsonResponse(body, status=404, content_type="application/problem+json")


def _is_resource(path: str) -> bool:
    try:
        return resolve(path).func is not elsewhere
    except Resolver404:
        return False

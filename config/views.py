"""Whether Rapport is well: for machines and for managers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.health import PUBLIC, Finding, examine, worst


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while pages work, 503 when they don't; owners and managers read what was found."""
    may_read = is_manager(request)
    findings = examine(None if may_read else PUBLIC)
    state = worst(findings)
    answer: dict[str, Any] = {"status": state}
    if may_read:
        answer["checks"] = [as_json(finding) for finding in findings]
    return JsonResponse(answer, status=503 if state == "bad" else 200)


@never_cache
@login_not_required
def admin_login(request: HttpRequest) -> HttpResponse:
    """There is one way in, with its limits; who is in already and comes by here may not use the admin."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", ""))


@require_safe
@never_cache
def health_page(request: HttpRequest) -> HttpResponse:
    """The same for managers in the admin, in words; the admin's own guard stands before it."""
    findings = examine()
    signs = {"good": ("check_circle", _("Good")), "warn": ("warning", _("Look at it")), "bad": ("error", _("Bad"))}
    rows = [{"finding": finding, "sign": signs[finding.health.state]} for finding in findings]
    context = {**admin.site.each_context(request), "title": _("How Rapport is"), "rows": rows}
    return render(request, "admin/health.html", context)


def is_manager(request: HttpRequest) -> bool:
    try:
        return request.user.is_authenticated and request.user.is_staff
    except DatabaseError:
        return False


def as_json(finding: Finding) -> dict[str, Any]:
    health = finding.health
    return {
        "check": finding.key,
        "label": finding.label,
        "status": health.state,
        "words": health.words,
        **health.facts,
    }

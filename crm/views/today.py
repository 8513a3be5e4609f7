"""The Today page: what to do now, and where nothing is planned."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.access import Can, allows, needs, signed_in
from crm.addresses import address
from crm.extensions import today_blocks
from crm.operations.work import create_task
from crm.queries.first_steps import open_first_steps
from crm.queries.today import today_page
from crm.quick_add import read_task

STEPS_COOKIE = "first-steps"
YEAR = 365 * 24 * 3600


@never_cache
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    day = timezone.localdate()
    blocks = sorted(today_blocks, key=lambda block: block.position)
    panels = [{"title": block.title, "url": url} for block in blocks if (url := address(block.url_name))]
    user = signed_in(request)
    shows_steps = allows(user, Can.SET_UP) and STEPS_COOKIE not in request.COOKIES
    context = {
        "page": today_page(user, today=day),
        "day": day,
        "panels": panels,
        "can_work": allows(user, Can.WORK),
        "steps": open_first_steps() if shows_steps else None,
    }
    return render(request, "crm/today.html", context)


@require_POST
def hide_steps(request: HttpRequest) -> HttpResponse:
    """Put the list of first steps away on this device."""
    response = redirect("crm:today")
    response.set_cookie(STEPS_COOKIE, "hidden", max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return response


@require_POST
@needs(Can.WORK)
def quick_add(request: HttpRequest) -> HttpResponse:
    """A task from one line: "call Ann tomorrow 3pm"."""
    user, day = signed_in(request), timezone.localdate()
    draft = read_task(request.POST.get("text", "")[:300], today=day)
    if draft.title:
        create_task(actor=user, owner=user, title=draft.title, due_on=draft.due_on or day, remind_at=draft.remind_at)
        messages.success(request, _("Task added"))
    return redirect("crm:today")

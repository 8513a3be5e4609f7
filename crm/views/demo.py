"""Filling in the demo business and taking it out again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm import tasks
from crm.access import Can, needs
from crm.demo import is_demo_in


@require_http_methods(["GET", "POST"])
@needs(Can.SET_UP)
def demo(request: HttpRequest) -> HttpResponse:
    is_in = is_demo_in()
    if request.method == "GET":
        return render(request, "crm/demo.html", {"is_in": is_in})
    if is_in:
        tasks.remove_demo.delay()
        messages.success(request, _("The demo business is being removed. This takes a few seconds."))
    else:
        tasks.fill_demo.delay()
        messages.success(request, _("The demo business is being filled in. Reload the page in half a minute."))
    return redirect("crm:today")

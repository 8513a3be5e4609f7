"""The pages of automations: what runs, how it went, and what one is told."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from automation import queries
from automation.models import Flow, Notification, Run
from automation.operations.flows import switch_flow
from automation.operations.notifications import mark_read
from automation.operations.runs import retry_run as retry
from crm.access import Can, allows, needs, signed_in


@require_GET
def flow_list(request: HttpRequest) -> HttpResponse:
    may_switch = allows(signed_in(request), Can.SET_UP)
    context = {"rows": queries.flow_list(), "may_switch": may_switch, "stand_in": queries.stand_in()}
    return render(request, "automation/flow_list.html", context)


@require_GET
def flow_runs(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    before = request.GET.get("before", "")
    start = int(before) if before.isdecimal() and len(before) < 19 else 0
    history = queries.run_history(user, get_object_or_404(Flow, pk=pk), before=start)
    return render(request, "automation/flow_runs.html", {"history": history, "may_retry": allows(user, Can.SET_UP)})


@require_POST
@needs(Can.SET_UP)
def flow_switch(request: HttpRequest, pk: int) -> HttpResponse:
    flow = get_object_or_404(Flow, pk=pk)
    flow = switch_flow(flow=flow, on=request.POST.get("on") == "1", actor=signed_in(request))
    words = _("“%(name)s” is on.") if flow.is_on else _("“%(name)s” is off. What was under way has stopped.")
    messages.success(request, words % {"name": flow.name})
    return redirect("automation:flow-list")


@require_POST
@needs(Can.SET_UP)
def run_retry(request: HttpRequest, pk: int) -> HttpResponse:
    run = Run.objects.visible_to(signed_in(request)).filter(pk=pk).first()
    if run is None:
        raise Http404
    retry(run=run)
    return redirect("automation:flow-runs", run.flow_id)


@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    rows = queries.notifications_of(signed_in(request))
    return render(
        request, "automation/notifications.html", {"rows": rows, "has_unread": any(not row.read_at for row in rows)}
    )


@require_POST
def notification_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it as read and go where it leads."""
    user = signed_in(request)
    row = get_object_or_404(Notification, pk=pk, user=user)
    mark_read(user=user, notification_id=row.pk)
    is_ours = url_has_allowed_host_and_scheme(row.url, allowed_hosts=None)
    return redirect(row.url if row.url and is_ours else "automation:notifications")


@require_POST
def notifications_read(request: HttpRequest) -> HttpResponse:
    mark_read(user=signed_in(request))
    return redirect("automation:notifications")

"""The Insights page, the pages of the models, and the block of the Today page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseStopPolling

from analytics.learning import all_tasks
from analytics.models import TrainingRun
from analytics.operations.runs import request_training
from analytics.queries.boards.blocks import read_block
from analytics.queries.fairness import fairness_page
from analytics.queries.insights import insights_page
from analytics.queries.models import model_page
from analytics.queries.places import tabs_for
from analytics.queries.rising import rising_matters
from analytics.queries.time_limit import TooSlowError
from analytics.queries.today import leavers_to_call
from crm.access import Can, allows, needs, signed_in
from crm.addresses import address
from crm.extensions import dashboard_tiles, prediction_tasks
from crm.views.frames import is_htmx, private


@require_GET
def insights(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    tiles = sorted(dashboard_tiles, key=lambda tile: tile.position)
    allowed = [
        tile for tile in tiles if tile.on_insights and (tile.capability is None or allows(user, tile.capability))
    ]
    panels = [{"title": tile.title, "url": url} for tile in allowed if (url := address(tile.url_name))]
    context = {"page": insights_page(user), "panels": panels, "can_train": allows(user, Can.RUN_MODELS)}
    context["tabs"] = tabs_for(user, "analytics:insights")
    return private(render(request, "analytics/insights.html", context))


@require_GET
def model_detail(request: HttpRequest, task: str) -> HttpResponse:
    if task not in all_tasks():
        raise Http404
    can_train = allows(signed_in(request), Can.RUN_MODELS)
    return private(render(request, "analytics/model_detail.html", {"page": model_page(task), "can_train": can_train}))


@require_GET
def model_groups(request: HttpRequest, task: str) -> HttpResponse:
    """Whether the model is equally right about every group."""
    if task not in all_tasks() or task not in {known.key for known in prediction_tasks}:
        raise Http404
    page = fairness_page(signed_in(request), task, request.GET.get("by", ""))
    return private(render(request, "analytics/model_groups.html", {"page": page}))


@require_POST
@needs(Can.RUN_MODELS)
def train(request: HttpRequest) -> HttpResponse:
    """Learn now; while a training runs already, that one is shown."""
    run = request_training(asked_by=signed_in(request))
    if is_htmx(request):
        return render(request, "analytics/_training.html", {"run": run})
    messages.success(request, _("Learning has been started."))
    return redirect("analytics:insights")


@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """How far the training is, for a page that asks every two seconds; the last answer says what came of it."""
    run = TrainingRun.objects.order_by("-created_at").first()
    context = {"run": run, "was_followed": True}
    response = private(render(request, "analytics/_training.html", context))
    if run is not None and run.is_open:
        return response
    return HttpResponseStopPolling(response.content)


@require_GET
def leavers(request: HttpRequest) -> HttpResponse:
    """The block of the Today page: whom to call before they are gone."""
    lines = leavers_to_call(signed_in(request))
    return private(render(request, "analytics/leavers.html", {"lines": lines}))


@require_GET
def leavers_tile(request: HttpRequest) -> HttpResponse:
    """The same on a dashboard, where it says so when nobody is at risk."""
    narrowed = read_block(request.GET, dashboard_tiles["leavers"].follows)
    context: dict[str, Any] = {"is_tile": True, "narrowed": narrowed}
    try:
        context["lines"] = leavers_to_call(signed_in(request), narrowed)
    except TooSlowError:
        context["is_too_slow"] = True
    return private(render(request, "analytics/leavers.html", context))


@require_GET
def rising(request: HttpRequest) -> HttpResponse:
    """What many customers write about of late, and hardly any did before."""
    narrowed = read_block(request.GET, dashboard_tiles["rising"].follows)
    context: dict[str, Any] = {"narrowed": narrowed}
    try:
        context["matters"] = rising_matters(signed_in(request), narrowed)
    except TooSlowError:
        context["is_too_slow"] = True
    return private(render(request, "analytics/rising.html", context))

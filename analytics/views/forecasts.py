"""What is coming: the page of the sales forecast."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from analytics.models import SalesForecast
from analytics.queries.forecasts import forecast_page, month_chart
from analytics.queries.person_insight import workspace_currency
from analytics.queries.places import sees_all, tabs_for
from crm.access import signed_in
from crm.views.frames import private


@require_GET
def forecast(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    unit = request.GET.get("unit", SalesForecast.Unit.MONTH)
    group = request.GET.get("group", "")[:100]
    if unit not in SalesForecast.Unit.values:
        raise Http404
    page = forecast_page(unit, group) if sees_all(user) else None
    context = {"page": page, "tabs": tabs_for(user, "analytics:forecast")}
    return private(render(request, "analytics/forecast.html", context))


@require_GET
def outlook_tile(request: HttpRequest) -> HttpResponse:
    """The chart of the months ahead, on a dashboard."""
    is_seen = sees_all(signed_in(request))
    chart = month_chart(workspace_currency()) if is_seen else None
    return private(render(request, "analytics/outlook_tile.html", {"chart": chart, "is_seen": is_seen}))

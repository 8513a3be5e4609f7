"""The numbers of the business, and what was spent on winning customers."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.forms.insights import SpendForm
from analytics.operations.metrics import count_metrics_soon
from analytics.queries.metrics.spans import SpanKind
from analytics.queries.numbers import number_of, numbers_page
from analytics.queries.person_insight import workspace_currency
from analytics.queries.places import sees_all, tabs_for
from analytics.queries.spend import spend_lines
from crm.access import Can, allows, needs, signed_in
from crm.extensions import metrics
from crm.incoming import is_believable
from crm.models import Spend
from crm.operations.spend import enter_spend, remove_spend
from crm.views.frames import private, sent


@require_GET
def numbers(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    kind, day = request.GET.get("by", SpanKind.MONTH), _day(request.GET.get("on", ""))
    if kind not in SpanKind.values:
        raise Http404
    page = numbers_page(user, kind, day) if sees_all(user) else None
    context = {
        "page": page,
        "tabs": tabs_for(user, "analytics:numbers"),
        "can_enter": allows(user, Can.SET_UP),
    }
    return private(render(request, "analytics/numbers.html", context))


@require_GET
def number_tile(request: HttpRequest, metric: str) -> HttpResponse:
    """One number with what it counts, as a part of another page: of the month, quarter or year `by` that holds `on`."""
    user = signed_in(request)
    kind, day = request.GET.get("by", SpanKind.MONTH), _day(request.GET.get("on", ""))
    if kind not in SpanKind.values or metric not in {known.key for known in metrics}:
        raise Http404
    tile = number_of(user, metric, kind, day) if sees_all(user) else None
    return private(render(request, "analytics/number_tile.html", {"tile": tile}))


def _day(text: str) -> date | None:
    """A day that a business can mean; None for anything else."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and is_believable(day) else None


@require_http_methods(["GET", "POST"])
@needs(Can.SET_UP)
def spend(request: HttpRequest) -> HttpResponse:
    """What each channel cost in each month; the same channel and month again replaces the amount."""
    user, currency = signed_in(request), workspace_currency()
    form = SpendForm(sent(request), currency=currency)
    if sees_all(user) and form.is_valid():
        row = enter_spend(**form.cleaned_data, currency=currency, actor=user)
        count_metrics_soon()
        messages.success(request, _("Noted: %(channel)s.") % {"channel": row.channel})
        return redirect("analytics:spend")
    context = {"form": form, "rows": spend_lines() if sees_all(user) else None}
    return private(render(request, "analytics/spend.html", context, status=422 if form.errors else 200))


@require_POST
@needs(Can.SET_UP)
def spend_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    if not sees_all(user):
        raise Http404
    remove_spend(spend=get_object_or_404(Spend, pk=pk), actor=user)
    count_metrics_soon()
    return redirect("analytics:spend")

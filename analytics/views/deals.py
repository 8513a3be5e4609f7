"""What is predicted of one deal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from analytics.queries.deal_insight import deal_insight
from crm.access import get_deal, signed_in
from crm.views.frames import private


@require_GET
def insight(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    card = deal_insight(get_deal(user, pk), user)
    return private(render(request, "analytics/person_insight.html", {"insight": card}))

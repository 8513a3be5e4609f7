"""What is predicted of one deal, and the step that is suggested for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from analytics.operations.suggestions import NothingToDoError, plan_deal_step
from analytics.queries.deal_insight import deal_insight
from crm.access import Can, get_deal, needs, signed_in
from crm.models import Deal
from crm.views.frames import is_htmx, private


@require_GET
def insight(request: HttpRequest, pk: int) -> HttpResponse:
    return _card(request, get_deal(signed_in(request), pk))


@require_POST
@needs(Can.WORK)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The suggested step becomes a task; asked twice, it is there once."""
    user = signed_in(request)
    deal = get_deal(user, pk)
    try:
        words = _("Planned: %(task)s") % {"task": plan_deal_step(deal=deal, actor=user).title}
    except NothingToDoError:
        words = _("There is nothing to suggest for this deal now.")
    if not is_htmx(request):
        messages.success(request, words)
        return redirect("crm:deal-detail", pk)
    response = trigger_client_event(_card(request, deal), "toast", {"text": words, "level": "success"})
    return trigger_client_event(response, "record-changed", {})


def _card(request: HttpRequest, deal: Deal) -> HttpResponse:
    card = deal_insight(deal, signed_in(request))
    return private(render(request, "analytics/person_insight.html", {"insight": card}))

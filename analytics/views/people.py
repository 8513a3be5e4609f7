"""What is predicted of one person: the card, the step it suggests, and what colleagues think of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from analytics.access import get_score
from analytics.models import ScoredTask
from analytics.operations.suggestions import NothingToDoError, give_feedback, plan_next_step
from analytics.queries.contract_insight import contract_insight
from analytics.queries.person_insight import person_insight
from crm.access import Can, get_person, needs, signed_in
from crm.models import Person
from crm.views.frames import is_htmx, private


@require_GET
def insight(request: HttpRequest, pk: int) -> HttpResponse:
    return _card(request, get_person(signed_in(request), pk))


@require_GET
def contract(request: HttpRequest, pk: int) -> HttpResponse:
    """The card of a running subscription; nothing for who has none."""
    user = signed_in(request)
    card = contract_insight(get_person(user, pk), user)
    if card is None:
        return private(HttpResponse())
    return private(render(request, "analytics/person_insight.html", {"insight": card}))


@require_POST
@needs(Can.WORK)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The suggested step becomes a task; asked twice, it is there once."""
    user = signed_in(request)
    person = get_person(user, pk)
    try:
        words = _("Planned: %(task)s") % {"task": plan_next_step(person=person, actor=user).title}
    except NothingToDoError:
        words = _("There is nothing to do for %(name)s now.") % {"name": person.name}
    if not is_htmx(request):
        messages.success(request, words)
        return redirect("crm:person-detail", pk)
    response = trigger_client_event(_card(request, person), "toast", {"text": words, "level": "success"})
    return trigger_client_event(response, "record-changed", {})


@require_POST
def feedback(request: HttpRequest, pk: int) -> HttpResponse:
    """Thumb up or down for the risk of this person."""
    user = signed_in(request)
    score = get_score(user, pk, ScoredTask.CHURN)
    give_feedback(score=score, user=user, is_useful=request.POST.get("is_useful") == "yes")
    words = _("Thank you, noted.")
    if not is_htmx(request):
        messages.success(request, words)
        return redirect("crm:person-detail", pk)
    return trigger_client_event(HttpResponse(status=204), "toast", {"text": words, "level": "success"})


def _card(request: HttpRequest, person: Person) -> HttpResponse:
    insight = person_insight(person, signed_in(request))
    return private(render(request, "analytics/person_insight.html", {"insight": insight}))

"""The pages of deals: the list, one deal, a new one, and who is on it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access import Can, get_deal, needs, signed_in, visible_or_404
from crm.forms.deals import DealPersonForm, NewDealForm
from crm.models import Company, DealPerson, Person, Stage
from crm.operations.deals import add_deal_person, create_deal, remove_deal_person
from crm.operations.workspace import current_workspace
from crm.queries.deals import DEALS, all_stages, deal_page

from .frames import done, leave, render_dialog, render_part, sent
from .kinds import KINDS
from .lists import render_list
from .record_pages import record_context

KIND = KINDS["deal"]
PRESET: dict[str, type[Person] | type[Company]] = {"person": Person, "company": Company}


@require_GET
def deal_list(request: HttpRequest) -> HttpResponse:
    return render_list(request, DEALS, "crm/deal_list.html", empty_template="crm/_no_deals.html")


@require_GET
def deal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The record page; for htmx what a write may have changed of it."""
    user = signed_in(request)
    deal = get_deal(user, pk)
    page = deal_page(user, deal, home_currency=current_workspace().currency)
    context = {"page": page, **record_context(request, KIND, deal), "deal_url": ""}
    return render_part(request, "crm/deal_detail.html", context, part="refresh")


@require_http_methods(["GET", "POST"])
@needs(Can.SELL)
def deal_create(request: HttpRequest) -> HttpResponse:
    """A new deal, with `?person=`, `?company=` or `?stage=` filled in."""
    user = signed_in(request)
    stages = [stage for stage in all_stages() if stage.kind == Stage.Kind.OPEN]
    initial = {"owner": user.pk, **_presets(request)}
    form = NewDealForm(sent(request), reader=user, stages=stages, initial=initial)
    if form.is_bound and form.is_valid():
        deal = create_deal(actor=user, **form.changes())
        return leave(request, KIND.url(deal), _("The deal is opened."))
    context = {
        "title": _("New deal"), "form": form, "submit": _("Open deal"), "template": "crm/_deal_fields.html",
        "back_url": reverse("crm:deal-board"),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


def _presets(request: HttpRequest) -> dict[str, Any]:
    """What the page that the deal is opened from has chosen already."""
    user = signed_in(request)
    found: dict[str, Any] = {}
    for name, model in PRESET.items():
        if (pk := request.GET.get(name, "")).isdecimal() and len(pk) < 19:
            found[name] = visible_or_404(model, user, int(pk))
    if (pk := request.GET.get("stage", "")).isdecimal():
        found["stage"] = pk
    return found


@require_http_methods(["GET", "POST"])
@needs(Can.SELL)
def deal_person_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    deal = get_deal(user, pk)
    form = DealPersonForm(sent(request), user=user)
    if form.is_bound and form.is_valid():
        add_deal_person(deal=deal, actor=user, **form.cleaned_data)
        return done(request, KIND.url(deal), _("Added."))
    context = {
        "title": _("Who else is on this deal?"), "form": form, "submit": _("Add person"), "back_url": KIND.url(deal),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.SELL)
def deal_person_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    row = visible_or_404(DealPerson, user, pk, "deal", "person")
    remove_deal_person(row=row, actor=user)
    return done(request, KIND.url(row.deal), _("Removed."))

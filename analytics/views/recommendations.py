"""What people may buy next: the card of a person and of a deal, and the products for a list of people."""

from __future__ import annotations

import json
from decimal import Decimal

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from analytics.access import get_recommendation
from analytics.operations.recommending import allow_product, decline_product, plan_offer
from analytics.queries.places import tabs_for
from analytics.queries.recommendations import offered_totals, person_offers, top_products, why_words
from crm.access import Can, allows, get_deal, get_person, needs, signed_in
from crm.filters import Compiler, FilterError
from crm.models import Deal, Person, Product
from crm.operations.deal_lines import add_deal_line
from crm.queries.list_state import saved_views
from crm.views.frames import is_htmx, leave, private


@require_GET
def person_card(request: HttpRequest, pk: int) -> HttpResponse:
    return _card(request, get_person(signed_in(request), pk))


@require_GET
def deal_card(request: HttpRequest, pk: int) -> HttpResponse:
    """What the person of a deal may buy, to be added to it; nothing where that person is not for these eyes."""
    user = signed_in(request)
    deal = get_deal(user, pk)
    person = Person.objects.visible_to(user).filter(pk=deal.person_id).first() if deal.person_id else None
    return _card(request, person, deal) if person else private(HttpResponse())


@require_POST
@needs(Can.WORK)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A task to offer this product; asked twice, it is there once."""
    user = signed_in(request)
    offer = get_recommendation(user, pk)
    names = dict(Product.objects.filter(pk=offer.reason.get("product", 0)).values_list("pk", "name"))
    task = plan_offer(recommendation=offer, actor=user, notes=why_words(offer.reason, names))
    return _said(request, offer.person, _("Planned: %(task)s") % {"task": task.title}, deal=_deal(request))


@require_POST
@needs(Can.WORK)
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Not interested: it is not recommended to this person again."""
    user = signed_in(request)
    offer = get_recommendation(user, pk)
    decline_product(person=offer.person, product=offer.product, actor=user)
    words = _("“%(product)s” is not recommended to %(name)s any more.")
    said = words % {"product": offer.product.name, "name": offer.person.name}
    return _said(request, offer.person, said, deal=_deal(request))


@require_POST
@needs(Can.WORK)
def allow(request: HttpRequest, pk: int, product_pk: int) -> HttpResponse:
    """They may be interested after all."""
    user = signed_in(request)
    person, product = get_person(user, pk), Product.objects.filter(pk=product_pk).first()
    if product is None:
        raise Http404
    allow_product(person=person, product=product, actor=user)
    words = _("“%(product)s” may be recommended again from tomorrow on.") % {"product": product.name}
    return _said(request, person, words, deal=_deal(request))


@require_POST
@needs(Can.SELL)
def add_to_deal(request: HttpRequest, pk: int, deal_pk: int) -> HttpResponse:
    """One of the product onto the deal."""
    user = signed_in(request)
    offer, deal = get_recommendation(user, pk), get_deal(user, deal_pk)
    if deal.person_id != offer.person_id:
        raise Http404
    product = offer.product
    has_it = deal.lines.filter(product=product).exists()
    if not has_it:
        price = product.price if product.price is not None and product.currency == deal.currency else Decimal(0)
        add_deal_line(
            deal=deal, actor=user, description=product.name, quantity=Decimal(1), unit_price=price, product=product
        )
    words = _("“%(product)s” is on the deal.") % {"product": product.name}
    return _said(request, offer.person, words, deal=deal)


@require_GET
def products(request: HttpRequest) -> HttpResponse:
    """What the people of a saved view, or of any filter, may buy next."""
    user = signed_in(request)
    views = saved_views("person", user)
    chosen = next((view for view in views if str(view.pk) == request.GET.get("view")), None)
    error, people = "", Q()
    try:
        people = Compiler("person", timezone.now()).compile(chosen.filter if chosen else _tree(request))
    except FilterError as problem:
        error = str(problem)
    context = {
        "views": views, "chosen": chosen, "error": error, "is_filtered": bool(request.GET.get("filter")),
        "lines": [] if error else top_products(user, people),
        "totals": {} if error else offered_totals(user, people),
        "tabs": tabs_for(user, "analytics:products"),
    }  # fmt: skip
    return private(render(request, "analytics/products.html", context))


def _tree(request: HttpRequest) -> object:
    try:
        return json.loads(request.GET.get("filter") or "{}")
    except (ValueError, RecursionError) as error:
        raise FilterError(_("The filter can't be read.")) from error


def _deal(request: HttpRequest) -> Deal | None:
    """The deal whose card was clicked on."""
    pk = request.POST.get("deal", "")
    return get_deal(signed_in(request), int(pk)) if pk.isdecimal() and len(pk) < 19 else None


def _said(request: HttpRequest, person: Person, words: str, *, deal: Deal | None) -> HttpResponse:
    if not is_htmx(request):
        url = redirect("crm:deal-detail", deal.pk) if deal else redirect("crm:person-detail", person.pk)
        return leave(request, url.url, words)
    response = trigger_client_event(_card(request, person, deal), "toast", {"text": words, "level": "success"})
    return trigger_client_event(response, "record-changed", {})


def _card(request: HttpRequest, person: Person, deal: Deal | None = None) -> HttpResponse:
    user = signed_in(request)
    context = {
        "person": person, "deal": deal, "offers": person_offers(person), "may_work": allows(user, Can.WORK),
        "may_sell": deal is not None and deal.closed_at is None and allows(user, Can.SELL),
        "on_deal": set(deal.lines.values_list("product_id", flat=True)) if deal else set(),
    }  # fmt: skip
    return private(render(request, "analytics/person_offers.html", context))

"""The products of a deal: add, change, take off, and make their sum its value."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm import formats
from crm.access import Can, get_deal, needs, signed_in, visible_or_404
from crm.forms.deal_lines import DealLineForm
from crm.models import Deal, DealLine, Product
from crm.operations.deal_lines import add_deal_line, change_deal_line, remove_deal_line, value_by_lines

from .frames import done, render_dialog, render_part, sent
from .kinds import KINDS

KIND = KINDS["deal"]
SUGGESTED = 8


@require_http_methods(["GET", "POST"])
@needs(Can.SELL)
def deal_line_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    deal = get_deal(user, pk)
    form = DealLineForm(sent(request), deal=deal)
    if form.is_bound and form.is_valid():
        add_deal_line(deal=deal, actor=user, **form.cleaned_data)
        return done(request, KIND.url(deal), _("Added."))
    return _ask(request, deal, form, title=_("Add a product"), submit=_("Add product"))


@require_http_methods(["GET", "POST"])
@needs(Can.SELL)
def deal_line_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    line = visible_or_404(DealLine, user, pk, "deal")
    form = DealLineForm(sent(request), deal=line.deal, line=line)
    if form.is_bound and form.is_valid():
        change_deal_line(line=line, actor=user, **form.cleaned_data)
        return done(request, KIND.url(line.deal), _("Saved."))
    return _ask(request, line.deal, form, title=_("Change the product"), submit=_("Save product"))


def _ask(request: HttpRequest, deal: Deal, form: DealLineForm, *, title: str, submit: str) -> HttpResponse:
    context = {
        "title": title, "form": form, "submit": submit, "template": "crm/_deal_line_fields.html",
        "back_url": KIND.url(deal),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.SELL)
def deal_line_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    line = visible_or_404(DealLine, user, pk, "deal")
    remove_deal_line(line=line, actor=user)
    return done(request, KIND.url(line.deal), _("Removed."))


@require_POST
@needs(Can.SELL)
def deal_value_by_lines(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    deal = value_by_lines(deal=get_deal(user, pk), actor=user)
    return done(request, KIND.url(deal), _("The value of the deal is the sum of its products."))


@require_GET
def product_suggest(request: HttpRequest) -> HttpResponse:
    """Products whose name or number has these letters, for a field that names one."""
    typed = (request.GET.get("description") or request.GET.get("q", "")).strip()[:100]
    products = Product.objects.filter(is_active=True, name__icontains=typed) if typed else Product.objects.none()
    shown = products.order_by("name", "pk")[:SUGGESTED]
    options = [(row.name, formats.money(row.price, row.currency) if row.price else "") for row in shown]
    return render_part(request, "crm/_suggestions.html", {"options": options})

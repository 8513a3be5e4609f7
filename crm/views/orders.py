"""Orders that are written down by hand at a person."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.access import Can, get_person, needs, signed_in
from crm.forms.orders import OrderForm
from crm.models import Order, Person, User
from crm.operations.orders import Line, record_order
from crm.operations.workspace import current_workspace

from .frames import done, render_dialog, sent
from .people import KIND


@require_http_methods(["GET", "POST"])
@needs(Can.EDIT)
def order_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    person = get_person(user, pk)
    currency = current_workspace().currency
    form = OrderForm(sent(request), currency=currency)
    if form.is_bound and form.is_valid():
        _record(form, person, user, currency)
        return done(request, KIND.url(person), _("The order is noted."))
    context = {
        "title": _("Order of %(name)s") % {"name": person}, "form": form, "submit": _("Note the order"),
        "back_url": KIND.url(person),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


def _record(form: OrderForm, person: Person, user: User, currency: str) -> Order:
    amount: Decimal = form.cleaned_data["amount"]
    line = Line(Decimal(1).copy_sign(amount), abs(amount), form.cleaned_data["description"])
    at = form.placed_at
    return record_order(
        actor=user, person=person, number=form.cleaned_data["number"] or f"{at:%Y%m%d-%H%M%S}", placed_at=at,
        currency=currency, lines=[line],
    )  # fmt: skip

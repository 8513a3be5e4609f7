"""What a person pays again and again: the panel on their page, a new one, and the end of one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.access import Can, allows, get_person, get_subscription, needs, signed_in
from crm.forms.subscriptions import EndForm, SubscriptionForm
from crm.operations.subscriptions import end_subscription, start_subscription
from crm.operations.workspace import current_workspace
from crm.queries.subscriptions import subscriptions_of

from .frames import done, private, render_dialog, sent
from .people import KIND


@require_GET
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    person = get_person(user, pk)
    context = {"person": person, "lines": subscriptions_of(person), "may_edit": allows(user, Can.EDIT)}
    return private(render(request, "crm/person_subscriptions.html", context))


@require_http_methods(["GET", "POST"])
@needs(Can.EDIT)
def subscription_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    person, currency = get_person(user, pk), current_workspace().currency
    form = SubscriptionForm(sent(request), currency=currency)
    if form.is_bound and form.is_valid():
        start_subscription(actor=user, person=person, currency=currency, **form.cleaned_data)
        return done(request, KIND.url(person), _("The subscription is noted."))
    context = {
        "title": _("Subscription of %(name)s") % {"name": person}, "form": form, "submit": _("Note the subscription"),
        "back_url": KIND.url(person),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Can.EDIT)
def subscription_end(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    subscription = get_subscription(user, pk)
    form = EndForm(sent(request), subscription=subscription)
    if form.is_bound and form.is_valid():
        end_subscription(subscription=subscription, actor=user, **form.cleaned_data)
        return done(request, KIND.url(subscription.person), _("The subscription has ended."))
    context = {
        "title": _("End of “%(name)s”") % {"name": subscription}, "form": form, "submit": _("Note the end"),
        "back_url": KIND.url(subscription.person),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)

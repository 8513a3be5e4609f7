"""The page of fields that predictions must not read, and a manager's word on each."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.forms.protected import AllowFieldForm
from analytics.operations.protected import NoReasonError, allow_field, protect_field
from analytics.queries.protected import protected_page
from crm.access import Can, allows, needs, signed_in
from crm.models import CustomField
from crm.views.frames import leave, private, render_dialog, sent


@require_GET
def protected(request: HttpRequest) -> HttpResponse:
    can_rule = allows(signed_in(request), Can.SET_UP)
    return private(render(request, "analytics/protected.html", {"page": protected_page(), "can_rule": can_rule}))


@require_http_methods(["GET", "POST"])
@needs(Can.SET_UP)
def protected_allow(request: HttpRequest, pk: int) -> HttpResponse:
    """Have predictions read it all the same: only with a reason."""
    field, url = get_object_or_404(CustomField, pk=pk, is_archived=False), reverse("analytics:protected")
    form = AllowFieldForm(sent(request))
    if form.is_valid():
        try:
            allow_field(field=field, actor=signed_in(request), why=form.cleaned_data["why"])
        except NoReasonError as error:
            form.add_error("why", str(error))
        else:
            return leave(request, url, _("Predictions read “%(name)s” from the next learning on.") % {"name": field})
    context = {
        "title": _("Let predictions read “%(name)s”?") % {"name": field}, "form": form, "back_url": url,
        "submit": _("Let them read it"), "is_danger": True,
        "says": _("Predictions would judge people by it. In many countries that is allowed only for good reasons, and "
                  "customers may ask you for them."),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.SET_UP)
def protected_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep it from predictions (again)."""
    field = get_object_or_404(CustomField, pk=pk, is_archived=False)
    protect_field(field=field, actor=signed_in(request))
    return leave(request, reverse("analytics:protected"), _("Predictions do not read “%(name)s”.") % {"name": field})

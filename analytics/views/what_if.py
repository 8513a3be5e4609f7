"""“What if?”: what a chance would be if something were otherwise, in the dialog or as a page of its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics.forms.what_if import DealWhatIfForm
from crm.access import get_deal, get_person, signed_in
from crm.models import Stage
from crm.views.frames import render_dialog


@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    from analytics.operations.what_if import person_what_if

    someone = get_person(signed_in(request), pk)
    context = {"title": _("What if?"), "page": person_what_if(someone), "name": someone.name}
    context["record_url"] = reverse("crm:person-detail", args=[pk])
    return render_dialog(request, "analytics/what_if.html", context)


@require_GET
def contract(request: HttpRequest, pk: int) -> HttpResponse:
    from analytics.operations.what_if import contract_what_if

    someone = get_person(signed_in(request), pk)
    context = {"title": _("What if?"), "page": contract_what_if(someone), "name": someone.name}
    context["record_url"] = reverse("crm:person-detail", args=[pk])
    return render_dialog(request, "analytics/what_if.html", context)


@require_GET
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    """A form that is sent by GET: it can be kept as an address, and changes nothing."""
    from analytics.operations.what_if import MOST_AHEAD, Wishes, deal_case, deal_what_if

    row = get_deal(signed_in(request), pk)
    case = deal_case(row)
    stages = Stage.objects.filter(kind=Stage.Kind.OPEN).select_related("pipeline")
    form = DealWhatIfForm(
        request.GET, deal=row, stages=list(stages.order_by("pipeline__position", "pipeline_id", "position", "pk")),
        last_day=timezone.localdate() + MOST_AHEAD, most=case.most_amount, is_planned=case.is_planned,
    )  # fmt: skip
    wishes = Wishes(**form.cleaned_data) if form.is_bound and form.is_valid() else Wishes()
    page = deal_what_if(row, case, wishes)
    context = {"title": _("What if?"), "page": page, "name": row.title, "form": None if page.refused else form}
    context |= {
        "url": reverse("analytics:deal-what-if", args=[pk]), "record_url": reverse("crm:deal-detail", args=[pk]),
    }  # fmt: skip
    return render_dialog(request, "analytics/what_if.html", context)

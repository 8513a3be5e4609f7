"""The pages of companies."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access import Can, get_company, needs, signed_in
from crm.forms.companies import DomainForm, NewCompanyForm
from crm.models import Company
from crm.operations.companies import DomainError, add_domain, create_company, remove_domain
from crm.queries.companies import COMPANIES, company_page
from crm.search import found

from .frames import done, leave, render_dialog, render_part, sent
from .kinds import KINDS
from .lists import render_list
from .record_pages import record_context

KIND = KINDS["company"]


@require_GET
def company_list(request: HttpRequest) -> HttpResponse:
    return render_list(request, COMPANIES, "crm/company_list.html", empty_template="crm/_no_companies.html")


@require_GET
def company_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The record page; for htmx what a write may have changed of it."""
    user = signed_in(request)
    company = get_company(user, pk)
    context = {"page": company_page(user, company), **record_context(request, KIND, company)}
    return render_part(request, "crm/company_detail.html", context, part="refresh")


@require_http_methods(["GET", "POST"])
@needs(Can.EDIT)
def company_create(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = NewCompanyForm(sent(request), initial={"owner": user.pk, "name": request.GET.get("name", "")[:200]})
    if form.is_bound and form.is_valid():
        try:
            company = create_company(actor=user, **form.changes())
            return leave(request, KIND.url(company), _("%(name)s is added.") % {"name": company})
        except DomainError as error:
            form.add_error("domain", str(error))
    context = {
        "title": _("Add a company"), "form": form, "submit": _("Add company"), "back_url": reverse("crm:company-list"),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Can.EDIT)
def domain_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    company = get_company(user, pk)
    form = DomainForm(sent(request))
    if form.is_bound and form.is_valid():
        try:
            add_domain(company=company, domain=form.cleaned_data["domain"], actor=user)
            return done(request, KIND.url(company), _("Added."))
        except DomainError as error:
            form.add_error("domain", str(error))
    context = {"title": _("Add a mail domain"), "form": form, "company": company, "back_url": KIND.url(company)}
    return render_dialog(request, "crm/company_domain_add.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.EDIT)
def domain_remove(request: HttpRequest, pk: int, domain: int) -> HttpResponse:
    user = signed_in(request)
    company = get_company(user, pk)
    row = company.domains.select_related("company").filter(pk=domain).first()
    if row is None:
        raise Http404
    remove_domain(row=row, actor=user)
    return done(request, KIND.url(company), _("Removed."))


@require_GET
def company_suggest(request: HttpRequest) -> HttpResponse:
    """Options for a field that names a company, as somebody types; equal names are told apart by their number."""
    user = signed_in(request)
    typed = request.GET.get("company") or request.GET.get("q", "")
    rows: list[Any] = list(found(Company.objects.visible_to(user), typed).order_by("name", "pk")[:8]) if typed else []
    times = Counter(row.name.casefold() for row in rows)
    options = [
        (f"{row.name} #{row.pk}" if times[row.name.casefold()] > 1 else row.name, row.city or row.industry)
        for row in rows
    ]
    return render_part(request, "crm/_suggestions.html", {"options": options})

"""The pages of people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access import Can, get_person, needs, signed_in, visible_or_404
from crm.contacts import ContactError
from crm.forms.people import ContactPointForm, EmploymentForm, NewPersonForm
from crm.models import ContactPoint, Employment, Person, User
from crm.operations.people import (
    ContactTakenError,
    add_contact_point,
    create_person,
    employ,
    leave_company,
    make_primary,
    remove_contact_point,
)
from crm.queries.people import PEOPLE, person_page

from .frames import done, leave, render_dialog, render_part, sent
from .kinds import KINDS
from .lists import render_list
from .record_pages import record_context

KIND = KINDS["person"]


@require_GET
def person_list(request: HttpRequest) -> HttpResponse:
    return render_list(request, PEOPLE, "crm/person_list.html", empty_template="crm/_no_people.html")


@require_GET
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The record page; for htmx what a write may have changed of it."""
    user = signed_in(request)
    person = get_person(user, pk)
    context = {"page": person_page(user, person), **record_context(request, KIND, person)}
    return render_part(request, "crm/person_detail.html", context, part="refresh")


@require_http_methods(["GET", "POST"])
@needs(Can.EDIT)
def person_create(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = NewPersonForm(sent(request), user=user, initial={"owner": user.pk, **_from_url(request)})
    holder: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        try:
            person = create_person(actor=user, **_new_person(form))
            return leave(request, KIND.url(person), _("%(name)s is added.") % {"name": person})
        except ContactTakenError as error:
            holder = _holder(user, error.person)
            form.add_error(None, holder["words"])
        except ContactError as error:
            form.add_error(None, str(error))
    context = {"title": _("Add a person"), "form": form, "holder": holder, "back_url": reverse("crm:person-list")}
    return render_dialog(request, "crm/person_create.html", context, status=422 if form.errors else 200)


def _from_url(request: HttpRequest) -> dict[str, str]:
    """What another page already knows of the new person."""
    return {name: request.GET[name][:200] for name in ("name", "email", "phone", "company") if name in request.GET}


def _new_person(form: NewPersonForm) -> dict[str, Any]:
    fields = form.changes()
    typed = fields.pop("company", "").strip()
    fields.pop("add_company", None)
    company = form.cleaned_data.get("found_company")
    return {**fields, "company": company, "new_company": typed if company is None else ""}


def _holder(user: User, person: Person) -> dict[str, Any]:
    """Whose address it is, for those who may see that person; for others only that it is taken."""
    if Person.objects.visible_to(user).filter(pk=person.pk).exists():
        words = _("This address or number already belongs to %(name)s.") % {"name": person}
        return {"words": words, "url": KIND.url(person), "name": str(person)}
    return {"words": _("This address or number is taken by somebody whom you don't see. A manager can help.")}


@require_http_methods(["GET", "POST"])
@needs(Can.EDIT)
def contact_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    person = get_person(user, pk)
    form = ContactPointForm(sent(request), country=person.country)
    holder: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        try:
            add_contact_point(person=person, actor=user, **form.cleaned_data)
            return done(request, KIND.url(person), _("Added."))
        except ContactTakenError as error:
            holder = _holder(user, error.person)
            form.add_error("value", holder["words"])
        except ContactError as error:
            form.add_error("value", str(error))
    context = {
        "title": _("Add an address or number"), "form": form, "person": person, "holder": holder,
        "back_url": KIND.url(person),
    }  # fmt: skip
    return render_dialog(request, "crm/person_contact_add.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.EDIT)
def contact_primary(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    point = visible_or_404(ContactPoint, user, pk, "person")
    make_primary(point=point, actor=user)
    return done(request, KIND.url(point.person))


@require_POST
@needs(Can.EDIT)
def contact_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    point = visible_or_404(ContactPoint, user, pk, "person")
    remove_contact_point(point=point, actor=user)
    return done(request, KIND.url(point.person), _("Removed."))


@require_http_methods(["GET", "POST"])
@needs(Can.EDIT)
def job_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    person = get_person(user, pk)
    form = EmploymentForm(sent(request), user=user)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        employ(person=person, actor=user, company=data["found_company"], new_company=data["company"], role=data["role"])
        return done(request, KIND.url(person), _("Added."))
    context = {
        "title": _("Where does %(name)s work?") % {"name": person}, "form": form, "person": person,
        "back_url": KIND.url(person),
    }  # fmt: skip
    return render_dialog(request, "crm/person_job_add.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.EDIT)
def job_remove(request: HttpRequest, pk: int, job: int) -> HttpResponse:
    user = signed_in(request)
    person = get_person(user, pk)
    for employment in Employment.objects.filter(person=person, pk=job).select_related("company", "person"):
        leave_company(employment=employment, actor=user)
    return done(request, KIND.url(person), _("Removed."))

"""What a person may demand: a copy of all their data, and that they are erased."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.access import get_person_for_privacy, signed_in
from crm.downloads import zip_answer
from crm.extensions import privacy_exporters
from crm.forms.privacy import EraseForm
from crm.operations.privacy import erase_person, export_person

from .frames import leave, render_dialog, sent
from .people import KIND


@require_http_methods(["GET", "POST"])
def person_data(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file holds; a POST makes it, is noted on the timeline, and answers with the file."""
    user = signed_in(request)
    person = get_person_for_privacy(user, pk)
    if request.method == "POST":
        file = export_person(person=person, actor=user)
        return zip_answer(file.name, file.content)
    parts = sorted(privacy_exporters, key=lambda one: one.position)
    context = {"title": _("All data of %(name)s") % {"name": person}, "person": person, "parts": parts,
               "back_url": KIND.url(person)}  # fmt: skip
    return render_dialog(request, "crm/person_data.html", context)


@require_http_methods(["GET", "POST"])
def person_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase a person in every room, once their name was typed."""
    user = signed_in(request)
    person = get_person_for_privacy(user, pk)
    form = EraseForm(sent(request), person=person)
    if form.is_valid():
        erase_person(person=person, actor=user)
        return leave(request, reverse("crm:person-list"), _("The person and all that was held of them is erased."))
    context = {
        "title": _("Erase %(name)s?") % {"name": person}, "form": form, "submit": _("Erase for good"),
        "is_danger": True,
        "says": _("Their record, messages, notes, tasks, timeline and all predictions go, also from the history of "
                  "fields. Orders and deals stay for your books without a name. This can't be taken back."),
        "back_url": KIND.url(person),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)

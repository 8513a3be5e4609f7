"""What a person may demand: a copy of all their data, and that they are erased and do not come back."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from crm.access import get_person_for_privacy, require_privacy, signed_in
from crm.contacts import ContactError
from crm.downloads import zip_answer
from crm.forms.privacy import AllowBackForm, EraseForm
from crm.operations.data_files import ask_for_data, path_of
from crm.operations.erasures import NotErasedError, allow_back
from crm.operations.privacy import erase_person
from crm.queries.data_files import data_page, file_to_fetch
from crm.queries.erased import erased_page

from .frames import leave, private, render_dialog, sent
from .people import KIND


@require_http_methods(["GET", "POST"])
def person_data(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file holds; a POST has it made, and the same place shows how far it is and where to fetch it."""
    user = signed_in(request)
    person = get_person_for_privacy(user, pk)
    if request.method == "POST":
        ask_for_data(person=person, user=user)
    context = {"title": _("All data of %(name)s") % {"name": person}, "person": person,
               "page": data_page(user, person), "back_url": KIND.url(person)}  # fmt: skip
    return render_dialog(request, "crm/person_data.html", context)


@require_GET
def person_data_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part that asks for itself until the file is there; `page` says that it stands on a page of its own."""
    user = signed_in(request)
    person = get_person_for_privacy(user, pk)
    frame = "dialog_page.html" if "page" in request.GET else "_dialog.html"
    context = {"person": person, "page": data_page(user, person), "back_url": KIND.url(person), "frame": frame}
    return private(render(request, "crm/person_data.html#state", context))


@require_GET
def person_data_file(request: HttpRequest, pk: int, key: UUID) -> HttpResponse:
    """The file itself, for whoever asked for it, for a day."""
    user = signed_in(request)
    person = get_person_for_privacy(user, pk)
    file = file_to_fetch(user, person, key)
    if file is None or file.made_at is None:
        raise Http404
    return zip_answer(f"person-{person.pk}-{file.made_at:%Y-%m-%d}.zip", path_of(file))


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
        "is_danger": True, "template": "crm/_person_erase.html", "back_url": KIND.url(person),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_GET
def erased_people(request: HttpRequest) -> HttpResponse:
    """How many were erased and when; who they were stands nowhere."""
    require_privacy(signed_in(request))
    return private(render(request, "crm/erased.html", {"page": erased_page()}))


@require_http_methods(["GET", "POST"])
def erased_allow(request: HttpRequest) -> HttpResponse:
    """Let somebody come back: by their address or number, and only with a reason."""
    user = signed_in(request)
    require_privacy(user)
    form, url = AllowBackForm(sent(request)), reverse("crm:erased")
    if form.is_valid():
        try:
            count = allow_back(**form.cleaned_data, actor=user)
        except ContactError as error:
            form.add_error("value", str(error))
        except NotErasedError as error:
            form.add_error(None, str(error))
        else:
            words = ngettext(
                "They may come back: %(count)d erasing is lifted.",
                "They may come back: %(count)d erasings are lifted.",
                count,
            )
            return leave(request, url, words % {"count": count})
    context = {
        "title": _("Let somebody come back?"), "form": form, "back_url": url, "submit": _("Let them come back"),
        "is_danger": True,
        "says": _("Only if they themselves want it. Nothing that was erased returns; but files and other programs may "
                  "bring this person in again."),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)

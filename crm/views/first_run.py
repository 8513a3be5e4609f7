"""The first page of a fresh installation: make the owner and the workspace."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm import tasks
from crm.first_run import may_set_up
from crm.forms.accounts import FirstRunForm
from crm.operations.workspace import AlreadySetUpError, is_set_up, set_up

SETTLED_BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    if is_set_up():
        return redirect("crm:today")
    key = request.POST.get("key") or request.GET.get("key", "")
    if not may_set_up(request, key):
        return render(request, "crm/welcome_closed.html", status=403)
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (response := _set_up(request, form)):
        return response
    return render(request, "crm/welcome.html", {"form": form, "key": key}, status=422 if form.errors else 200)


def _set_up(request: HttpRequest, form: FirstRunForm) -> HttpResponse | None:
    data = dict(form.cleaned_data)
    wants_demo = data.pop("start") == "demo"
    try:
        owner = set_up(**data)
    except AlreadySetUpError:
        return redirect("crm:sign-in")
    except ValidationError as error:
        form.add_error("password", error)
        return None
    login(request, owner, backend=SETTLED_BACKEND)
    if wants_demo:
        tasks.fill_demo.delay()
        messages.success(request, _("The demo business is being filled in. Reload the page in half a minute."))
    return redirect("crm:today")

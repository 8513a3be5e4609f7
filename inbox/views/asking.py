"""Whether customers are asked how it went and whether they would recommend the business: switched by managers."""

from __future__ import annotations

from django.conf import settings as conf
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.access import Can, needs, signed_in
from crm.views.frames import sent
from inbox.forms import AskingForm
from inbox.operations.asking import change_asking, people_to_ask
from inbox.questions import asking

MOST_COUNTED = 1000


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Can.SET_UP)
def settings(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = AskingForm(user, sent(request), instance=asking())
    if form.is_valid():
        change_asking(actor=user, **form.cleaned_data)
        messages.success(request, _("Saved"))
        return redirect("inbox:asking")
    waiting = len(people_to_ask(asking(), timezone.now(), limit=MOST_COUNTED))
    context = {
        "form": form,
        "waiting": f"{MOST_COUNTED}+" if waiting >= MOST_COUNTED else waiting,
        "has_mail": bool(conf.EMAIL_HOST),
    }
    return render(request, "inbox/asking.html", context, status=422 if form.errors else 200)

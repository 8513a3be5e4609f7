"""How answers get out of the house: what a mail server needs, in words, and a letter to oneself to try it."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.access import Can, needs, signed_in
from crm.models import User
from inbox.forms import MailServerForm
from inbox.operations.posting import post_mail
from inbox.queries.mail import mail_state


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Can.SET_UP)
def mail(request: HttpRequest) -> HttpResponse:
    """The state of mail. What is typed into the form is put into lines to copy, and kept nowhere."""
    form = MailServerForm(request.POST or None, initial={"sender": settings.DEFAULT_FROM_EMAIL})
    is_made = request.method == "POST" and form.is_valid()
    context = {
        "form": form,
        "lines": form.lines() if is_made else (),
        "command": form.command() if is_made else "",
        "mail": mail_state(test_key(signed_in(request))),
        "sender": settings.DEFAULT_FROM_EMAIL,
    }
    return render(request, "inbox/mail.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.SET_UP)
def mail_test(request: HttpRequest) -> HttpResponse:
    """A letter to oneself, on the way that every answer takes."""
    user = signed_in(request)
    post_mail(
        once_key=f"{test_key(user)}{uuid4().hex}", to=user.email, subject=_("Rapport can send mail"),
        body=_("This letter has gone the way that your answers to customers take. Nothing is left to set up."),
    )  # fmt: skip
    messages.success(request, _("A letter to %(email)s is on its way.") % {"email": user.email})
    return redirect("inbox:mail")


def test_key(user: User) -> str:
    return f"test:{user.pk}:"

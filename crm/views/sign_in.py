"""The way in and out: sign-in, sign-out, a forgotten password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import get_language

from crm import sessions
from crm.forms.accounts import SignInForm
from crm.limits import Limit, visitor
from crm.operations.passwords import ask_for_letter
from crm.operations.workspace import is_set_up

FAILURES = Limit("sign-in", most=30, seconds=60)
LETTERS_TO_ONE = Limit("new-password", most=5, seconds=3600)
NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"  # what the settings choose while no mail server is set up
LETTERS_FROM_ONE = Limit("new-passwords", most=20, seconds=3600)


class SignIn(auth_views.LoginView):
    """A fresh installation leads to the first-run page instead.

    Five tries in five minutes for an account and machine (django-axes), thirty failures a minute for a machine.
    """

    template_name = "crm/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if is_set_up() else redirect("crm:welcome")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if FAILURES.is_reached(visitor(request)):
            return render(request, settings.AXES_LOCKOUT_TEMPLATE, status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        sessions.begin(self.request.session)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        FAILURES.count(visitor(self.request))
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignOut(auth_views.LogoutView):
    next_page = "crm:sign-in"


@method_decorator(login_not_required, name="dispatch")
class ForgotPassword(auth_views.PasswordResetView):
    """Says the same whether the address is known or not, and whether it has had its letters of this hour.

    Where no mail goes out it promises none and says who can help.
    """

    template_name = "crm/password_forgotten.html"
    success_url = reverse_lazy("crm:password-mail-sent")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.EMAIL_BACKEND == NO_MAIL:
            return render(request, "crm/password_without_mail.html", {"example": "you@example.com"})
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        email = form.cleaned_data["email"]
        is_flood = LETTERS_TO_ONE.count(email.strip().casefold())
        if not LETTERS_FROM_ONE.count(visitor(self.request)) and not is_flood:
            ask_for_letter(email=email, language=get_language() or settings.LANGUAGE_CODE)
        return redirect(self.success_url)


class PasswordMailSent(auth_views.PasswordResetDoneView):
    template_name = "crm/password_mail_sent.html"


class NewPassword(auth_views.PasswordResetConfirmView):
    """Behind the link of the mail: good for an hour and one use. Django takes the key out of the address at once."""

    template_name = "crm/password_new.html"
    success_url = reverse_lazy("crm:password-changed")


class PasswordChanged(auth_views.PasswordResetCompleteView):
    template_name = "crm/password_changed.html"

"""The way in and out: sign-in, sign-out, a forgotten password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy

from crm.forms.accounts import SignInForm
from crm.operations.workspace import is_set_up


class SignIn(auth_views.LoginView):
    """A fresh installation leads to the first-run page instead. Five tries in five minutes (django-axes)."""

    template_name = "crm/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if is_set_up() else redirect("crm:welcome")

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignOut(auth_views.LogoutView):
    next_page = "crm:sign-in"


class ForgotPassword(auth_views.PasswordResetView):
    """Says the same whether the address is known or not."""

    template_name = "crm/password_forgotten.html"
    email_template_name = "crm/mail/password_reset.txt"
    subject_template_name = "crm/mail/password_reset_subject.txt"
    success_url = reverse_lazy("crm:password-mail-sent")


class PasswordMailSent(auth_views.PasswordResetDoneView):
    template_name = "crm/password_mail_sent.html"


class NewPassword(auth_views.PasswordResetConfirmView):
    """Behind the link of the mail: good for an hour and one use. Django takes the key out of the address at once."""

    template_name = "crm/password_new.html"
    success_url = reverse_lazy("crm:password-changed")


class PasswordChanged(auth_views.PasswordResetCompleteView):
    template_name = "crm/password_changed.html"

"""What colleagues set for themselves: name, language, zone, colours, keys, password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.access import Can, allows, signed_in
from crm.forms.accounts import ProfileForm
from crm.models import Theme, User
from crm.operations.users import update_profile


@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=user.pk))
    if request.method == "POST" and form.is_valid():
        update_profile(user=user, **form.cleaned_data)
        with override(user.language or None):
            messages.success(request, _("Saved"))
        return redirect("crm:profile")
    return _page(request, user, form, PasswordChangeForm(user))


@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """A changed password ends the user's other sessions; this one goes on."""
    user = signed_in(request)
    form = PasswordChangeForm(user, request.POST)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password is changed. You are signed out everywhere else."))
        return redirect("crm:profile")
    return _page(request, user, ProfileForm(instance=user), form)


@require_POST
def switch_theme(request: HttpRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    if theme not in Theme.values:
        return HttpResponseBadRequest()
    update_profile(user=signed_in(request), theme=theme)
    return HttpResponse(status=204)


def _page(request: HttpRequest, user: User, form: ProfileForm, password_form: PasswordChangeForm) -> HttpResponse:
    password_form.fields["old_password"].widget.attrs.pop("autofocus", None)  # it is the second form of the page
    status = 422 if form.errors or password_form.errors else 200
    context = {
        "form": form,
        "password_form": password_form,
        "email": user.email,
        "role": user.get_role_display(),
        "may_set_up": allows(user, Can.SET_UP),
    }
    return render(request, "crm/profile.html", context, status=status)

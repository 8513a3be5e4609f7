"""Letting programs in: one's own tokens of the API, made, seen once, and taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.access import Can, needs, signed_in
from crm.forms.tokens import TokenForm
from crm.models import ApiToken
from crm.operations.tokens import create_token, revoke_token


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Can.SET_UP)
def tokens(request: HttpRequest) -> HttpResponse:
    """The secret stands on the page that made it, and nowhere afterwards."""
    user, form, secret = signed_in(request), TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _token, secret = create_token(user=user, actor=user, **form.cleaned_data)
        form = TokenForm()
    context = {
        "form": form,
        "secret": secret,
        "example": f'curl -H "Authorization: Bearer {secret or "rapport_…"}" {_address(request)}people/',
        "schema_url": reverse("api-schema"),
        "rows": ApiToken.objects.filter(user=user).order_by("-pk"),
    }
    return render(request, "crm/api_tokens.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.SET_UP)
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    revoke_token(token=get_object_or_404(ApiToken, pk=pk, user=user), actor=user)
    messages.success(request, _("Taken back. The next call with it is refused."))
    return redirect("crm:api-tokens")


def _address(request: HttpRequest) -> str:
    return request.build_absolute_uri("/api/v1/")

"""How a view answers: the same template as a whole page, inside the dialog, or as the part that htmx asked for."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the fields of a POST, even if there are none."""
    return request.POST if request.method == "POST" else None


def render_part(
    request: HttpRequest, template: str, context: dict[str, Any], *, part: str = "", status: int = 200
) -> HttpResponse:
    """The whole page, or for htmx only its part of this name. Never kept in a shared cache."""
    name = f"{template}#{part}" if part and is_htmx(request) else template
    return private(render(request, name, context, status=status))


def render_dialog(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A template that extends `frame`: in the dialog when htmx asks, as a page of its own otherwise."""
    frame = "_dialog.html" if is_htmx(request) else "dialog_page.html"
    return private(render(request, template, {**context, "frame": frame}, status=status))


def private(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    response["Cache-Control"] = "private, no-store"
    return response


def done(request: HttpRequest, url: str, words: str = "", *, event: str = "record-changed") -> HttpResponse:
    """A write has worked. htmx closes the dialog and refreshes what listens to `event`; a plain form goes to `url`."""
    if not is_htmx(request):
        return leave(request, url, words)
    triggers: dict[str, Any] = {"dialog-close": True, event: True}
    if words:
        triggers["toast"] = {"text": words, "level": "success"}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(triggers)})


def leave(request: HttpRequest, url: str, words: str = "") -> HttpResponse:
    """Go to another page, with news for the reader."""
    if words:
        messages.success(request, words)
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if is_htmx(request) else redirect(url)


def page_before(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that a plain form was sent from, so that its reader stays there; else `otherwise`."""
    url = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if url and is_ours else otherwise

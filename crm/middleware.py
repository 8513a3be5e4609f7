"""What surrounds every page: the user's language and time zone, and by whom and how things happen."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import is_valid_path, reverse
from django.utils import timezone, translation
from django_htmx.http import HttpResponseClientRedirect

from . import sessions
from .events import acting
from .models import Event, User
from .operations.workspace import current_workspace, workspace_read_once

GetResponse = Callable[[HttpRequest], HttpResponse]


class SignInMiddleware(LoginRequiredMiddleware):
    """Pages need a user unless they say otherwise. A fragment that finds none takes the whole page to the sign-in.

    Whoever uses a page stays signed in; the admin wants a sign-in of the same day.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase], *arguments: Any
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True) or not request.user.is_authenticated:
            return super().process_view(request, view_func, *arguments)
        if (
            request.path_info.startswith("/admin/")
            and sessions.age(request.session) > settings.SESSION_LONGEST_IN_ADMIN
        ):
            logout(request)
            return self.handle_no_permission(request, view_func)
        sessions.keep_alive(request.session)
        return None

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if request.headers.get("HX-Request") != "true":
            return super().handle_no_permission(request, view_func)
        here = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = urlunsplit(("", "", here.path or "/", here.query, ""))
        return HttpResponseClientRedirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': back})}")


class SlashMiddleware:
    """An address typed with a slash too many leads to its page; Django itself adds one that is missing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        bare = request.path_info.rstrip("/")
        is_lost = response.status_code == 404 and request.method in ("GET", "HEAD") and bare != request.path_info
        if is_lost and not is_valid_path(request.path_info) and is_valid_path(bare):
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(f"{bare}?{query}" if query else bare)
        return response


class ActingMiddleware:
    """Events of a request happen by page or in the admin; the field history names the user."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        via = Event.Via.ADMIN if request.path.startswith("/admin/") else Event.Via.PAGE
        actor = request.user if isinstance(request.user, User) else None
        with acting(via=via, actor=actor):
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")  # answers hold people's data
        return response


class LocaleOfUserMiddleware:
    """A signed-in user's own language and zone; else the workspace's zone and the browser's language."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user if isinstance(request.user, User) else None
        language = user.language if user else ""
        if language in dict(settings.LANGUAGES):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        with workspace_read_once(), timezone.override(zone_of(user)):
            return self.get_response(request)


def zone_of(user: User | None) -> zoneinfo.ZoneInfo:
    """The user's time zone, else the workspace's, else UTC."""
    name = (user.time_zone if user else "") or current_workspace().time_zone
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")

"""Who is believed about an address, and headers that differ by place."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.errors import too_large
from crm.incoming import without_nul

GetResponse = Callable[[HttpRequest], HttpResponse]


class TrustedProxyMiddleware:
    """Takes the visitor's address and scheme from X-Forwarded-* when a listed proxy sends them; ignores others."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        if is_proxy(meta.get("REMOTE_ADDR", "")):
            meta["wsgi.url_scheme"] = "https" if meta.get("HTTP_X_FORWARDED_PROTO") == "https" else "http"
            meta["REMOTE_ADDR"] = visitor(meta.get("HTTP_X_FORWARDED_FOR", ""), meta["REMOTE_ADDR"])
        return self.get_response(request)


def visitor(forwarded_for: str, sender: str) -> str:
    """The last address that none of our proxies has: what stands before it, anybody may have written."""
    for word in reversed(forwarded_for.split(",")):
        address = word.strip()
        if not is_address(address):
            return sender
        if not is_proxy(address):
            return address
        sender = address
    return sender


def is_proxy(text: str) -> bool:
    return is_address(text) and any(ip_address(text) in network for network in settings.TRUSTED_PROXIES)


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class BodySizeMiddleware:
    """Refuses large bodies before they are read: parsing a form writes its files to the disk, whoever sends them.

    It stands before the CSRF check, which parses. A view that takes files says so (`crm.incoming.takes_files`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_arguments: object
    ) -> HttpResponse | None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        size = int(length) if length.isdecimal() else 0
        if size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return None
        most = getattr(view, "largest_body", 0)
        return None if size <= most and request.user.is_authenticated else too_large(request)


class PlainTextMiddleware:
    """Drops NUL from query, form and htmx's address. It stands after the CSRF check, which has read the form."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = without_nul(request.GET)
        if "%00" in request.META.get("HTTP_HX_CURRENT_URL", ""):
            del request.META["HTTP_HX_CURRENT_URL"]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *_arguments: object) -> None:
        """Views without that check are the API's: they read JSON by themselves."""
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            request.POST = without_nul(request.POST)


class AdminPolicyMiddleware:
    """Gives pages under /admin/ the policy that the admin's theme needs; all others keep the strict one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/admin/"):
            response._csp_config = settings.ADMIN_CONTENT_SECURITY_POLICY["DIRECTIVES"]  # type: ignore[attr-defined]
        return response

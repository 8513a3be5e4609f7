"""Who may set up a fresh installation: whoever sits at the machine, or holds the key that its terminal printed."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

LOOPBACK = {"127.0.0.1", "::1"}


def setup_key() -> str:
    """The word that opens the first-run page from another machine: `/welcome?key=…`."""
    return salted_hmac("crm.first_run", settings.SECRET_KEY, algorithm="sha256").hexdigest()[:24]


def may_set_up(request: HttpRequest, key: str) -> bool:
    """Behind a proxy everybody comes from this machine: then, as in production, only the key counts."""
    if constant_time_compare(key, setup_key()):
        return True
    is_forwarded = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    return not settings.PRODUCTION and not is_forwarded and request.META.get("REMOTE_ADDR") in LOOPBACK

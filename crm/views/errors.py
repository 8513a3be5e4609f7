"""What people see when the page they sent was not theirs or was too old."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open for too long, or came from elsewhere; scripts tell it from a missing right by the header."""
    html = render_to_string("403_csrf.html", {"reason": reason}, request)
    return HttpResponse(html, status=403, headers={"X-Reason": "csrf"})
